"""Trunks: the plain networks inside critics, encoders and densities."""

import itertools
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from infonats.errors import InputError

M = TypeVar("M", bound=nn.Module)

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "relu": nn.ReLU,
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
}


def activation(name: str) -> nn.Module:
    """The activation module called `name`; raises InputError that lists the known ones."""
    if name not in ACTIVATIONS:
        raise InputError(f"activation is {name!r}; it must be one of {', '.join(ACTIVATIONS)}.")
    return ACTIVATIONS[name]()


class MLP(nn.Module):
    """x (*b, d) -> (*b, out): affine maps with `hidden` widths and an activation between them.

    `zero_last` starts the network at exactly zero, so that what it corrects is at first unchanged.
    """

    def __init__(
        self, d: int, out: int, hidden: Sequence[int] = (128, 128), act: str = "silu", zero_last: bool = False
    ) -> None:
        super().__init__()
        widths = [d, *hidden]
        layers: list[nn.Module] = []
        for fan_in, fan_out in itertools.pairwise(widths):
            layers += [nn.Linear(fan_in, fan_out), activation(act)]
        last = nn.Linear(widths[-1], out)
        if zero_last:
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
        self.layers = nn.Sequential(*layers, last)

    def forward(self, x: Float[Tensor, "*b d"]) -> Float[Tensor, "*b out"]:
        """Apply the network to the last dimension."""
        return self.layers(x)


class ResidualMLP(nn.Module):
    """x (*b, d) -> (*b, out): h <- h + B(s(A h)) in `blocks`, between an affine map in and one out; s is SiLU.

    With a generator, every hidden unit is left out with probability `dropout` and the others are scaled up
    (N. Srivastava et al., JMLR 15, 1929-1958, 2014); without one nothing is random. `zero_last` as in `MLP`.
    """

    def __init__(
        self, d: int, out: int, width: int, blocks: int, dropout: float = 0.0, zero_last: bool = False
    ) -> None:
        super().__init__()
        self.dropout = dropout
        self.first = nn.Linear(d, width)
        self.inner = nn.ModuleList([nn.Linear(width, width) for _ in range(blocks)])
        self.outer = nn.ModuleList([nn.Linear(width, width) for _ in range(blocks)])
        self.last = nn.Linear(width, out)
        if zero_last:
            nn.init.zeros_(self.last.weight)
            nn.init.zeros_(self.last.bias)

    def forward(self, x: Float[Tensor, "*b d"], generator: torch.Generator | None = None) -> Tensor:
        """Apply the network to the last dimension."""
        h = dropped(nn.functional.silu(self.first(x)), self.dropout, generator)
        for inner, outer in zip(self.inner, self.outer, strict=True):
            h = h + outer(dropped(nn.functional.silu(inner(h)), self.dropout, generator))
        return self.last(h)


class PatchPyramid(nn.Module):
    """Images x (n, c, h, w) -> (n, out): convolutions whose step is their width, then two affine maps.

    `levels` are (width, channels) of each: every patch of width x width goes through the same affine map, a
    matrix product, and SiLU. With a generator, units are dropped before both affine maps, as in
    `ResidualMLP`. Borders that fill no patch are filled with zeros.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        out: int,
        levels: Sequence[tuple[int, int]],
        width: int = 128,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.dropout, self.sizes = dropout, [size for size, _ in levels]
        (c, h, w), maps = shape, []
        for size, channels in levels:
            maps.append(nn.Linear(size * size * c, channels))
            c, h, w = channels, -(-h // size), -(-w // size)
        self.maps = nn.ModuleList(maps)
        self.inner, self.last = nn.Linear(c * h * w, width), nn.Linear(width, out)

    def forward(self, x: Float[Tensor, "n c h w"], generator: torch.Generator | None = None) -> Tensor:
        """Apply the network to every image."""
        h = x.movedim(1, -1)
        for affine, size in zip(self.maps, self.sizes, strict=True):
            h = nn.functional.silu(affine(_patches(h, size)))
        h = dropped(h.flatten(1), self.dropout, generator)
        return self.last(dropped(nn.functional.silu(self.inner(h)), self.dropout, generator))


def _patches(x: Float[Tensor, "n h w c"], size: int) -> Float[Tensor, "n a b d"]:
    """Patches beside each other, each flattened."""
    n, h, w, c = x.shape
    if h % size or w % size:
        x = nn.functional.pad(x, (0, 0, 0, -w % size, 0, -h % size))
    a, b = x.shape[1] // size, x.shape[2] // size
    return x.reshape(n, a, size, b, size, c).transpose(2, 3).reshape(n, a, b, -1)


def dropped(h: Tensor, rate: float, generator: torch.Generator | None) -> Tensor:
    """Each unit left out with chance `rate` and the others scaled up; all of them without a generator."""
    if generator is None or not rate:
        return h
    kept = torch.empty(h.shape, dtype=h.dtype).bernoulli_(1 - rate, generator=generator)
    return h * kept.to(h.device) / (1 - rate)


class StackedLinear(nn.Module):
    """x (k, *b, in) -> (k, *b, out): k affine maps, each of its own slice, in one product.

    `weight` (k, out, in) and `bias` (k, out) are borrowed from whoever trains them, and no parameters here.
    """

    def __init__(self, weight: Float[Tensor, "k out in"], bias: Float[Tensor, "k out"] | None) -> None:
        super().__init__()
        self.weight, self.bias = weight, bias

    def forward(self, x: Float[Tensor, "k *b in"]) -> Float[Tensor, "k *b out"]:
        """Apply the maps to the last dimension."""
        rows = x.flatten(1, -2)
        if self.bias is None:
            out = torch.bmm(rows, self.weight.mT)
        else:
            out = torch.baddbmm(self.bias.unsqueeze(1), rows, self.weight.mT)
        return out.unflatten(1, x.shape[1:-1])


def seeded(build: Callable[[], M], generator: torch.Generator) -> M:
    """Build a module of linear layers whose initial parameters depend on `generator` alone.

    Layers that start at zero stay there; the others are drawn from U(-1/sqrt(d), 1/sqrt(d)), d inputs.
    """
    with torch.random.fork_rng(devices=[]):  # the layers' own initialisation draws from the global generator
        module = build()
    for layer in module.modules():
        weight = getattr(layer, "weight", None)  # not nn.Linear: other packages have linear layers of their own
        if isinstance(weight, nn.Parameter) and hasattr(layer, "in_features") and weight.any():
            limit = weight.shape[-1] ** -0.5
            for parameter in layer.parameters(recurse=False):
                nn.init.uniform_(parameter, -limit, limit, generator=generator)
    return module
