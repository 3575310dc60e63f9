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
        negatives,
        objectives,
        quantizers,
        tasks,
    )
    from infonats.estimate import Estimate
    from infonats.estimators import (
        KSG,
        Discrete,
        Gaussian,
        GaussianCopula,
        Generative,
        Hybrid,
        MixedKSG,
        Variational,
        load,
        mutual_information,
    )

__version__ = "0.1.0"

_HOME = {
    "Estimate": "infonats.estimate",
    "mutual_information": "infonats.estimators",
    "load": "infonats.estimators",
    "KSG": "infonats.estimators",
    "MixedKSG": "infonats.estimators",
    "Gaussian": "infonats.estimators",
    "GaussianCopula": "infonats.estimators",
    "Discrete": "infonats.estimators",
    "Variational": "infonats.estimators",
    "Generative": "infonats.estimators",
    "Hybrid": "infonats.estimators",
}
_MODULES = (
    "bounds",
    "closedform",
    "critics",
    "datasets",
    "densities",
    "errors",
    "functional",
    "negatives",
    "objectives",
    "quantizers",
    "tasks",
)

__all__ = [
    "KSG",
    "Discrete",
    "Estimate",
    "Gaussian",
    "GaussianCopula",
    "Generative",
    "Hybrid",
    "MixedKSG",
    "Variational",
    "bounds",
    "closedform",
    "critics",
    "datasets",
    "densities",
    "errors",
    "functional",
    "load",
    "mutual_information",
    "negatives",
    "objectives",
    "quantizers",
    "tasks",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"infonats.{name}")
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'infonats' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
