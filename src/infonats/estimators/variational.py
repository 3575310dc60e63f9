"""Estimators that train: a critic, a bound, and a value read off data that neither fitted nor chose it."""

from typing import Any, final

import numpy as np

from infonats._random import check_seed, spawn
from infonats._threads import threads
from infonats._types import Progress
from infonats.bounds import BOUNDS
from infonats.critics import CRITICS
from infonats.data import Pairs, as_pairs
from infonats.errors import unknown_name
from infonats.estimate import Estimate
from infonats.estimators.base import Estimator, Measurement, MethodInfo
from infonats.estimators.cross_fit import averaged, check_folds, pooled, share, splits
from infonats.estimators.fold import Fold, Recipe, fit_fold, restore_fold, under
from infonats.estimators.variational_config import VariationalConfig
from infonats.estimators.variational_diagnostics import held_out_diagnostics, training_diagnostics

BOUND_NAMES = {bound.name: bound for bound in BOUNDS}


@final
class Variational(Estimator):
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
        return MethodInfo(bound.name, "discriminative", bound.side, bound.reference, bound.summary)

    @property
    def minimum_rows(self) -> int:
        """Fifty: ten to test, ten to validate."""
        return 50

    def evaluate(self, x: Any, y: Any) -> Estimate:
        """The estimate on n >= 10 fresh pairs, x (n, dx) and y (n, dy), that were not given to `fit`.

        The mean over the fitted critics. Raises InputError where columns differ from those fitted.
        """
        pairs, recipe = self._check_new(as_pairs(x, y)), self._recipe()
        pairs.require_rows(10, self.info.name)
        with threads(self.config.threads):
            parts = [fold.measure(fold.objective.bound, pairs.x, pairs.y) for fold in self.folds_]
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
            diagnostics=tuple(held_out_diagnostics(recipe.bound(), value, parts)),
            history=dict(fitted.history),
        )
        return self._complete(measured, pairs)

    def _measure(self, pairs: Pairs, progress: Progress | None) -> Measurement:
        recipe, seeds = self._recipe(), spawn(self.seed, 1 + self.folds)
        parts_of = splits(len(pairs), self.folds, self.config.fractions, seeds[0])
        with threads(self.config.threads):
            fits = [
                fit_fold(recipe, pairs, split, seed, share(progress, i, self.folds))
                for i, (split, seed) in enumerate(zip(parts_of, seeds[1:], strict=True))
            ]
        self.folds_ = tuple(fold for fold, _, _ in fits)
        parts, histories = [part for _, part, _ in fits], [history for _, _, history in fits]
        value, stderr, interval = pooled(parts)
        notes = [
            *held_out_diagnostics(recipe.bound(), value, parts),
            *training_diagnostics(value, stderr, histories),
        ]
        return Measurement(
            value,
            stderr,
            sum(p.n for p in parts),
            interval,
            n_train=len(parts_of[0].train),
            n_validation=len(parts_of[0].validation),
            seed=check_seed(self.seed),
            diagnostics=tuple(notes),
            history=histories[0].curves(),
            details={"folds": self.folds, "best_steps": [history.best_step for history in histories]},
        )

    def _recipe(self) -> Recipe:
        if self.bound not in BOUND_NAMES:
            raise unknown_name("bound", str(self.bound), BOUND_NAMES)
        if self.critic not in CRITICS:
            raise unknown_name("critic", str(self.critic), CRITICS)
        check_folds(self.folds)
        return Recipe(BOUND_NAMES[self.bound], self.critic, self.config)

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        with threads(self.config.threads):
            return np.mean([fold.log_ratio(x, y) for fold in self.folds_], axis=0)

    def _state(self) -> dict[str, np.ndarray]:
        return {f"{i}/{name}": a for i, fold in enumerate(self.folds_) for name, a in fold.state().items()}

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        dx, dy = self.n_features_in_
        self.folds_: tuple[Fold, ...] = tuple(
            restore_fold(self._recipe(), dx, dy, under(state, f"{i}/")) for i in range(self.folds)
        )
