"""Hybrid estimators: fitted densities, and a critic that finds what they miss.

    I(X;Y) >= E_p[log r(y|x) / p(y)] + E_p[F] - log E_p(x)r(y|x)[e^F]

The first term is a generative estimate by r(y|x). What it misses is KL(p(x,y) || p(x) r(y|x)), which any
discriminative bound estimates from draws of r(y|x) in the place of shuffled y's; its variance grows with
that divergence, not with I. M. Federici, D. Ruhe and P. Forré (2023), arXiv 2306.00608.
"""

from typing import Any, final

import numpy as np

from infonats._random import check_seed, spawn
from infonats._threads import threads
from infonats._types import Progress, Side
from infonats.data import Pairs, as_pairs
from infonats.estimate import Estimate
from infonats.estimators.base import Estimator, Measurement, MethodInfo
from infonats.estimators.cross_fit import averaged, check_folds, pooled, share, splits
from infonats.estimators.fold import Recipe, under
from infonats.estimators.generative_diagnostics import fitting_diagnostics
from infonats.estimators.generative_methods import FEDERICI, GENERATIVE_METHODS
from infonats.estimators.hybrid_config import HybridConfig
from infonats.estimators.hybrid_diagnostics import (
    correction_diagnostics,
    critic_diagnostics,
    hybrid_method_diagnostics,
)
from infonats.estimators.hybrid_fold import HybridFold, HybridRecipe, fit_hybrid_fold, restore_hybrid_fold
from infonats.estimators.hybrid_names import check_halves, generative_recipe
from infonats.estimators.variational import BOUND_NAMES


@final
class Hybrid(Estimator):
    """I(X;Y) in nats from a generative estimate and a critic's correction by draws from its fitted q(y|x).

    generative: "doe", "ba", "club", "vclub_s", "l1out" or "vub", fitted first and then frozen.
    discriminative: a name from `infonats.bounds.BOUNDS`. An untrained critic leaves exactly the generative
    estimate (same seed, same settings). seed and folds are as in `Variational`. config: the rest.
    No bound in general: only `ba` with a known entropy and a correction that is a lower bound give one.
    """

    def __init__(
        self,
        generative: str = "doe",
        discriminative: str = "mine",
        seed: int = 0,
        folds: int = 1,
        config: HybridConfig = HybridConfig(),
    ) -> None:
        self.generative = generative
        self.discriminative = discriminative
        self.seed = seed
        self.folds = folds
        self.config = config

    @property
    def info(self) -> MethodInfo:
        """Name, family, guarantee, source: Federici et al. 2023 for every pair."""
        recipe = self._recipe()
        known = self.generative == "ba" and recipe.generative.config.entropy not in (None, "knn")
        side: Side = "lower" if known and recipe.discriminative.bound.side == "lower" else "none"
        summary = f"{self.generative}, corrected by {self.discriminative} on draws from its q(y|x)"
        return MethodInfo(f"{self.generative}+{self.discriminative}", "hybrid", side, FEDERICI, summary)

    @property
    def minimum_rows(self) -> int:
        """Fifty: ten to test, ten to validate."""
        return 50

    def evaluate(self, x: Any, y: Any) -> Estimate:
        """The estimate on n >= 10 fresh pairs, x (n, dx) and y (n, dy), that were not given to `fit`.

        The mean over the fitted folds. Raises InputError where columns differ from those fitted.
        """
        pairs, fitted = self._check_new(as_pairs(x, y)), self.estimate_
        pairs.require_rows(10, self.info.name)
        with threads(self.config.generative.threads):
            parts = [fold.measure(pairs.x, pairs.y) for fold in self.folds_]
        value, stderr, interval = averaged([part.held for part in parts])
        method, settings = GENERATIVE_METHODS[self.generative], self.config.generative
        notes = (
            *hybrid_method_diagnostics(method, settings, fitted.n_train),
            *correction_diagnostics(BOUND_NAMES[self.discriminative](), parts),
        )
        measured = Measurement(
            value,
            stderr,
            parts[0].held.n,
            interval,
            n_train=fitted.n_train,
            n_validation=fitted.n_validation,
            seed=fitted.seed,
            diagnostics=notes,
            history=dict(fitted.history),
        )
        return self._complete(measured, pairs)

    def _measure(self, pairs: Pairs, progress: Progress | None) -> Measurement:
        recipe, seeds = self._recipe(), spawn(self.seed, 1 + self.folds)
        parts_of = splits(len(pairs), self.folds, recipe.generative.config.fractions, seeds[0])
        with threads(recipe.generative.config.threads):
            fits = [
                fit_hybrid_fold(recipe, pairs, split, seed, share(progress, i, self.folds))
                for i, (split, seed) in enumerate(zip(parts_of, seeds[1:], strict=True))
            ]
        self.folds_ = tuple(fold for fold, _, _ in fits)
        parts, critics = [part for _, part, _ in fits], [histories[1] for _, _, histories in fits]
        value, stderr, interval = pooled([part.held for part in parts])
        method, n_train = GENERATIVE_METHODS[self.generative], len(parts_of[0].train)
        notes = (
            *hybrid_method_diagnostics(method, recipe.generative.config, n_train),
            *fitting_diagnostics([h[0] for _, _, h in fits], [f.generative.independent for f in self.folds_]),
            *correction_diagnostics(recipe.discriminative.bound(), parts),
            *critic_diagnostics(parts, critics),
        )
        return Measurement(
            value,
            stderr,
            sum(p.held.n for p in parts),
            interval,
            n_train=n_train,
            n_validation=len(parts_of[0].validation),
            seed=check_seed(self.seed),
            diagnostics=tuple(dict.fromkeys(notes)),
            history=critics[0].curves(),
            details={
                "folds": self.folds,
                "best_steps": [history.best_step for history in critics],
                "generative": float(np.mean([p.generative for p in parts])),
                "correction": float(np.mean([p.correction for p in parts])),
            },
        )

    def _recipe(self) -> HybridRecipe:
        check_halves(self.generative, self.discriminative)
        check_folds(self.folds)
        config = self.config
        critic = Recipe(BOUND_NAMES[self.discriminative], config.critic, config.discriminative)
        return HybridRecipe(generative_recipe(self.generative, config), critic, config.held_out_draws)

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        with threads(self.config.generative.threads):
            return np.mean([fold.log_ratio(x, y) for fold in self.folds_], axis=0)

    def _state(self) -> dict[str, np.ndarray]:
        return {f"{i}/{name}": a for i, fold in enumerate(self.folds_) for name, a in fold.state().items()}

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        (dx, dy), recipe = self.n_features_in_, self._recipe()
        self.folds_: tuple[HybridFold, ...] = tuple(
            restore_hybrid_fold(recipe, dx, dy, under(state, f"{i}/")) for i in range(self.folds)
        )
