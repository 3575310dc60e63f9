"""Every map of the coordinates by name, and the one that looks at the tails first."""

import dataclasses
from typing import Self

import numpy as np
from jaxtyping import Bool, Float64, Shaped

from infonats.data.scaling import Identity, Standardize, Transform, check_columns
from infonats.data.scores import NormalScores

REACH = 5.0
"""Standard deviations within which one in 1.7 million normal values does not lie."""


@dataclasses.dataclass(frozen=True, eq=False)
class ByTails(Transform):
    """Normal scores for columns with heavy tails, standardised columns otherwise.

    A column is `heavy` where a training row lies more than five standard deviations from the mean. Without
    any the map is that of `Standardize`, to the bit. Few rows of a heavy tail make up most of a variance: the
    bulk of a standardised column lies on a spot, its tail beyond all that a network meets in training.
    """

    plain: Standardize
    scores: NormalScores
    heavy: Bool[np.ndarray, "d"]

    @classmethod
    def fit(cls, x: Float64[np.ndarray, "n d"]) -> Self:
        return cls.judged(x, Standardize.fit(x))

    @classmethod
    def judged(cls, x: Float64[np.ndarray, "n d"], plain: Standardize) -> Self:
        """The map whose heavy columns are told by the rows x, its light ones standardised by `plain`."""
        heavy = np.abs(Standardize.fit(x)(x)).max(0) > REACH
        return cls(Standardize(plain.mean[~heavy], plain.scale[~heavy]), NormalScores.fit(x[:, heavy]), heavy)

    def __call__(self, x: Float64[np.ndarray, "m d"]) -> Float64[np.ndarray, "m d"]:
        check_columns(x, len(self.heavy))
        mapped = np.empty_like(x)
        mapped[:, ~self.heavy] = self.plain(x[:, ~self.heavy])
        mapped[:, self.heavy] = self.scores(x[:, self.heavy])
        return mapped

    def state(self) -> dict[str, Shaped[np.ndarray, "..."]]:
        return {**self.plain.state(), **self.scores.state(), "heavy": self.heavy}

    @classmethod
    def from_state(cls, state: dict[str, Shaped[np.ndarray, "..."]]) -> Self:
        return cls(Standardize.from_state(state), NormalScores.from_state(state), state["heavy"])


TRANSFORMS: dict[str, type[Transform]] = {
    "auto": ByTails,
    "standardize": Standardize,
    "normal_scores": NormalScores,
    "none": Identity,
}
"""Every transform by the name that options use."""
