"""Conditional normalising flows, built from zuko's transformations.

    z = T_x(T(y)) ~ N(0, 1),   log r(y | x) = log N(z) + log |det dz/dy|

T ignores x and carries the shape of the marginal; the layers T_x, absent where dx = 0, start as the
identity. zuko patches methods of `torch.distributions` when it is imported, so it is imported only when a
flow is built: importing infonats changes nothing.

Spline: C. Durkan et al. (2019), "Neural spline flows", arXiv 1906.04032. Autoregressive: G. Papamakarios,
T. Pavlakou and I. Murray (2017), arXiv 1705.07057. Coupling: L. Dinh, D. Krueger and Y. Bengio (2015),
arXiv 1410.8516, with affine layers.
"""

import math
from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from infonats.densities.base import Density, DensityConfig, batch_of, noise
from infonats.errors import unknown_name
from infonats.nn import ACTIVATIONS

CLASSES = {"spline": "NSF", "autoregressive": "MAF", "coupling": "NICE"}
LOG_2_PI = math.log(2 * math.pi)


@final
class Flow(Density):
    """A flow of `config.transforms` layers for y, and as many that look at x as well.

    Splines act within -5 and 5 and are the identity beyond, so y should be of about unit scale. Drawing
    from splines and autoregressive layers takes dy passes a layer; coupling layers take one.
    """

    origin: Tensor

    def __init__(self, dx: int, dy: int, config: DensityConfig = DensityConfig(), kind: str = "spline") -> None:
        super().__init__()
        if kind not in CLASSES:
            raise unknown_name("flow", str(kind), CLASSES)
        self.dx, self.dy = dx, dy
        self.base = _layers(kind, dy, 0, config)
        self.layers = _layers(kind, dy, dx, config) if dx else None
        self.register_buffer("origin", torch.zeros(()), persistent=False)

    def log_prob(
        self, y: Float[Tensor, "*#b dy"], x: Float[Tensor, "*#b dx"] | None = None
    ) -> Float[Tensor, "*b"]:
        """The sum log N(z) + log |det dz/dy|."""
        x = self._given(x)
        z, log_det = self.base().call_and_ladj(y)
        if self.layers is not None:
            rows = torch.broadcast_shapes(y.shape[:-1], batch_of(x))
            z, more = self.layers(x).call_and_ladj(z.expand(*rows, self.dy))
            log_det = log_det + more
        log_r = -0.5 * z.square().sum(-1) - 0.5 * self.dy * LOG_2_PI + log_det
        return log_r.expand(torch.broadcast_shapes(log_r.shape, batch_of(x)))

    @torch.no_grad()
    def sample(
        self, x: Float[Tensor, "*b dx"] | None, generator: torch.Generator, shape: tuple[int, ...] = ()
    ) -> Float[Tensor, "*s_b dy"]:
        """T^-1(T_x^-1(z)), z drawn from `generator`."""
        x = self._given(x)
        y = noise((*shape, *batch_of(x), self.dy), generator, self.origin)
        if self.layers is not None:
            y = self.layers(x).inv(y)
        return self.base().inv(y)


def _layers(kind: str, dy: int, dx: int, config: DensityConfig) -> Any:
    """A lazy transformation that is the identity at first: what sets each layer's shape starts at zero."""
    import zuko

    bins = {"bins": config.bins} if kind == "spline" else {}
    flow = getattr(zuko.flows, CLASSES[kind])(
        dy,
        dx,
        transforms=config.transforms,
        hidden_features=config.hidden,
        activation=ACTIVATIONS[config.act],
        **bins,
    )
    for layer in flow.transform.transforms:
        last = layer.hyper[-1] if hasattr(layer, "hyper") else layer
        for parameter in last.parameters():
            nn.init.zeros_(parameter)
    return flow.transform
