"""The value of a hybrid on held-out rows: generative term and correction together, with one standard error."""

import dataclasses
import math

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from infonats._math import log_mean_exp
from infonats.bounds import Bound
from infonats.inference import HeldOut, effective_negatives, groups_of, jackknife, near_in
from infonats.scores import Scores


@dataclasses.dataclass(frozen=True)
class Corrected:
    """A hybrid on held-out data: `held.value` is `generative` + `correction`, whose own error is given too.

    The other fields of `held`, but for its rows, are those of the correction. `alone` is the share of rows
    without a partner of their code; `weights` how many reweighted candidates carry the weight of a row, at
    the median.
    """

    held: HeldOut
    generative: float
    correction: float
    correction_stderr: float
    alone: float = 0.0
    weights: float = math.inf

    @property
    def value(self) -> float:
        """The estimate in nats."""
        return self.held.value

    @property
    def stderr(self) -> float:
        """Its standard error."""
        return self.held.stderr

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % interval."""
        return self.held.interval

    def whole(self) -> "Corrected":
        """The same with all of the value called correction: what a critic trained jointly is judged by."""
        return dataclasses.replace(self, correction=self.value, correction_stderr=self.stderr)

    @property
    def n(self) -> int:
        """The rows measured on."""
        return self.held.n


@dataclasses.dataclass(frozen=True, eq=False)
class Generated:
    """A generative estimate as a function of rows: the mean of `scored` terms, or `bound` of its blocks.

    `scored` is (n,) or (blocks, b, b); rows that no block holds count for nothing. `block`: of a series, the
    rows that depend on each other, as in `infonats.inference`.
    """

    bound: Bound | None
    scored: Float[Tensor, "n"] | Float[Tensor, "blocks b b"]
    block: int = 1

    @property
    def shape(self) -> tuple[int, int]:
        """Blocks, and the positions in each: those that the jackknife leaves out."""
        return (1, len(self.scored)) if self.bound is None else (self.scored.shape[0], self.scored.shape[1])

    def value(self, keep: Tensor | None = None) -> float:
        """The estimate from the positions in the mask `keep`, or from all."""
        if self.bound is None:
            return (self.scored if keep is None else self.scored[keep]).mean().item()
        kept = self.scored if keep is None else self.scored[:, keep][:, :, keep]
        near = near_in(len(self.scored), self.block)
        return self.bound.value(Scores.from_all_pairs(kept, near=near)).item()

    def rows(self) -> Int64[Tensor, "n"]:
        """The rows that count, in the order of the blocks."""
        count, b = self.shape
        rows = torch.arange(count * b)
        return rows if self.block == 1 else rows.reshape(b, count).mT.flatten()


@torch.no_grad()
def corrected(base: Generated, bound: Bound, scores: Scores) -> Corrected:
    """`base` plus the bound's value on the scores (n rows, m proposals each), n in the order of the base.

    The delete-a-group jackknife leaves the same rows out of both, so their errors may cancel. The mean of
    terms has the error of 32 groups here, which agrees with sd / sqrt(n) in expectation.
    """
    count, b = base.shape
    groups = groups_of(count * b, base.block)
    rows = _kept(scores, base.rows())

    def correction(keep: Tensor | None = None) -> float:
        return bound.value(rows if keep is None else _kept(rows, keep.repeat(count))).item()

    generative, corrects = base.value(), correction()
    value = generative + corrects
    stderr, width = jackknife(lambda keep: base.value(keep) + correction(keep), b, groups)
    held = HeldOut(
        value,
        stderr,
        (value - width, value + width),
        n=count * b,
        negatives=rows.product.shape[1],
        effective=effective_negatives(bound, rows, corrects),
        log_partition=log_mean_exp(rows.product).item(),
    )
    return Corrected(held, generative, corrects, jackknife(correction, b, groups)[0])


def _kept(scores: Scores, keep: Tensor) -> Scores:
    baseline = None if scores.baseline is None else scores.baseline[keep]
    return Scores(scores.joint[keep], scores.product[keep], baseline)
