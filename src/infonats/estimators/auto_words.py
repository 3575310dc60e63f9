"""What `Auto` says of its contest: which candidate won, what the others found, and every doubt that is up."""

import math
from collections.abc import Iterator

from infonats.estimators.auto_contest import Entry
from infonats.estimators.auto_latent import LatentRatio
from infonats.estimators.auto_neighbours import NEIGHBOURS
from infonats.estimators.auto_reading import Reading
from infonats.estimators.auto_rounds import Contest
from infonats.estimators.auto_scores import Independence

CEILING, MUCH = 1.0, 0.8
"""Nats below the score's ceiling, and the share of log n, from which a value deserves a word."""


def summary(entry: Entry) -> dict[str, float]:
    """What the provenance holds of a candidate, in nats."""
    return {"value": entry.value, "score": float(entry.terms.mean()), "gap": entry.gap}


def notes_of(reading: Reading, winner: Entry, contest: Contest, test: Independence) -> Iterator[str]:
    """The sentences of the diagnostics."""
    if contest.interrupted:
        yield "The contest was interrupted: this is the best so far. Run it again to let the critics compete."
    if isinstance(winner.folds[0].ratio, LatentRatio):
        yield (
            "Read from codes that were learnt on half of the rows: what the encoders did not learn is missing. "
            "The interval reaches up to what they would still learn, by what half of these rows teach them."
        )
    if reading.added:
        yield (
            f"The value holds {reading.added:.3f} nats that the rows do not show: what a copula of independent "
            "components loses while so few rows do not find these, judged by what half of the rows lose more."
        )
    if not test.refuted:
        yield f"Independence is not refuted: pairing held-out rows anew gives p = {test.p_value:.2f}."
    if winner.gap > max(0.1, 0.2 * abs(reading.value)) and reading.name == winner.name:
        yield (
            f"The rows fitted to look {winner.gap:.2f} nats better than the rows left out; the value is read "
            "halfway between, and the interval includes the difference. More rows would narrow it."
        )
    ceiling = math.log(len(contest.folds[0].test))
    if reading.name == winner.name and not winner.normalised and reading.value > ceiling - CEILING:
        yield (
            f"The value is near {ceiling:.1f}, the logarithm of the rows in a fold, which a critic's cannot "
            "pass: take it for a lower bound."
        )
    if reading.value > MUCH * math.log(len(contest.pairs)):
        yield (
            f"The value exceeds {MUCH} log n = {MUCH * math.log(len(contest.pairs)):.1f}: no method without a "
            "model of the distribution can confirm that much information from so many rows."
        )


def choice(reading: Reading, winner: Entry, contest: Contest) -> str:
    """What was chosen and why: a clause that completes "method: ..."."""
    if reading.name != winner.name:
        won = f"{winner.name} ({winner.value:.3f})"
        find = "they find" if reading.name.startswith(NEIGHBOURS) else "it finds"
        return f"{reading.name}, for {find} more than the winner on held-out rows, {won}"
    return f"the {winner.name} won on held-out rows; {_others(winner, contest)}"


def _others(winner: Entry, contest: Contest) -> str:
    """What the other candidates said."""
    said = [f"{entry.name} {entry.value:.3f}" for entry in contest.entries if entry is not winner]
    beaten = f"{len(contest.dropped)} no better on the first fold" if contest.dropped else ""
    return ", ".join(filter(None, [*said, beaten])) or "nothing else was tried"
