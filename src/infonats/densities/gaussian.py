"""Conditional Gaussians: diagonal, with full covariance, conditionally linear.

    y = m(x) + C(x)^-1 exp(s(x)) eps,   eps ~ N(0, 1),   C unit lower triangular
    log r(y | x) = -1/2 |exp(-s) C (y - m)|^2 - sum_k s_k - d/2 log 2 pi

C and s are the factors of the precision matrix, C' exp(-2s) C, so that log r needs no linear solve and
every choice of the parameters is a valid covariance.
"""

import dataclasses
import math
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from infonats.densities._parameters import KINDS, Parameters, bounded, bounded_slope, unbounded
from infonats.densities.base import DensityConfig, batch_of, noise
from infonats.densities.parametric import Parametric, Theta
from infonats.errors import EstimationError, InputError

LOG_2_PI = math.log(2 * math.pi)
RIDGE, CONSTANT = 1e-6, 1e-24
"""Added to each variance at the start, in units of itself, and to one up to CONSTANT, of a column that never
changed, in units of 1: so a joint density and its margins have the same, and cancel where such a column moves
later."""


@dataclasses.dataclass(frozen=True)
class GaussianForm:
    """How the mean, the scales and the correlations depend on x; "none": no correlations."""

    mean: str = "network"
    scale: str = "network"
    correlation: str = "constant"

    def __post_init__(self) -> None:
        for name, value in dataclasses.asdict(self).items():
            allowed = [*KINDS, "none"] if name == "correlation" else KINDS
            if value not in allowed:
                raise InputError(f"{name} is {value!r}; it must be one of {', '.join(allowed)}.")


@final
class Gaussian(Parametric):
    """N(m(x), Sigma(x)); by default a network for the mean and the scales, and constant correlations.

    Conditionally linear, y = A x + b + noise: `mean="linear"`, with `scale="constant"` (one full
    covariance) or "network". Scales lie within 3e-4 and 3e3, so y should be of about unit scale.
    """

    def __init__(
        self,
        dx: int,
        dy: int,
        config: DensityConfig = DensityConfig(),
        form: GaussianForm = GaussianForm(),
    ) -> None:
        super().__init__()
        self.dx, self.dy = dx, dy
        self.mean = Parameters(dx, dy, form.mean, config)
        self.scale = Parameters(dx, dy, form.scale, config)
        below = dy * (dy - 1) // 2
        self.correlation = None
        if form.correlation != "none" and below:
            self.correlation = Parameters(dx, below, form.correlation, config)

    def functions(self) -> tuple[Parameters, ...]:
        """The mean, the raw log scales, and the entries of C below the diagonal, if any."""
        return (
            (self.mean, self.scale) if self.correlation is None else (self.mean, self.scale, self.correlation)
        )

    def at(self, y: Float[Tensor, "*#b dy"], *theta: Theta) -> Float[Tensor, "*b"]:
        """The log-density log N(y; m, Sigma)."""
        mean, raw, *below = theta
        log_scale = bounded(raw)
        z = torch.exp(-log_scale) * _times(self._factor(*below), y - mean)
        return self._log_normal(z, log_scale)

    def sloped(self, y: Float[Tensor, "n dy"], *theta: Theta) -> tuple[Float[Tensor, "n"], tuple[Tensor, ...]]:
        """With r = y - m and u = exp(-s) z / n: -C'u for m, (1 - z^2) / n for s, u_i r_j for C_ij."""
        mean, raw, *below = theta
        log_scale, factor, r = bounded(raw), self._factor(*below), y - mean
        precision = torch.exp(-log_scale)
        z = precision * _times(factor, r)
        u = precision * z / len(y)
        slopes = [
            -_times(None if factor is None else factor.mT, u),
            (1 - z.square()) * (bounded_slope(log_scale) / len(y)),
        ]
        if below:
            rows, columns = self._below()
            slopes.append(u[:, rows] * r[:, columns] if below[0].ndim > 1 else (u.mT @ r)[rows, columns])
        sums = tuple(slope.sum_to_size(values.shape) for slope, values in zip(slopes, theta, strict=True))
        return self._log_normal(z, log_scale), sums

    @torch.no_grad()
    def sample(
        self, x: Float[Tensor, "*b dx"] | None, generator: torch.Generator, shape: tuple[int, ...] = ()
    ) -> Float[Tensor, "*s_b dy"]:
        """m(x) + C(x)^-1 exp(s(x)) eps, eps drawn from `generator`."""
        x = self._given(x)
        eps = noise((*shape, *batch_of(x), self.dy), generator, self.mean.base)
        scaled = torch.exp(bounded(self.scale(x))) * eps
        if self.correlation is not None:
            scaled = _divided(self._factor(self.correlation(x)), scaled)
        return self.mean(x) + scaled

    @torch.no_grad()
    def start(self, y: Float[Tensor, "n dy"], generator: torch.Generator) -> bool:
        """Take the mean and the covariance (1/n) of y: the maximum of the likelihood where x is ignored."""
        rows = y.double()
        mean = rows.mean(0)
        covariance = (rows - mean).T @ (rows - mean) / len(rows)
        variances = covariance.diagonal()
        varies = variances > CONSTANT
        covariance += RIDGE * torch.where(varies, variances, float(varies.any())).diag()
        if self.correlation is None:
            covariance = covariance.diagonal().diag()
        cholesky, failed = torch.linalg.cholesky_ex(covariance)
        if failed:
            raise EstimationError(
                f"The covariance of the {len(rows)} training rows of y is singular or no number: a column is "
                "all but constant there, or spans too many magnitudes. Leave it out, give more rows, or use "
                "transform='normal_scores'."
            )
        factor = torch.linalg.inv(cholesky) * cholesky.diagonal()[:, None]
        self.mean.base.copy_(mean)
        self.scale.base.copy_(unbounded(cholesky.diagonal().log()))
        if self.correlation is not None:
            self.correlation.base.copy_(factor[self._below()])
        return True

    def _log_normal(self, z: Tensor, log_scale: Tensor) -> Tensor:
        """-1/2 |z|^2 - sum s - d/2 log 2 pi."""
        return -0.5 * z.square().sum(-1) - log_scale.sum(-1) - 0.5 * self.dy * LOG_2_PI

    def _below(self) -> tuple[Tensor, Tensor]:
        rows, columns = torch.tril_indices(self.dy, self.dy, -1, device=self.mean.base.device)
        return rows, columns

    def _factor(self, entries: Tensor | None = None) -> Tensor | None:
        """C of its entries below the diagonal, (*b, dy, dy), or None for the identity."""
        if entries is None:
            return None
        rows, columns = self._below()
        factor = torch.eye(self.dy, dtype=entries.dtype, device=entries.device)
        places = torch.zeros(*entries.shape[:-1], self.dy, self.dy, dtype=entries.dtype, device=entries.device)
        places[..., rows, columns] = entries
        return factor + places


def _times(factor: Tensor | None, rows: Tensor) -> Tensor:
    """C r for rows (*b, d) and C (*b, d, d); one matrix product where many rows share a C."""
    if factor is None:
        return rows
    if factor.ndim == 2:
        return rows @ factor.mT
    if factor.shape[-3] == 1 and rows.ndim > 1:
        return rows @ factor.squeeze(-3).mT
    return (factor @ rows.unsqueeze(-1)).squeeze(-1)


def _divided(factor: Tensor | None, rows: Tensor) -> Tensor:
    """C^-1 r for rows (*b, d) and C (*b, d, d) or (d, d); a C that all rows share is not copied for each."""
    if factor is None:
        return rows
    if factor.ndim > 2 and factor.shape[:-2].numel() > 1:
        columns = rows.unsqueeze(-1)
        return torch.linalg.solve_triangular(factor, columns, upper=False, unitriangular=True).squeeze(-1)
    shared = factor.reshape(factor.shape[-2:]).mT
    flat = rows.reshape(-1, rows.shape[-1])
    solved = torch.linalg.solve_triangular(shared, flat, upper=True, left=False, unitriangular=True)
    return solved.reshape(rows.shape)
