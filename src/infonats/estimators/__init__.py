"""Estimators: scikit-learn's conventions over every method, and one function for all of them."""

import os
from collections.abc import Callable
from functools import partial
from typing import Any

from infonats._types import Progress
from infonats.bounds import BOUNDS
from infonats.data import Pairs, Stream, as_pairs
from infonats.data.blocks import check_block
from infonats.errors import unknown_name
from infonats.estimate import Estimate
from infonats.estimators.auto import Auto
from infonats.estimators.base import Estimator, Measurement, MethodInfo
from infonats.estimators.choice import CHOICES, choose
from infonats.estimators.discrete import Discrete
from infonats.estimators.gaussian import Gaussian
from infonats.estimators.gaussian_copula import GaussianCopula
from infonats.estimators.generative import Generative
from infonats.estimators.generative_config import GenerativeConfig
from infonats.estimators.generative_methods import GENERATIVE_METHODS
from infonats.estimators.histogram import Histogram
from infonats.estimators.hybrid import Hybrid
from infonats.estimators.hybrid_config import HybridConfig
from infonats.estimators.hybrid_names import halves, hybrid_references
from infonats.estimators.kde import KDE
from infonats.estimators.ksg import KSG
from infonats.estimators.ksg_copula import KSGCopula
from infonats.estimators.lmi import LMI, LMIConfig
from infonats.estimators.lnc import LNC
from infonats.estimators.mixed_ksg import MixedKSG
from infonats.estimators.parameters import set_flat
from infonats.estimators.persistence import load_estimator
from infonats.estimators.ross import Ross
from infonats.estimators.rounded_ksg import RoundedKSG
from infonats.estimators.serial import refuse_blocks
from infonats.estimators.t_copula import TCopula
from infonats.estimators.variational import Variational
from infonats.estimators.variational_config import VariationalConfig
from infonats.estimators.wkl import WKL
from infonats.references import Reference

__all__ = [
    "KDE",
    "KSG",
    "LMI",
    "LNC",
    "METHODS",
    "WKL",
    "Auto",
    "Discrete",
    "Estimator",
    "Gaussian",
    "GaussianCopula",
    "Generative",
    "GenerativeConfig",
    "Histogram",
    "Hybrid",
    "HybridConfig",
    "KSGCopula",
    "LMIConfig",
    "Measurement",
    "MethodInfo",
    "MixedKSG",
    "Ross",
    "RoundedKSG",
    "TCopula",
    "Variational",
    "VariationalConfig",
    "info_of",
    "load",
    "make",
    "mutual_information",
    "mutual_information_of",
    "references_of",
]

CLOSED_FORM: tuple[type[Estimator], ...] = (
    KSG,
    KSGCopula,
    MixedKSG,
    RoundedKSG,
    LNC,
    WKL,
    Ross,
    Gaussian,
    GaussianCopula,
    TCopula,
    Discrete,
    Histogram,
    KDE,
)

METHODS: dict[str, Callable[[], Estimator]] = {
    **{method().info.name: method for method in CLOSED_FORM},
    **{bound.name: partial(Variational, bound.name) for bound in BOUNDS},
    **{name: partial(Generative, name) for name in GENERATIVE_METHODS},
    "lmi": LMI,
}
"""Every method by name, as a function that makes its estimator with default parameters.

Hybrids are not listed: `make` takes the name of any generative method, a plus and that of any bound.
"""


def make(method: str, **parameters: Any) -> Estimator:
    """The estimator called `method` with `parameters`, which may stand in its nested configuration.

    `make("mine", folds=5, hidden=(64, 64), max_steps=1000)`; `make("doe+mine")` is a hybrid.
    Raises UnknownNameError, naming the nearest, for a method or parameter that does not exist, InputError
    for a value of the wrong type.
    """
    estimator = Hybrid(*halves(method)) if "+" in method else _listed(method)()
    set_flat(estimator, parameters)
    return estimator


def references_of(method: str) -> tuple[Reference, ...]:
    """What to cite for the method called `method`, pieces included: of a hybrid, both halves and their union.

    Raises UnknownNameError as `make` does.
    """
    if "+" in method:
        return hybrid_references(method)
    info = info_of(method)
    return (info.reference, *info.also)


def info_of(method: str) -> MethodInfo:
    """What the registry knows of the method, hybrid or "auto" called `method`.

    Raises UnknownNameError as `make` does.
    """
    return make(method).info


def _listed(method: str) -> Callable[[], Estimator]:
    if method == "auto":
        return Auto
    if method not in METHODS:
        raise unknown_name("method", method, [*CHOICES, *METHODS])
    return METHODS[method]


def mutual_information(
    x: Any,
    y: Any,
    *,
    method: str = "auto",
    seed: int = 0,
    progress: Progress | None = None,
    **parameters: Any,
) -> Estimate:
    """Estimate I(X;Y) in nats from n pairs: x (n,) or (n, dx), y (n,) or (n, dy).

    Arrays and frames of NumPy, torch, pandas and polars are taken. `method` is a name from
    `infonats methods`, or "auto", which says what it chose and why (`budget`: "fast", "normal" or "high"), or
    "auto-closed", which chooses among those without training; `parameters` are that method's. Columns of
    text are categories.
    The same seed gives the same bits. `progress(step, total, message)` is called during training.
    `checkpoint="FOLDER"` keeps that training, so that the same call goes on where it was interrupted, to the
    same bits; `track="tensorboard"` logs it (extra `tracking`).
    `block` is for rows in order of time: how many successive ones depend on each other, or "auto". Standard
    errors are then those of blocks, and methods that train hold out runs of rows with a gap between them.
    `drop_missing=True` drops rows with NaN or infinities. `stream=True` reads arrays from memory maps
    (`numpy.load(path, mmap_mode="r")`) a part at a time, for methods that train a critic. Raises InputError
    where the data cannot be used: the message says what was given, what is allowed and what to do.
    """
    drop_missing = parameters.pop("drop_missing", False)
    if parameters.pop("stream", False):
        refuse_blocks(parameters.pop("block", 1))
        rows = Stream.of(x, y, drop_missing=drop_missing)
    else:
        block = check_block(parameters.pop("block", 1))
        rows = as_pairs(x, y, drop_missing=drop_missing, text=True).in_blocks(block)
    return mutual_information_of(rows, method=method, seed=seed, progress=progress, **parameters)


def mutual_information_of(
    pairs: Pairs | Stream,
    *,
    method: str = "auto",
    seed: int = 0,
    progress: Progress | None = None,
    **parameters: Any,
) -> Estimate:
    """As `mutual_information`, for pairs that `infonats.data` has validated and named, or a stream of them."""
    kept = {name: parameters.pop(name, None) for name in ("checkpoint", "track")}
    chosen, why = choose(pairs, method) if method in CHOICES else (method, None)
    if why is not None and chosen != "auto":
        parameters.pop("budget", None)  # what is chosen at once has nothing to spend
    estimator = make(chosen, **parameters)
    if "seed" in estimator.get_params():
        estimator.set_params(seed=seed)
    watched = estimator.watched(progress, **kept)
    if isinstance(pairs, Stream):
        estimate = estimator.fit_stream(pairs, watched).estimate_
    else:
        estimate = estimator.fit_pairs(pairs, watched).estimate_
    return estimate if why is None or chosen == "auto" else estimate.noting(choice=why)


def load(path: str | os.PathLike[str]) -> Estimator:
    """Read back a fitted estimator from what its `save` wrote. Nothing is unpickled.

    Raises CheckpointError for a file that is truncated, foreign or of another version.
    """
    return load_estimator(
        path, {cls.__name__: cls for cls in (*CLOSED_FORM, Variational, Generative, Hybrid, LMI, Auto)}
    )
