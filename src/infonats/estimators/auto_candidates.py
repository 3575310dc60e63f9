"""The candidates of `Auto`, each as a function from a fold to a fitted log ratio."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from infonats.callbacks import History
from infonats.data import Pairs
from infonats.estimators.auto_contest import Fit, Fold, Ratio
from infonats.estimators.auto_copulas import CopulaMixtureRatio
from infonats.estimators.auto_critic import CriticConfig, fit_critic
from infonats.estimators.auto_mixtures import MixtureRatio
from infonats.estimators.auto_ratios import CopulaRatio
from infonats.estimators.auto_unmixing import unmixing
from infonats.estimators.auto_view import View, leading
from infonats.watch import Watch


class Kind(NamedTuple):
    """A critic on top of its copula or of its own, of the copula's leading directions or of all columns."""

    residual: bool
    leading: bool = False


def copula(pairs: Pairs, unmixed: bool = False) -> Fit:
    """A t copula, of the columns or of the independent components of either side."""

    def fit(fold: Fold, number: int) -> tuple[Ratio, None]:
        x, y = pairs.x[fold.rest], pairs.y[fold.rest]
        return CopulaRatio.fit(x, y, unmixing(x, y, fold.seed) if unmixed else None), None

    return fit


def copulas(pairs: Pairs, components: int) -> Fit:
    """A mixture of so many Gaussian vector copulas."""

    def fit(fold: Fold, number: int) -> tuple[Ratio, None]:
        x, y = pairs.x[fold.rest], pairs.y[fold.rest]
        return CopulaMixtureRatio.fit(x, y, components, fold.seed), None

    return fit


def mixture(pairs: Pairs, components: int) -> Fit:
    """A mixture of so many Gaussians."""

    def fit(fold: Fold, number: int) -> tuple[Ratio, None]:
        return MixtureRatio.fit(pairs.x[fold.rest], pairs.y[fold.rest], components, fold.seed), None

    return fit


def critic(
    pairs: Pairs,
    bases: Sequence[CopulaRatio],
    kind: Kind,
    config: CriticConfig,
    watch: Callable[[int], Watch],
) -> Fit:
    """A critic of each fold's copula. `watch` says who watches the training of the fold of that number."""

    def fit(fold: Fold, number: int) -> tuple[Ratio, History]:
        fitted, kept = ((pairs.x[rows], pairs.y[rows]) for rows in (fold.train, fold.validation))
        base = bases[number]
        view = View.fit(base, leading(base) if kind.leading else None, *fitted)
        return fit_critic(view, kind.residual, (fitted, kept), config, fold.seed, watch(number))

    return fit
