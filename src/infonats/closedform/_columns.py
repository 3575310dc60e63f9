"""Columns made comparable: checked samples and a scale for each column."""

import dataclasses
from typing import Self

import numpy as np
from jaxtyping import Float64

from infonats.errors import ColumnError, InputError

Rows = np.ndarray
"""A float64 array of shape (n, d), before it was checked."""


def paired(x: Rows, y: Rows) -> tuple[Rows, Rows]:
    """Return x (n, dx) and y (n, dy) as float64. Raises InputError where they are no paired finite rows."""
    checked = matrix("x", x), matrix("y", y)
    if len(checked[0]) != len(checked[1]):
        raise InputError(
            f"x has {len(checked[0])} rows and y has {len(checked[1])}; row i of each must belong to the same "
            "sample, so give both the same number of rows."
        )
    return checked


def matrix(name: str, rows: Rows) -> Rows:
    """Return `rows` (n, d) as float64, called `name`. Raises InputError where it is no finite matrix."""
    rows = np.asarray(rows, dtype=np.float64)
    if rows.ndim != 2 or not rows.size:
        raise InputError(
            f"{name} has shape {rows.shape}; it must be (n, d) with at least one row and one column. "
            f"Reshape a single column with {name}[:, None]."
        )
    if not np.isfinite(rows).all():
        bad = int((~np.isfinite(rows)).any(1).sum())
        raise InputError(f"{name} has {bad} rows with NaN or infinite values; leave these rows out.")
    return rows


@dataclasses.dataclass(frozen=True)
class Scale:
    """The map v -> (2^-e v - centre) / spread of each column: median 0 and standard deviation 1.

    The power of two is exact and keeps every later product in range, whatever the units (1e-150 to
    1e150). Values near the median are centred exactly, so that a huge offset costs nothing more than
    the digits that the data have already lost.
    """

    exponent: np.ndarray
    centre: np.ndarray
    spread: np.ndarray

    @classmethod
    def of(cls, rows: Float64[np.ndarray, "n d"], name: str = "x") -> Self:
        """The scale of the columns of `rows`. Raises InputError for a column without variation."""
        return cls.of_ordered(np.sort(rows, axis=0), name)

    @classmethod
    def of_ordered(cls, ordered: Float64[np.ndarray, "n d"], name: str = "x") -> Self:
        """As `of`, of columns each of which is sorted, so that no sum depends on the order of rows."""
        exponent = np.frexp(np.maximum(np.abs(ordered[0]), np.abs(ordered[-1])))[1]
        level = _times_power(ordered, -exponent).T.copy()
        centre = (level[:, (len(ordered) - 1) // 2] + level[:, len(ordered) // 2]) / 2
        level -= centre[:, None]
        widest = np.maximum(np.abs(level[:, 0]), np.abs(level[:, -1]))
        if not widest.all():
            raise ColumnError(
                name,
                int(np.argmin(widest)),
                "has the same value in every row; it carries no information and has no scale. Drop it.",
            )
        level /= widest[:, None]
        return cls(exponent, centre, widest * np.std(level, axis=1))

    def __call__(self, rows: Float64[np.ndarray, "m d"]) -> Float64[np.ndarray, "m d"]:
        """Bring rows of the same columns to the common scale."""
        scaled = _times_power(rows, -self.exponent)
        scaled -= self.centre
        scaled /= self.spread
        return scaled


def _times_power(rows: np.ndarray, exponent: np.ndarray) -> np.ndarray:
    """2^exponent rows: as a product, which is much quicker than ldexp and the same, where that is in range."""
    return rows * np.ldexp(1.0, exponent) if np.abs(exponent).max() < 1000 else np.ldexp(rows, exponent)


def codes(rows: Float64[np.ndarray, "n d"]) -> np.ndarray:
    """Number the distinct rows from 0, equal rows alike, in lexicographic order; shape (n,)."""
    code = _dense(rows[:, 0])
    for column in rows.T[1:]:
        values = _dense(column)
        code = _dense(code * (int(values.max()) + 1) + values)
    return code


def _dense(values: np.ndarray) -> np.ndarray:
    return np.unique(values, return_inverse=True)[1].reshape(-1).astype(np.int64)
