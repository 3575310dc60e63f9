"""Pairings: the two variables that an encoder f is to make informative about each other."""

import abc
import dataclasses
from collections.abc import Callable

import torch
from torch import Tensor, nn

from infonats.densities.base import noise
from infonats.errors import InputError

Pair = tuple[Tensor, Tensor]
Augment = Callable[[Tensor, torch.Generator], Tensor]
"""From a batch and a generator to one random view of each of its rows."""


class Pairing(abc.ABC):
    """A rule that turns a batch into the pairs whose mutual information is raised. Random by its generator."""

    @abc.abstractmethod
    def rows(self, x: Tensor, y: Tensor | None) -> Pair:
        """What the trainer draws paired rows of, from the data. Raises InputError for data it cannot use."""

    @abc.abstractmethod
    def pairs(
        self, encoders: tuple[nn.Module, nn.Module], x: Tensor, y: Tensor, generator: torch.Generator
    ) -> list[Pair]:
        """The pairs (a, b) of a batch: an objective sees each list entry by itself."""

    @property
    def gap(self) -> int:
        """Where rows are in order, how many lie between those that train and the last stretch, held out.

        0: rows are independent, and those held out are taken at random.
        """
        return 0


@dataclasses.dataclass(frozen=True)
class Gaussian:
    """The view x + sigma eps, eps ~ N(0, 1): what a second measurement with the same error would have given."""

    sigma: float

    def __call__(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Add fresh noise to x."""
        return x + self.sigma * noise(tuple(x.shape), generator, x)


@dataclasses.dataclass(frozen=True)
class Code(Pairing):
    """I(X; f(X) + sigma eps), the InfoMax principle (Linsker 1988, doi 10.1109/2.36).

    I(X; f(X)) of a deterministic f and continuous X is infinite whatever f is, so only a noisy code has a
    maximum, and only where f cannot outgrow the noise: end f with a normalisation such as
    `torch.nn.BatchNorm1d(k, affine=False)`. `noise=0` is the ill-posed original.
    """

    noise: float = 0.1

    def rows(self, x: Tensor, y: Tensor | None) -> Pair:
        """(x, x). Raises InputError where y is given, which nothing here looks at."""
        if y is not None:
            raise InputError("Code pairs x with its own code and looks at no y; leave y out, or choose Views.")
        return x, x

    def pairs(
        self, encoders: tuple[nn.Module, nn.Module], x: Tensor, y: Tensor, generator: torch.Generator
    ) -> list[Pair]:
        """The pair (x, f(x) + sigma eps)."""
        return [(x, Gaussian(self.noise)(encoders[0](x), generator))]


@dataclasses.dataclass(frozen=True)
class Views(Pairing):
    """I(f(V1); g(V2)) of two views of the same thing (Becker and Hinton 1992, doi 10.1038/355161a0).

    The views are x and y where both are given, else x twice; `augment` then draws each at random, such as
    `Gaussian(sigma)`. `noise` is added to both codes. With `augment=None`, x alone is refused: two equal views
    share infinitely many nats. f is one network for both views unless two are given. By the data processing
    inequality I(f(V1); g(V2)) <= I(V1; V2): what only one view holds, its noise, is not worth keeping.
    """

    augment: Augment | None = None
    noise: float = 0.0

    def rows(self, x: Tensor, y: Tensor | None) -> Pair:
        """(x, y), or (x, x). Raises InputError for one view without `augment`."""
        if y is None and self.augment is None:
            raise InputError(
                "Views was given one view and no way to make a second: give y, or augment=Gaussian(0.1), or a "
                "function of your own (x, generator) -> x."
            )
        return x, x if y is None else y

    def pairs(
        self, encoders: tuple[nn.Module, nn.Module], x: Tensor, y: Tensor, generator: torch.Generator
    ) -> list[Pair]:
        """The pair (f(t1(x)), g(t2(y))), t1 and t2 drawn independently."""
        if self.augment is not None:
            x, y = self.augment(x, generator), self.augment(y, generator)
        blur = Gaussian(self.noise)
        return [(blur(encoders[0](x), generator), blur(encoders[1](y), generator))]


@dataclasses.dataclass(frozen=True)
class LocalGlobal(Pairing):
    """mean_j I(local_j; global): Deep InfoMax with local and global features (Hjelm et al. 2019, 1808.06670).

    The encoder returns (local (n, places, dl), global (n, dg)). One critic serves all places.
    """

    def rows(self, x: Tensor, y: Tensor | None) -> Pair:
        """(x, x). Raises InputError where y is given."""
        if y is not None:
            raise InputError("LocalGlobal pairs x with itself and looks at no y; leave y out, or choose Views.")
        return x, x

    def pairs(
        self, encoders: tuple[nn.Module, nn.Module], x: Tensor, y: Tensor, generator: torch.Generator
    ) -> list[Pair]:
        """One pair for each place."""
        local, whole = encoders[0](x)
        return [(local[:, j], whole) for j in range(local.shape[1])]


@dataclasses.dataclass(frozen=True)
class Predictive(Pairing):
    """mean_k I(c_t; z_{t+k}), k = 1 .. `steps`: predictive coding (van den Oord et al. 2018, 1807.03748).

    x (n, T, d) are windows of a series. The encoder returns (z (n, T, dz), c (n, T, dc)), where c_t, the
    context, looks at no later z. t is drawn anew for each k and batch, so that negatives are other windows at
    the same time. Give one objective for each k; a single one must do for all of them.
    """

    steps: int = 1

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise InputError(f"steps is {self.steps}; predict 1 or more steps ahead.")

    def rows(self, x: Tensor, y: Tensor | None) -> Pair:
        """(x, x). Raises InputError for anything but windows longer than `steps`."""
        if x.ndim < 3 or x.shape[1] <= self.steps or y is not None:
            raise InputError(
                f"Predictive with steps={self.steps} needs x alone, windows of shape (n, T, d) with T > "
                f"{self.steps}; x is {tuple(x.shape)}, y {'absent' if y is None else 'given'}. Windows of a "
                "series: x.unfold(0, T, T // 2).transpose(1, 2)."
            )
        return x, x

    def pairs(
        self, encoders: tuple[nn.Module, nn.Module], x: Tensor, y: Tensor, generator: torch.Generator
    ) -> list[Pair]:
        """One pair for each k."""
        z, c = encoders[0](x)
        draws = (
            (k, int(torch.randint(z.shape[1] - k, (), generator=generator, device=generator.device)))
            for k in range(1, self.steps + 1)
        )
        return [(c[:, t], z[:, t + k]) for k, t in draws]


@dataclasses.dataclass(frozen=True)
class TInfoMax(Pairing):
    """I(f(x_t); f(x_{t+lag})), time-lagged InfoMax (Federici et al. 2024, arXiv 2309.07200).

    x (n, d) is a series in order. For a Markov process the code that keeps all of it loses nothing of the
    dynamics at that lag and beyond. `noise` is added to both codes.
    """

    lag: int = 1
    noise: float = 0.0

    def __post_init__(self) -> None:
        if self.lag < 1:
            raise InputError(f"lag is {self.lag}; a time-lagged pair is 1 or more rows apart.")

    def rows(self, x: Tensor, y: Tensor | None) -> Pair:
        """(x_t, x_{t+lag}). Raises InputError for a series that is too short, or where y is given."""
        if len(x) <= self.lag + 1 or y is not None:
            raise InputError(
                f"TInfoMax with lag={self.lag} needs one series of more than {self.lag + 1} rows; x has "
                f"{len(x)}{'' if y is None else ', and y was given'}. Take a shorter lag, or Views."
            )
        return x[: -self.lag], x[self.lag :]

    def pairs(
        self, encoders: tuple[nn.Module, nn.Module], x: Tensor, y: Tensor, generator: torch.Generator
    ) -> list[Pair]:
        """The pair (f(x_t), g(x_{t+lag}))."""
        return Views(noise=self.noise).pairs(encoders, x, y, generator)

    @property
    def gap(self) -> int:
        """The lag: so no row is in a pair of either side."""
        return self.lag
