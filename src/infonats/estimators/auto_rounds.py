"""The rounds of `Auto`: which candidates compete on which data, and how far each is taken."""

import dataclasses
import functools
import math
import operator
from collections.abc import Callable, Sequence

from infonats._types import Progress
from infonats.data import Pairs
from infonats.estimators import auto_candidates as candidates
from infonats.estimators.auto_contest import Entry, Fit, Fold, Scored, advantage, best_of, score
from infonats.estimators.auto_critic import CriticConfig
from infonats.estimators.auto_encoders import EncoderConfig
from infonats.estimators.auto_latent import Latents
from infonats.estimators.auto_ratios import CopulaRatio
from infonats.estimators.auto_view import leading
from infonats.estimators.choice import plain, wide
from infonats.inference import PAIRS
from infonats.watch import Watch

FEWEST_ROWS = 300
"""Fewer rows teach no critic anything."""
BINS = (2, 4)
"""Bins of each component of learnt codes."""
ROWS_A_PARAMETER = 8
"""A mixture has at most one parameter for so many rows."""
CRITICS = {
    "critic": candidates.Kind(residual=False),
    "copula and critic": candidates.Kind(residual=True),
    "copula and critic of few directions": candidates.Kind(residual=True, leading=True),
}
COLUMNS_A_DIRECTION = 4
"""Directions are few where each side has so many columns for each."""
ENCODERS = EncoderConfig()


@dataclasses.dataclass(frozen=True)
class Budget:
    """What a contest may spend: folds, whether sides are unmixed, sizes of mixtures, the training of critics
    and of encoders, `scores` of pairs in each look at a candidate, about.
    """

    folds: int
    unmix: bool
    components: tuple[int, ...]
    critic: CriticConfig | None
    encoders: EncoderConfig = ENCODERS
    scores: int = PAIRS


BUDGETS = {
    "fast": Budget(3, False, (2, 4, 8), None, EncoderConfig(steps=200), 1_000_000),
    "normal": Budget(5, True, (2, 4, 8, 16), CriticConfig()),
    "high": Budget(10, True, (2, 4, 8, 16, 32, 64), CriticConfig(steps=3000, rank=64), EncoderConfig(1200)),
}


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
        if self.budget.unmix and any(1 < width <= candidates.ICA_COLUMNS for width in self.widths):
            self._promising("t copula of independent components", candidates.copula(self.pairs, True), True)
        self._mixtures()
        if self.budget.critic and len(self.pairs) >= FEWEST_ROWS and sum(self.widths) > 2:
            try:
                self._critics(self.budget.critic)
            except KeyboardInterrupt:
                self.interrupted = True

    def _codes(self) -> None:
        """Ratios of learnt codes, on encoders that a fold trains once."""
        found = Latents(self.pairs, self.budget.encoders, functools.partial(self._share, "codes"))
        kinds = [(f"tables of codes in {bins} bins", found.components(bins), True) for bins in BINS]
        try:
            for name, fit, normalised in [*kinds, ("inner product of codes", found.inner_product(), False)]:
                if self.entries:
                    self._promising(name, fit, normalised)
                else:
                    self._enter(name, fit, normalised)
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
        """Nats of score that the second half of its rows taught a critic on the first fold; 0 of what is none.

        The critic is trained once more, on half of the rows.
        """
        config = self.budget.critic
        if self.interrupted or config is None or winner.name not in CRITICS:
            return 0.0
        fold, shown = self.folds[0], f"{winner.name} of half the rows"
        half = dataclasses.replace(fold, train=fold.train[: len(fold.train) // 2])
        self._tell(shown, 0)
        try:
            less = score(self._critic(winner.name, config, shown), self.pairs, half, 0)
        except KeyboardInterrupt:
            self.interrupted = True
            return 0.0
        return max(advantage(winner.folds[:1], [less], self.block, halfway=False)[0], 0.0)

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
