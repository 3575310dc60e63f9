"""What an estimate by a trained critic should say about itself."""

import math
from collections.abc import Iterator, Sequence

from infonats.bounds import Bound
from infonats.callbacks import History
from infonats.inference import HeldOut

FEW = 100.0
"""Effective pairs below which the average of e^T, and any standard error of it, rests on a handful."""


def held_out_diagnostics(bound: Bound, value: float, parts: Sequence[HeldOut]) -> Iterator[str]:
    """Sentences on how far the held-out value can be trusted. `value` in nats."""
    part, n = parts[0], sum(p.n for p in parts)
    ceiling = bound.ceiling(part.negatives)
    if value > ceiling - 1:
        yield (
            f"{value:.2f} nats are within 1 nat of {bound.name}'s ceiling with {part.negatives} negatives, "
            f"{ceiling:.2f}: the true value may be far above. Compare with mine, nwj or gaussian_copula."
        )
    if value > 0.8 * math.log(n):
        yield (
            f"{value:.2f} nats are above 0.8 log n = {0.8 * math.log(n):.2f} nats for {n} test rows: no bound "
            "can certify so much from so few. Give more rows, or a parametric method (gaussian_copula)."
        )
    effective = min(p.effective for p in parts)
    if math.isinf(ceiling) and effective < FEW:
        yield (
            f"The average of e^T over pairs drawn apart rests on about {effective:.0f} of them: such values "
            "are mostly too high, now and then far too low, and their standard errors too small. Compare with "
            "infonce or jointly fitted copulas."
        )


def training_diagnostics(value: float, stderr: float, histories: Sequence[History]) -> Iterator[str]:
    """Sentences on how the training went. `value` and `stderr` in nats, held out."""
    trained = max(h.train_value_at_best() for h in histories)
    if trained - value > max(0.1, 4 * stderr):
        yield (
            f"The training value, {trained:.2f} nats, is far above the held-out one: the critic overfits and "
            "the estimate is likely low. Give more rows, or a smaller critic (hidden), or the bilinear one."
        )
    if any(h.best_step == 0 for h in histories):
        yield (
            "No training step did better on the validation rows than the untrained critic, whose value is zero "
            "whatever the data: read it as 'no dependence found', with an interval that bounds from below only."
        )
    yield from stopping_diagnostics(histories)
    if value < -2 * stderr:
        yield (
            "The held-out value is below zero by more than two standard errors: the critic is worse than none "
            "there. Read it as zero; give more rows or a smaller critic."
        )
    elif value < -1:  # a standard error as large comes from the same few pairs
        yield (
            f"The held-out value, {value:.3g} nats, is far below zero and rests on a few wrong pairs that "
            "score high: it says nothing. Compare with infonce; give more rows or a smaller critic."
        )


def stopping_diagnostics(histories: Sequence[History]) -> Iterator[str]:
    """Sentences on how the training ended."""
    if any(h.reason == "diverged" for h in histories):
        yield "Training diverged and went back to its best state; try a smaller learning_rate."
    if any(not h.reason for h in histories):
        yield "Training used all its steps and may still have been improving; raise max_steps."
