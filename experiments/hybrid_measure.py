"""What `hybrid.py` logs of a model on held-out rows: the per-batch view of the original, and the pooled one."""

import dataclasses
from collections.abc import Callable

import torch
from hybrid_models import Model, Rows, Size, same_code
from torch import Tensor

from infonats._math import log_mean_exp
from infonats.bounds import DV
from infonats.estimators.hybrid_value import Generated, corrected
from infonats.inference import held_out, mean_of, score_blocks
from infonats.negatives import Proposal, Shifts
from infonats.objectives import PQ, DoE
from infonats.scores import Scores


@dataclasses.dataclass(frozen=True)
class Record:
    """Means and spreads in nats: `batch` is Donsker and Varadhan's value of each batch of 64, over batches;
    `ratio` the log ratio and `loss` the loss of each row, within batches.
    """

    batch: float
    batch_sd: float
    ratio: float
    ratio_sd: float
    loss: float
    loss_sd: float


@dataclasses.dataclass(frozen=True)
class Pooled:
    """One partition over all held-out rows, with its standard error and its effective sample size."""

    value: float
    stderr: float
    effective: float


@torch.no_grad()
def terms(model: Model, x: Tensor, y: Tensor) -> Tensor:
    """The generative log ratio of each row, zero where there is none."""
    return torch.zeros(len(x)) if model.base is None else model.base.eval().terms(x, y)


@torch.no_grad()
def log_ratio(model: Model, x: Tensor, y: Tensor) -> Tensor:
    """The log ratio of each row, (n,), up to the constant that a partition fixes."""
    found = terms(model, x, y)
    return found if model.correction is None else found + model.correction.critic(x, y)


@torch.no_grad()
def negatives_of(model: Model, rows: Rows, m: int, seed: int) -> Scores:
    """Scores of the critic on rows and on m negatives of the kind that it was trained with."""
    generator, (x, y) = torch.Generator().manual_seed(seed), rows
    critic = model.correction.critic
    if isinstance(model.base, PQ):
        table = same_code(model.base, rows, m)
        return table.scores(critic, table.numbers(), generator)
    rule = Proposal(model.base.conditional, m) if isinstance(model.base, DoE) else Shifts(m)
    return rule(critic, x, y, generator)


@torch.no_grad()
def record(model: Model, rows: Rows, size: Size) -> Record:
    """The per-batch view: one negative for each row, and a partition for each batch."""
    count = len(rows[0]) // size.batch
    x, y = (part[: count * size.batch] for part in rows)
    base = terms(model, x, y).reshape(count, -1)
    if model.correction is None:
        loss = -(model.base.conditional.log_prob(y, x) if isinstance(model.base, DoE) else base.flatten())
        return _record(base, base.mean(1), loss.reshape(count, -1))
    scores = negatives_of(model, (x, y), 1, 0)
    joint, product = scores.joint.reshape(count, -1), scores.product.reshape(count, -1)
    log_z = log_mean_exp(product, dim=1)
    loss = (product - log_z[:, None]).exp() - joint
    return _record(base + joint, (base + joint).mean(1) - log_z, loss)


def _record(ratio: Tensor, value: Tensor, loss: Tensor) -> Record:
    within = ratio.std(1).mean(), loss.mean(), loss.std(1).mean()
    found = value.mean(), value.std(), ratio.mean(), *within
    return Record(*(float(number) for number in found))


@torch.no_grad()
def pooled(model: Model, rows: Rows, size: Size) -> Pooled:
    """The estimate to quote: MINE's partition over all pairs within blocks, a hybrid's over its negatives."""
    if model.correction is None:
        mean = mean_of(terms(model, *rows))
        return Pooled(mean.value, mean.stderr, float("inf"))
    if model.base is None:
        held = held_out(DV(), score_blocks(model.correction.critic, *rows))
        return Pooled(held.value, held.stderr, held.effective)
    scores = negatives_of(model, rows, size.draws, 1)
    scores = Scores(scores.joint.double(), scores.product.double())
    held = corrected(Generated(None, terms(model, *rows).double()), DV(), scores).held
    return Pooled(held.value, held.stderr, held.effective)


@torch.no_grad()
def log_partition(model: Model, rows: Rows, size: Size) -> float:
    """What the critic leaves unnormalised, over all negatives of the rows; zero without a critic."""
    if model.correction is None:
        return 0.0
    return log_mean_exp(negatives_of(model, rows, size.draws, 2).product.double()).item()


def exact(task_ratio: Callable[[Tensor, Tensor], Tensor], rows: Rows, size: Size) -> Record:
    """The per-batch view of the true log ratio."""
    count = len(rows[0]) // size.batch
    x, y = (part[: count * size.batch] for part in rows)
    joint = task_ratio(x, y).reshape(count, -1)
    apart = task_ratio(x, y.reshape(count, size.batch, -1).roll(1, 1).reshape(y.shape)).reshape(count, -1)
    log_z = log_mean_exp(apart, dim=1)
    return _record(joint, joint.mean(1) - log_z, (apart - log_z[:, None]).exp() - joint)
