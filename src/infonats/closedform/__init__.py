"""Closed forms: mutual information as a pure function of NumPy arrays, without training.

Every function takes x (n, dx) and y (n, dy), float64, and returns nats (an entropy takes y alone).
`*_local` gives the value row by row; its mean is the estimate. `at=(x, y)` evaluates at new rows. Nothing
here imports torch.
"""

from infonats.closedform._stderr import standard_error
from infonats.closedform.discrete import discrete, discrete_local
from infonats.closedform.gaussian import gaussian, gaussian_local
from infonats.closedform.gaussian_copula import gaussian_copula, gaussian_copula_local
from infonats.closedform.kl_entropy import kl_entropy, kl_entropy_local
from infonats.closedform.ksg import ksg, ksg_error, ksg_local
from infonats.closedform.ksg_copula import ksg_copula, ksg_copula_error, ksg_copula_local
from infonats.closedform.mixed_ksg import mixed_ksg, mixed_ksg_error, mixed_ksg_local

__all__ = [
    "discrete",
    "discrete_local",
    "gaussian",
    "gaussian_copula",
    "gaussian_copula_local",
    "gaussian_local",
    "kl_entropy",
    "kl_entropy_local",
    "ksg",
    "ksg_copula",
    "ksg_copula_error",
    "ksg_copula_local",
    "ksg_error",
    "ksg_local",
    "mixed_ksg",
    "mixed_ksg_error",
    "mixed_ksg_local",
    "standard_error",
]
