r"""Entropy of a discrete variable from counts n_i of n rows: plug-in, and five corrections of its bias.

.. math::
    \text{none} \quad & H_0 = -\sum_i \hat p_i \log \hat p_i, \qquad \hat p_i = n_i / n \\
    \text{miller\_madow} \quad & H_0 + (s - 1) / 2n, \qquad s \text{ symbols seen} \\
    \text{grassberger} \quad & \log n - \frac1n \sum_i n_i G(n_i), \qquad
        G(m) = \psi(m) + \tfrac12 (-1)^m \left[\psi(\tfrac{m + 1}{2}) - \psi(\tfrac m2)\right] \\
    \text{chao\_shen} \quad & -\sum_i \frac{C \hat p_i \log(C \hat p_i)}{1 - (1 - C \hat p_i)^n}, \qquad
        C = 1 - f_1 / n, \quad f_1 \text{ symbols seen once} \\
    \text{shrinkage} \quad & -\sum_{i=1}^{K} q_i \log q_i, \qquad q_i = \lambda / K + (1 - \lambda) \hat p_i,
        \quad \lambda = \frac{1 - \sum_i \hat p_i^2}{(n - 1) \sum_i (1 / K - \hat p_i)^2} \in [0, 1] \\
    \text{nsb} \quad & \text{a posterior mean, see `nsb`}

K, the number of possible symbols, matters to the last two only; where it is not given it is the number seen.
Where every symbol was seen once (C = 0), chao_shen takes f_1 = n - 1.

References: G. A. Miller, "Note on the bias of information estimates" (1955); P. Grassberger, "Entropy
estimates from insufficient samplings" (2003), arXiv physics/0307138; A. Chao, T.-J. Shen, Environmental and
Ecological Statistics 10, 429-443 (2003), doi:10.1023/A:1026096204727; J. Hausser, K. Strimmer, Journal of
Machine Learning Research 10, 1469-1484 (2009), arXiv 0811.3579; I. Nemenman, F. Shafee, W. Bialek (2002),
arXiv physics/0108025.

Assumes independent rows. The plug-in is below H on average by about (s - 1) / 2n; no estimator is unbiased
for all distributions, and none is a bound on a sample.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float64
from scipy.special import digamma, xlogy

from infonats.closedform._columns import codes
from infonats.closedform.nsb import nsb
from infonats.errors import InputError, unknown_name

Counts = Float64[np.ndarray, "s"]
Entropy = Callable[[Counts, int], float]
"""Of positive counts and the number of possible symbols."""


def entropy_discrete(
    rows: Float64[np.ndarray, "n d"], *, correction: str = "miller_madow", support: int | None = None
) -> float:
    """H in nats of the symbols that the distinct rows are; several columns are one joint symbol.

    correction: a name in `CORRECTIONS`. support: K of the module's formulas. Raises InputError for no rows,
    NaN, and fewer possible symbols than were seen; UnknownNameError for another correction.
    """
    return entropy_discrete_error(rows, correction=correction, support=support)[0]


def entropy_discrete_error(
    rows: Float64[np.ndarray, "n d"], *, correction: str = "miller_madow", support: int | None = None
) -> tuple[float, float]:
    """H as `entropy_discrete`, and its standard error in nats: of nsb the posterior standard deviation.

    Of the others it is that of the plug-in to second order: Var(-log p_i) / n + (s - 1) / 2n^2.
    """
    if rows.ndim != 2 or not rows.size or np.isnan(rows).any():
        raise InputError(f"The rows have shape {rows.shape}; give (n, d) with n, d > 0 and without NaN.")
    counts = np.bincount(codes(rows)).astype(np.float64)
    value = entropy_of_counts(counts, correction=correction, support=support)
    if correction == "nsb":
        return value, nsb(counts, support or len(counts))[1]
    n, share = counts.sum(), counts / counts.sum()
    variance = share @ np.log(share) ** 2 - (share @ np.log(share)) ** 2
    return value, float(np.sqrt(max(variance, 0.0) / n + (len(counts) - 1) / (2 * n * n)))


def entropy_of_counts(counts: Counts, *, correction: str = "miller_madow", support: int | None = None) -> float:
    """H in nats from the numbers of rows of each symbol, zeros allowed; otherwise as `entropy_discrete`.

    Raises InputError where a count is negative or not whole, and where all are zero.
    """
    if correction not in CORRECTIONS:
        raise unknown_name("correction", correction, CORRECTIONS)
    counts = np.asarray(counts, dtype=np.float64)
    whole = np.isfinite(counts).all() and (counts == np.rint(counts)).all()
    if counts.ndim != 1 or not counts.any() or (counts < 0).any() or not whole:
        raise InputError(
            f"The counts have shape {counts.shape}, from {counts.min(initial=0)} on; give (s,) whole numbers "
            "of rows, at least one of them above zero and none below."
        )
    counts = counts[counts > 0]
    possible = len(counts) if support is None else support
    if possible < len(counts):
        raise InputError(
            f"support is {possible}, and {len(counts)} different symbols occur; give at least so many."
        )
    return float(CORRECTIONS[correction](counts, possible))


def none(counts: Counts, support: int) -> float:
    """-sum p log p of the relative frequencies, in nats."""
    share = counts / counts.sum()
    return 0.0 - float(xlogy(share, share).sum())


def miller_madow(counts: Counts, support: int) -> float:
    """The plug-in plus (s - 1) / 2n, in nats (Miller 1955)."""
    return none(counts, support) + (len(counts) - 1) / (2 * counts.sum())


def grassberger(counts: Counts, support: int) -> float:
    """The mean over rows of log n - G(n_i), in nats (Grassberger 2003)."""
    sign = 1 - 2 * (counts % 2)
    g = digamma(counts) + sign / 2 * (digamma((counts + 1) / 2) - digamma(counts / 2))
    return float(np.log(counts.sum()) - counts @ g / counts.sum())


def chao_shen(counts: Counts, support: int) -> float:
    """Horvitz and Thompson's weights on frequencies times the coverage, in nats (Chao and Shen 2003)."""
    n, once = counts.sum(), (counts == 1).sum()
    coverage = 1 - min(once, n - 1) / n
    share = coverage * counts / n
    return 0.0 - float((xlogy(share, share) / -np.expm1(n * np.log1p(-np.minimum(share, 1 - 1e-16)))).sum())


def shrinkage(counts: Counts, support: int) -> float:
    """The plug-in of frequencies shrunk towards 1 / K, in nats (Hausser and Strimmer 2009)."""
    return shrunk_entropy(counts, support, shrinkage_weight(counts, support))


def shrunk_entropy(counts: Counts, support: int, weight: float) -> float:
    """The plug-in of weight / K + (1 - weight) n_i / n over all K = `support` symbols, in nats."""
    shrunk, unseen = weight / support + (1 - weight) * counts / counts.sum(), weight / support
    return 0.0 - float(xlogy(shrunk, shrunk).sum() + (support - len(counts)) * xlogy(unseen, unseen))


def shrinkage_weight(counts: Counts, support: int) -> float:
    """lambda, the part of the shrunk frequencies that is uniform over the K possible symbols."""
    n, share = counts.sum(), counts / counts.sum()
    apart = ((1 / support - share) ** 2).sum() + (support - len(counts)) / support**2
    if n == 1 or apart == 0:
        return 1.0
    return float(min(1.0, (1 - share @ share) / ((n - 1) * apart)))


def _nsb(counts: Counts, support: int) -> float:
    return nsb(counts, support)[0]


CORRECTIONS: dict[str, Entropy] = {
    "miller_madow": miller_madow,
    "none": none,
    "grassberger": grassberger,
    "chao_shen": chao_shen,
    "shrinkage": shrinkage,
    "nsb": _nsb,
}
"""The estimators of entropy by name."""
