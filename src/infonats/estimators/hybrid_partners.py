"""What a critic is set against: draws from q(y|x), or members of a pool that stand for them."""

import dataclasses
import math

import torch
from torch import Tensor

from infonats._random import torch_generator
from infonats.estimators.generative_fold import GenerativeFold
from infonats.negatives import Proposal, Reweighted, SameCode, Table
from infonats.objectives import PQ, Contrastive, DoE
from infonats.scores import Scores

AT_ONCE = 65_536
"""Scores at once, which bounds the memory of the draws."""

Rows = tuple[Tensor, Tensor]


@dataclasses.dataclass(frozen=True, eq=False)
class Against:
    """Fitted densities and the `correction` of a `HybridConfig`, the way by which negatives come from them."""

    generative: GenerativeFold
    correction: str

    def proposal(self, m: int) -> Proposal | None:
        """Draws from q(y|x), m for each x; None where negatives come from a table."""
        ratio = self.generative.ratio  # names without a q(y|x) are refused before anything is fitted
        if self.correction != "resample" or not isinstance(ratio, DoE):
            return None
        return Proposal(ratio.conditional, m)

    def table(self, rows: Rows, m: int, pool: Tensor | None = None, near: int = 0) -> Table:
        """The rows x (n, dx), y (n, dy) with m partners each: among themselves, or from a pool of other y's.

        Reweighted partners among themselves stand more than `near` rows away.
        """
        ratio, (x, y) = self.generative.ratio, rows
        if isinstance(ratio, PQ) and self.correction == "same_code":
            codes = ratio.quantizer(y)
            chosen = SameCode.within(codes) if pool is None else SameCode.against(codes, ratio.quantizer(pool))
        else:
            chosen = Reweighted.of(ratio.all_pairs, rows, pool, self.generative.seed, near)
        return Table(x, y, y if pool is None else pool, chosen, m)


@torch.no_grad()
def scores_of(objective: Contrastive, rows: Rows, against: Proposal | Table, seed: int) -> Scores:
    """Scores of all rows and of their negatives, in float64 on the CPU; the same for the same rows and seed."""
    generator, critic, learned = torch_generator(seed), objective.eval().critic, objective.baseline
    numbers = torch.arange(len(rows[0]), device=rows[0].device)
    joint, product, baseline = [], [], []
    for part in numbers.tensor_split(math.ceil(len(numbers) * (against.m + 1) / AT_ONCE)):
        x, y = rows[0][part], rows[1][part]
        if isinstance(against, Table):
            scores = against.scores(critic, part, generator)
        else:
            scores = against(critic, x, y, generator)
        joint.append(scores.joint.double().cpu())
        product.append(scores.product.double().cpu())
        if learned is not None:
            baseline.append(learned(x, y).double().cpu())
    return Scores(torch.cat(joint), torch.cat(product), torch.cat(baseline) if baseline else None)
