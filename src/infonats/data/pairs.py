"""Validated pairs: what every estimator works on."""

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from jaxtyping import Bool, Float64

from infonats.data._words import counted, listing, quoted
from infonats.data.blocks import check_block
from infonats.data.categories import Levels, category_note, recode
from infonats.data.convert import Named, as_named
from infonats.data.grids import Grid
from infonats.errors import InputError


@dataclasses.dataclass(frozen=True, eq=False)
class Pairs:
    """n finite float64 rows x (n, dx) and y (n, dy) drawn together, with the names of their columns.

    `x_levels` and `y_levels` are the words of the columns that held text, by the numbers that stand for them.
    `block` says of how many successive rows it is known that they depend on each other: 1 for independent rows,
    "auto" to find it by the rule of `infonats.data.blocks`. `x_grid` and `y_grid` say where the columns stand
    in rows that are images, (n, h, w) or (n, c, h, w).
    """

    x: Float64[np.ndarray, "n dx"]
    y: Float64[np.ndarray, "n dy"]
    x_names: tuple[str, ...]
    y_names: tuple[str, ...]
    x_levels: Levels = ()
    y_levels: Levels = ()
    block: int | str = 1
    x_grid: Grid | None = None
    y_grid: Grid | None = None

    @property
    def text(self) -> str:
        """The columns that held text, with their words; empty where there is none."""
        notes = (category_note(self.x_names, self.x_levels), category_note(self.y_names, self.y_levels))
        return ", ".join(filter(None, notes))

    def coded_like(self, x_levels: Levels, y_levels: Levels) -> Self:
        """The pairs with words numbered as in `x_levels` and `y_levels`. Raises InputError as `recode`."""
        x, y = recode(self.x, self.x_levels, x_levels), recode(self.y, self.y_levels, y_levels)
        return dataclasses.replace(self, x=x, y=y, x_levels=x_levels, y_levels=y_levels)

    def placed_like(self, x_grid: Grid | None, y_grid: Grid | None) -> Self:
        """The pairs with the columns that `x_grid` and `y_grid` keep, where they are images of these shapes."""
        x, x_names = _place(self.x, self.x_names, self.x_grid, x_grid)
        y, y_names = _place(self.y, self.y_names, self.y_grid, y_grid)
        return dataclasses.replace(
            self, x=x, y=y, x_names=x_names, y_names=y_names, x_grid=x_grid, y_grid=y_grid
        )

    def __len__(self) -> int:
        return len(self.x)

    def require_rows(self, minimum: int, method: str) -> Self:
        """Return the pairs if there are at least `minimum`, else raise InputError on behalf of `method`."""
        if len(self) < minimum:
            raise InputError(
                f"{method} was given {counted(len(self), 'row')} and needs at least {minimum}; "
                "give more rows or choose another method."
            )
        return self

    def require_columns(self, dx: int, dy: int) -> Self:
        """Return the pairs if x has `dx` and y has `dy` columns, else raise InputError."""
        given = (self.x.shape[1], self.y.shape[1])
        if given != (dx, dy):
            raise InputError(
                f"x has {counted(given[0], 'column')} and y has {given[1]}; the estimator was fitted to "
                f"{counted(dx, 'column')} of x and {dy} of y. Give the same columns."
            )
        return self

    def in_blocks(self, block: int | str) -> Self:
        """The pairs with this `block`. Raises InputError unless it is "auto" or a whole number from 1 on."""
        return dataclasses.replace(self, block=check_block(block))

    def take(self, index: Any) -> "Pairs":
        """The pairs at `index`: an integer array, a mask or a slice."""
        return dataclasses.replace(self, x=self.x[index], y=self.y[index])


def as_pairs(x: Any, y: Any, *, varying: bool = True, drop_missing: bool = False, text: bool = False) -> Pairs:
    """Check x and y and put them together.

    Each is anything of shape (n,), (n, d) or (n, ...): NumPy array, torch tensor on any device, pandas or
    polars frame or series, nested list. Axes after the first are flattened in C order; where there is more than
    one, the rows are images, whose constant pixels are left out and whose shape is kept. Bool, integers
    and floats of any width become float64 (without a copy where they are float64 already).
    Names come from frames, else they are x or x0, x1, ... and y or y0, y1, ...

    varying: refuse constant columns (of two rows or more); their mutual information is zero by definition.
    drop_missing: drop the rows that hold a NaN or an infinity on either side instead of refusing them.
    text: take columns of text as categories, numbered in alphabetical order, instead of refusing them.

    Raises InputError, saying what was given and what to change, for complex numbers, text, dates, masked
    entries, ragged lists, no rows, no columns, different lengths, NaN and infinities, constant columns,
    and values so large that centring them overflows.
    """
    sides = as_named(x, "x", text=text), as_named(y, "y", text=text)
    return pair_up(*sides, varying=varying, drop_missing=drop_missing)


def pair_up(x: Named, y: Named, *, varying: bool, drop_missing: bool) -> Pairs:
    """`as_pairs` for matrices that are already float64 and named."""
    x, y = line_up({"x": x, "y": y}, varying=varying, drop_missing=drop_missing)
    own = {"x_levels": x.levels, "y_levels": y.levels, "x_grid": x.grid, "y_grid": y.grid}
    return Pairs(x.values, y.values, x.names, y.names, **own)


def line_up(sides: Mapping[str, Named], *, varying: bool, drop_missing: bool) -> list[Named]:
    """Check any number of labelled matrices whose rows belong together, as `as_pairs` checks two.

    Returns them in their order, without the rows that `drop_missing` drops. Raises InputError as `as_pairs`.
    """
    lengths = {label: len(side.values) for label, side in sides.items()}
    (first, n), *others = lengths.items()
    for label, length in others:
        if length != n:
            raise InputError(
                f"{first} has {counted(n, 'row')} and {label} has {length}; "
                f"each row of {first} needs its own row of {label}, so give equal lengths."
            )
    found = [_varying(side) if varying else side for side in sides.values()]
    keep = np.logical_and.reduce([np.isfinite(side.values).all(1) for side in found])
    if not keep.all():
        found = _drop(found, keep) if drop_missing else _refuse_missing(found, keep)
    for side, label in zip(found, sides, strict=True):
        check_extent(label, side.names, (side.values.min(0), side.values.max(0)), len(side.values), varying)
    return found


def check_extent(
    label: str, names: Sequence[str], extent: tuple[np.ndarray, np.ndarray], n: int, varying: bool = True
) -> None:
    """Raise InputError where columns of n rows, of these minima and maxima, overflow or are constant."""
    _check_range(label, names, extent, n)
    if varying and n > 1:
        _check_varying(label, names, extent, n)


def fingerprint(pairs: Pairs) -> str:
    """Sixteen hexadecimal digits of the SHA-256 of the shapes and values: equal data, equal fingerprint."""
    digest = hashlib.sha256()
    for values in (pairs.x, pairs.y):
        digest.update(f"float64 {values.shape};".encode())
        digest.update(np.ascontiguousarray(values, "<f8").data)
    return digest.hexdigest()[:16]


def _varying(side: Named) -> Named:
    """An image without the pixels that are the same in every row, unless all are."""
    if side.grid is None or len(side.values) < 2:
        return side
    constant = (side.values == side.values[:1]).all(0)
    return side if constant.all() or not constant.any() else side.without(constant)


def _place(
    rows: np.ndarray, names: tuple[str, ...], grid: Grid | None, to: Grid | None
) -> tuple[np.ndarray, tuple[str, ...]]:
    places = None if grid is None or to is None else to.places(grid)
    return (rows, names) if places is None else (rows[:, places], tuple(names[i] for i in places))


def _drop(sides: Sequence[Named], keep: Bool[np.ndarray, "n"]) -> list[Named]:
    if not keep.any():
        raise InputError(
            f"Every one of the {counted(len(keep), 'row')} holds a NaN or an infinity, so dropping them "
            f"leaves nothing. The worst columns: {_missing(sides)}; choose other columns."
        )
    return [dataclasses.replace(side, values=side.values[keep]) for side in sides]


def _refuse_missing(sides: Sequence[Named], keep: Bool[np.ndarray, "n"]) -> list[Named]:
    raise InputError(
        f"{counted(int((~keep).sum()), 'row')} of {len(keep)} cannot be used: {_missing(sides)}. "
        "Only finite values are allowed: fill them in, or drop their rows with drop_missing=True "
        "(--drop-missing on the command line)."
    )


def _missing(sides: Sequence[Named]) -> str:
    """How many values are NaN and infinite in each affected column, the worst column first."""
    found = []
    for side in sides:
        nan, inf = np.isnan(side.values).sum(0), np.isinf(side.values).sum(0)
        found += [(int(a), int(b), name) for a, b, name in zip(nan, inf, side.names, strict=True) if a + b]
    found.sort(key=lambda row: -(row[0] + row[1]))
    return listing(f"'{name}' has {nan} NaN and {inf} infinite" for nan, inf, name in found)


def _check_range(label: str, names: Sequence[str], extent: tuple[np.ndarray, np.ndarray], n: int) -> None:
    """Sums of n values and differences of two must stay below the largest float64."""
    limit = np.finfo(np.float64).max / max(n, 2)
    largest = np.maximum(extent[1], -extent[0])
    if (largest > limit).any():
        j = int(largest.argmax())
        raise InputError(
            f"Column '{names[j]}' of {label} reaches {largest[j]:.3g} in absolute value; the mean of "
            f"{n} such values overflows. Rescale it: mutual information does not change."
        )


def _check_varying(label: str, names: Sequence[str], extent: tuple[np.ndarray, np.ndarray], n: int) -> None:
    """Compare exactly: a small spread on a huge offset still varies."""
    constant = extent[0] == extent[1]
    if constant.any():
        found = [name for name, same in zip(names, constant, strict=True) if same]
        raise InputError(
            f"Constant in all {n} rows of {label}: {quoted(found)}. A constant shares no "
            "information with anything; leave it out or choose rows where it varies."
        )
