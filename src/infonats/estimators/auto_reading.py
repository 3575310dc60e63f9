"""How `Auto` reads a number off the winner of its contest: a copula fitted again, or halfway."""

import dataclasses
import math

import numpy as np

from infonats.closedform._stderr import standard_error
from infonats.data import Pairs
from infonats.data.blocks import inflation
from infonats.estimate import Z_95
from infonats.estimators.auto_contest import Entry
from infonats.estimators.auto_critic import CriticRatio
from infonats.estimators.auto_ratios import CopulaRatio
from infonats.estimators.auto_rounds import Contest
from infonats.estimators.auto_scores import Independence
from infonats.estimators.auto_unmixing import unlike_halves, unmixing

RATE = 0.4
"""The power of the number of rows by which what critics and encoders lack falls: a smooth function's in a few
columns.
"""
SURE = 2.0
"""Standard errors from which a loss is no chance."""


@dataclasses.dataclass(frozen=True)
class Reading:
    """The value of a winner in nats, its standard error, and how far its interval goes down and up."""

    name: str
    value: float
    stderr: float
    reach: tuple[float, float]
    added: float = 0.0
    """What the value has more than the mean ratio, spread evenly."""

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval in nats."""
        return self.value - self.reach[0], self.value + self.reach[1]


def read(winner: Entry, contest: Contest) -> tuple[Reading, CopulaRatio | None]:
    """The winner's value, and the copula of all rows where that is it, or is believed against a critic."""
    ratio = winner.folds[0].ratio
    if not isinstance(ratio, CopulaRatio | CriticRatio):
        return read_mean(winner), None
    copula, fitted = read_copula(contest.copula(winner), contest.pairs)
    reading = copula if isinstance(ratio, CopulaRatio) else fuller(read_mean(winner), copula)
    if reading.name != copula.name:
        return reading, None
    return still_mixed(reading, fitted, contest.pairs) if fitted.unmixed else reading, fitted


def read_copula(entry: Entry, pairs: Pairs) -> tuple[Reading, CopulaRatio]:
    """The copula fitted again to all rows, with its bias correction, as `t_copula` does."""
    unmix = unmixing(pairs.x, pairs.y, 0) if entry.folds[0].ratio.unmixed else None
    ratio = CopulaRatio.fit(pairs.x, pairs.y, unmix, shrink=False)
    local = ratio.local(pairs.x, pairs.y, bias_correction=True)
    stderr = standard_error(local, degrees=pairs.x.shape[1] * pairs.y.shape[1])
    stderr *= inflation(local, int(pairs.block))
    return Reading(entry.name, float(local.mean()), stderr, (Z_95 * stderr, Z_95 * stderr)), ratio


def still_mixed(reading: Reading, ratio: CopulaRatio, pairs: Pairs) -> Reading:
    """The reading of a copula of independent components, and what it lacks as so few rows do not find these.

    Those of half of the rows lack d nats more. What n rows lack falls as 1 / n, as for any smooth likelihood,
    or as slowly as n^-RATE where tails are heavy: between d and d / (2^RATE - 1) are still to come. The value
    takes the middle and the interval reaches to both ends; as long as d is not sure, upwards alone.
    """
    halves = unlike_halves(ratio, pairs)
    less, apart = halves.mean(0), float(np.ptp(halves.mean(1)))
    d, error = float(less.mean()), standard_error(less) * inflation(less, int(pairs.block))
    error, (down, up) = math.hypot(error, apart / 2), reading.reach
    most = max(d, 0.0) / (2**RATE - 1)
    if d < SURE * error:
        return dataclasses.replace(reading, reach=(down, up + most))
    lacks, spread = (most + d) / 2, (most - d) / 2
    stderr = math.hypot(reading.stderr, lacks / d * error)
    wider = Z_95 * (stderr - reading.stderr) + spread
    return Reading(reading.name, reading.value + lacks, stderr, (down + wider, up + wider), lacks)


def read_mean(entry: Entry) -> Reading:
    """Halfway between rows left out and rows fitted to (`Entry.value`)."""
    return Reading(entry.name, entry.value, entry.stderr, entry.reach)


def fuller(reading: Reading, copula: Reading) -> Reading:
    """The copula, where it finds more than a critic by more than one standard error of both.

    A critic loses what is spread thinly over many columns; a copula that is fitted to all rows and corrected
    does not, and falls short where its model is wrong (docs/auto.md). The interval reaches down to the critic.
    """
    if believed(reading, copula, 1.0) is reading:
        return reading
    down, up = copula.reach
    return dataclasses.replace(copula, reach=(max(down, copula.value - reading.value), up))


def unlearnt(reading: Reading, winner: Entry, contest: Contest) -> Reading:
    """The winner's reading, whose interval reaches up to what more rows would have taught a critic or encoders.

    What it lacks falls with the number n of rows about as n^-RATE, and what the second half of them taught
    shows how much is left. Half of the gap is in the value already, and the other half in its reach.
    """
    if reading.name != winner.name:
        return reading
    (down, up), left = reading.reach, contest.taught(winner) / (2**RATE - 1)
    return dataclasses.replace(reading, reach=(down, up + max(0.0, left - abs(winner.gap) / 2)))


def doubted(reading: Reading, winner: Entry, contest: Contest) -> Reading:
    """The winner's reading, whose interval reaches up to what a candidate that was not taken may find."""
    down, up = reading.reach
    own = reading.name == winner.name
    return dataclasses.replace(reading, reach=(down, math.hypot(up, contest.doubt(winner)))) if own else reading


def refuting(reading: Reading, test: Independence) -> Reading:
    """The reading, whose interval holds 0 no more where the test of independence refutes that.

    Standard errors know little of so small values; the shifts do (`Independence.least`).
    """
    down, up = reading.reach
    if not test.refuted or reading.value <= 0:
        return reading
    return dataclasses.replace(reading, reach=(min(down, reading.value - test.least(reading.value)), up))


def believed(reading: Reading, other: Reading, errors: float) -> Reading:
    """`other` where it exceeds `reading` by more than so many standard errors of both."""
    return other if other.value - reading.value > errors * math.hypot(reading.stderr, other.stderr) else reading
