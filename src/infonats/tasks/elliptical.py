"""Gaussian and Student densities with a full scatter matrix: what most tasks are made of."""

import dataclasses
import math
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from infonats.errors import InputError


@dataclasses.dataclass(frozen=True, eq=False)
class Elliptical:
    """N(mean, scatter) where `df` is infinite, else the multivariate t with `df` degrees of freedom.

        log t(z) = lgamma((df+d)/2) - lgamma(df/2) - d/2 log(pi df) - 1/2 log|S| - (df+d)/2 log(1 + m/df),

    m = (z - mean)' S^-1 (z - mean). The scatter S is the covariance of the Gaussian; that of the t is
    S df / (df - 2), where it exists. Raises InputError unless S is symmetric and positive definite and df
    is infinite or a positive whole number.
    """

    mean: Float[Tensor, "d"]
    scatter: Float[Tensor, "d d"]
    df: int | float = math.inf

    def __post_init__(self) -> None:
        if self.df != math.inf and (self.df < 1 or self.df != int(self.df)):
            raise InputError(f"df is {self.df!r}; it must be a positive whole number, or math.inf (Gaussian).")
        if self.scatter.shape != (self.dim, self.dim) or not torch.allclose(self.scatter, self.scatter.T):
            raise InputError(
                f"The scatter matrix has shape {tuple(self.scatter.shape)}; give a symmetric one, "
                f"{self.dim} x {self.dim} to fit the mean."
            )
        self.root  # noqa: B018 -- fails here rather than at the first draw

    @property
    def dim(self) -> int:
        """The number of coordinates, d."""
        return len(self.mean)

    @cached_property
    def root(self) -> Float[Tensor, "d d"]:
        """The Cholesky factor of the scatter."""
        root, failed = torch.linalg.cholesky_ex(self.scatter)
        if failed:
            raise InputError("The scatter matrix is not positive definite; lower its correlations.")
        return root

    @cached_property
    def half_log_det(self) -> float:
        """Half the log determinant of the scatter, 1/2 log|S|."""
        return self.root.diagonal().log().sum().item()

    def block(self, start: int, stop: int) -> "Elliptical":
        """The marginal of the coordinates from `start` to before `stop`."""
        return Elliptical(self.mean[start:stop], self.scatter[start:stop, start:stop], self.df)

    def sample(self, n: int, generator: torch.Generator) -> Float[Tensor, "n d"]:
        """Draw n points: mean + root g, divided by the root of a chi-square over df for the t."""
        noise = torch.randn(n, self.dim, generator=generator, dtype=torch.float64) @ self.root.T
        if self.df != math.inf:
            parts = torch.randn(n, int(self.df), generator=generator, dtype=torch.float64)
            noise = noise / parts.square().mean(1, keepdim=True).sqrt()
        return self.mean + noise

    def log_prob(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n"]:
        """The log density of each row."""
        white = torch.linalg.solve_triangular(self.root, (z - self.mean).T, upper=False)
        m, df, d = white.square().sum(0), self.df, self.dim
        if df == math.inf:
            return -0.5 * m - self.half_log_det - 0.5 * d * math.log(2 * math.pi)
        start = math.lgamma((df + d) / 2) - math.lgamma(df / 2) - 0.5 * d * math.log(math.pi * df)
        return start - self.half_log_det - 0.5 * (df + d) * torch.log1p(m / df)
