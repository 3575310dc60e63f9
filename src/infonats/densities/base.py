"""The contract of a density: log r(y | x), and draws from it. A marginal r(y) is a density with dx = 0."""

import abc
import dataclasses

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn

from infonats.errors import InputError, unknown_name
from infonats.nn import ACTIVATIONS


@dataclasses.dataclass(frozen=True)
class DensityConfig:
    """How densities are built: `hidden` widths and `act` of their networks, `components` of a mixture,
    `transforms` of a flow and `bins` of each spline in it.
    """

    hidden: tuple[int, ...] = (128, 128)
    act: str = "silu"
    components: int = 8
    transforms: int = 3
    bins: int = 8

    def __post_init__(self) -> None:
        if not self.hidden or not all(isinstance(width, int) and width > 0 for width in self.hidden):
            raise InputError(f"hidden is {self.hidden!r}; give positive widths, such as (128, 128).")
        if self.act not in ACTIVATIONS:
            raise unknown_name("activation", str(self.act), ACTIVATIONS)
        for name, least in (("components", 1), ("transforms", 1), ("bins", 2)):
            if getattr(self, name) < least:
                raise InputError(f"{name} is {getattr(self, name)!r}; it must be {least} or more.")


class Density(nn.Module, abc.ABC):
    """r(y | x) of y with `dy` columns, given x with `dx`. Leading dimensions of x and y broadcast.

    With dx = 0 it is a marginal r(y): x may be None, and whatever x is given is not looked at. A fresh
    density with dx > 0 does not depend on x either: its networks start at zero, so that what training
    moves is dependence. Values are in nats, with respect to the Lebesgue (or counting) measure.
    """

    dx: int
    dy: int

    @abc.abstractmethod
    def log_prob(
        self, y: Shaped[Tensor, "*#b dy"], x: Float[Tensor, "*#b dx"] | None = None
    ) -> Float[Tensor, "*b"]:
        """The log r(y | x) of paired rows: (n, dy), (n, dx) -> (n,), or any shapes that broadcast.

        Differentiable in y, x and the parameters. Raises InputError where x is None and dx > 0.
        """

    @abc.abstractmethod
    def sample(
        self, x: Float[Tensor, "*b dx"] | None, generator: torch.Generator, shape: tuple[int, ...] = ()
    ) -> Shaped[Tensor, "*s_b dy"]:
        """Draws y ~ r(y | x), (*shape, *b, dy): `shape` of them for each x; without gradients.

        A function of the parameters, x and the state of `generator` (on any device) alone.
        """

    def all_pairs(self, x: Float[Tensor, "*b n dx"], y: Shaped[Tensor, "*b m dy"]) -> Float[Tensor, "*b n m"]:
        """The log r(y_j | x_i) of every row with every row. Overridden for speed only."""
        return self.log_prob(y.unsqueeze(-3), x.unsqueeze(-2))

    def start(self, y: Shaped[Tensor, "n dy"], generator: torch.Generator) -> bool:
        """Move the part that ignores x near the law of `y`; says whether a marginal needs no training then."""
        return False

    @torch.no_grad()
    def start_at(self, marginal: "Density") -> None:
        """Become `marginal`, a density of the same class with dx = 0, for every x. Only before training."""
        own = dict(self.named_parameters())
        for name, parameter in marginal.named_parameters():
            own[name].copy_(parameter)

    def _given(self, x: Tensor | None) -> Tensor | None:
        """x, after checking that it is there where the density looks at it."""
        if x is None and self.dx > 0:
            raise InputError(
                f"This density is conditional on {self.dx} columns of x, and x is None; give x, or build a "
                "marginal with dx = 0."
            )
        return x


def noise(
    shape: tuple[int, ...], generator: torch.Generator, like: Tensor, uniform: bool = False
) -> Float[Tensor, "..."]:
    """Standard normal (or uniform) numbers from `generator`, of the dtype and on the device of `like`."""
    draw = torch.rand if uniform else torch.randn
    return draw(shape, generator=generator, device=generator.device, dtype=like.dtype).to(like.device)


def batch_of(x: Tensor | None) -> tuple[int, ...]:
    """The leading dimensions of x; none where there is no x."""
    return () if x is None else tuple(x.shape[:-1])
