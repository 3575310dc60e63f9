"""Coupled time series, X driving Y, with known transfer entropy T = I(Y_{t+1}; X_t | Y_t).

As tasks they are pairs (X_t, Y_{t+1}) at consecutive times: the rows depend on each other, I(X_t; Y_{t+1}) is
known, and `transfer_entropy` says what X adds to the past of Y. `series` gives the two paths themselves.
"""

import abc
import math
from functools import cached_property
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from infonats.errors import InputError
from infonats.tasks.base import Task, Truth
from infonats.tasks.elliptical import Elliptical

WARM_UP = 500


class Series(Task):
    """A stationary pair of paths. A leaf gives `series`, `transfer_entropy` and the lagged truth."""

    hard = "rows are consecutive times, so they depend on each other"
    dim_x = dim_y = 1

    @abc.abstractmethod
    def series(self, n: int, generator: torch.Generator) -> tuple[Float[Tensor, "n"], Float[Tensor, "n"]]:
        """Two stationary paths of n times."""

    @property
    @abc.abstractmethod
    def transfer_entropy(self) -> float:
        """T = I(Y_{t+1}; X_t | Y_t) in nats."""

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        x, y = self.series(n + 1, generator)
        return x[:-1, None], y[1:, None]


@final
class CoupledAutoregression(Series):
    """X_{t+1} = a X_t + N, Y_{t+1} = b Y_t + c X_t + N' with standard normal N and N'. Exact.

    The stationary covariance P solves P = A P A' + 1, A = [[a, 0], [c, b]]; transfer entropy and lagged
    mutual information follow from its determinants (L. Barnett, A. B. Barrett and A. K. Seth 2009,
    doi 10.1103/PhysRevLett.103.238701). Raises InputError unless |a| < 1 and |b| < 1.
    """

    def __init__(self, a: float, b: float, c: float, name: str = "coupled-autoregression") -> None:
        if not (abs(a) < 1 and abs(b) < 1):
            raise InputError(f"a is {a}, b is {b}; both must lie within (-1, 1), else no path is stationary.")
        self.a, self.b, self.c, self.name = a, b, c, name
        self.step = torch.tensor([[a, 0.0], [c, b]], dtype=torch.float64)

    @cached_property
    def covariance(self) -> Float[Tensor, "3 3"]:
        """Of (X_t, Y_t, Y_{t+1})."""
        eye = torch.eye(4, dtype=torch.float64)
        flat = torch.linalg.solve(eye - torch.kron(self.step, self.step), torch.eye(2).double().flatten())
        now = flat.reshape(2, 2)
        cross = (self.step @ now)[1]
        top = torch.cat([now, cross[:, None]], 1)
        return torch.cat([top, torch.stack([cross[0], cross[1], now[1, 1]])[None]], 0)

    def series(self, n: int, generator: torch.Generator) -> tuple[Float[Tensor, "n"], Float[Tensor, "n"]]:
        """Paths started from the stationary law."""
        start = Elliptical(torch.zeros(2, dtype=torch.float64), self.covariance[:2, :2]).sample(1, generator)[0]
        noise = torch.randn(n, 2, generator=generator, dtype=torch.float64).tolist()
        x, y = start.tolist()
        path = []
        for first, second in noise:
            path.append((x, y))
            x, y = self.a * x + first, self.b * y + self.c * x + second
        return tuple(torch.tensor(path, dtype=torch.float64).T)  # type: ignore[return-value]

    @property
    def transfer_entropy(self) -> float:
        """Half the log of Var(Y_{t+1} | Y_t) / Var(Y_{t+1} | X_t, Y_t), the latter being 1."""
        p = self.covariance
        return 0.5 * math.log((p[2, 2] - p[1, 2] ** 2 / p[1, 1]).item())

    @cached_property
    def _pair(self) -> Elliptical:
        return Elliptical(torch.zeros(2, dtype=torch.float64), self.covariance[[0, 2]][:, [0, 2]])

    def _truth(self) -> Truth:
        joint, x, y = self._pair, self._pair.block(0, 1), self._pair.block(1, 2)
        return Truth(x.half_log_det + y.half_log_det - joint.half_log_det)

    def pointwise(self, x: Float[Tensor, "n 1"], y: Float[Tensor, "n 1"]) -> Float[Tensor, "n"]:
        """The ratio of X_t and Y_{t+1}, Gaussian."""
        joint = self._pair.log_prob(torch.cat([x, y], 1))
        return joint - self._pair.block(0, 1).log_prob(x) - self._pair.block(1, 2).log_prob(y)
