"""Closed forms: mutual information as a pure function of NumPy arrays, without training.

Every function takes x (n, dx) and y (n, dy), float64, and returns nats (an entropy takes y alone).
`*_local` gives the value row by row; its mean is the estimate. `at=(x, y)` evaluates at new rows. Nothing
here imports torch.
"""

from infonats.closedform._stderr import standard_error
from infonats.closedform.discrete import discrete, discrete_local
from infonats.closedform.entropy_discrete import entropy_discrete, entropy_discrete_error, entropy_of_counts
from infonats.closedform.gaussian import gaussian, gaussian_local
from infonats.closedform.gaussian_copula import gaussian_copula, gaussian_copula_local
from infonats.closedform.gaussian_entropy import gaussian_entropy
from infonats.closedform.histogram import histogram, histogram_entropy, histogram_local
from infonats.closedform.kde import kde, kde_entropy, kde_local
from infonats.closedform.kl_entropy import kl_entropy, kl_entropy_local
from infonats.closedform.ksg import ksg, ksg_error, ksg_local
from infonats.closedform.ksg_copula import ksg_copula, ksg_copula_error, ksg_copula_local
from infonats.closedform.lnc import lnc, lnc_error, lnc_local
from infonats.closedform.mixed_ksg import mixed_ksg, mixed_ksg_error, mixed_ksg_local
from infonats.closedform.nsb import nsb
from infonats.closedform.ross import ross, ross_error, ross_local
from infonats.closedform.rounded_ksg import rounded_ksg, rounded_ksg_error, rounded_ksg_local
from infonats.closedform.t_copula import student_information, t_copula, t_copula_local
from infonats.closedform.wkl import wkl, wkl_error, wkl_local

__all__ = [
    "discrete",
    "discrete_local",
    "entropy_discrete",
    "entropy_discrete_error",
    "entropy_of_counts",
    "gaussian",
    "gaussian_copula",
    "gaussian_copula_local",
    "gaussian_entropy",
    "gaussian_local",
    "histogram",
    "histogram_entropy",
    "histogram_local",
    "kde",
    "kde_entropy",
    "kde_local",
    "kl_entropy",
    "kl_entropy_local",
    "ksg",
    "ksg_copula",
    "ksg_copula_error",
    "ksg_copula_local",
    "ksg_error",
    "ksg_local",
    "lnc",
    "lnc_error",
    "lnc_local",
    "mixed_ksg",
    "mixed_ksg_error",
    "mixed_ksg_local",
    "nsb",
    "ross",
    "ross_error",
    "ross_local",
    "rounded_ksg",
    "rounded_ksg_error",
    "rounded_ksg_local",
    "standard_error",
    "student_information",
    "t_copula",
    "t_copula_local",
    "wkl",
    "wkl_error",
    "wkl_local",
]
