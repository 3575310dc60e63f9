"""From held-out pairs to a value with its standard error.

The held-out rows are cut into blocks of b, and every x of a block meets every y of it: a U-statistic of
n (b - 1) negatives whose partition function is pooled over all blocks, at memory n b. Its standard error
is the delete-a-group jackknife: leaving out the same positions of every block leaves a smaller statistic
of the same kind, whatever the bound.
B. Efron and C. Stein (1981), doi 10.1214/aos/1176345462; J. N. Arvesen (1969), doi 10.1214/aoms/1177697287.
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


def mean_of(terms: Float[Tensor, "n"]) -> MeanHeldOut:
    """The mean of n >= 2 independent terms, its standard error sd / sqrt(n), and its 95 % t interval."""
    n, terms = len(terms), terms.double()
    value, stderr = terms.mean().item(), terms.std().item() / math.sqrt(n)
    width = float(stdtrit(n - 1, 0.975)) * stderr
    return MeanHeldOut(value, stderr, (value - width, value + width), n)


def block_size(n: int) -> int:
    """Rows in a block, so that n rows cost about four million scores: between 256 and 2048, at most n."""
    return min(n, max(SMALLEST_BLOCK, min(LARGEST_BLOCK, PAIRS // n)))


@torch.no_grad()
def score_blocks(critic: PairScorer, x: Tensor, y: Tensor) -> Float[Tensor, "blocks b b"]:
    """All pairs within blocks of equal size, in float64 on the CPU; fewer rows than blocks are left out."""
    n = len(x)
    count = math.ceil(n / block_size(n))
    b = n // count
    return torch.stack([all_pairs(critic, x[i : i + b], y[i : i + b]) for i in range(0, count * b, b)])


@torch.no_grad()
def baseline_blocks(baseline: nn.Module, x: Tensor, y: Tensor) -> Float[Tensor, "blocks b"]:
    """baseline(x, y) of the rows behind the diagonals of `score_blocks`, in float64 on the CPU."""
    count = math.ceil(len(x) / block_size(len(x)))
    parts = zip(x.split(AT_ONCE), y.split(AT_ONCE), strict=True)
    rows = torch.cat([baseline(a, b).double().cpu() for a, b in parts])
    return rows[: len(x) // count * count].reshape(count, -1)


@torch.no_grad()
def all_pairs(critic: PairScorer, x: Tensor, y: Tensor) -> Float[Tensor, "n m"]:
    """`critic.all_pairs` in float64 on the CPU, 65 536 scores at a time, so that memory stays n m."""
    parts = x.split(max(1, AT_ONCE // len(y)))
    return torch.cat([critic.all_pairs(part, y).double().cpu() for part in parts])


@torch.no_grad()
def held_out(
    bound: Bound, blocks: Float[Tensor, "blocks b b"], baseline: Float[Tensor, "blocks b"] | None = None
) -> HeldOut:
    """The bound's value on the pooled blocks, with its jackknife standard error and 95 % t interval.

    `baseline` is that of the pairs on the diagonals, for a bound that needs one.
    """
    count, b, _ = blocks.shape
    scores = Scores.from_all_pairs(blocks, baseline)
    value = bound.value(scores).item()
    stderr, width = jackknife(lambda keep: _kept(bound, blocks, baseline, keep), b)
    return HeldOut(
        value,
        stderr,
        (value - width, value + width),
        n=count * b,
        negatives=b - 1,
        effective=effective_negatives(bound, scores, value),
        log_partition=log_mean_exp(scores.product).item(),
    )


def effective_negatives(bound: Bound, scores: Scores, value: float) -> float:
    """How many of the negatives carry the average of e^T; infinite where `value` does not look at them."""
    moved = dataclasses.replace(scores, product=scores.product + 1)
    return math.inf if bound.value(moved).item() == value else effective_sample_size(scores.product)


def jackknife(statistic: Callable[[Tensor], float], positions: int) -> tuple[float, float]:
    """Standard error of a statistic of rows, and half the width of its 95 % t interval.

    `statistic` takes a mask of the positions to keep, and is computed with each of at most 32 groups of
    them left out in turn.
    """
    parts = torch.arange(positions).tensor_split(min(GROUPS, positions // 2))
    groups, left = len(parts), []
    for part in parts:
        keep = torch.ones(positions, dtype=torch.bool)
        keep[part] = False
        left.append(statistic(keep))
    stderr = math.sqrt((groups - 1) * torch.tensor(left, dtype=torch.float64).var(correction=0).item())
    return stderr, float(stdtrit(groups - 1, 0.975)) * stderr


def _kept(bound: Bound, blocks: Tensor, baseline: Tensor | None, keep: Tensor) -> float:
    kept = None if baseline is None else baseline[:, keep]
    return bound.value(Scores.from_all_pairs(blocks[:, keep][:, :, keep], kept)).item()
