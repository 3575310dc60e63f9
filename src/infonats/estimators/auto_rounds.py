"""The rounds of `Auto`: which candidates compete on which data, and how far each is taken."""

import dataclasses
import functools
import math
import operator
from collections.abc import Callable, Sequence

from infonats._types import Progress
from infonats.data import Pairs
from infonats.estimators import auto_candidates as candidates
from infonats.estimators.auto_budget import Budget
from infonats.estimators.auto_contest import Entry, Fit, Fold, Scored, advantage, best_of, score
from infonats.estimators.auto_critic import CriticConfig
from infonats.estimators.auto_latent import Latents
from infonats.estimators.auto_ratios import CopulaRatio
from infonats.estimators.auto_unmixing import COLUMNS
from infonats.estimators.auto_view import leading
from infonats.estimators.choice import plain, wide
from infonats.watch import Watch

FEWEST_ROWS = 300
"""Fewer rows teach no critic anything."""
ROWS_A_PARAMETER = 8
"""A mixture has at most one parameter for so many rows."""
CRITICS = {
    "critic": candidates.Kind(residual=False),
    "copula and critic": candidates.Kind(residual=True),
    "copula and critic of few directions": candidates.Kind(residual=True, leading=True),
}
COLUMNS_A_DIRECTION = 4
"""Directions are few where each side has so many columns for each."""
CODES: dict[str, tuple[Callable[[Latents], Fit], bool]] = {
    "tables of codes in 2 bins": (lambda codes: codes.components(2), True),
    "tables of codes in 4 bins": (lambda codes: codes.components(4), True),
    "inner product of codes": (Latents.inner_product, False),
}
"""How each is fitted, and whether it is a ratio of densities as it is."""


@dataclasses.dataclass(frozen=True, eq=False)
class Dropped:
    """A candidate whose lead over `rival` on the first fold, `gap` nats, was at most its standard `error`."""

    name: str
    rival: Entry
    gap: float
    error: float

    def __str__(self) -> str:
        return f"{self.name} {self.gap:+.3f} nats of score against {self.rival.name} on the first fold"


class Contest:
    """Candidates from the simplest on; `entries` are those that were scored on every fold, in that order.

    `dropped` are those that the first fold ruled out, each with the entry that was no worse there.
    """

    def __init__(self, pairs: Pairs, folds: Sequence[Fold], budget: Budget, progress: Progress | None) -> None:
        self.pairs, self.folds, self.budget, self.progress = pairs, folds, budget, progress
        self.entries: list[Entry] = []
        self.dropped: list[Dropped] = []
        self.interrupted = False
        self.block = int(pairs.block)
        self.widths = pairs.x.shape[1], pairs.y.shape[1]

    def run(self) -> Entry:
        """Let them compete; the winner. Ctrl-C in training ends the contest with what there is, if anything.

        Images and wide tables in which columns are discrete, or make each other up, have no copula: their codes
        compete alone.
        """
        if plain(self.pairs) or not wide(self.pairs):
            self._columns()
        if wide(self.pairs) and not self.interrupted:
            self._codes()
        return best_of(self.entries)

    def _columns(self) -> None:
        """Copulas, mixtures and critics of the columns as they are."""
        self._enter("t copula", candidates.copula(self.pairs), normalised=True)
        if self.budget.unmix and any(1 < width <= COLUMNS for width in self.widths):
            self._promising("t copula of independent components", candidates.copula(self.pairs, True), True)
        self._mixtures()
        if self.budget.critic and len(self.pairs) >= FEWEST_ROWS and sum(self.widths) > 2:
            try:
                self._critics(self.budget.critic)
            except KeyboardInterrupt:
                self.interrupted = True

    def _codes(self) -> None:
        """Ratios of learnt codes, on encoders that a fold trains once."""
        latents = self._latents("codes")
        try:
            for name, (kind, normalised) in CODES.items():
                take = self._promising if self.entries else self._enter
                take(name, kind(latents), normalised)
        except KeyboardInterrupt:
            if not self.entries:
                raise
            self.interrupted = True

    def doubt(self, winner: Entry) -> float:
        """Nats of score by which a candidate that led, but not surely, may be better than `winner`.

        Its lead and two standard errors, the largest of any; 0 if none led.
        """
        gaps = [(one.gap, one.error) for one in self.dropped if one.rival is winner]
        gaps += [
            advantage(other.folds, winner.folds, self.block) for other in self.entries if other is not winner
        ]
        return max([0.0, *(gap + 2 * error for gap, error in gaps if gap > 0)])

    def taught(self, winner: Entry) -> float:
        """Nats that the second half of its rows taught a critic, or encoders, on the first fold; else 0.

        It is trained once more, on half of the rows, and compared on the rows left out.
        """
        shown = f"{winner.name} of half the rows"
        learner = self._learner_of_half(winner.name, shown)
        if self.interrupted or learner is None:
            return 0.0
        self._tell(shown, 0)
        try:
            less = score(learner[0], self.pairs, learner[1], 0)
        except KeyboardInterrupt:
            self.interrupted = True
            return 0.0
        now, before = (dataclasses.replace(winner, folds=(one,)).left_out for one in (winner.folds[0], less))
        return max(now - before, 0.0)

    def _learner_of_half(self, name: str, shown: str) -> tuple[Fit, Fold] | None:
        """What fits a critic, or codes, and the first fold with half of the rows that train it; else None."""
        config = self.budget.critic
        if name in CODES:
            return CODES[name][0](self._latents(shown)), self.folds[0].halved(len(self.folds[0].test))
        if name in CRITICS and config is not None:
            return self._critic(name, config, shown), self.folds[0].halved()
        return None

    def _latents(self, shown: str) -> Latents:
        """Codes, the training of whose encoders is watched under the name `shown`."""
        return Latents(self.pairs, self.budget.encoders, functools.partial(self._share, shown))

    def _mixtures(self) -> None:
        """Mixtures of dependences between sides that stay as they are, then of Gaussians."""
        columns = sum(self.widths)
        self._largest("copulas", candidates.copulas, math.prod(self.widths))
        self._largest("Gaussians", candidates.mixture, columns * (columns + 3) // 2)

    def _largest(self, kind: str, make: Callable[[Pairs, int], Fit], parameters: int) -> None:
        """More components of so many parameters each, while the first fold finds them better than fewer."""
        best: tuple[int, Scored] | None = None
        most = len(self.pairs) / ROWS_A_PARAMETER / parameters
        for components in (k for k in self.budget.components if k <= most):
            found = self._trial(f"mixture of {components} {kind}", make(self.pairs, components))
            if best and not operator.gt(*advantage([found], [best[1]], self.block)):
                break
            best = components, found
        if best:
            self._promising(f"mixture of {best[0]} {kind}", make(self.pairs, best[0]), True, best[1])

    def _critics(self, config: CriticConfig) -> None:
        """A critic of its own and one on top of the best copula; the better goes on to the other folds.

        The second sees the copula's leading directions where these are few, else all columns.
        """
        copula, tried = self.copula().folds[0], []
        few = self._few_lead(copula.ratio)
        for name, kind in CRITICS.items():
            if kind.residual and kind.leading != few:
                continue
            fit = self._critic(name, config, name)
            found = self._trial(name, fit)
            if not kind.leading or self._seen_by_others(found, copula):
                tried.append((found, name, fit))
        first, name, fit = max(tried, key=lambda one: one[0].out.terms.mean())
        self._promising(name, fit, False, first)

    def _critic(self, name: str, config: CriticConfig, shown: str) -> Fit:
        """The fit of a critic, whose training is watched under the name `shown`."""
        bases, watch = [fold.ratio for fold in self.copula().folds], functools.partial(self._share, shown)
        return candidates.critic(self.pairs, bases, CRITICS[name], config, watch)

    def _seen_by_others(self, critic: Scored, copula: Scored) -> bool:
        """Whether the rows left out show surely that a critic of a copula's own directions is better than it.

        The copula is freed of what chance shows (`shrunk`), and along its directions the rows fitted to show
        most of that: halfway between both a critic that only gives it back looks better.
        """
        return operator.gt(*advantage([critic], [copula], self.block, halfway=False))

    def _few_lead(self, base: CopulaRatio) -> bool:
        """Whether the sides of a copula go together in some directions, but few for so many columns."""
        return 0 < COLUMNS_A_DIRECTION * leading(base)[0].shape[1] <= min(self.widths)

    @property
    def copulas(self) -> list[Entry]:
        """The copulas that were scored on every fold; none of images and tables of codes alone."""
        return [entry for entry in self.entries if isinstance(entry.folds[0].ratio, CopulaRatio)]

    def copula(self, winner: Entry | None = None) -> Entry:
        """The winner if that is a copula, else the copula that scores better."""
        return winner if winner is not None and winner in self.copulas else best_of(self.copulas)

    def _promising(self, name: str, fit: Fit, normalised: bool, first: Scored | None = None) -> None:
        """Enter a candidate unless the first fold finds it no better than the best of the simpler ones."""
        first, rival = first or self._trial(name, fit), best_of(self.entries)
        gap, error = advantage([first], rival.folds[:1], self.block)
        if gap > error:
            self._enter(name, fit, normalised, first)
        else:
            self.dropped.append(Dropped(name, rival, gap, error))

    def _enter(self, name: str, fit: Fit, normalised: bool, first: Scored | None = None) -> None:
        scored = [first or self._trial(name, fit)]
        for number, fold in enumerate(self.folds[1:], 1):
            self._tell(name, number)
            scored.append(score(fit, self.pairs, fold, number))
        self.entries.append(Entry(name, tuple(scored), normalised, self.block))

    def _trial(self, name: str, fit: Fit) -> Scored:
        self._tell(name, 0)
        return score(fit, self.pairs, self.folds[0], 0)

    def _tell(self, name: str, number: int) -> None:
        if self.progress:
            self.progress(number, len(self.folds), f"{name}: fold {number + 1} of {len(self.folds)}")

    def _share(self, name: str, number: int) -> Watch:
        """Who watches the training of one fold, and where it is kept: a folder for each candidate and fold."""
        return Watch.of(self.progress).under(name.replace(" ", "-")).part(number, len(self.folds), "fold")
