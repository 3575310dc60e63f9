"""The criterion by which the best state of an objective is chosen."""

import math
from collections.abc import Sequence

import torch

from infonats.batches import Batch
from infonats.objectives.base import Objective, Step

CHUNK = 4096
"""Rows that validation scores at once: bounds its memory without making the partition noisy."""


@torch.no_grad()
def evaluate(objective: Objective, data: Batch) -> Step:
    """Loss and value on all of `data`, in eval mode, with the same negatives on each call.

    Data of more than 4096 rows is scored in equal parts whose results are averaged: a criterion to choose
    by, not an estimate to report.
    """
    objective.eval()
    parts = math.ceil(len(data[0]) / CHUNK)
    generator = torch.Generator().manual_seed(0)
    pairs = zip(data[0].chunk(parts), data[1].chunk(parts), strict=True)
    return mean([objective(x, y, generator) for x, y in pairs])


def judges(data: Batch, rows: int) -> Batch:
    """At most so many rows of `data`, the same ones on each call."""
    n = len(data[0])
    if n <= rows:
        return data
    chosen = torch.randperm(n, generator=torch.Generator().manual_seed(0))[:rows].to(data[0].device)
    return data[0][chosen], data[1][chosen]


def mean(steps: Sequence[Step]) -> Step:
    """Of the losses and of the values."""
    return Step(*(torch.stack([getattr(step, name) for step in steps]).mean() for name in ("loss", "value")))
