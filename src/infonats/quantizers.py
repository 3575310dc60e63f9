"""Quantisers: from y to one of a few codes. Fitted to training rows only, fixed from then on.

Whatever the codes are, I(X; Q(Y)) <= I(X;Y), and neither exceeds the logarithm of their number.
"""

import abc
import math
from typing import ClassVar, Self, final

import numpy as np
import torch
from jaxtyping import Float, Int64, Shaped
from torch import Tensor, nn

from infonats._random import check_seed, torch_generator
from infonats.errors import InputError
from infonats.nn import MLP, seeded

STEPS, BATCH, RATE = 500, 256, 4e-3
WIDTH, AXES = 64, 8
"""Of the vector-quantised codes: how they are trained, and the sizes of their networks."""


class Quantizer(nn.Module, abc.ABC):
    """A map from y (*b, d) to codes (*b), whole numbers from 0 to `codes` - 1. Its state lies in buffers."""

    name: ClassVar[str]

    @classmethod
    @abc.abstractmethod
    def fit(cls, y: Float[Tensor, "n d"], codes: int, seed: int) -> Self:
        """Learn at most `codes` codes from training rows. Raises InputError for fewer than 2 codes."""

    @property
    @abc.abstractmethod
    def codes(self) -> int:
        """How many codes there are."""

    @abc.abstractmethod
    def forward(self, y: Float[Tensor, "*b d"]) -> Int64[Tensor, "*b"]:
        """The code of each row, without gradients."""

    @classmethod
    @abc.abstractmethod
    def from_arrays(cls, arrays: dict[str, Shaped[np.ndarray, "..."]]) -> Self:
        """Rebuild the quantiser from what `arrays` returned."""

    def arrays(self) -> dict[str, Shaped[np.ndarray, "..."]]:
        """The state as arrays."""
        return {name: tensor.detach().cpu().numpy() for name, tensor in self.state_dict().items()}


@final
class KMeans(Quantizer):
    """The nearest of `codes` centres, found by scikit-learn's k-means (Lloyd 1982, k-means++ start)."""

    name = "k_means"
    centres: Tensor

    def __init__(self, centres: Float[Tensor, "c d"]) -> None:
        super().__init__()
        self.register_buffer("centres", centres)

    @classmethod
    def fit(cls, y: Float[Tensor, "n d"], codes: int, seed: int) -> Self:
        from sklearn.cluster import KMeans as Lloyd

        rows = y.detach().double().cpu().numpy()
        count = min(_check_codes(codes), len(np.unique(rows, axis=0)))
        found = Lloyd(count, random_state=check_seed(seed) % 2**32).fit(rows)
        return cls(torch.from_numpy(np.ascontiguousarray(found.cluster_centers_)).to(y))

    @property
    def codes(self) -> int:
        return len(self.centres)

    @torch.no_grad()
    def forward(self, y: Float[Tensor, "*b d"]) -> Int64[Tensor, "*b"]:
        return _nearest(y, self.centres)

    @classmethod
    def from_arrays(cls, arrays: dict[str, Shaped[np.ndarray, "..."]]) -> Self:
        return cls(torch.from_numpy(arrays["centres"]))


@final
class Grid(Quantizer):
    """Equal cells between the least and the largest training value of each column; outer ones are open.

    Each column gets floor(codes^(1/d)) cells. Raises InputError where that is one: give 2^d codes or more.
    """

    name = "grid"
    low: Tensor
    width: Tensor
    bins: Tensor

    def __init__(self, low: Float[Tensor, "d"], width: Float[Tensor, "d"], bins: Int64[Tensor, ""]) -> None:
        super().__init__()
        self.register_buffer("low", low)
        self.register_buffer("width", width)
        self.register_buffer("bins", bins)

    @classmethod
    def fit(cls, y: Float[Tensor, "n d"], codes: int, seed: int) -> Self:
        d = y.shape[1]
        bins = math.floor(_check_codes(codes) ** (1 / d) + 1e-9)
        if bins < 2:
            raise InputError(
                f"codes is {codes} for {d} columns, which leaves one cell for each; give {2**d} codes or more, "
                "or quantise by k_means."
            )
        low, high = y.detach().aminmax(dim=0)
        width = torch.where(high > low, (high - low) / bins, torch.ones_like(low))
        return cls(low, width, torch.tensor(bins))

    @property
    def codes(self) -> int:
        return int(self.bins) ** len(self.low)

    @torch.no_grad()
    def forward(self, y: Float[Tensor, "*b d"]) -> Int64[Tensor, "*b"]:
        bins = int(self.bins)
        cell = ((y - self.low) / self.width).clamp(0, bins - 1).long()
        return (cell * bins ** torch.arange(len(self.low), device=y.device)).sum(-1)

    @classmethod
    def from_arrays(cls, arrays: dict[str, Shaped[np.ndarray, "..."]]) -> Self:
        return cls(*(torch.from_numpy(np.asarray(arrays[name])) for name in ("low", "width", "bins")))


@final
class VectorQuantized(Quantizer):
    """The nearest of learned codes to an encoding of y, from which a network decodes y.

    minimise |y - decode(c)|^2 + |sg(encode(y)) - c|^2 + 1/4 |encode(y) - sg(c)|^2, sg: no gradient;
    the decoder's gradient passes straight through to the encoder. A. van den Oord, O. Vinyals and
    K. Kavukcuoglu (2017), arXiv 1711.00937. Encoder and decoder start as the principal axes of y, at most
    eight of them, and learn what bends away from these.
    """

    name = "vector_quantized"
    axes: Tensor

    def __init__(self, axes: Float[Tensor, "d k"], codes: int) -> None:
        super().__init__()
        d, k = axes.shape
        self.register_buffer("axes", axes)
        self.bend = MLP(d, k, (WIDTH,), zero_last=True)
        self.codebook = nn.Parameter(torch.zeros(codes, k))

    @classmethod
    def fit(cls, y: Float[Tensor, "n d"], codes: int, seed: int) -> Self:
        generator, rows = torch_generator(seed), y.detach()
        axes = torch.linalg.svd(rows - rows.mean(0), full_matrices=False)[2][:AXES].mT.contiguous()
        quantizer = seeded(lambda: cls(axes, min(_check_codes(codes), len(y))), generator).to(y)
        unbend = seeded(lambda: MLP(axes.shape[1], y.shape[1], (WIDTH,), zero_last=True), generator).to(y)
        with torch.no_grad():
            chosen = torch.randperm(len(y), generator=generator)[: quantizer.codes].to(y.device)
            quantizer.codebook.copy_(quantizer.encode(rows[chosen]))
        _learn(quantizer, unbend, rows, generator)
        return quantizer.requires_grad_(False)

    @property
    def codes(self) -> int:
        return len(self.codebook)

    def encode(self, y: Float[Tensor, "*b d"]) -> Float[Tensor, "*b k"]:
        """Project y on the axes and bend."""
        return y @ self.axes + self.bend(y)

    @torch.no_grad()
    def forward(self, y: Float[Tensor, "*b d"]) -> Int64[Tensor, "*b"]:
        return _nearest(self.encode(y), self.codebook)

    @classmethod
    def from_arrays(cls, arrays: dict[str, Shaped[np.ndarray, "..."]]) -> Self:
        tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        quantizer = seeded(lambda: cls(tensors["axes"], len(tensors["codebook"])), torch_generator(0))
        quantizer.load_state_dict(tensors)
        return quantizer.requires_grad_(False)


QUANTIZERS: dict[str, type[Quantizer]] = {cls.name: cls for cls in (KMeans, Grid, VectorQuantized)}
"""Every quantiser by the name that options use."""


def _learn(quantizer: VectorQuantized, unbend: MLP, y: Tensor, generator: torch.Generator) -> None:
    parameters = [*quantizer.parameters(), *unbend.parameters()]
    optimiser = torch.optim.Adam(parameters, RATE)
    for _ in range(STEPS):
        rows = torch.randint(len(y), (min(BATCH, len(y)),), generator=generator).to(y.device)
        batch = y[rows]
        code = quantizer.encode(batch)
        chosen = quantizer.codebook[_nearest(code.detach(), quantizer.codebook.detach())]
        passed = code + (chosen - code).detach()
        decoded = passed @ quantizer.axes.mT + unbend(passed)
        loss = (batch - decoded).square().mean() + (code.detach() - chosen).square().mean()
        loss = loss + 0.25 * (code - chosen.detach()).square().mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()


def _nearest(y: Tensor, centres: Tensor) -> Tensor:
    rows = y.reshape(-1, y.shape[-1])
    return torch.cdist(rows, centres.to(rows)).argmin(1).reshape(y.shape[:-1])


def _check_codes(codes: int) -> int:
    if isinstance(codes, bool) or not isinstance(codes, int) or codes < 2:
        raise InputError(f"codes is {codes!r}; give a whole number from 2 on, such as 32.")
    return codes
