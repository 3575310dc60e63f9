"""A conditional mixture of Gaussians for each column of y, independent of the others given x.

    r(y | x) = prod_j sum_k w_jk(x) N(y_j; m_jk(x), exp(2 s_jk(x))),   w_j = softmax of logits

With K components it has K^dy peaks, where `Mixture` has K; what it cannot express is dependence between
columns of y beyond what x explains.
C. M. Bishop (1994), "Mixture density networks", Aston University, NCRG/94/004.
"""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from infonats.densities._parameters import Parameters, bounded
from infonats.densities.base import DensityConfig, batch_of, noise
from infonats.densities.mixture import LOG_2_PI, Mixture
from infonats.densities.parametric import Parametric, Theta


@final
class ColumnMixture(Parametric):
    """`config.components` Gaussians for each column; logits, means and log scales all by one network of x.

    Scales lie within 3e-4 and 3e3, so y should be of about unit scale.
    """

    def __init__(self, dx: int, dy: int, config: DensityConfig = DensityConfig()) -> None:
        super().__init__()
        self.dx, self.dy, self.config = dx, dy, config
        self.parts = Parameters(dx, 3 * dy * config.components, "network", config)
        self._set([self._single() for _ in range(dy)])

    def functions(self) -> tuple[Parameters, ...]:
        """Logits, means and raw log scales, side by side."""
        return (self.parts,)

    def at(self, y: Float[Tensor, "*#b dy"], *theta: Theta) -> Float[Tensor, "*b"]:
        """The log-density sum_j log sum_k w_jk N(y_j; m_jk, s_jk), by logsumexp."""
        log_weight, mean, log_scale = self._of(*theta)
        z = (y.unsqueeze(-1) - mean) * torch.exp(-log_scale)
        return torch.logsumexp(log_weight - 0.5 * z.square() - log_scale - 0.5 * LOG_2_PI, -1).sum(-1)

    @torch.no_grad()
    def sample(
        self, x: Float[Tensor, "*b dx"] | None, generator: torch.Generator, shape: tuple[int, ...] = ()
    ) -> Float[Tensor, "*s_b dy"]:
        """Of each column a component by its weight, then a draw from it."""
        x = self._given(x)
        rows = (*shape, *batch_of(x), self.dy)
        log_weight, mean, log_scale = self._of(self.parts(x))
        u = noise((*rows, 1), generator, mean, uniform=True)
        chosen = (u > log_weight.exp().cumsum(-1)[..., :-1]).sum(-1, keepdim=True)
        every = (*rows, self.config.components)
        mean, log_scale = (t.expand(every).gather(-1, chosen).squeeze(-1) for t in (mean, log_scale))
        return mean + log_scale.exp() * noise(rows, generator, mean)

    def start(self, y: Float[Tensor, "n dy"], generator: torch.Generator) -> bool:
        """The start of a `Mixture` for each column by itself."""
        columns = [self._single().to(y) for _ in range(self.dy)]
        for column, values in zip(columns, y.split(1, -1), strict=True):
            column.start(values, generator)
        self._set(columns)
        return False

    def _single(self) -> Mixture:
        return Mixture(0, 1, self.config)

    @torch.no_grad()
    def _set(self, columns: list[Mixture]) -> None:
        """Take over mixtures of one column each; their numbers are logits, means and raw log scales."""
        numbers = torch.stack([column.parts.base.view(3, -1) for column in columns], 1)
        self.parts.base.copy_(numbers.flatten())

    def _of(self, theta: Theta) -> tuple[Tensor, Tensor, Tensor]:
        """Log weights, means and log scales, each (*b, dy, k)."""
        cells = (3, self.dy, self.config.components)
        logits, mean, raw = theta.unflatten(-1, cells).unbind(-3)
        return torch.log_softmax(logits, -1), mean, bounded(raw)
