"""The contract of a task: a distribution of pairs (X, Y) whose mutual information is known."""

import abc
import dataclasses
import math

import torch
from jaxtyping import Float
from torch import Tensor

from infonats._random import torch_generator
from infonats.errors import InputError

CHUNK = 20_000
TARGET = 0.0019
MOST = 50_000_000


@dataclasses.dataclass(frozen=True)
class Truth:
    """I(X;Y) in nats and the standard error of that number, 0 where it comes from a formula or quadrature."""

    value: float
    stderr: float = 0.0


class Task(abc.ABC):
    """A named distribution of pairs. Values are in nats, tensors float64, rows independent unless said.

    `hard` says in one clause what an estimator has to cope with. `exact` is True where the truth comes from
    a formula or from quadrature, False where it is the Monte Carlo mean of `pointwise`. `picture` is the
    (height, width) of a row of x that is an image.
    """

    name: str
    dim_x: int
    dim_y: int
    hard: str
    exact: bool = True
    has_pointwise: bool = True
    picture: tuple[int, int] | None = None
    _known: Truth | None = None

    @abc.abstractmethod
    def _draw(self, n: int, generator: torch.Generator) -> tuple[Float[Tensor, "n dx"], Float[Tensor, "n dy"]]:
        """Draw n pairs."""

    @abc.abstractmethod
    def _truth(self) -> Truth:
        """Work out I(X;Y)."""

    def sample(self, n: int, generator: torch.Generator) -> tuple[Float[Tensor, "n dx"], Float[Tensor, "n dy"]]:
        """Draw n pairs, a function of the state of `generator` (on the CPU) alone.

        Raises InputError where n is not a positive whole number.
        """
        if isinstance(n, bool) or not isinstance(n, int) or n < 1:
            raise InputError(f"n is {n!r}; ask task '{self.name}' for 1 pair or more.")
        return self._draw(n, generator)

    def pointwise(self, x: Float[Tensor, "n dx"], y: Float[Tensor, "n dy"]) -> Float[Tensor, "n"]:
        """The pointwise mutual information log p(x,y)/p(x)p(y) of each row, whose mean is I(X;Y).

        Raises InputError where the task has no such ratio in closed form; `has_pointwise` says so beforehand.
        """
        raise InputError(
            f"Task '{self.name}' knows its mutual information but no log p(x,y)/p(x)p(y) row by row; "
            "ask `has_pointwise` first."
        )

    @property
    def mutual_information(self) -> float:
        """I(X;Y) in nats; `mutual_information_stderr` says how exactly it is known."""
        return self.truth().value

    @property
    def mutual_information_stderr(self) -> float:
        """The standard error of `mutual_information`: 0 where it is exact, else below 0.002 nats."""
        return self.truth().stderr

    def truth(self) -> Truth:
        """I(X;Y) and its standard error, worked out at the first call."""
        if self._known is None:
            self._known = self._truth()
        return self._known

    def remember(self, truth: Truth) -> None:
        """Take a truth that was measured before, so that it is not measured again."""
        self._known = truth

    def __repr__(self) -> str:
        return f"<task {self.name}: {self.dim_x} + {self.dim_y} columns>"


@torch.no_grad()
def monte_carlo(task: Task, target: float = TARGET, seed: int = 0) -> Truth:
    """The mean of `task.pointwise` over fresh pairs, as many as bring its standard error below `target`.

    Raises InputError where the task has no pointwise ratio or fifty million pairs are not enough.
    """
    generator, n, total, squares, stderr = torch_generator(seed), 0, 0.0, 0.0, math.inf
    while n < MOST:
        ratio = task.pointwise(*task.sample(CHUNK, generator))
        n, total, squares = n + CHUNK, total + ratio.sum().item(), squares + ratio.square().sum().item()
        mean = total / n
        stderr = math.sqrt(max(squares / n - mean**2, 0.0) / n)
        if n >= 5 * CHUNK and stderr < target:
            return Truth(mean, stderr)
    raise InputError(f"{MOST} pairs of '{task.name}' leave a standard error of {stderr:.2g}, above {target}.")
