r"""Log ratios of learnt codes (`auto_encoders`): what `Auto` tries on images and on a hundred columns or more.

*Tables*: codes that stand side by side as independent components have a log ratio that is a sum of one term
each, read from tables of counts (`auto_tables`). *Inner product*: that of the encoders themselves, tempered,
alpha f(x)'g(y) / sqrt(rank), with the alpha of the best score. Both are fitted to rows that the encoders have
not seen.
"""

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from infonats.callbacks import History
from infonats.data import Pairs
from infonats.estimators.auto_contest import Fit, Fold, Ratio
from infonats.estimators.auto_encoders import (
    Codes,
    EncoderConfig,
    Maps,
    Sides,
    canonical,
    first,
    fit_codes,
    mapped,
    parts_of,
    separated,
    telling,
)
from infonats.estimators.auto_scores import two_way
from infonats.estimators.auto_tables import Tables
from infonats.inference import PairScorer
from infonats.watch import Watch

TEMPERED = 2000
"""Rows whose pairs decide the temper, at most."""
LOOK_AHEAD = 1.5
"""The search for the number of components goes on to so many times the best so far, and two more."""
TEMPERS = tuple(i / 8 for i in range(1, 13))


@dataclasses.dataclass(frozen=True)
class InnerProduct:
    """`temper` x'y / sqrt(rank) of the encoders' own codes."""

    temper: float

    @classmethod
    def fit(cls, x: np.ndarray, y: np.ndarray) -> "InnerProduct":
        """The temper with the best score on codes x (n, rank) and y (n, rank)."""
        plain = cls(1.0).all_pairs(torch.from_numpy(x), torch.from_numpy(y))
        return cls(max(TEMPERS, key=lambda a: two_way(a * plain[None]).mean().item()))

    def all_pairs(self, x: Float[Tensor, "n k"], y: Float[Tensor, "m k"]) -> Float[Tensor, "n m"]:
        """The ratio of every code with every code in nats, up to what pairing anew does not change."""
        return self.temper / math.sqrt(x.shape[1]) * x @ y.mT


@dataclasses.dataclass(frozen=True, eq=False)
class LatentRatio:
    """A ratio of codes as a ratio of rows."""

    codes: Codes
    inner: Tables | InnerProduct

    def coordinates(self, x: np.ndarray, y: np.ndarray) -> tuple[Tensor, Tensor]:
        """The codes that the inner ratio takes."""
        u, v = self.codes.raw(x, y) if isinstance(self.inner, InnerProduct) else self.codes(x, y)
        return torch.from_numpy(u), torch.from_numpy(v)

    def scorer(self) -> PairScorer:
        """What scores all pairs of codes."""
        return self.inner


class Latents:
    """Encoders of each fold, trained once, and the candidates on their codes."""

    def __init__(self, pairs: Pairs, config: EncoderConfig, watch: Callable[[int], Watch]) -> None:
        self.pairs, self.config, self.watch = pairs, config, watch
        self._codes: dict[int, tuple[Codes, History]] = {}

    def components(self, bins: int) -> Fit:
        """Tables of `bins` x `bins`, one for each component."""

        def fit(fold: Fold, number: int) -> tuple[Ratio, History]:
            codes, history = self._of(fold, number)
            own, others = (codes(self.pairs.x[rows], self.pairs.y[rows]) for rows in parts_of(fold))
            return LatentRatio(codes, Tables.fit(own, others, bins)), history

        return fit

    def inner_product(self) -> Fit:
        """The encoders' own."""

        def fit(fold: Fold, number: int) -> tuple[Ratio, History]:
            codes, history = self._of(fold, number)
            rows = parts_of(fold)[1][:TEMPERED]
            return LatentRatio(
                codes, InnerProduct.fit(*codes.raw(self.pairs.x[rows], self.pairs.y[rows]))
            ), history

        return fit

    def _of(self, fold: Fold, number: int) -> tuple[Codes, History]:
        if number not in self._codes:
            codes, history = fit_codes(self.pairs, fold, self.config, self.watch(number))
            mine, theirs = (codes.raw(self.pairs.x[rows], self.pairs.y[rows]) for rows in parts_of(fold))
            self._codes[number] = dataclasses.replace(codes, maps=standing(mine, theirs, fold.seed)), history
        return self._codes[number]


def standing(mine: Sides, theirs: Sides, seed: int) -> Maps:
    """Maps of raw codes to as many independent components as serve best.

    Directions and components come from the codes of the rows that trained the encoders, their number from the
    others: tables of two bins, which count what is not independent once, gain least where functions of the
    same cause stand beside it.
    """
    some = telling(theirs, canonical(mine))
    maps, best, most = first(some, slice(1)), -math.inf, 1
    for q in range(1, some[0][1].shape[1] + 1):
        tried = separated(mine, first(some, slice(q)), seed)
        gain = Tables.fit(mapped(mine, tried), mapped(theirs, tried), 2).gain
        if gain > best:
            maps, best, most = tried, gain, q
        elif q >= LOOK_AHEAD * most + 2:
            break
    return maps
