"""The map of each coordinate to the normal quantiles of its ranks."""

import dataclasses
from typing import Self

import numpy as np
from jaxtyping import Float64, Int64, Shaped
from scipy.special import ndtri

from infonats.data.scaling import Transform, check_columns, in_units


@dataclasses.dataclass(frozen=True, eq=False)
class NormalScores(Transform):
    """The map of each coordinate to Gaussian quantiles of its rank, Phi^-1(rank / (n + 1)).

    Tied training values share the mean of their ranks. Between training values the map is linear. Beyond them
    it begins with the slope of the whole range (scores over values) and goes on like a logarithm: it stays
    strictly increasing, and a row of a heavy tail ten ranges out does not land ten ranges out. A column that is
    constant in training is only centred.

    knots: the distinct training values of all columns, one column after the other, each ascending.
    scores: the Gaussian quantile of each knot. starts: where each column begins, and the total at the end.
    """

    knots: Float64[np.ndarray, "k"]
    scores: Float64[np.ndarray, "k"]
    starts: Int64[np.ndarray, "d_plus_1"]

    @classmethod
    def fit(cls, x: Float64[np.ndarray, "n d"]) -> Self:
        pairs = [_quantiles(column) for column in x.T]
        starts = np.cumsum([0] + [len(knots) for knots, _ in pairs], dtype=np.int64)
        knots, scores = (np.concatenate([np.empty(0), *(pair[i] for pair in pairs)]) for i in (0, 1))
        return cls(knots, scores, starts)

    def __call__(self, x: Float64[np.ndarray, "m d"]) -> Float64[np.ndarray, "m d"]:
        check_columns(x, len(self.starts) - 1)
        scored = np.empty_like(x)
        for j, (start, stop) in enumerate(zip(self.starts, self.starts[1:], strict=False)):
            scored[:, j] = _interpolate(x[:, j], self.knots[start:stop], self.scores[start:stop])
        return scored

    def state(self) -> dict[str, Shaped[np.ndarray, "..."]]:
        return {"knots": self.knots, "scores": self.scores, "starts": self.starts}

    @classmethod
    def from_state(cls, state: dict[str, Shaped[np.ndarray, "..."]]) -> Self:
        return cls(state["knots"], state["scores"], state["starts"])


def _quantiles(column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct values and Phi^-1 of their mean rank over n + 1."""
    knots, counts = np.unique(column, return_counts=True)
    rank = np.cumsum(counts) - (counts - 1) / 2
    return knots, ndtri(rank / (len(column) + 1))


def _interpolate(x: np.ndarray, knots: np.ndarray, scores: np.ndarray) -> np.ndarray:
    beyond = np.minimum(x - knots[0], 0.0) + np.maximum(x - knots[-1], 0.0)
    if len(knots) == 1:
        return scores[0] + beyond
    steps = in_units(beyond, knots[-1] - knots[0]) * (scores[-1] - scores[0])
    return np.interp(x, knots, scores) + np.sign(steps) * np.log1p(np.abs(steps))
