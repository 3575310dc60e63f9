"""Estimators that fit densities by likelihood, and read I(X;Y) off rows that neither fitted nor chose them."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, final

import numpy as np

from infonats._types import Progress, Side
from infonats.data import Pairs, Split
from infonats.densities import DENSITIES
from infonats.errors import unknown_name
from infonats.estimators.base import MethodInfo
from infonats.estimators.cross_fit import one_by_one
from infonats.estimators.cross_fitted import CrossFitted, Fit
from infonats.estimators.generative_config import GenerativeConfig
from infonats.estimators.generative_diagnostics import (
    fitting_diagnostics,
    method_diagnostics,
    value_diagnostics,
)
from infonats.estimators.generative_fold import GenerativeFold, fit_generative_fold, restore_generative_fold
from infonats.estimators.generative_laws import GenerativeRecipe
from infonats.estimators.generative_methods import GENERATIVE_METHODS


@final
class Generative(CrossFitted):
    """I(X;Y) in nats from densities fitted by maximum likelihood; no bound, but for `ba` with a known entropy.

    method: "ba", "doe", "gm", "club", "vclub_s", "l1out", "vub" or "pq". conditional: a name from
    `infonats.densities.DENSITIES` for q(y|x) (for `gm`, the joint density). marginal: one for r(y), or "same":
    densities of one family make errors that cancel. `pq` predicts codes and uses neither. seed: of the
    split, the initial weights, the batches and the draws. folds: as in `Variational`. config: the rest.
    """

    def __init__(
        self,
        method: str = "doe",
        conditional: str = "gaussian",
        marginal: str = "same",
        seed: int = 0,
        folds: int = 1,
        config: GenerativeConfig = GenerativeConfig(),
    ) -> None:
        self.method = method
        self.conditional = conditional
        self.marginal = marginal
        self.seed = seed
        self.folds = folds
        self.config = config

    @property
    def info(self) -> MethodInfo:
        """Name, family, guarantee, source: the method's."""
        self._recipe()
        method = GENERATIVE_METHODS[self.method]
        known = method.name == "ba" and self.config.entropy not in (None, "knn")
        side: Side = "lower" if known else "none"
        words = method.name, "generative", side, method.reference, method.summary
        return MethodInfo(*words, error=method.error, bias="densities")

    def _settings(self) -> GenerativeConfig:
        return self._recipe().config

    def _fit_folds(
        self, pairs: Pairs, splits: Sequence[Split], seeds: Sequence[int], progress: Progress | None
    ) -> list[Fit]:
        return one_by_one(partial(self._fit_fold, pairs), splits, seeds, progress)

    def _fit_fold(self, pairs: Pairs, split: Split, seed: int, progress: Progress | None) -> Fit:
        return Fit(*fit_generative_fold(self._recipe(), pairs, split, seed, progress))

    def _restore_fold(self, state: dict[str, np.ndarray]) -> GenerativeFold:
        return restore_generative_fold(self._recipe(), *self.n_features_in_, state)

    def _value_notes(self, value: float, parts: Sequence[Any], n_train: int) -> Iterable[str]:
        method = GENERATIVE_METHODS[self.method]
        yield from method_diagnostics(method, self.config, n_train)
        yield from value_diagnostics(method, self.config, value)

    def _fit_notes(self, value: float, stderr: float, fits: Sequence[Fit]) -> Iterable[str]:
        return fitting_diagnostics([fit.history for fit in fits], [fit.fold.independent for fit in fits])

    def _recipe(self) -> GenerativeRecipe:
        if self.method not in GENERATIVE_METHODS:
            raise unknown_name("generative method", str(self.method), GENERATIVE_METHODS)
        marginal = self.conditional if self.marginal == "same" else self.marginal
        for name in (self.conditional, marginal):
            if name not in DENSITIES:
                raise unknown_name("density", str(name), [*DENSITIES, "same"])
        return GenerativeRecipe(self.method, self.conditional, marginal, self.config)
