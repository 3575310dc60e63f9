r"""The log ratio of t copulas that scores every x with every y, in closed form.

The quadratic forms of all n m pairs come from one matrix product: with P = R^-1 in blocks,

.. math:: Q(x_i, y_j) = x_i' P_{xx} x_i + 2 x_i' P_{xy} y_j + y_j' P_{yy} y_j.

It is what `infonats.inference.PairScorer` asks for, on the tensors that `coordinates` makes of raw rows.
`infonats.estimators.auto_mixtures` has mixtures of Gaussians.
"""

import dataclasses
from typing import Self

import numpy as np
import torch
from jaxtyping import Float
from scipy.special import gammaln
from torch import Tensor

from infonats.closedform.gaussian import wishart_bias
from infonats.closedform.t_copula import Student

Unmix = tuple[np.ndarray, np.ndarray]
"""A linear map (dx, dx) of x and one (dy, dy) of y, which multiply rows from the right."""

ROWS, VALUES = 2000, 40_000
"""What the search for degrees of freedom looks at, at least: it repeats the fit some fifteen times."""


class Form:
    """x'P_xx x + 2 x'P_xy y + y'P_yy y for all pairs, P the inverse of `covariance`, around `mean`."""

    def __init__(self, covariance: np.ndarray, dx: int, mean: np.ndarray | None = None) -> None:
        mean = np.zeros(len(covariance)) if mean is None else mean
        self.dx, self.dy = dx, len(covariance) - dx
        inverse = torch.from_numpy(np.linalg.inv(covariance))
        self.mean_x, self.mean_y = torch.from_numpy(mean[:dx]), torch.from_numpy(mean[dx:])
        self.xx, self.xy, self.yy = inverse[:dx, :dx], inverse[:dx, dx:], inverse[dx:, dx:]
        self.alone_x = torch.from_numpy(np.linalg.inv(covariance[:dx, :dx]))
        self.alone_y = torch.from_numpy(np.linalg.inv(covariance[dx:, dx:]))
        self.log_determinants = [
            float(np.linalg.slogdet(part)[1])
            for part in (covariance, covariance[:dx, :dx], covariance[dx:, dx:])
        ]

    def to(self, dtype: torch.dtype) -> Self:
        """The same in another precision."""
        for name, value in vars(self).items():
            if isinstance(value, Tensor):
                setattr(self, name, value.to(dtype))
        return self

    def joint(self, x: Tensor, y: Tensor) -> Float[Tensor, "n m"]:
        """Q of every x (n, dx) with every y (m, dy)."""
        x, y = x - self.mean_x, y - self.mean_y
        return _square(x, self.xx)[:, None] + 2 * (x @ self.xy) @ y.mT + _square(y, self.yy)

    def alone(self, x: Tensor, y: Tensor) -> tuple[Float[Tensor, "n"], Float[Tensor, "m"]]:
        """Q_x of every x, and Q_y of every y."""
        return _square(x - self.mean_x, self.alone_x), _square(y - self.mean_y, self.alone_y)


def _square(rows: Tensor, matrix: Tensor) -> Tensor:
    return ((rows @ matrix) * rows).sum(-1)


@dataclasses.dataclass(frozen=True, eq=False)
class CopulaRatio:
    """The log ratio of a t copula (`infonats.closedform.t_copula`) of linear maps of either side.

    `unmix_x` (dx, dx) and `unmix_y` (dy, dy) come before the ranks: the identity, or what makes the columns
    of a side independent. Both leave the information as it is.
    """

    unmix_x: np.ndarray
    unmix_y: np.ndarray
    student: Student

    @classmethod
    def fit(cls, x: np.ndarray, y: np.ndarray, unmix: Unmix | None = None, shrink: bool = True) -> Self:
        """Fit to rows x (n, dx) and y (n, dy); `shrink` as in `shrunk`. Raises InputError as `t_copula` does.

        The degrees of freedom are looked for on `ROWS` rows where the columns are many.
        """
        unmix_x, unmix_y = (np.eye(x.shape[1]), np.eye(y.shape[1])) if unmix is None else unmix
        x, y = x @ unmix_x, y @ unmix_y
        few = max(ROWS, VALUES // (x.shape[1] + y.shape[1]))
        nu = Student.fit(x[:few], y[:few]).nu if few < len(x) else None
        student = Student.fit(x, y, nu=nu)
        if shrink:
            less = shrunk(student.correlation, x.shape[1], len(x))
            student = dataclasses.replace(student, correlation=less)
        return cls(unmix_x, unmix_y, student)

    def local(self, x: np.ndarray, y: np.ndarray, bias_correction: bool) -> np.ndarray:
        """The log ratio of paired rows in nats, shape (n,)."""
        return self.student.local(x @ self.unmix_x, y @ self.unmix_y, bias_correction)

    @property
    def unmixed(self) -> bool:
        """Whether components stand for the columns of a side."""
        return not all(np.array_equal(unmix, np.eye(len(unmix))) for unmix in (self.unmix_x, self.unmix_y))

    @property
    def bias(self) -> float:
        """The bias in nats that correlations of so many rows add, as `gaussian` computes it."""
        return wishart_bias(len(self.student.ranks_x.ordered), *self.student.dimensions)

    def coordinates(self, x: np.ndarray, y: np.ndarray) -> tuple[Tensor, Tensor]:
        """The Student scores of both sides."""
        u, v = self.student.scores(x @ self.unmix_x, y @ self.unmix_y)
        return torch.from_numpy(u), torch.from_numpy(v)

    def scorer(self, dtype: torch.dtype = torch.float64) -> "CopulaScorer":
        """What scores all pairs in these coordinates."""
        return CopulaScorer(self.student, dtype)


@dataclasses.dataclass(frozen=True, eq=False)
class Whitened:
    """R_xy = root_x u diag(rho) v root_y', the roots the Cholesky factors of R_xx and R_yy."""

    root_x: np.ndarray
    root_y: np.ndarray
    u: np.ndarray
    rho: np.ndarray
    v: np.ndarray

    @classmethod
    def of(cls, correlation: np.ndarray, dx: int) -> Self:
        """Of the correlations (d, d) of columns of which the first dx are x."""
        root_x, root_y = np.linalg.cholesky(correlation[:dx, :dx]), np.linalg.cholesky(correlation[dx:, dx:])
        white = np.linalg.solve(root_y, np.linalg.solve(root_x, correlation[:dx, dx:]).T).T
        return cls(root_x, root_y, *np.linalg.svd(white, full_matrices=False))


def shrunk(correlation: np.ndarray, dx: int, n: int) -> np.ndarray:
    """The correlations (d, d) with those between the sides freed of what n rows show by chance alone."""
    modes = Whitened.of(correlation, dx)
    kept = shrunk_values(modes.rho, (dx, len(correlation) - dx), n)
    found = correlation.copy()
    found[:dx, dx:] = modes.root_x @ (modes.u * kept) @ modes.v @ modes.root_y.T
    found[dx:, :dx] = found[:dx, dx:].T
    return found


def shrunk_values(rho: np.ndarray, shape: tuple[int, ...], n: np.ndarray | int) -> np.ndarray:
    r"""Singular values rho of correlations (dx, dy) between whitened sides, less what n rows show by chance.

    Chance adds a matrix of entries with variance 1 / n. Singular values below its largest,
    (sqrt dx + sqrt dy) / sqrt n, are set to zero and the others shrunk by the rule that is optimal in squared
    error as the numbers of columns grow (M. Gavish, D. L. Donoho, IEEE Trans. Inf. Theory 63, 2137-2152, 2017,
    arXiv:1405.7511): with y = rho sqrt(n / max(dx, dy)), beta = min / max of dx and dy,

    .. math:: y \mapsto \sqrt{(y^2 - \beta - 1)^2 - 4 \beta} \,/\, y.
    """
    few, many = sorted(shape)
    y, beta = rho * np.sqrt(n / many), few / many
    inside = np.maximum((y**2 - beta - 1) ** 2 - 4 * beta, 0) * (y > 1 + np.sqrt(beta))
    return np.sqrt(inside) / np.maximum(y, 1) * np.sqrt(many / n)


class CopulaScorer:
    """i(x, y) of `infonats.closedform.t_copula` for all pairs of Student scores."""

    def __init__(self, student: Student, dtype: torch.dtype) -> None:
        (dx, dy), nu = student.dimensions, student.nu
        self.nu, self.dx, self.dy = nu, dx, dy
        self.form = Form(student.correlation, dx).to(dtype)
        whole, of_x, of_y = self.form.log_determinants
        gammas = gammaln((nu + np.array([dx + dy, 0, dx, dy])) / 2) @ [1, 1, -1, -1]
        self.constant = float(gammas) + (of_x + of_y - whole) / 2

    def all_pairs(self, x: Float[Tensor, "n dx"], y: Float[Tensor, "m dy"]) -> Float[Tensor, "n m"]:
        """The log ratio in nats of every x with every y."""
        q_x, q_y = self.form.alone(x, y)
        ratio = self._part(q_x, self.dx)[:, None] + self._part(q_y, self.dy)
        return self.constant + ratio - self._part(self.form.joint(x, y), self.dx + self.dy)

    def _part(self, q: Tensor, d: int) -> Tensor:
        """(nu + d) / 2 log(1 + Q / nu)."""
        return (self.nu + d) / 2 * torch.log1p(q / self.nu)
