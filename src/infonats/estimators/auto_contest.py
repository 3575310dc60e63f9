"""Candidates of `Auto` fitted fold by fold, and scored on the rows that a fold left out."""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from infonats._random import spawn
from infonats.callbacks import History
from infonats.data import Pairs, k_folds
from infonats.data.blocks import inflation
from infonats.estimate import Z_95
from infonats.estimators.auto_scores import PAIRINGS, Held, held
from infonats.inference import PAIRS, PairScorer, score_blocks


@runtime_checkable
class Ratio(Protocol):
    """A fitted log ratio: coordinates of raw rows, and what scores all pairs of them."""

    def coordinates(self, x: np.ndarray, y: np.ndarray) -> tuple[Tensor, Tensor]:
        """Raw rows x (n, dx) and y (n, dy) as the scorer takes them."""
        ...

    def scorer(self) -> PairScorer:
        """What scores all pairs of coordinates."""
        ...


@dataclasses.dataclass(frozen=True, eq=False)
class Fold:
    """Disjoint row numbers: to fit, to choose when to stop, to score. `seed` is of everything random in it.

    `scores`: about how many scoring a ratio takes.
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    seed: int
    scores: int = PAIRS

    @property
    def rest(self) -> np.ndarray:
        """All but the rows to score, for what needs no validation."""
        return np.concatenate([self.train, self.validation])

    def halved(self, kept: int = 0) -> "Fold":
        """The same with the first `kept` rows to fit to, and half of the others."""
        return dataclasses.replace(self, train=self.train[: (kept + len(self.train)) // 2])


BLOCK = 64
"""Rows of which `paired` scores all pairs to use the diagonal: few, for the rest is thrown away."""
VALIDATION = 8
"""One row in so many of those not scored decides when to stop."""


def folds_of(n: int, count: int, seed: int, block: int = 1, scores: int = PAIRS) -> list[Fold]:
    """A cross-fit of n rows in `count` folds that score each row once; a function of `seed` alone.

    With a `block` above 1 the parts are runs of rows with a gap, as in `infonats.data.k_folds`.
    """
    first, *seeds = spawn(seed, 1 + count)
    if block > 1:
        splits = k_folds(n, count, first, block)
        return [Fold(s.train, s.validation, s.test, own, scores) for s, own in zip(splits, seeds, strict=True)]
    parts = np.array_split(np.random.default_rng(first).permutation(n), count)
    folds = []
    for f, own in enumerate(seeds):
        rest = np.concatenate([part for g, part in enumerate(parts) if g != f])
        cut = max(len(rest) // VALIDATION, 2)
        folds.append(Fold(rest[cut:], rest[:cut], parts[f], own, scores))
    return folds


@dataclasses.dataclass(frozen=True, eq=False)
class Scored:
    """One fold's ratio, what it gives on the rows left out and on as many rows that it was fitted to."""

    ratio: Any
    out: Held
    within: Held
    history: History | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Entry:
    """A candidate and its folds. `normalised` ratios are read off by their mean, others by the score.

    `block`: of a series, the rows that depend on each other.
    """

    name: str
    folds: tuple[Scored, ...]
    normalised: bool = False
    block: int = 1

    @property
    def terms(self) -> np.ndarray:
        """The score's terms over the rows of all folds, in nats."""
        return np.concatenate([fold.out.terms for fold in self.folds])

    @property
    def left_out(self) -> float:
        """What the rows left out show, in nats."""
        return self._mean("out")

    @property
    def gap(self) -> float:
        """Nats by which the rows fitted to look better than those left out."""
        return self._mean("within") - self.left_out

    @property
    def value(self) -> float:
        """The value halfway between the rows left out and those fitted to.

        A maximum-likelihood fit of p parameters to n rows gains p / 2n nats on its own rows and loses as much
        on others (H. Akaike, IEEE Trans. Autom. Control 19, 716-723, 1974): the mean has neither, to first
        order. Training that stops early has no such theorem; `benchmarks/auto.py` measures it.
        """
        return (self._mean("within") + self.left_out) / 2

    @property
    def offset(self) -> float:
        """What has to be taken from the ratios for them to be normalised, in nats."""
        return (
            0.0
            if self.normalised
            else float(np.mean([f.out.ratios.mean() - f.out.terms.mean() for f in self.folds]))
        )

    @property
    def stderr(self) -> float:
        """The sampling error of the value over the rows left out."""
        local = np.concatenate([self._local(fold.out) for fold in self.folds])
        return float(local.std(ddof=1)) / math.sqrt(len(local)) * inflation(local, self.block)

    @property
    def reach(self) -> tuple[float, float]:
        """How far the 95 % interval goes down and up: the sampling error, and what fitting leaves open.

        Downwards half the gap is added in quadrature. Upwards the whole gap is added: a ratio that is learnt
        from few rows misses more than it invents, and the gap shows how few they are. docs/auto.md has the
        coverage.
        """
        sampling, gap = Z_95 * self.stderr, abs(self.gap)
        return math.hypot(sampling, gap / 2), sampling + gap

    def _local(self, part: Held) -> np.ndarray:
        return part.ratios if self.normalised else part.terms

    def _mean(self, part: str) -> float:
        return float(np.mean([self._local(getattr(fold, part)).mean() for fold in self.folds]))


Fit = Callable[[Fold, int], tuple[Ratio, History | None]]
"""From a fold and its number to a fitted ratio, with the history of its training where there was any."""


@torch.no_grad()
def paired(ratio: Ratio, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The ratio of each row of x (n, dx) with the same row of y (n, dy), in nats, shape (n,)."""
    scorer, (u, v) = ratio.scorer(), ratio.coordinates(x, y)
    parts = zip(u.split(BLOCK), v.split(BLOCK), strict=True)
    return torch.cat([scorer.all_pairs(a, b).diagonal() for a, b in parts]).double().numpy()


def score(fit: Fit, pairs: Pairs, fold: Fold, number: int) -> Scored:
    """Fit one candidate on one fold and score it."""
    ratio, history = fit(fold, number)
    scorer, seen = ratio.scorer(), fold.train[: len(fold.test)]
    block = int(pairs.block)

    def of(rows: np.ndarray, pairings: int) -> Held:
        coordinates = ratio.coordinates(pairs.x[rows], pairs.y[rows])
        return held(score_blocks(scorer, *coordinates, block, fold.scores), fold.seed, pairings, block)

    out, within = of(fold.test, PAIRINGS), of(seen, 0)
    return Scored(ratio, out, within, history)


def advantage(
    one: Sequence[Scored], other: Sequence[Scored], block: int = 1, halfway: bool = True
) -> tuple[float, float]:
    """By how many nats of score `one` beats `other` on the same folds, and how uncertain that is.

    Both scores are taken halfway between rows left out and rows fitted to, as values are (`Entry.value`): what
    counts is how good the ratios of a kind become, not how well these rows determine them. A quarter of the
    difference in what fitting gained is added to the error, for half of it is a correction. Unless `halfway`,
    the rows left out count alone.
    """
    out = _difference(one, other, "out")
    sampling = float(out.std(ddof=1)) / math.sqrt(len(out)) * inflation(out, block)
    if not halfway:
        return float(out.mean()), sampling
    within = _difference(one, other, "within")
    fitting = abs(float(within.mean() - out.mean())) / 4
    return float(out.mean() + within.mean()) / 2, math.hypot(sampling, fitting)


def _difference(one: Sequence[Scored], other: Sequence[Scored], part: str) -> np.ndarray:
    """What the terms of `one` are above those of `other`, row by row."""
    pairs = zip(one, other, strict=True)
    return np.concatenate([getattr(a, part).terms - getattr(b, part).terms for a, b in pairs])


def best_of(entries: Sequence[Entry]) -> Entry:
    """The simplest entry that no other beats by more than one standard error; simpler ones come first."""
    for entry in entries:
        gaps = [advantage(other.folds, entry.folds, entry.block) for other in entries if other is not entry]
        if all(gap <= error for gap, error in gaps):
            return entry
    return max(entries, key=lambda entry: entry.terms.mean())
