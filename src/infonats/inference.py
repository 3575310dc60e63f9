"""From held-out pairs to a value with its standard error.

The held-out rows are cut into blocks of b, and every x of a block meets every y of it: a U-statistic of
n (b - 1) negatives whose partition function is pooled over all blocks, at memory n b. Its standard error
is the delete-a-group jackknife: leaving out the same positions of every block leaves a smaller statistic
of the same kind, whatever the bound.
B. Efron and C. Stein (1981), doi 10.1214/aos/1176345462; J. N. Arvesen (1969), doi 10.1214/aoms/1177697287.

Of a series, whose rows depend on their neighbours over `block` rows, the rows are dealt out to the blocks in
turn, so that the same positions of every block are successive rows: a group left out is a run of at least
`block` rows (H. R. Künsch 1989, doi 10.1214/aos/1176347265), and rows within `block` of each other, which are
not drawn apart, are no negatives of each other.
"""

import dataclasses
import math
from collections.abc import Callable
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from scipy.special import stdtrit  # scipy.stats would take a second to import
from torch import Tensor, nn

from infonats._math import effective_sample_size, log_mean_exp
from infonats.bounds.base import Bound
from infonats.scores import Scores

GROUPS = 32
PAIRS = 4_000_000
"""Scores that measuring a critic takes, about."""
LARGEST_BLOCK = 2048
SMALLEST_BLOCK = 256
AT_ONCE = 65_536


@dataclasses.dataclass(frozen=True)
class HeldOut:
    """A bound on held-out data, in nats; `negatives` for each pair, `effective` ones by weight e^T
    (infinitely many where the value, a mean log ratio, does not look at them).
    """

    value: float
    stderr: float
    interval: tuple[float, float]
    n: int
    negatives: int
    effective: float
    log_partition: float


@dataclasses.dataclass(frozen=True)
class MeanHeldOut:
    """The mean of terms that each held-out row gives by itself, in nats."""

    value: float
    stderr: float
    interval: tuple[float, float]
    n: int


@runtime_checkable
class PairScorer(Protocol):
    """What scores every row with every row: a critic, or a density."""

    def all_pairs(self, x: Tensor, y: Tensor) -> Tensor:
        """(n, dx), (m, dy) -> (n, m)."""
        ...


def mean_of(terms: Float[Tensor, "n"], block: int = 1) -> MeanHeldOut:
    """The mean of n >= 2 independent terms, its standard error sd / sqrt(n), and its 95 % t interval.

    With a `block` above 1 the terms are in order of time, and the error is the jackknife of runs of them.
    """
    n, terms = len(terms), terms.double()
    value = terms.mean().item()
    if block > 1:
        stderr, width = jackknife(lambda keep: terms[keep].mean().item(), n, groups_of(n, block))
    else:
        stderr = terms.std().item() / math.sqrt(n)
        width = float(stdtrit(n - 1, 0.975)) * stderr
    return MeanHeldOut(value, stderr, (value - width, value + width), n)


def block_size(n: int, scores: int = PAIRS) -> int:
    """Rows in a block, so that n rows cost about so many scores: between 256 and 2048, at most n."""
    return min(n, max(SMALLEST_BLOCK, min(LARGEST_BLOCK, scores // n)))


def dealt(rows: Tensor, block: int = 1, scores: int = PAIRS) -> list[Tensor]:
    """The rows of each block of scores: successive ones, or with a `block` above 1 dealt out in turn."""
    count = math.ceil(len(rows) / block_size(len(rows), scores))
    b = len(rows) // count
    if block == 1:
        return list(rows[: count * b].split(b))
    return [rows[first : count * b : count] for first in range(count)]


def near_in(blocks: int, block: int) -> int:
    """How far apart in a block of scores rows within `block` of each other may stand; 0 where they are none."""
    return 0 if block == 1 else math.ceil(block / blocks)


def groups_of(n: int, block: int) -> int:
    """Groups for the jackknife of n rows: at most 32, of at least `block` successive rows each."""
    return GROUPS if block == 1 else max(2, min(GROUPS, n // block))


@torch.no_grad()
def score_blocks(
    critic: PairScorer, x: Tensor, y: Tensor, block: int = 1, scores: int = PAIRS
) -> Float[Tensor, "blocks b b"]:
    """All pairs within blocks of equal size, in float64 on the CPU; fewer rows than blocks are left out."""
    parts = zip(dealt(x, block, scores), dealt(y, block, scores), strict=True)
    return torch.stack([all_pairs(critic, a, b) for a, b in parts])


@torch.no_grad()
def baseline_blocks(baseline: nn.Module, x: Tensor, y: Tensor, block: int = 1) -> Float[Tensor, "blocks b"]:
    """baseline(x, y) of the rows behind the diagonals of `score_blocks`, in float64 on the CPU."""
    parts = zip(x.split(AT_ONCE), y.split(AT_ONCE), strict=True)
    rows = torch.cat([baseline(a, b).double().cpu() for a, b in parts])
    return torch.stack(dealt(rows, block))


@torch.no_grad()
def all_pairs(critic: PairScorer, x: Tensor, y: Tensor) -> Float[Tensor, "n m"]:
    """`critic.all_pairs` in float64 on the CPU, 65 536 scores at a time, so that memory stays n m."""
    parts = x.split(max(1, AT_ONCE // len(y)))
    return torch.cat([critic.all_pairs(part, y).double().cpu() for part in parts])


@torch.no_grad()
def held_out(
    bound: Bound,
    blocks: Float[Tensor, "blocks b b"],
    baseline: Float[Tensor, "blocks b"] | None = None,
    block: int = 1,
) -> HeldOut:
    """The bound's value on the pooled blocks, with its jackknife standard error and 95 % t interval.

    `baseline` is that of the pairs on the diagonals, for a bound that needs one. `block` is that of
    `score_blocks`: rows of a series that depend on each other.
    """
    count, b, _ = blocks.shape
    near = near_in(count, block)
    scores = Scores.from_all_pairs(blocks, baseline, near)
    value = bound.value(scores).item()

    def without(keep: Tensor) -> float:
        kept = None if baseline is None else baseline[:, keep]
        return bound.value(Scores.from_all_pairs(blocks[:, keep][:, :, keep], kept, near)).item()

    stderr, width = jackknife(without, b, groups_of(count * b, block))
    return HeldOut(
        value,
        stderr,
        (value - width, value + width),
        n=count * b,
        negatives=scores.product.shape[1],
        effective=effective_negatives(bound, scores, value),
        log_partition=log_mean_exp(scores.product).item(),
    )


def effective_negatives(bound: Bound, scores: Scores, value: float) -> float:
    """How many of the negatives carry the average of e^T; infinite where `value` does not look at them."""
    moved = dataclasses.replace(scores, product=scores.product + 1)
    return math.inf if bound.value(moved).item() == value else effective_sample_size(scores.product)


def jackknife(statistic: Callable[[Tensor], float], positions: int, most: int = GROUPS) -> tuple[float, float]:
    """Standard error of a statistic of rows, and half the width of its 95 % t interval.

    `statistic` takes a mask of the positions to keep, and is computed with each of at most so many groups of
    them left out in turn.
    """
    parts = torch.arange(positions).tensor_split(min(most, positions // 2))
    groups, left = len(parts), []
    for part in parts:
        keep = torch.ones(positions, dtype=torch.bool)
        keep[part] = False
        left.append(statistic(keep))
    stderr = math.sqrt((groups - 1) * torch.tensor(left, dtype=torch.float64).var(correction=0).item())
    return stderr, float(stdtrit(groups - 1, 0.975)) * stderr
