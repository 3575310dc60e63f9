r"""Signed sums of entropies of the fitted Gaussian, or of the Gaussian copula, by log-determinants.

.. math:: H(A) = \frac12 \log|\hat\Sigma_A| + \frac{d_A}{2} \log 2 \pi e
          - \frac12 \left[\sum_{i=1}^{d_A} \psi\!\left(\tfrac{n - i}{2}\right) + d_A \log \tfrac{2}{n}\right]

with the maximum-likelihood covariance; the bracket is the exact mean of log|S| - log|Sigma| (Wishart; N. A.
Ahmed, D. V. Gokhale 1989, doi:10.1109/18.30996). I(X;Y) so computed is that of
`infonats.closedform.gaussian`; I(X;Y|Z) is the Gaussian information of the residuals after regression on z,
with n - d_z in place of n.

Assumes jointly Gaussian rows, where it is unbiased; with normal scores (`gaussian_copula`: R. A. A. Ince et
al. 2017, doi:10.1002/hbm.23471) a Gaussian copula. Blind to every other dependence.
"""

from collections.abc import Mapping

import numpy as np
from scipy.special import digamma

from infonats.closedform._columns import Scale
from infonats.closedform._stderr import standard_error
from infonats.closedform.gaussian import _orthonormal
from infonats.closedform.gaussian_copula import normal_scores
from infonats.errors import InputError
from infonats.quantities._locals import Local
from infonats.quantities._variables import Set, Variables


def by_determinants(
    variables: Variables, coefficients: Mapping[Set, int], *, scores: bool = False, bias_correction: bool = True
) -> Local:
    """The signed sum under the fitted Gaussian; of the normal scores of each column where `scores` is true.

    Raises InputError where the rows are too few, or a column is a combination of others.
    """
    n, parameters = len(variables), 0
    local = np.zeros(n)
    for members, c in coefficients.items():
        rows = variables.joint(members)
        rows = normal_scores(rows) if scores else rows
        local += c * surprise(rows, variables.labels(members), bias_correction)
        parameters += c * rows.shape[1] * (rows.shape[1] + 1) // 2
    return Local(local, standard_error(local, degrees=abs(parameters)))


def surprise(rows: np.ndarray, labels: tuple[str, ...], bias_correction: bool) -> np.ndarray:
    """-log p(row) in nats under the Gaussian fitted to `rows` (n, d), whose mean estimates the entropy."""
    n, d = rows.shape
    if n <= d + 1:
        raise InputError(
            f"There are {n} rows for {d} columns; a covariance needs more than d + 1 = {d + 1} rows. Give more "
            "rows or fewer columns."
        )
    scale = Scale.of(rows, "the data")
    q, back, _ = _orthonormal(scale(rows), labels)
    log_det = -2.0 * np.linalg.slogdet(back)[1] - d * np.log(n)
    units = float(np.sum(np.log(scale.spread) + scale.exponent * np.log(2.0)))
    i = np.arange(1, d + 1)
    bias = 0.5 * (digamma((n - i) / 2).sum() + d * np.log(2.0 / n)) if bias_correction else 0.0
    return 0.5 * (n * (q**2).sum(1) + log_det + d * np.log(2.0 * np.pi)) + units - bias
