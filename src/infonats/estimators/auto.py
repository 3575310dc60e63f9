"""Auto: several log ratios compete on rows that none of them has seen, and the winner is read off.

1. The rows are cut into folds; everything that is fitted, ranks and rotations included, is fitted on the
   rows that a fold does not score.
2. Candidates, from the simplest on: a t copula; one of the independent components of either side; mixtures of
   Gaussians; a separable critic, alone or on top of the copula, where this has few directions of these alone.
   What the first fold finds no better than the best so far goes no further. Of images and wide tables, codes
   that encoders learn (`auto_latent`).
3. The score is the contrastive bound both ways on the rows left out (`auto_scores`): a proper score. The
   simplest candidate within one standard error of the best wins.
4. A winning copula is fitted again to all rows, with its bias correction. Mixtures and critics are read off
   halfway between rows fitted to and rows left out. Who finds surely more than the winner is believed
   (`auto_reading`): the copula of all rows against a critic; in two or three columns neighbours on the normal
   scores (`ksg_copula`), and in more columns those of the radii of both sides (`auto_neighbours`).
5. Pairing the scored rows anew tests independence with the ratios as they are; an interval holds 0 no more
   where that refutes it.
"""

from typing import final

import numpy as np

from infonats._random import check_seed
from infonats._threads import one_thread
from infonats._types import Progress
from infonats.bounds.infonce import InfoNCE
from infonats.data import Pairs, discrete_columns
from infonats.errors import InputError, unknown_name
from infonats.estimators.auto_budget import BUDGETS
from infonats.estimators.auto_contest import Entry, folds_of, paired
from infonats.estimators.auto_neighbours import SURE_OF_COPULAS, with_neighbours
from infonats.estimators.auto_reading import Reading, doubted, read, refuting, unlearnt
from infonats.estimators.auto_rounds import Contest
from infonats.estimators.auto_scores import PAIRINGS, independence
from infonats.estimators.auto_state import ratio_from, state_of
from infonats.estimators.auto_words import choice, notes_of, summary
from infonats.estimators.base import Estimator, Measurement, MethodInfo
from infonats.estimators.choice import wide
from infonats.estimators.fold import under
from infonats.estimators.ksg_copula import INFO as KSG_COPULA
from infonats.estimators.serial import apart_notes, resolved
from infonats.estimators.t_copula import INFO as T_COPULA

INFO = MethodInfo(
    name="auto",
    family="combined",
    side="none",
    reference=InfoNCE.reference,
    summary="copulas, mixtures, critics and neighbours compete on held-out rows; the winner is read off",
    also=(T_COPULA.reference, KSG_COPULA.reference, *KSG_COPULA.also),
    error="held-out terms and what fitting gained",
    values="untied",
    bias="halfway",
)


@final
class Auto(Estimator):
    """I(X;Y) in nats of continuous columns, images or wide tables by the candidate that tells held-out
    partners apart best.

    Guarantees neither a lower nor an upper bound. budget: "fast" leaves critics out (seconds), "normal" tries
    them, "high" trains longer in more folds. seed: of folds, fits and the test of independence; the same seed
    gives the same bits. The interval adds what fitting gained to the sampling error, more of it upwards;
    docs/auto.md has its coverage. The provenance holds every candidate's value and score, and the p-value of
    independence. `pointwise` is the ratio of the winner on held-out rows. Raises InputError for discrete
    columns, unless images or a hundred columns of a side make encoders worth a try, and for fewer than 100
    rows.

    `fit` interrupted by Ctrl-C while a critic trains returns the best of what was done, and says so.
    """

    def __init__(self, budget: str = "normal", seed: int = 0) -> None:
        self.budget = budget
        self.seed = seed

    @property
    def info(self) -> MethodInfo:
        """Name, family, guarantee, source."""
        return INFO

    @property
    def minimum_rows(self) -> int:
        """One hundred: twenty to score in each of five folds."""
        return 100

    @property
    def trains(self) -> bool:
        """Critics do; a checkpoint keeps theirs, and the rest is done again."""
        return True

    def _measure(self, pairs: Pairs, progress: Progress | None) -> Measurement:
        if self.budget not in BUDGETS:
            raise unknown_name("budget", str(self.budget), BUDGETS)
        if not wide(pairs):
            _refuse_discrete(pairs)
        budget, seed = BUDGETS[self.budget], check_seed(self.seed)
        serial = pairs.block != 1
        pairs, asked = resolved(pairs, 1 / budget.folds, self.info.name) if serial else (pairs, 1)
        with one_thread():  # networks and matrices are small
            folds = folds_of(len(pairs), budget.folds, seed, int(pairs.block), budget.scores)
            contest = Contest(pairs, folds, budget, progress)
            winner = contest.run()
            reading = unlearnt(self._read(winner, contest, seed), winner, contest)
            reading = doubted(reading, winner, contest)
        test = independence([[fold.out for fold in entry.folds] for entry in contest.entries])
        reading = refuting(reading, test)
        details = {
            "choice": choice(reading, winner, contest),
            "p_value": test.p_value,
            "permutations": PAIRINGS,
            "candidates": {entry.name: summary(entry) for entry in contest.entries},
            "dropped": list(map(str, contest.dropped)),
        }
        notes = tuple(notes_of(reading, winner, contest, test))
        if serial:
            notes += apart_notes(int(pairs.block), asked, len(pairs))
            details |= {"block": pairs.block}
        return Measurement(
            reading.value,
            reading.stderr,
            len(pairs),
            reading.interval,
            seed=seed,
            diagnostics=notes,
            history={} if (first := winner.folds[0].history) is None else first.curves(),
            details=details,
        )

    def _read(self, winner: Entry, contest: Contest, seed: int) -> Reading:
        """The value; sets what `pointwise` needs."""
        self.ratios_, self.offset_ = tuple(fold.ratio for fold in winner.folds), winner.offset
        reading, copula = read(winner, contest)
        if copula is not None:
            self.ratios_, self.offset_ = (copula,), copula.bias - reading.added
        return with_neighbours(reading, contest, seed, 0.0 if copula is None else SURE_OF_COPULAS)

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.mean([paired(ratio, x, y) for ratio in self.ratios_], axis=0) - self.offset_

    def _state(self) -> dict[str, np.ndarray]:
        states = enumerate(map(state_of, self.ratios_))
        arrays = {f"{i}/{name}": array for i, state in states for name, array in state.items()}
        return arrays | {"offset": np.array(self.offset_), "ratios": np.array(len(self.ratios_))}

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        self.offset_ = float(state["offset"])
        self.ratios_ = tuple(ratio_from(under(state, f"{i}/")) for i in range(int(state["ratios"])))


def _refuse_discrete(pairs: Pairs) -> None:
    for side, rows, names in (("x", pairs.x, pairs.x_names), ("y", pairs.y, pairs.y_names)):
        if found := discrete_columns(rows):
            raise InputError(
                f"Columns of {side} that look discrete: {', '.join(names[i] for i in found)}. The contest is "
                "among methods for continuous columns; use mutual_information(x, y), which chooses by the "
                "kinds of columns, or discrete, ross or mixed_ksg by name."
            )
