"""Estimators that train: a critic, a bound, and a value read off data that neither fitted nor chose it."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import final

import numpy as np

from infonats._random import spawn
from infonats._threads import threads
from infonats._types import Progress
from infonats.bounds import BOUNDS
from infonats.critics import CRITICS
from infonats.data import Pairs, Split, Stream
from infonats.errors import InputError, unknown_name
from infonats.estimators.base import HELD_OUT_GROUPS, Measurement, MethodInfo
from infonats.estimators.cross_fit import check_folds
from infonats.estimators.cross_fitted import CrossFitted, Fit
from infonats.estimators.fold import Fold, Recipe, fit_folds, restore_fold
from infonats.estimators.streamed import fit_streamed, surveyed
from infonats.estimators.variational_config import VariationalConfig
from infonats.estimators.variational_diagnostics import held_out_diagnostics, training_diagnostics
from infonats.inference import HeldOut

BOUND_NAMES = {bound.name: bound for bound in BOUNDS}


@final
class Variational(CrossFitted):
    """I(X;Y) in nats by training a critic network against a bound; `side` is the bound's.

    bound: a name from `infonats.bounds.BOUNDS`. critic: "joint", "separable" or "bilinear". seed: of the
    split, the initial weights, the batches and the negatives; the same seed gives the same bits.
    folds: 1 holds a fifth of the rows out for the value; from 3 on, the rows are cross-fitted, so that
    each is tested once by a critic that has not seen it (at `folds` times the work). config: the rest.
    """

    def __init__(
        self,
        bound: str = "mine",
        critic: str = "joint",
        seed: int = 0,
        folds: int = 1,
        config: VariationalConfig = VariationalConfig(),
    ) -> None:
        self.bound = bound
        self.critic = critic
        self.seed = seed
        self.folds = folds
        self.config = config

    @property
    def info(self) -> MethodInfo:
        """Name, family, guarantee, source: the bound's."""
        bound = self._recipe().bound
        words = bound.name, "discriminative", bound.side, bound.reference, bound.summary
        return MethodInfo(*words, error=HELD_OUT_GROUPS, bias="training")

    def _settings(self) -> VariationalConfig:
        return self._recipe().config

    def _fit_folds(
        self, pairs: Pairs, splits: Sequence[Split], seeds: Sequence[int], progress: Progress | None
    ) -> list[Fit]:
        return [Fit(*fitted) for fitted in fit_folds(self._recipe(), pairs, splits, seeds, progress)]

    def _measure_stream(self, stream: Stream, progress: Progress | None) -> tuple[Measurement, Pairs]:
        check_folds(self.folds)
        if self.folds > 1:
            raise InputError(
                f"folds is {self.folds}; of rows that stay in their files one part is held out: give folds=1."
            )
        recipe, seeds, n = self._recipe(), spawn(self.seed, 2), len(stream)
        if n < self.minimum_rows:
            raise InputError(f"{self.info.name} was given {n} rows and needs at least {self.minimum_rows}.")
        with threads(recipe.config.threads):
            seen = surveyed(recipe, stream, seeds[0], progress)
            fit = Fit(*fit_streamed(recipe, stream, seen, seeds[1], progress))
        self.folds_ = (fit.fold,)
        measured = self._pooled([fit], seen.n_train, len(seen.validation))
        details = {"data": seen.fingerprint, "streamed rows": n}
        return dataclasses.replace(measured, details=measured.details | details), seen.test

    def _restore_fold(self, state: dict[str, np.ndarray]) -> Fold:
        return restore_fold(self._recipe(), *self.n_features_in_, state)

    def _value_notes(self, value: float, parts: Sequence[HeldOut], n_train: int) -> Iterable[str]:
        return held_out_diagnostics(self._recipe().bound(), value, parts)

    def _fit_notes(self, value: float, stderr: float, fits: Sequence[Fit]) -> Iterable[str]:
        return training_diagnostics(value, stderr, [fit.history for fit in fits])

    def _recipe(self) -> Recipe:
        if self.bound not in BOUND_NAMES:
            raise unknown_name("bound", str(self.bound), BOUND_NAMES)
        if self.critic not in CRITICS:
            raise unknown_name("critic", str(self.critic), CRITICS)
        return Recipe(BOUND_NAMES[self.bound], self.critic, self.config)
