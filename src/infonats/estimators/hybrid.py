"""Hybrid estimators: fitted densities, and a critic that finds what they miss.

    I(X;Y) >= E_p[log r(y|x) / p(y)] + E_p[F] - log E_p(x)r(y|x)[e^F]

The first term is a generative estimate by r(y|x). What it misses is KL(p(x,y) || p(x) r(y|x)), which any
discriminative bound estimates from draws of r(y|x) in the place of shuffled y's, or from y's of other rows,
chosen by the weights r(y|x)/r(y) or by the code of y. Its variance grows with that divergence, not with I.
M. Federici, D. Ruhe and P. Forré (2023), arXiv 2306.00608.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import final

import numpy as np

from infonats._types import Progress, Side
from infonats.data import Pairs, Split
from infonats.estimators.base import HELD_OUT_GROUPS, MethodInfo
from infonats.estimators.cross_fit import one_by_one
from infonats.estimators.cross_fitted import CrossFitted, Fit
from infonats.estimators.fold import Recipe
from infonats.estimators.generative_config import GenerativeConfig
from infonats.estimators.generative_diagnostics import fitting_diagnostics
from infonats.estimators.generative_methods import FEDERICI, GENERATIVE_METHODS
from infonats.estimators.hybrid_config import HybridConfig
from infonats.estimators.hybrid_diagnostics import (
    correction_diagnostics,
    critic_diagnostics,
    hybrid_method_diagnostics,
    partner_diagnostics,
)
from infonats.estimators.hybrid_fold import HybridFold, HybridRecipe, fit_hybrid_fold, restore_hybrid_fold
from infonats.estimators.hybrid_names import check_halves, correction_of, generative_recipe
from infonats.estimators.hybrid_value import Corrected
from infonats.estimators.variational import BOUND_NAMES

WORDS = {
    "resample": "draws from its q(y|x)",
    "reweight": "y's reweighted by its log ratio",
    "same_code": "y's of the same code",
}


@final
class Hybrid(CrossFitted):
    """I(X;Y) in nats from a generative estimate and a critic's correction of what it misses.

    generative: "doe", "ba", "gm", "club", "vclub_s", "l1out", "vub" or "pq", fitted first and then frozen.
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
        sound = recipe.correction == "resample" and recipe.discriminative.bound.side == "lower"
        side: Side = "lower" if known and sound else "none"
        summary = f"{self.generative}, corrected by {self.discriminative} on {WORDS[recipe.correction]}"
        name = f"{self.generative}+{self.discriminative}"
        return MethodInfo(name, "hybrid", side, FEDERICI, summary, error=HELD_OUT_GROUPS, bias="densities")

    def _settings(self) -> GenerativeConfig:
        return self._recipe().generative.config

    def _fit_folds(
        self, pairs: Pairs, splits: Sequence[Split], seeds: Sequence[int], progress: Progress | None
    ) -> list[Fit]:
        return one_by_one(partial(self._fit_fold, pairs), splits, seeds, progress)

    def _fit_fold(self, pairs: Pairs, split: Split, seed: int, progress: Progress | None) -> Fit:
        fold, measured, histories = fit_hybrid_fold(self._recipe(), pairs, split, seed, progress)
        details = {"generative": measured.generative, "correction": measured.correction}
        return Fit(fold, measured, histories[-1], details, earlier=histories[:-1])

    def _restore_fold(self, state: dict[str, np.ndarray]) -> HybridFold:
        return restore_hybrid_fold(self._recipe(), *self.n_features_in_, state)

    def _value_notes(self, value: float, parts: Sequence[Corrected], n_train: int) -> Iterable[str]:
        method, settings = GENERATIVE_METHODS[self.generative], self._settings()
        yield from hybrid_method_diagnostics(method, settings, n_train)
        yield from correction_diagnostics(BOUND_NAMES[self.discriminative](), parts)
        yield from partner_diagnostics(parts)

    def _fit_notes(self, value: float, stderr: float, fits: Sequence[Fit]) -> Iterable[str]:
        densities = [history for fit in fits for history in fit.earlier]
        yield from fitting_diagnostics(densities, [fit.fold.generative.independent for fit in fits])
        parts = [fit.measured.whole() if self._recipe().joint else fit.measured for fit in fits]
        yield from critic_diagnostics(parts, [fit.history for fit in fits])

    def _recipe(self) -> HybridRecipe:
        check_halves(self.generative, self.discriminative)
        config = self.config
        critic = Recipe(BOUND_NAMES[self.discriminative], config.critic, config.discriminative)
        return HybridRecipe(
            generative_recipe(self.generative, config),
            critic,
            correction_of(self.generative, config),
            config.training == "joint",
            config.held_out_draws,
        )
