"""infonats: mutual information from samples, with its error. All values are in nats.

The names below load on first use, so that importing this package is instant and changes nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infonats import (
        bounds,
        closedform,
        critics,
        datasets,
        densities,
        errors,
        functional,
        learn,
        negatives,
        objectives,
        planning,
        quantities,
        quantizers,
        sklearn,
        tasks,
    )
    from infonats.estimate import Estimate
    from infonats.estimators import (
        KDE,
        KSG,
        LNC,
        WKL,
        Discrete,
        Gaussian,
        GaussianCopula,
        Generative,
        Histogram,
        Hybrid,
        KSGCopula,
        MixedKSG,
        Ross,
        RoundedKSG,
        TCopula,
        Variational,
        load,
        mutual_information,
    )
    from infonats.quantities import (
        conditional_mutual_information,
        entropy,
        lag_profile,
        mi_matrix,
        transfer_entropy,
    )

__version__ = "0.1.0"

_HOME = {
    "Estimate": "infonats.estimate",
    "mutual_information": "infonats.estimators",
    "load": "infonats.estimators",
    "KSG": "infonats.estimators",
    "LNC": "infonats.estimators",
    "WKL": "infonats.estimators",
    "KSGCopula": "infonats.estimators",
    "MixedKSG": "infonats.estimators",
    "Ross": "infonats.estimators",
    "RoundedKSG": "infonats.estimators",
    "TCopula": "infonats.estimators",
    "Histogram": "infonats.estimators",
    "KDE": "infonats.estimators",
    "Gaussian": "infonats.estimators",
    "GaussianCopula": "infonats.estimators",
    "Discrete": "infonats.estimators",
    "Variational": "infonats.estimators",
    "Generative": "infonats.estimators",
    "Hybrid": "infonats.estimators",
    "conditional_mutual_information": "infonats.quantities",
    "entropy": "infonats.quantities",
    "lag_profile": "infonats.quantities",
    "mi_matrix": "infonats.quantities",
    "transfer_entropy": "infonats.quantities",
}
_MODULES = (
    "bounds",
    "closedform",
    "critics",
    "datasets",
    "densities",
    "errors",
    "functional",
    "learn",
    "negatives",
    "objectives",
    "planning",
    "quantities",
    "quantizers",
    "sklearn",
    "tasks",
)

__all__ = [
    "KDE",
    "KSG",
    "LNC",
    "WKL",
    "Discrete",
    "Estimate",
    "Gaussian",
    "GaussianCopula",
    "Generative",
    "Histogram",
    "Hybrid",
    "KSGCopula",
    "MixedKSG",
    "Ross",
    "RoundedKSG",
    "TCopula",
    "Variational",
    "bounds",
    "closedform",
    "conditional_mutual_information",
    "critics",
    "datasets",
    "densities",
    "entropy",
    "errors",
    "functional",
    "lag_profile",
    "learn",
    "load",
    "mi_matrix",
    "mutual_information",
    "negatives",
    "objectives",
    "planning",
    "quantities",
    "quantizers",
    "sklearn",
    "tasks",
    "transfer_entropy",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"infonats.{name}")
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'infonats' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
