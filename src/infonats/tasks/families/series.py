"""Coupled time series with known transfer entropy."""

from functools import partial

from infonats.tasks.base import Task
from infonats.tasks.logistic import CoupledLogistic
from infonats.tasks.series import CoupledAutoregression


def autoregression(a: float, b: float, c: float) -> Task:
    """Two linear Gaussian paths, X driving Y."""
    return CoupledAutoregression(a, b, c, f"coupled-autoregression-{a}-{b}-{c}")


def logistic(coupling: float, noise: float) -> Task:
    """Two chaotic paths, X driving Y."""
    return CoupledLogistic(coupling, noise, f"coupled-logistic-{coupling}-{noise}")


BASES = {
    **{f"coupled-autoregression-0.5-0.5-{c}": partial(autoregression, 0.5, 0.5, c) for c in (0.0, 0.5, 1.0)},
    "coupled-autoregression-0.9-0.7-0.4": partial(autoregression, 0.9, 0.7, 0.4),
    **{f"coupled-logistic-{c}-0.1": partial(logistic, c, 0.1) for c in (0.0, 0.2, 0.4, 0.8)},
}
SUITES = {"series": tuple(BASES)}
