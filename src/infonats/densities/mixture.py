"""A conditional mixture of diagonal Gaussians, also called a mixture density network.

    r(y | x) = sum_k w_k(x) N(y; m_k(x), diag exp(2 s_k(x))),   w = softmax of logits

C. M. Bishop (1994), "Mixture density networks", Aston University, NCRG/94/004.
"""

import math
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from infonats.densities._parameters import Parameters, bounded, unbounded
from infonats.densities.base import DensityConfig, batch_of, noise
from infonats.densities.parametric import Parametric, Theta

LOG_2_PI = math.log(2 * math.pi)
GOLDEN = (math.sqrt(5) - 1) / 2
STEPS = 20
FLOOR = 0.02


@final
class Mixture(Parametric):
    """`config.components` diagonal Gaussians; logits, means and log scales all by one network of x.

    Scales lie within 3e-4 and 3e3, so y should be of about unit scale.
    """

    def __init__(self, dx: int, dy: int, config: DensityConfig = DensityConfig()) -> None:
        super().__init__()
        self.dx, self.dy, self.components = dx, dy, config.components
        self.parts = Parameters(dx, self.components * (1 + 2 * dy), "network", config)
        with torch.no_grad():  # apart from each other, else they would stay alike
            cells = torch.arange(1, self.components + 1)[:, None] * torch.arange(1, dy + 1)
            self._set(torch.zeros(self.components), torch.special.ndtri(GOLDEN * cells % 1), torch.zeros(()))

    def functions(self) -> tuple[Parameters, ...]:
        """Logits, means and raw log scales, side by side."""
        return (self.parts,)

    def at(self, y: Float[Tensor, "*#b dy"], *theta: Theta) -> Float[Tensor, "*b"]:
        """The log-density log sum_k w_k N(y; m_k, s_k), by logsumexp."""
        return torch.logsumexp(self._log_parts(y, *theta), -1)

    @torch.no_grad()
    def sample(
        self, x: Float[Tensor, "*b dx"] | None, generator: torch.Generator, shape: tuple[int, ...] = ()
    ) -> Float[Tensor, "*s_b dy"]:
        """A component by its weight, then a draw from it."""
        x = self._given(x)
        rows = (*shape, *batch_of(x))
        log_weight, mean, log_scale = self._of(self.parts(x))
        u = noise((*rows, 1), generator, mean, uniform=True)
        chosen = (u > log_weight.exp().cumsum(-1)[..., :-1]).sum(-1)
        place = chosen[..., None, None].expand(*rows, 1, self.dy)
        spread = (*rows, self.components, self.dy)
        mean, log_scale = (t.expand(spread).gather(-2, place).squeeze(-2) for t in (mean, log_scale))
        return mean + log_scale.exp() * noise((*rows, self.dy), generator, mean)

    @torch.no_grad()
    def start(self, y: Float[Tensor, "n dy"], generator: torch.Generator) -> bool:
        """Twenty steps of expectation-maximisation from the cells of k-means++ centres, rows of y far apart
        (Arthur and Vassilvitskii 2007); no scale below a fiftieth of the column's.
        """
        spread = y.std(0, correction=0).clamp_min(1e-30)
        cell = torch.cdist(y, _far_apart(y, self.components, generator)).argmin(1)
        share = torch.nn.functional.one_hot(cell, self.components).to(y)
        for _ in range(STEPS):
            mass = share.sum(0).clamp_min(1e-6)
            mean = share.T @ y / mass[:, None]
            variance = torch.einsum("nk,nkd->kd", share, (y[:, None] - mean).square()) / mass[:, None]
            self._set(mass.log(), mean, torch.maximum(variance.sqrt(), FLOOR * spread).log())
            share = torch.softmax(self._log_parts(y, self.parts.base), -1)
        return False

    def _set(self, logits: Tensor, mean: Tensor, log_scale: Tensor) -> None:
        raw = unbounded(log_scale).expand(self.components, self.dy)
        logits = logits - logits.mean()
        self.parts.base.copy_(torch.cat([logits, mean.flatten(), raw.flatten()]))

    def _of(self, theta: Theta) -> tuple[Tensor, Tensor, Tensor]:
        """Log weights (*b, k), means and log scales (*b, k, dy)."""
        k = self.components
        logits, mean, raw = theta.split([k, k * self.dy, k * self.dy], -1)
        cells = (k, self.dy)
        return torch.log_softmax(logits, -1), mean.unflatten(-1, cells), bounded(raw.unflatten(-1, cells))

    def _log_parts(self, y: Tensor, theta: Theta) -> Tensor:
        log_weight, mean, log_scale = self._of(theta)
        z = (y.unsqueeze(-2) - mean) * torch.exp(-log_scale)
        return log_weight - 0.5 * z.square().sum(-1) - log_scale.sum(-1) - 0.5 * self.dy * LOG_2_PI


def _far_apart(y: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Rows drawn one by one, each with a chance in proportion to its squared distance from those before."""
    place = torch.zeros((), dtype=torch.long, device=y.device)
    centres, nearest = [y[place]], torch.full((len(y),), torch.inf).to(y)
    for u in noise((count - 1,), generator, y, uniform=True):
        nearest = torch.minimum(nearest, (y - centres[-1]).square().sum(-1))
        mass = nearest.cumsum(0)
        place = torch.searchsorted(mass, u * mass[-1]).clamp_max(len(y) - 1)
        centres.append(y[place])
    return torch.stack(centres)
