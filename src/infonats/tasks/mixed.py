"""Laws with atoms and densities together.

W. Gao, S. Kannan, S. Oh and P. Viswanath (2017), arXiv 1709.06212.
"""

import math
from typing import final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from infonats.errors import InputError
from infonats.tasks.base import Task, Truth


@final
class UniformOnAtoms(Task):
    """X uniform on 0 ... m-1, Y uniform on (X, X + 2). I = log m - (m-1)/m log 2. Exact. Gao et al. (2017).

    Raises InputError unless m is 1 or more.
    """

    def __init__(self, m: int, name: str = "uniform-on-atoms") -> None:
        if m < 1:
            raise InputError(f"m is {m}; give 1 atom or more.")
        self.m, self.name, self.hard = m, name, "X discrete, Y continuous and overlapping"
        self.dim_x = self.dim_y = 1

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        x = torch.randint(self.m, (n, 1), generator=generator).double()
        return x, x + 2 * torch.rand(n, 1, generator=generator, dtype=torch.float64)

    def _truth(self) -> Truth:
        return Truth(math.log(self.m) - (self.m - 1) / self.m * math.log(2))

    def pointwise(self, x: Float[Tensor, "n 1"], y: Float[Tensor, "n 1"]) -> Float[Tensor, "n"]:
        """The log of m over the number of atoms that reach y."""
        reach = y.floor().clamp(max=self.m - 1) - (y.floor() - 1).clamp(min=0) + 1
        return (math.log(self.m) - reach.log())[:, 0]


@final
class ZeroInflatedPoisson(Task):
    """X exponential with mean 1; Y is 0 with chance p, else Poisson(X). By quadrature. Gao et al. (2017).

        P(y | x) = p [y = 0] + (1-p) e^-x x^y / y!,   P(y) = p [y = 0] + (1-p) 2^-(y+1)

    The paper's (1-p)(2 log 2 - gamma - sum_k log k / 2^k) is I given which zeros were inflated; whoever sees
    only Y has less. Raises InputError unless 0 <= p < 1.
    """

    MOST = 200

    def __init__(self, p: float, name: str = "zero-inflated-poisson") -> None:
        if not 0 <= p < 1:
            raise InputError(f"p is {p!r}; the chance of an inflated zero lies in [0, 1).")
        self.p, self.name, self.hard = p, name, "X continuous, Y counts with too many zeros"
        self.dim_x = self.dim_y = 1

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        x = torch.empty(n, 1, dtype=torch.float64).exponential_(generator=generator)
        counts = torch.poisson(x, generator=generator)
        kept = torch.rand(n, 1, generator=generator, dtype=torch.float64) >= self.p
        return x, counts * kept

    def pointwise(self, x: Float[Tensor, "n 1"], y: Float[Tensor, "n 1"]) -> Float[Tensor, "n"]:
        """The log of P(y | x) / P(y)."""
        poisson = torch.exp(torch.special.xlogy(y, x) - x - torch.lgamma(y + 1))
        geometric = torch.exp2(-(y + 1))
        zero = self.p * (y == 0)
        return torch.log((zero + (1 - self.p) * poisson) / (zero + (1 - self.p) * geometric))[:, 0]

    def _truth(self) -> Truth:
        """The mean of the ratio: a sum over y to 200, Gauss-Legendre in x^(1/3) up to x = 60."""
        nodes, weights = np.polynomial.legendre.leggauss(600)
        root = 60 ** (1 / 3) / 2
        s = root * (torch.from_numpy(nodes) + 1)
        x, mass = (s**3)[:, None], torch.from_numpy(weights) * root * 3 * s**2 * torch.exp(-(s**3))
        total = torch.zeros(())
        for count in range(self.MOST):
            y = torch.full_like(x, count)
            poisson = torch.exp(torch.special.xlogy(y, x) - x - torch.lgamma(y + 1))[:, 0]
            given = self.p * (count == 0) + (1 - self.p) * poisson
            ratio = self.pointwise(x, y)
            total = total + (mass * torch.where(given > 0, given * ratio, 0.0)).sum()
        return Truth(total.item())


@final
class ZeroInflated(Task):
    """(X, Y) of `base`, or with chance p both zero: I = -p log p - (1-p) log(1-p) + (1-p) I(base).

    The base must have a density, so that zeros are inflated ones. Raises InputError unless 0 < p < 1.
    """

    def __init__(self, base: Task, p: float, name: str | None = None) -> None:
        if not 0 < p < 1:
            raise InputError(f"p is {p!r}; the chance of a zero lies in (0, 1).")
        self.base, self.p, self.name = base, p, name or f"zero-inflated-{p}-{base.name}"
        self.hard = f"{p:.0%} of the rows are zero on both sides, an atom in a density"
        self.dim_x, self.dim_y = base.dim_x, base.dim_y
        self.exact, self.has_pointwise = base.exact, base.has_pointwise

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        x, y = self.base.sample(n, generator)
        kept = torch.rand(n, 1, generator=generator, dtype=torch.float64) >= self.p
        return x * kept, y * kept

    def _truth(self) -> Truth:
        hidden = -self.p * math.log(self.p) - (1 - self.p) * math.log1p(-self.p)
        base = self.base.truth()
        return Truth(hidden + (1 - self.p) * base.value, (1 - self.p) * base.stderr)

    def pointwise(self, x: Float[Tensor, "n dx"], y: Float[Tensor, "n dy"]) -> Float[Tensor, "n"]:
        """The ratio -log p at zero, else that of the base minus log(1 - p)."""
        zero = (x == 0).all(1) & (y == 0).all(1)
        return torch.where(zero, -math.log(self.p), self.base.pointwise(x, y) - math.log1p(-self.p))
