r"""Mutual information of jointly Gaussian variables from their canonical correlations rho_i.

.. math:: I = -\frac12 \sum_i \log(1 - \rho_i^2) = \frac12 \log \frac{|S_x| |S_y|}{|S|}

(I. M. Gel'fand, A. M. Yaglom, "Calculation of the amount of information about a random function contained
in another such function", American Mathematical Society Translations 2, 12, 199-246, 1959). With n rows and
unknown means the log-determinant of the d-dimensional sample scatter S is Wishart with

.. math:: E \log|S| = \log|\Sigma| + d \log 2 + \sum_{i=1}^{d} \psi\!\left(\frac{n - i}{2}\right),

so the plug-in exceeds I by exactly

.. math:: b(n, d_x, d_y) = \frac12 \sum_{i=1}^{d_y} \left[\psi\!\left(\tfrac{n - i}{2}\right)
          - \psi\!\left(\tfrac{n - d_x - i}{2}\right)\right] \approx \frac{d_x d_y}{2 n},

which `bias_correction` subtracts. Reference for the correction: N. A. Ahmed, D. V. Gokhale, "Entropy
expressions and their estimators for multivariate distributions", IEEE Transactions on Information Theory
35, 688-692 (1989), doi:10.1109/18.30996.

Assumes independent rows of a joint Gaussian, where the corrected value is unbiased; it may be negative.
Guarantees no bound on samples. Elsewhere it converges to the value of the Gaussian with the same
covariance: blind to any dependence that is not linear; too large only where the marginals are not Gaussian.
"""

import dataclasses
from collections.abc import Sequence
from typing import Self

import numpy as np
from jaxtyping import Float64
from scipy.linalg import qr, solve_triangular
from scipy.special import digamma

from infonats.closedform._columns import Rows, Scale, paired
from infonats.errors import InputError

COLLINEAR = 1e-10
"""A column is a combination of others where less than this part of its standard deviation is its own."""
IDENTICAL = 1e-12
"""Canonical variates coincide where less than this part of their standard deviation differs."""


def gaussian(
    x: Float64[np.ndarray, "n dx"], y: Float64[np.ndarray, "n dy"], *, bias_correction: bool = True
) -> float:
    """I(X;Y) in nats of the Gaussian fitted to the rows.

    Raises InputError where n <= dx + dy + 1, a column is constant or a combination of the others, or a
    combination of y equals one of x (infinite information).
    """
    return Canonical.fit(x, y).value(bias_correction)


def gaussian_local(
    x: Float64[np.ndarray, "n dx"],
    y: Float64[np.ndarray, "n dy"],
    *,
    bias_correction: bool = True,
    at: tuple[Rows, Rows] | None = None,
) -> Float64[np.ndarray, "m"]:
    """Log p(x,y) / p(x)p(y) in nats under the fitted Gaussian, whose mean over the sample is the estimate.

    The bias correction is spread evenly. With `at`, the values at new rows. Raises InputError as `gaussian`.
    """
    points = (x, y) if at is None else at
    return Canonical.fit(x, y).local(*paired(*points), bias_correction)


def wishart_bias(n: int, dx: int, dy: int) -> float:
    """By how much the plug-in exceeds I on average, in nats: b(n, dx, dy) of the module's formula."""
    i = np.arange(1, dy + 1)
    return float(0.5 * (digamma((n - i) / 2) - digamma((n - dx - i) / 2)).sum())


@dataclasses.dataclass(frozen=True)
class Canonical:
    """The canonical variates of a sample: u = x to_u + shift_u and v = y to_v + shift_v, of unit variance.

    `rho` (m,) are their correlations, largest first, and `sine` (m,) is sqrt(1 - rho^2), computed without
    cancellation; m = min(dx, dy). Arrays only, so that a fit can be stored and read back.
    """

    scale_x: Scale
    scale_y: Scale
    to_u: np.ndarray
    shift_u: np.ndarray
    to_v: np.ndarray
    shift_v: np.ndarray
    rho: np.ndarray
    sine: np.ndarray
    n: int

    @classmethod
    def fit(cls, x: Rows, y: Rows, names: tuple[Sequence[str], Sequence[str]] | None = None) -> Self:
        """Fit to x (n, dx) and y (n, dy); `names` are column names for messages. Raises as `gaussian`."""
        x, y = paired(x, y)
        (n, dx), dy = x.shape, y.shape[1]
        if n <= dx + dy + 1:
            raise InputError(
                f"There are {n} rows for {dx} + {dy} columns; a covariance needs more than dx + dy + 1 = "
                f"{dx + dy + 1} rows. Give more rows or fewer columns."
            )
        label_x, label_y = names or (_numbered("x", dx), _numbered("y", dy))
        scale_x, scale_y = Scale.of(x, "x"), Scale.of(y, "y")
        q_x, back_x, mean_x = _orthonormal(scale_x(x), label_x)
        q_y, back_y, mean_y = _orthonormal(scale_y(y), label_y)
        left, rho, right = np.linalg.svd(q_x.T @ q_y, full_matrices=False)
        to_u, to_v = np.sqrt(n) * back_x @ left, np.sqrt(n) * back_y @ right.T
        sine = _sines(q_x, q_y)
        return cls(scale_x, scale_y, to_u, -mean_x @ to_u, to_v, -mean_y @ to_v, np.minimum(rho, 1.0), sine, n)

    def arrays(self) -> dict[str, np.ndarray]:
        """The fit as named arrays; `from_arrays` reads it back."""
        scales = {f"scale_{s}.{name}": value for s in "xy" for name, value in vars(self._scale(s)).items()}
        own = ("to_u", "shift_u", "to_v", "shift_v", "rho", "sine")
        return scales | {name: getattr(self, name) for name in own} | {"n": np.array([self.n])}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> Self:
        """The fit that `arrays` described."""
        parts = ("exponent", "centre", "spread")
        scale_x, scale_y = (Scale(*(arrays[f"scale_{s}.{part}"] for part in parts)) for s in "xy")
        own = {name: arrays[name] for name in ("to_u", "shift_u", "to_v", "shift_v", "rho", "sine")}
        return cls(scale_x=scale_x, scale_y=scale_y, n=int(arrays["n"][0]), **own)

    def _scale(self, side: str) -> Scale:
        return self.scale_x if side == "x" else self.scale_y

    @property
    def dimensions(self) -> tuple[int, int]:
        """The numbers of columns, dx and dy."""
        return len(self.to_u), len(self.to_v)

    def value(self, bias_correction: bool) -> float:
        """-1/2 sum log(1 - rho^2) in nats, less the Wishart bias if asked."""
        return float(-np.log(self.sine).sum()) - self._bias(bias_correction)

    def local(self, x: Rows, y: Rows, bias_correction: bool) -> np.ndarray:
        """The log ratio in nats at rows of x (m, dx) and y (m, dy), shape (m,)."""
        u = self.scale_x(x) @ self.to_u + self.shift_u
        v = self.scale_y(y) @ self.to_v + self.shift_v
        # rho (u - v)^2 / 2 sine^2 - ..., an arrangement that does not cancel as rho tends to 1.
        apart = self.rho * ((u - v) / self.sine) ** 2 / 2
        together = self.rho * (u**2 + v**2) / (2 * (1 + self.rho))
        ratio = (-np.log(self.sine) - apart + together).sum(1)
        return ratio - self._bias(bias_correction)

    def _bias(self, wanted: bool) -> float:
        return wishart_bias(self.n, *self.dimensions) if wanted else 0.0


def _orthonormal(z: Rows, labels: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Orthonormal columns Q that span centred z, the map from centred z to Q, and the means."""
    mean = z.mean(0)
    q, r, order = map(np.asarray, qr(z - mean, mode="economic", pivoting=True))
    own = np.abs(np.diag(r)) / np.sqrt(len(z))
    if own[-1] <= COLLINEAR:
        _refuse_collinear(r, order, int(np.argmax(own <= COLLINEAR)), labels)
    back = np.empty_like(r)
    back[order] = solve_triangular(r, np.eye(len(r)))
    return q, back, mean


def _refuse_collinear(r: np.ndarray, order: np.ndarray, rank: int, labels: Sequence[str]) -> None:
    """Say which column is a combination of which others."""
    weights = solve_triangular(r[:rank, :rank], r[:rank, rank])
    others = [labels[int(order[j])] for j in range(rank) if abs(weights[j]) > 1e-6]
    raise InputError(
        f"Column {labels[int(order[rank])]} is a linear combination of {', '.join(others)}: the covariance is "
        "singular. Drop one of these columns; the mutual information stays the same."
    )


def _sines(q_x: np.ndarray, q_y: np.ndarray) -> np.ndarray:
    """sqrt(1 - rho^2), smallest first: the parts of the smaller span that lie outside the larger one."""
    wide, narrow = (q_x, q_y) if q_x.shape[1] >= q_y.shape[1] else (q_y, q_x)
    sine = np.linalg.svd(narrow - wide @ (wide.T @ narrow), compute_uv=False)[::-1]
    if sine[0] <= IDENTICAL:
        raise InputError(
            "A linear combination of the columns of y equals one of x, up to rounding: their mutual "
            "information is infinite, and no estimate is meaningful. Remove the shared columns, or add the "
            "noise that the question is about."
        )
    return np.minimum(sine, 1.0)


def _numbered(name: str, count: int) -> list[str]:
    return [f"{name}[{index}]" for index in range(count)]
