"""Densities: r(y | x) with log-probabilities and samples. `DENSITIES` names those over continuous y.

Every entry takes (dx, dy, config) and makes a conditional density; with dx = 0, a marginal one.
"""

from collections.abc import Callable
from functools import partial

from infonats.densities.base import Density, DensityConfig
from infonats.densities.categorical import Categorical
from infonats.densities.column_mixture import ColumnMixture
from infonats.densities.flow import Flow
from infonats.densities.gaussian import Gaussian, GaussianForm
from infonats.densities.mixture import Mixture
from infonats.densities.product import Product

DENSITIES: dict[str, Callable[[int, int, DensityConfig], Density]] = {
    "gaussian": Gaussian,
    "diagonal_gaussian": partial(Gaussian, form=GaussianForm(correlation="none")),
    "full_gaussian": partial(Gaussian, form=GaussianForm(correlation="network")),
    "linear_gaussian": partial(Gaussian, form=GaussianForm(mean="linear", scale="constant")),
    "linear_gaussian_scale": partial(Gaussian, form=GaussianForm(mean="linear")),
    "mixture": Mixture,
    "column_mixture": ColumnMixture,
    "spline": partial(Flow, kind="spline"),
    "autoregressive": partial(Flow, kind="autoregressive"),
    "coupling": partial(Flow, kind="coupling"),
}

__all__ = [
    "DENSITIES",
    "Categorical",
    "ColumnMixture",
    "Density",
    "DensityConfig",
    "Flow",
    "Gaussian",
    "GaussianForm",
    "Mixture",
    "Product",
]
