"""Columns made ready for neighbours: looked at for ties, scaled and separated, each sorted once for all of it.

A sort is most of what each of these steps costs, and the search wants the order too. A scale keeps the order,
so that of the given column is that of the scaled one wherever no noise was added.
"""

import dataclasses
from typing import Self

import numpy as np
from jaxtyping import Float64, Int

from infonats.closedform._columns import Scale
from infonats.closedform._sorted import Sorted
from infonats.closedform._ties import refuse_discrete_column, separated, tied


@dataclasses.dataclass(frozen=True, eq=False)
class Ready:
    """One side: its `scale`; its `columns` on unit scale without ties; whether all were `tied` as given."""

    scale: Scale
    columns: tuple[Sorted, ...]
    tied: bool

    @classmethod
    def of(cls, rows: Float64[np.ndarray, "n d"], name: str, seed: int) -> Self:
        """Make a side called `name` ready. Raises ColumnError where a column is constant or looks discrete."""
        given = [Sorted.of(column) for column in rows.T]
        ordered = np.stack([column.ordered for column in given], axis=1)
        scale = Scale.of_ordered(ordered, name)
        for index, column in enumerate(given):
            refuse_discrete_column(name, index, column.ordered)
        scaled = zip(scale(rows).T, (column.order for column in given), strict=True)
        columns = tuple(_apart(values, order, seed) for values, order in scaled)
        return cls(scale, columns, all(tied(column.ordered) for column in given))

    def permuted(self, order: Int[np.ndarray, "n"]) -> "Ready":
        """The side with its rows in another order; nothing is sorted again."""
        return dataclasses.replace(self, columns=tuple(column.permuted(order) for column in self.columns))

    @property
    def single(self) -> Sorted | None:
        """The column where there is only one."""
        return self.columns[0] if len(self.columns) == 1 else None

    @property
    def rows(self) -> np.ndarray:
        """The columns side by side, shape (n, d)."""
        if self.single:
            return self.single.values[:, None]
        return np.stack([column.values for column in self.columns], axis=1)


def _apart(values: np.ndarray, order: np.ndarray, seed: int) -> Sorted:
    """The values that `order` sorts; with the noise that separates them where some are equal."""
    column = Sorted.by(values, order)
    return Sorted.of(separated(values, seed)) if tied(column.ordered) else column
