"""Points on modes that can be counted, and how well samples cover them."""

import dataclasses
import math

import torch
from torch import Tensor

REACH = 3.0
"""A sample within so many deviations of a mode is of high quality."""


@dataclasses.dataclass(frozen=True)
class Coverage:
    """Captured modes of `of`, share of high-quality samples (None where there is no such notion), KL in nats.

    A mode is captured by one high-quality sample or more. KL is that of the samples' histogram over the modes,
    each sample counted for its nearest, to the data's.
    """

    modes: int
    of: int
    quality: float | None
    kl: float


def divergence(counts: Tensor, chances: Tensor) -> float:
    """sum_k h_k log(h_k / p_k) in nats, h the shares of `counts` (k,), p the chances, none of them 0."""
    h = counts.double() / counts.sum()
    seen = h > 0
    return (h[seen] * (h[seen] / chances.double()[seen]).log()).sum().item()


@dataclasses.dataclass(frozen=True)
class Points:
    """Points N(a, deviation^2) about `anchors` a (m, 2), equally likely; a_i belongs to the mode `mode[i]`."""

    name: str
    anchors: Tensor
    mode: Tensor
    deviation: float
    dim: int = 2

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """Draw n points."""
        at = self.anchors[torch.randint(len(self.anchors), (n,), generator=generator)]
        return at + self.deviation * torch.randn(n, 2, generator=generator)

    def blind(self, n: int, generator: torch.Generator) -> Tensor:
        """Draw n points that are uniform on the square about all anchors."""
        return (2 * torch.rand(n, 2, generator=generator) - 1) * self.anchors.abs().max()

    def coverage(self, samples: Tensor) -> Coverage:
        """How well samples (n, 2) cover the modes, which are equally likely."""
        distance, nearest = torch.cdist(samples, self.anchors).min(1)
        good, count = distance <= REACH * self.deviation, int(self.mode.max()) + 1
        modes = self.mode[nearest]
        counts = torch.bincount(modes, minlength=count)
        alike = torch.full((count,), 1 / count)
        kl = divergence(counts, alike)
        return Coverage(len(modes[good].unique()), count, good.double().mean().item(), kl)


def grid(deviation: float) -> Points:
    """25 Gaussians on the grid {-4, -2, 0, 2, 4}^2."""
    line = torch.arange(-4.0, 5.0, 2.0)
    return Points("25-gaussians", torch.cartesian_prod(line, line), torch.arange(25), deviation)


def spiral(deviation: float, pieces: int = 25, dense: int = 5000) -> Points:
    """The curve t/3 (cos t, sin t), t up to 4 pi, evenly by length; its modes are `pieces` of equal length."""
    t = torch.linspace(0, 4 * math.pi, 20 * dense, dtype=torch.float64)
    curve = torch.stack([t * t.cos(), t * t.sin()], 1) / 3
    length = torch.cat([torch.zeros(1).double(), (curve[1:] - curve[:-1]).norm(dim=1).cumsum(0)])
    wanted = (torch.arange(dense) + 0.5) / dense * length[-1]
    anchors = curve[torch.searchsorted(length, wanted)]
    return Points("spiral", anchors.float(), torch.arange(dense) * pieces // dense, deviation)
