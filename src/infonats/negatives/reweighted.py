"""Negatives of p(y), reweighted to a fitted density: y' from a pool by weights r(y'|x) / r(y').

    p(y_j) w_ij / sum_k w_ik,   w_ij = r(y_j|x_i) / r(y_j)

Self-normalised weights need the log ratio of the fit alone, so they serve where y given x cannot be drawn, as
from a joint density. The weights choose who is met (D. B. Rubin 1987, doi 10.2307/2289460: sampling importance
resampling), because not every bound is an average of e^T that could carry them.
"""

import dataclasses
from collections.abc import Callable
from typing import Self, final

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from infonats.errors import EstimationError
from infonats.negatives.partners import Partners, uniform

WEIGHTS = 32_000_000
"""Weights kept at most, at four bytes each: n rows have min(n, WEIGHTS / n) candidates."""
AT_ONCE = 262_144

LogRatios = Callable[[Tensor, Tensor], Tensor]
"""x (n, dx), y (m, dy) -> log r(y_j|x_i) / r(y_j), (n, m)."""


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Reweighted(Partners):
    """Candidates by self-normalised weights: their cumulated weights, computed once, are looked up by row.

    It costs n k log ratios, whatever the number of steps that use them. `effective` is (sum w)^2 / sum w^2 of
    each row's candidates: where it is small, few y's stand for all of r(y|x). Built by `of`.
    """

    candidates: Int64[Tensor, "k"]
    cumulated: Float[Tensor, "n k"]
    effective: Float[Tensor, "n"]

    @classmethod
    @torch.no_grad()
    def of(
        cls,
        log_ratios: LogRatios,
        rows: tuple[Tensor, Tensor],
        pool: Tensor | None,
        seed: int,
        near: int = 0,
    ) -> Self:
        """For `rows` (x, y) among each other, or, where a `pool` of other y's is given, against that.

        Among each other, rows of a series that stand within `near` of a row are no candidates of it.
        Raises EstimationError where the weights of a row are no numbers.
        """
        (x, y), generator = rows, torch.Generator().manual_seed(seed)
        pooled = y if pool is None else pool
        k = min(len(pooled), max(2, WEIGHTS // len(x)))
        candidates = torch.randperm(len(pooled), generator=generator)[:k].sort().values.to(x.device)
        own = torch.arange(len(x), device=x.device)
        if pool is not None:
            own = torch.full_like(own, -1 - near)  # no candidate of a pool is the row's own
        parts, y = max(1, AT_ONCE // k), pooled[candidates]
        found = [
            _cumulated(log_ratios(a, y), (i[:, None] - candidates).abs() <= near)
            for a, i in zip(x.split(parts), own.split(parts), strict=True)
        ]
        cumulated, effective = (torch.cat(part) for part in zip(*found, strict=True))
        if bad := int((~effective.isfinite()).sum()):
            raise EstimationError(
                f"The fitted density gives {bad} of {len(x)} rows no finite log ratios, by which their "
                "negatives are weighed. Rescale the data, look for values far from all others, or "
                "try another method."
            )
        return cls(candidates, cumulated, effective)

    def __call__(self, rows: Int64[Tensor, "b"], m: int, generator: torch.Generator) -> Int64[Tensor, "b m"]:
        """Independent draws by the weights, with replacement."""
        cumulated = self.cumulated[rows]
        u = uniform((len(rows), m), generator, rows.device) * cumulated[:, -1:]
        # Below the last entry, even after rounding: a candidate of weight zero is never drawn.
        u = torch.minimum(u, torch.nextafter(cumulated[:, -1:], torch.zeros_like(u[:, :1])))
        return self.candidates[torch.searchsorted(cumulated, u, right=True)]


def _cumulated(log_w: Tensor, own: Tensor) -> tuple[Tensor, Tensor]:
    """Cumulated weights that sum to one, a row's own y left out, and how many weigh as much as all."""
    w = torch.softmax(log_w.double().masked_fill(own, -torch.inf), 1)
    return w.cumsum(1).float(), 1 / w.square().sum(1).float()
