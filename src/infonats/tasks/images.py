"""Pairs of images with known mutual information, drawn from a finite set of labelled ones."""

import gzip
import math
import zlib
from collections.abc import Sequence
from functools import cache, cached_property
from io import BufferedIOBase
from pathlib import Path
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Integer, UInt8
from torch import Tensor

from infonats.errors import InputError
from infonats.tasks.base import Task, Truth, monte_carlo
from infonats.tasks.channel import divergence, log_marginal

EXPANSION = 1032
"""The most that deflate makes of a byte (RFC 1951)."""
Images = UInt8[Tensor, "n p"]
Labels = Integer[Tensor, "n"]


@cache
def digits() -> tuple[Images, Labels]:
    """The 1797 handwritten digits, 8 x 8 pixels of 0 to 16, that come with scikit-learn."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    return torch.from_numpy(np.asarray(pixels).astype(np.uint8)), torch.from_numpy(np.asarray(labels))


def read_idx(folder: str | Path, part: str = "train") -> tuple[Images, Labels]:
    """MNIST or Fashion-MNIST from a folder with its `-idx3-ubyte` and `-idx1-ubyte` files, gzipped or not.

    `part` is ``train`` or ``t10k``. Raises InputError where a file is missing or is no such file.
    """
    images, labels = (_idx(Path(folder), f"{part}-{what}-ubyte") for what in ("images-idx3", "labels-idx1"))
    if images.ndim < 2 or labels.ndim != 1 or len(images) != len(labels):
        raise InputError(
            f"'{folder}' holds images of shape {tuple(images.shape)} and labels of shape {tuple(labels.shape)}"
            "; each image needs its own label."
        )
    return images.flatten(1), labels.long()


def _idx(folder: Path, name: str) -> Tensor:
    found = [path for path in (folder / name, folder / f"{name}.gz") if path.is_file()]
    if not found:
        raise InputError(f"There is no {name} or {name}.gz in '{folder}'; name the folder that holds them.")
    try:
        with (gzip.open if found[0].suffix == ".gz" else open)(found[0], "rb") as file:
            return _array(file, found[0].stat().st_size * (EXPANSION if found[0].suffix == ".gz" else 1))
    except (ValueError, EOFError, OSError, zlib.error) as error:
        raise InputError(
            f"'{found[0]}' is no idx file of bytes, or is cut short ({error}); fetch it again."
        ) from error


def _array(file: BufferedIOBase, most: int) -> Tensor:
    """The array of an open idx file that can hold `most` bytes. Raises ValueError where it is none."""
    start = file.read(4)
    if start[:3] != b"\0\0\x08" or len(start) < 4:
        raise ValueError("it begins with other bytes")
    rank = start[3]
    shape = tuple(np.frombuffer(file.read(4 * rank), ">i4", rank).tolist())
    size = math.prod(shape)
    if not rank or min(shape) < 0 or size > most:
        raise ValueError(f"it claims the shape {shape}")
    data = file.read(size + 1)
    if len(data) != size:
        raise ValueError(f"it claims {size} bytes and has {'more' if len(data) > size else len(data)}")
    return torch.from_numpy(np.frombuffer(data, np.uint8).reshape(shape).copy())


@final
class SameClass(Task):
    """X an image, Y another of its class, or with chance `shuffled` any image. Exact.

    A class c has the chance p_c, each if its images alike; an image tells its class, so for the finite set
    p(x,y)/p(x)p(y) is s + (1-s)/p_c within the class c and s across classes, s = `shuffled`. At s = 0,
    I = H(c). `classes` picks some labels and makes them equally likely; else p_c are the frequencies.
    K. Lee and W. Rhee (2024), arXiv 2410.10924. Raises InputError where one image stands in two classes.
    """

    def __init__(
        self,
        data: tuple[Images, Labels],
        shuffled: float = 0.0,
        classes: Sequence[int] = (),
        name: str = "same-class",
        hard: str = "images: what is shared is a class, not a pixel",
    ) -> None:
        images, labels = data
        chosen = torch.tensor(classes or sorted(set(labels.tolist())))
        if not 0 <= shuffled <= 1 or not torch.isin(chosen, labels).all():
            raise InputError(
                f"shuffled is {shuffled}, classes are {tuple(classes)}; give a chance in [0, 1] and labels "
                "that occur."
            )
        self.name, self.hard, self.shuffled = name, hard, shuffled
        self.members = [(labels == c).nonzero()[:, 0] for c in chosen.tolist()]
        sizes = torch.tensor([len(m) for m in self.members], dtype=torch.float64)
        self.chance = torch.full_like(sizes, 1 / len(sizes)) if classes else sizes / sizes.sum()
        self.images, self.scale = images, int(images.max())
        self.dim_x = self.dim_y = images.shape[1]
        side = math.isqrt(self.dim_x)
        self.picture = (side, side) if side**2 == self.dim_x else None

    @cached_property
    def _place(self) -> dict[bytes, int]:
        """The class of each image, by its bytes."""
        found: dict[bytes, int] = {}
        for c, members in enumerate(self.members):
            for row in self.images[members].numpy():
                if found.setdefault(row.tobytes(), c) != c:
                    raise InputError(f"'{self.name}' has one image in two classes; I is then below H(class).")
        return found

    def _members(self, n: int, c: Tensor, generator: torch.Generator) -> Tensor:
        u, rows = torch.rand(n, generator=generator, dtype=torch.float64), torch.empty(n, dtype=torch.long)
        for k, members in enumerate(self.members):
            rows[c == k] = members[(u[c == k] * len(members)).long()]
        return self.images[rows].double() / self.scale

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        c, other = torch.multinomial(self.chance, 2 * n, replacement=True, generator=generator).split(n)
        mixed = torch.rand(n, generator=generator, dtype=torch.float64) < self.shuffled
        x = self._members(n, c, generator)
        return x, self._members(n, torch.where(mixed, other, c), generator)

    def _truth(self) -> Truth:
        self._place  # noqa: B018 -- refuses what is not determined
        p, s = self.chance, self.shuffled
        same = ((1 - s) * p + s * p**2) * torch.log(s + (1 - s) / p)
        across = s * (1 - (p**2).sum().item()) * math.log(s) if s else 0.0
        return Truth(same.sum().item() + across)

    def pointwise(self, x: Float[Tensor, "n p"], y: Float[Tensor, "n p"]) -> Float[Tensor, "n"]:
        """The log of s + (1-s)/p_c or s. Raises InputError for an image that is not in the set."""
        a, b = self._classes(x), self._classes(y)
        same = torch.log(self.shuffled + (1 - self.shuffled) / self.chance[a])
        return torch.where(a == b, same, math.log(self.shuffled) if self.shuffled else -math.inf)

    def _classes(self, x: Tensor) -> Tensor:
        rows = (x * self.scale).round().clamp(0, 255).to(torch.uint8).numpy()
        try:
            return torch.tensor([self._place[row.tobytes()] for row in rows])
        except KeyError:
            raise InputError(f"An image is not among those of '{self.name}'; give drawn ones.") from None


@final
class NoisyRows(Task):
    """A is an image drawn from a finite set, B its first `rows` pixel rows plus sigma N. Monte Carlo truth.

    log p(a,b)/p(a)p(b) = log N(b; a_t, sigma^2) - log mean over the set of N(b; a'_t, sigma^2)
    """

    exact = False

    def __init__(self, images: Images, rows: int, sigma: float, name: str = "noisy-rows") -> None:
        side = math.isqrt(images.shape[1])
        if not 1 <= rows <= side or not sigma > 0:
            raise InputError(f"rows is {rows}, sigma is {sigma}; give 1 to {side} rows and a sigma above 0.")
        self.images = images.double() / int(images.max())
        self.sigma, self.name, self.picture = sigma, name, (side, side)
        self.hard = f"images: {rows} of {side} rows under noise"
        self.dim_x, self.dim_y = images.shape[1], rows * side

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        x = self.images[torch.randint(len(self.images), (n,), generator=generator)]
        noise = torch.randn(n, self.dim_y, generator=generator, dtype=torch.float64)
        return x, x[:, : self.dim_y] + self.sigma * noise

    def _truth(self) -> Truth:
        return monte_carlo(self)

    def pointwise(self, x: Float[Tensor, "n p"], y: Float[Tensor, "n d"]) -> Float[Tensor, "n"]:
        """The log density of the noise minus the log of its mean over the set."""
        own = (y - x[:, : self.dim_y]).square().sum(1)
        return -0.5 * own / self.sigma**2 - log_marginal(y, *self._channel)

    def smoothed(self, x: Float[Tensor, "n p"], y: Float[Tensor, "n d"]) -> Float[Tensor, "n"]:
        """What b tells of A: the mean of the ratio given b."""
        return divergence(y, *self._channel)

    @property
    def _channel(self) -> tuple[Tensor, Tensor, float]:
        count = len(self.images)
        alike = torch.full((count,), -math.log(count), dtype=torch.float64)
        return self.images[:, : self.dim_y], alike, self.sigma
