"""Save and load fitted estimators: one safetensors file whose header holds JSON. Nothing is unpickled."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save
from sklearn.utils.validation import check_is_fitted

from infonats._files import write_whole
from infonats.data.categories import Levels
from infonats.data.grids import Grid
from infonats.errors import CheckpointError, InfonatsError
from infonats.estimate import Estimate
from infonats.estimators.base import Estimator
from infonats.estimators.parameters import from_plain, plain_parameters

FORMAT = "infonats estimator 1"
KEY = "infonats"
"""The one entry of the header, so that the same estimator gives the same bytes."""
BROKEN = (ValueError, TypeError, ArithmeticError, RuntimeError, InfonatsError)
"""What a header or a state that is no estimator's makes of itself."""


def save_estimator(estimator: Estimator, path: str | os.PathLike[str]) -> None:
    """Write a fitted estimator to `path`, whole or not at all. Raises NotFittedError before `fit`."""
    check_is_fitted(estimator, "estimate_")
    header = {
        "format": FORMAT,
        "class": type(estimator).__name__,
        "parameters": plain_parameters(estimator),
        "n_features_in": estimator.n_features_in_,
        "levels": estimator.levels_,
        "grids": [None if grid is None else [grid.shape, grid.kept.tolist()] for grid in estimator.grids_],
        "estimate": estimator.estimate_.to_json(),
    }
    arrays = {name: np.require(array, requirements="C") for name, array in estimator._state().items()}
    target = Path(path)
    try:
        write_whole(target, save(arrays, {KEY: json.dumps(header)}))
    except OSError as error:
        raise CheckpointError(
            f"Cannot write {target}: {error.strerror}. Give a path in a writable folder."
        ) from error


def load_estimator(path: str | os.PathLike[str], classes: dict[str, type[Estimator]]) -> Estimator:
    """Read back what `save_estimator` wrote, as one of `classes`. Raises CheckpointError for anything else."""
    if not Path(path).is_file():
        raise CheckpointError(f"There is no file {path}; give one that Estimator.save wrote.")
    try:
        with safe_open(path, framework="numpy") as file:
            header = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        return _rebuild(json.loads(header[KEY]), arrays, classes)
    except (SafetensorError, OSError, LookupError, AttributeError, *BROKEN) as error:
        raise CheckpointError(
            f"{path} is no fitted estimator of '{FORMAT}': truncated, foreign or of another version "
            f"({type(error).__name__}: {error}). Give a file that Estimator.save wrote."
        ) from error


def _rebuild(
    header: dict[str, Any], arrays: dict[str, np.ndarray], classes: dict[str, type[Estimator]]
) -> Estimator:
    if header["format"] != FORMAT:
        raise ValueError(f"its format is '{header['format']}'")
    estimator = classes[header["class"]]()
    from_plain(estimator, header["parameters"])
    dx, dy = header["n_features_in"]
    estimator.n_features_in_ = (int(dx), int(dy))
    x_levels, y_levels = header.get("levels", ((), ()))  # files of before there was text have none
    estimator.levels_ = (_levels(x_levels), _levels(y_levels))
    x_grid, y_grid = header.get("grids", (None, None))  # files of before there were images have none
    estimator.grids_ = (_grid(x_grid), _grid(y_grid))
    estimator._restore(arrays)
    estimator.estimate_ = Estimate.from_json(header["estimate"])
    with contextlib.suppress(InfonatsError):  # rows of zeros may be refused; what is no state fails otherwise
        estimator._pointwise(np.zeros((2, int(dx))), np.zeros((2, int(dy))))
    return estimator


def _grid(side: list[list[int]] | None) -> Grid | None:
    return None if side is None else Grid(tuple(map(int, side[0])), np.array(side[1], np.int64))


def _levels(side: list[list[str] | None]) -> Levels:
    return tuple(None if words is None else tuple(words) for words in side)
