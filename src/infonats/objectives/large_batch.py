"""All pairs of a batch at memory linear in it, in one process or over several.

    T_ij = a_i'b_j,   l_i = log sum_{j != i} e^T_ij,   dl_i = sum_{j != i} e^(T_ij - l_i) dT_ij

The bounds here see the n^2 scores only through the numbers T_ii and l_i. Those are computed for a block of rows
at a time, and the scores of each block again for the gradient, so that no more than a block is ever held. The
networks run once: as in gradient caching (L. Gao et al. 2021, arXiv 2101.06983), their outputs are cached.
"""

import math
from collections.abc import Iterator
from typing import Any, Protocol, final, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, distributed, nn

from infonats._processes import check_alike, rank, several
from infonats.bounds import DV, MINE, NWJ, Bound, InfoNCE
from infonats.errors import InputError
from infonats.objectives.base import Objective, Step
from infonats.scores import Scores

AT_ONCE = 4_194_304
"""Scores that are held at once."""
BY_MEANS = (DV, MINE, NWJ)
"""Bounds that see the pairs drawn apart through one mean of e^T."""


@runtime_checkable
class Factored(Protocol):
    """A critic whose scores are inner products, T(x, y) = a(x)'b(y)."""

    def factors(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """(n, dx), (n, dy) -> a (n, k), b (n, k)."""
        ...


@final
class LargeBatch(Objective):
    """`dv`, `mine`, `nwj` or `infonce` over all pairs of a batch, equal to `Contrastive` with `AllPairs`.

    For critics with `factors`, such as the separable one. Where torch.distributed is set up, as by `torchrun`,
    each process gives its own rows, equally many, and meets the y's of all: loss and value are then those of
    the whole batch, and the mean of the gradients over processes is that of the whole loss; `train` takes it.
    Costs 4 n^2 k multiplications and memory n k. Raises InputError for other critics and bounds, and in every
    process where batches of different shapes meet.
    """

    def __init__(self, critic: nn.Module, bound: Bound) -> None:
        super().__init__()
        if not isinstance(critic, Factored):
            raise InputError(f"{type(critic).__name__} has no factors; large batches need a separable critic.")
        if not isinstance(bound, (*BY_MEANS, InfoNCE)):
            raise InputError(f"{bound.name} needs every score; large batches take dv, mine, nwj or infonce.")
        self.critic, self.bound = critic, bound

    @property
    def shared(self) -> bool:
        """Whether torch.distributed is set up for several processes."""
        return several()

    def forward(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Step:
        """Loss and value of the bound on all pairs of the batch. Raises InputError for one of a single row."""
        a, b = self.critic.factors(x, y)
        check_alike({"rows of a batch": len(b), "factors of the critic": b.shape[1]}, b.device)
        everyone, first = _gathered(b), len(b) * rank()
        m = len(everyone) - 1
        if m < 1:
            raise InputError("Negatives need a batch of at least 2 pairs; 1 was given.")
        joint, rest = (a * b).sum(1), _Partition.apply(a, everyone, first)
        if isinstance(self.bound, InfoNCE):
            value = (joint - torch.logaddexp(joint, rest) + math.log(m + 1)).mean()
            value = _gathered(value[None]).mean()
            return Step(-value, value.detach())
        # One negative for each row that stands for all m: the mean of e^T is the same.
        scores = Scores(_gathered(joint), _gathered(rest - math.log(m))[:, None])
        return Step(self.bound.loss(scores), self.bound.value(scores).detach())

    def log_ratio(self, x: Tensor, y: Tensor) -> Tensor:
        """What the bound reads off the scores of paired rows."""
        a, b = self.critic.factors(x, y)
        return self.bound.log_ratio((a * b).sum(1))


class _Partition(torch.autograd.Function):
    """l_i = log sum_j e^(a_i'b_j) over all j but i + first."""

    @staticmethod
    def forward(ctx: Any, a: Float[Tensor, "n k"], b: Float[Tensor, "m k"], first: int) -> Float[Tensor, "n"]:
        ctx.first = first
        log_sums = torch.cat([torch.logsumexp(scores, 1) for _, scores in _blocks(a, b, first)])
        ctx.save_for_backward(a, b, log_sums)
        return log_sums

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:
        a, b, log_sums = ctx.saved_tensors
        da, db = torch.empty_like(a), torch.zeros_like(b)
        for rows, scores in _blocks(a, b, ctx.first):
            weights = scores.sub_(log_sums[rows, None]).exp_().mul_(gradients[0][rows, None])
            torch.mm(weights, b, out=da[rows])
            db.addmm_(weights.T, a[rows])
        return da, db, None


def _blocks(a: Tensor, b: Tensor, first: int) -> Iterator[tuple[slice, Tensor]]:
    """Rows, and their scores with the own y's out of the sum, a block at a time."""
    size = max(1, AT_ONCE // len(b))
    for start in range(0, len(a), size):
        rows = slice(start, min(start + size, len(a)))
        scores = a[rows] @ b.T
        scores.diagonal(first + start).fill_(-math.inf)
        yield rows, scores


def _gathered(rows: Tensor) -> Tensor:
    """The rows of all processes, in the order of their ranks."""
    return _Gather.apply(rows) if several() else rows


class _Gather(torch.autograd.Function):
    """All rows; backward, the gradients of all processes, summed."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        parts = [torch.empty_like(rows) for _ in range(distributed.get_world_size())]
        distributed.all_gather(parts, rows.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        whole = gradients[0].contiguous().clone()
        distributed.all_reduce(whole)
        return whole.chunk(distributed.get_world_size())[distributed.get_rank()]
