"""Estimators that fit densities by likelihood, and read I(X;Y) off rows that neither fitted nor chose them."""

from typing import Any, final

import numpy as np

from infonats._random import check_seed, spawn
from infonats._threads import threads
from infonats._types import Progress, Side
from infonats.data import Pairs, as_pairs
from infonats.densities import DENSITIES
from infonats.errors import unknown_name
from infonats.estimate import Estimate
from infonats.estimators.base import Estimator, Measurement, MethodInfo
from infonats.estimators.cross_fit import averaged, check_folds, pooled, share, splits
from infonats.estimators.fold import under
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
class Generative(Estimator):
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
        return MethodInfo(method.name, "generative", side, method.reference, method.summary)

    @property
    def minimum_rows(self) -> int:
        """Fifty: ten to test, ten to validate."""
        return 50

    def evaluate(self, x: Any, y: Any) -> Estimate:
        """The estimate on n >= 10 fresh pairs, x (n, dx) and y (n, dy), that were not given to `fit`.

        The mean over the fitted folds. Raises InputError where columns differ from those fitted.
        """
        pairs, method = self._check_new(as_pairs(x, y)), GENERATIVE_METHODS[self.method]
        pairs.require_rows(10, self.info.name)
        with threads(self.config.threads):
            parts = [fold.measure(pairs.x, pairs.y) for fold in self.folds_]
        value, stderr, interval = averaged(parts)
        fitted = self.estimate_
        measured = Measurement(
            value,
            stderr,
            parts[0].n,
            interval,
            n_train=fitted.n_train,
            n_validation=fitted.n_validation,
            seed=fitted.seed,
            diagnostics=(
                *method_diagnostics(method, self.config, fitted.n_train),
                *value_diagnostics(method, self.config, value),
            ),
            history=dict(fitted.history),
        )
        return self._complete(measured, pairs)

    def _measure(self, pairs: Pairs, progress: Progress | None) -> Measurement:
        recipe, seeds = self._recipe(), spawn(self.seed, 1 + self.folds)
        parts_of = splits(len(pairs), self.folds, self.config.fractions, seeds[0])
        with threads(self.config.threads):
            fits = [
                fit_generative_fold(recipe, pairs, split, seed, share(progress, i, self.folds))
                for i, (split, seed) in enumerate(zip(parts_of, seeds[1:], strict=True))
            ]
        self.folds_ = tuple(fold for fold, _, _ in fits)
        parts, histories = [part for _, part, _ in fits], [history for _, _, history in fits]
        value, stderr, interval = pooled(parts)
        method, n_train = GENERATIVE_METHODS[self.method], len(parts_of[0].train)
        notes = (
            *method_diagnostics(method, self.config, n_train),
            *value_diagnostics(method, self.config, value),
            *fitting_diagnostics(histories, [fold.independent for fold in self.folds_]),
        )
        return Measurement(
            value,
            stderr,
            sum(p.n for p in parts),
            interval,
            n_train=n_train,
            n_validation=len(parts_of[0].validation),
            seed=check_seed(self.seed),
            diagnostics=notes,
            history=histories[0].curves(),
            details={"folds": self.folds, "best_steps": [history.best_step for history in histories]},
        )

    def _recipe(self) -> GenerativeRecipe:
        if self.method not in GENERATIVE_METHODS:
            raise unknown_name("generative method", str(self.method), GENERATIVE_METHODS)
        marginal = self.conditional if self.marginal == "same" else self.marginal
        for name in (self.conditional, marginal):
            if name not in DENSITIES:
                raise unknown_name("density", str(name), [*DENSITIES, "same"])
        check_folds(self.folds)
        return GenerativeRecipe(self.method, self.conditional, marginal, self.config)

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        with threads(self.config.threads):
            return np.mean([fold.log_ratio(x, y) for fold in self.folds_], axis=0)

    def _state(self) -> dict[str, np.ndarray]:
        return {f"{i}/{name}": a for i, fold in enumerate(self.folds_) for name, a in fold.state().items()}

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        (dx, dy), recipe = self.n_features_in_, self._recipe()
        self.folds_: tuple[GenerativeFold, ...] = tuple(
            restore_generative_fold(recipe, dx, dy, under(state, f"{i}/")) for i in range(self.folds)
        )
