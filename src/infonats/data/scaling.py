"""Strictly increasing maps of each coordinate, fitted to training rows only.

A strictly increasing map of each coordinate loses nothing and adds nothing, so I(X;Y) stays exactly as it
was; the maps here stay injective on rows that they were not fitted to. Networks and kernels work better on
coordinates of unit scale, and rank-based scores tame heavy tails.
"""

import abc
import dataclasses
from collections.abc import Sequence
from typing import Self

import numpy as np
from jaxtyping import Float64, Shaped

from infonats.data._words import counted
from infonats.errors import InputError


class Transform(abc.ABC):
    """A map of rows (m, d) to rows (m, d), fitted to training rows (n, d) by `fit`."""

    @classmethod
    @abc.abstractmethod
    def fit(cls, x: Float64[np.ndarray, "n d"]) -> Self:
        """Learn the map from training rows."""

    @abc.abstractmethod
    def __call__(self, x: Float64[np.ndarray, "m d"]) -> Float64[np.ndarray, "m d"]:
        """Map rows. Raises InputError where the number of columns differs from the one fitted."""

    @abc.abstractmethod
    def state(self) -> dict[str, Shaped[np.ndarray, "..."]]:
        """The arrays that `from_state` needs."""

    @classmethod
    @abc.abstractmethod
    def from_state(cls, state: dict[str, Shaped[np.ndarray, "..."]]) -> Self:
        """Rebuild the transform from what `state` returned."""


@dataclasses.dataclass(frozen=True)
class Identity(Transform):
    """The map x -> x."""

    @classmethod
    def fit(cls, x: Float64[np.ndarray, "n d"]) -> Self:
        return cls()

    def __call__(self, x: Float64[np.ndarray, "m d"]) -> Float64[np.ndarray, "m d"]:
        return x

    def state(self) -> dict[str, Shaped[np.ndarray, "..."]]:
        return {}

    @classmethod
    def from_state(cls, state: dict[str, Shaped[np.ndarray, "..."]]) -> Self:
        return cls()


@dataclasses.dataclass(frozen=True, eq=False)
class Moments:
    """Number of rows, mean and standard deviation (1/n) of each column; `unit` is a scale of its spread."""

    n: int
    mean: Float64[np.ndarray, "d"]
    spread: Float64[np.ndarray, "d"]
    unit: Float64[np.ndarray, "d"]

    @classmethod
    def of(cls, x: Float64[np.ndarray, "n d"]) -> Self:
        """Of the rows of x, from differences to the first in units of the largest."""
        shifted = x - x[0]
        unit = _unit(np.abs(shifted).max(0))
        shifted /= unit
        return cls(len(x), x[0] + unit * shifted.mean(0), unit * shifted.std(0), unit)

    @classmethod
    def pooled(cls, parts: Sequence[Self]) -> Self:
        """Of all rows, by the law of total variance: Var = mean_k (spread_k^2 + (mean_k - mean)^2)."""
        weights = np.array([part.n for part in parts], np.float64)[:, None]
        weights /= weights.sum()
        shifted = np.stack([part.mean for part in parts]) - parts[0].mean
        spreads = np.stack([part.spread for part in parts])
        unit = _unit(np.maximum(np.abs(shifted).max(0), spreads.max(0)))
        mean = (weights * (shifted / unit)).sum(0)
        variance = (weights * ((spreads / unit) ** 2 + (shifted / unit - mean) ** 2)).sum(0)
        return cls(sum(part.n for part in parts), parts[0].mean + unit * mean, unit * np.sqrt(variance), unit)

    def of_columns(self, columns: slice) -> Self:
        """Those of some columns."""
        return dataclasses.replace(
            self, mean=self.mean[columns], spread=self.spread[columns], unit=self.unit[columns]
        )


@dataclasses.dataclass(frozen=True, eq=False)
class Standardize(Transform):
    """The map x -> (x - mean) / scale, with the training mean and standard deviation (1/n).

    A column that is constant in training has scale 1: it is only centred. Both moments are computed from
    differences to the first row in units of the largest, which is exact on huge offsets and does not
    overflow at huge scales.
    """

    mean: Float64[np.ndarray, "d"]
    scale: Float64[np.ndarray, "d"]

    @classmethod
    def fit(cls, x: Float64[np.ndarray, "n d"]) -> Self:
        return cls.pooled([Moments.of(x)])

    @classmethod
    def pooled(cls, parts: Sequence[Moments]) -> Self:
        """The map fitted to all rows of `parts`, which need not be in memory together."""
        whole = Moments.pooled(parts) if len(parts) > 1 else parts[0]
        return cls(whole.mean, np.where(whole.spread > 0, whole.spread, whole.unit))

    def __call__(self, x: Float64[np.ndarray, "m d"]) -> Float64[np.ndarray, "m d"]:
        check_columns(x, len(self.mean))
        return in_units(x - self.mean, self.scale)

    def state(self) -> dict[str, Shaped[np.ndarray, "..."]]:
        return {"mean": self.mean, "scale": self.scale}

    @classmethod
    def from_state(cls, state: dict[str, Shaped[np.ndarray, "..."]]) -> Self:
        return cls(state["mean"], state["scale"])


def _unit(largest: np.ndarray) -> np.ndarray:
    return np.where(largest > 0, largest, 1.0)


def in_units(difference: np.ndarray, unit: np.ndarray | float) -> np.ndarray:
    """Differences over a unit. Raises InputError where float64 cannot hold them."""
    with np.errstate(over="ignore"):
        ratio = difference / unit
    if np.isinf(ratio).any():
        raise InputError(
            "A row lies more than 1e308 training spreads outside the training data, which float64 cannot "
            "hold; remove the row, or fit to rows on the same scale."
        )
    return ratio


def check_columns(x: np.ndarray, d: int) -> None:
    """Raise InputError unless the rows have as many columns as the map was fitted to."""
    if x.shape[1] != d:
        raise InputError(f"The rows have {counted(x.shape[1], 'column')}; the transform was fitted to {d}.")
