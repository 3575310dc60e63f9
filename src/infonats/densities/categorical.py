"""A conditional distribution over codes 0 .. c - 1, such as those of a quantiser.

log r(y | x) = logit_y(x) - log sum_c exp logit_c(x)
"""

from typing import final

import torch
from jaxtyping import Float, Int64, Shaped
from torch import Tensor

from infonats.densities._parameters import Parameters
from infonats.densities.base import DensityConfig, batch_of, noise
from infonats.densities.parametric import Parametric, Theta
from infonats.errors import InputError


@final
class Categorical(Parametric):
    """r(y | x) over `codes` values with logits by a network of x; y is one column of whole numbers."""

    def __init__(self, dx: int, codes: int, config: DensityConfig = DensityConfig()) -> None:
        super().__init__()
        if codes < 1:
            raise InputError(f"codes is {codes}; give 1 or more.")
        self.dx, self.dy, self.codes = dx, 1, codes
        self.logits = Parameters(dx, codes, "network", config)

    def functions(self) -> tuple[Parameters, ...]:
        """The logits."""
        return (self.logits,)

    def at(self, y: Shaped[Tensor, "*#b 1"], *theta: Theta) -> Float[Tensor, "*b"]:
        """The log r(y), with respect to the counting measure, never above zero."""
        (logits,) = theta
        log_r = torch.log_softmax(logits, -1)
        shape = torch.broadcast_shapes(y.shape[:-1], logits.shape[:-1])
        return log_r.expand(*shape, self.codes).gather(-1, y.long().expand(*shape, 1)).squeeze(-1)

    def all_pairs(self, x: Float[Tensor, "*b n dx"], y: Shaped[Tensor, "*b m 1"]) -> Float[Tensor, "*b n m"]:
        """Columns of the table of log-probabilities."""
        log_r = torch.log_softmax(self.logits(self._given(x)), -1).expand(*x.shape[:-1], self.codes)
        return log_r.gather(-1, y.long().mT.expand(*x.shape[:-1], y.shape[-2]))

    @torch.no_grad()
    def sample(
        self, x: Float[Tensor, "*b dx"] | None, generator: torch.Generator, shape: tuple[int, ...] = ()
    ) -> Int64[Tensor, "*s_b 1"]:
        """Codes, (*shape, *b, 1)."""
        x = self._given(x)
        weight = torch.softmax(self.logits(x), -1)
        u = noise((*shape, *batch_of(x), 1), generator, weight, uniform=True)
        return (u > weight.cumsum(-1)[..., :-1]).sum(-1, keepdim=True)

    @torch.no_grad()
    def start(self, y: Shaped[Tensor, "n 1"], generator: torch.Generator) -> bool:
        """Take the frequencies of y, one half added to each count, so that none is zero."""
        counts = torch.bincount(y.long().flatten(), minlength=self.codes).to(self.logits.base) + 0.5
        self.logits.base.copy_(counts.log() - counts.log().mean())
        return True
