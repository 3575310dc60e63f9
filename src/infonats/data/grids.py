"""Where columns stand in an image: rows of arrays with more than two axes keep their shape."""

import dataclasses
from typing import Self

import numpy as np
from jaxtyping import Float64, Int64


@dataclasses.dataclass(frozen=True, eq=False)
class Grid:
    """The shape of a row, (28, 28) or (3, 28, 28), and where the d columns kept of it stand, in C order.

    Pixels that are the same in every image carry nothing, and are no columns.
    """

    shape: tuple[int, ...]
    kept: Int64[np.ndarray, "d"]

    @classmethod
    def whole(cls, shape: tuple[int, ...]) -> Self:
        """With every column."""
        return cls(shape, np.arange(int(np.prod(shape))))

    @property
    def constant(self) -> int:
        """How many columns are left out."""
        return int(np.prod(self.shape)) - len(self.kept)

    def without(self, constant: np.ndarray) -> Self:
        """The grid without the columns where `constant` (d,) is True."""
        return dataclasses.replace(self, kept=self.kept[~constant])

    def places(self, of: "Grid") -> Int64[np.ndarray, "d"] | None:
        """The positions of these columns among those that `of` keeps; None where one is not there."""
        found = np.searchsorted(of.kept, self.kept)
        there = self.shape == of.shape and len(of.kept) and (of.kept[found % len(of.kept)] == self.kept).all()
        return found if there else None

    def images(self, rows: Float64[np.ndarray, "n d"]) -> Float64[np.ndarray, "n *shape"]:
        """Rows put back into their shape, zero where no column stands."""
        full = np.zeros((len(rows), int(np.prod(self.shape))))
        full[:, self.kept] = rows
        return full.reshape(len(rows), *self.shape)
