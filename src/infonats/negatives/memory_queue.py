"""Negatives from a queue of y's of earlier batches."""

import torch
from torch import Tensor, nn

from infonats.critics.base import Critic
from infonats.errors import InputError
from infonats.negatives.base import Negatives, check_batch
from infonats.scores import Scores


class MemoryQueue(nn.Module, Negatives):
    """Each x with every other y of the batch and with those of the last batches, `capacity` of them at most.

    First in, first out; in training mode each batch joins the queue, without gradients, after it was scored.
    A function of the batches since the start or `reset` alone: nothing is drawn. The queue moves with `.to` but
    is no part of `state_dict`: it fills again. Over repeated passes a row can meet its own y of the pass
    before: keep `capacity` far below the number of rows, or call `reset` between passes.
    X. Wang et al. (2020), arXiv 1912.06798; K. He et al. (2020), arXiv 1911.05722.
    Costs n (n + capacity) scores.
    """

    stored: Tensor

    def __init__(self, capacity: int = 1024) -> None:
        super().__init__()
        if capacity < 1:
            raise InputError(f"capacity is {capacity}; the queue must hold 1 row or more.")
        self.capacity = capacity
        self.reset()

    def reset(self) -> None:
        """Empty the queue."""
        self.register_buffer("stored", torch.empty(0), persistent=False)

    def forward(self, critic: Critic, x: Tensor, y: Tensor, generator: torch.Generator | None) -> Scores:
        """Scores with product (n, n - 1 + q), q <= capacity the length of the queue before this batch."""
        check_batch(len(x))
        scores = Scores.from_all_pairs(critic.all_pairs(x, y))
        if len(self.stored):
            earlier = critic.all_pairs(x, self.stored.to(y))
            scores = Scores(scores.joint, torch.cat([scores.product, earlier], dim=1))
        if self.training:
            self._store(y.detach())
        return scores

    def _store(self, y: Tensor) -> None:
        kept = torch.cat([self.stored.to(y), y]) if len(self.stored) else y.clone()
        self.stored = kept[-self.capacity :]
