"""The contract of every estimator: scikit-learn's conventions, and an `Estimate` at the end."""

import abc
import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from infonats._types import Bias, Progress, Side, Values
from infonats.data import Pairs, Stream, as_pairs, fingerprint, look
from infonats.errors import ColumnError, InputError
from infonats.estimate import Estimate, versions
from infonats.estimators.parameters import plain_parameters
from infonats.estimators.serial import in_blocks, without_following
from infonats.references import Reference
from infonats.watch import Watch

Family = Literal["closed form", "discriminative", "generative", "hybrid", "combined"]


HELD_OUT_GROUPS = "jackknife of held-out groups"
"""How pooled log-mean-exponentials of held-out rows know their error."""


@dataclasses.dataclass(frozen=True)
class MethodInfo:
    """What the registry knows of a method: one row of `infonats methods`."""

    name: str
    family: Family
    side: Side
    reference: Reference
    summary: str
    also: tuple[Reference, ...] = ()
    """What the method is put together from besides `reference`, to be cited with it."""
    columns: int | None = None
    """The most columns of x and y together that the method takes; None where any number will do."""
    error: str = "delta method"
    """By what the standard error is computed."""
    text: bool = False
    """Whether the method takes columns of text: categories have neither order nor distance."""
    values: Values = "any"
    """What columns it is made for; diagnostics go by it."""
    bias: Bias = "other"
    """How its bias falls with the number of rows; `infonats.quantities.extrapolate` goes by it."""


@dataclasses.dataclass(frozen=True)
class Measurement:
    """What a method measures; `fit` completes it to an `Estimate`. All values in nats."""

    value: float
    stderr: float
    n_test: int
    interval: tuple[float, float]
    n_train: int = 0
    n_validation: int = 0
    seed: int | None = None
    diagnostics: tuple[str, ...] = ()
    history: dict[str, tuple[float, ...]] = dataclasses.field(default_factory=dict)
    details: dict[str, Any] = dataclasses.field(default_factory=dict)


class Estimator(BaseEstimator, abc.ABC):
    """An estimator of I(X;Y) in nats. Leaves override the abstract members only.

    Parameters are stored unchanged by `__init__`; `fit` sets `estimate_` and attributes that end in
    an underscore; `clone` and `get_params` work as in scikit-learn.
    """

    @property
    @abc.abstractmethod
    def info(self) -> MethodInfo:
        """Name, family, guarantee, source."""

    @property
    def minimum_rows(self) -> int:
        """The fewest rows that the method accepts with its present parameters."""
        return 10

    @abc.abstractmethod
    def _measure(self, pairs: Pairs, progress: Progress | None) -> Measurement:
        """Fit to validated pairs; set the fitted attributes; return the measurement."""

    @abc.abstractmethod
    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The log density ratio of each row of float64 x (n, dx) and y (n, dy), shape (n,)."""

    @abc.abstractmethod
    def _state(self) -> dict[str, np.ndarray]:
        """The fitted arrays, enough for `_restore` to make `_pointwise` work."""

    @abc.abstractmethod
    def _restore(self, state: dict[str, np.ndarray]) -> None:
        """Set the fitted attributes from what `_state` returned."""

    @property
    def trains(self) -> bool:
        """Whether the method trains step by step, so that a run can be kept and tracked."""
        return False

    def fit(
        self,
        x: Any,
        y: Any,
        progress: Progress | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        track: str | None = None,
        block: int | str = 1,
    ) -> Self:
        """Estimate I(X;Y) from n pairs. x: (n,) or (n, dx), y: (n,) or (n, dy), any array or frame.

        Of rows in order of time `block` says how many depend on each other ("auto": by the rule of
        `infonats.data.blocks`): errors are those of blocks, parts held out are runs of rows with a gap.

        Sets `estimate_`. Methods that train call `progress(step, total, message)` now and then, keep the run
        in the folder `checkpoint`, from which the same call goes on to the same bits, and log it for
        TensorBoard (`track`: "tensorboard", or "tensorboard:FOLDER"; extra `tracking`).
        Raises InputError where the data cannot be used, CheckpointError where the folder keeps another run;
        the message says what to do.
        """
        pairs = as_pairs(x, y, text=True).in_blocks(block)
        return self.fit_pairs(pairs, self.watched(progress, checkpoint, track))

    def watched(
        self,
        progress: Progress | None,
        checkpoint: str | os.PathLike[str] | None = None,
        track: str | None = None,
    ) -> Progress | None:
        """What `fit_pairs` takes for progress, with a checkpoint and a log besides.

        Raises InputError where there is nothing to keep or to track.
        """
        if checkpoint is None and track is None:
            return progress
        if not self.trains:
            raise InputError(
                f"{self.info.name} computes its value at once: there is no training to keep in a checkpoint or "
                "to track. Leave checkpoint and track out, or choose a method that trains, such as mine."
            )
        from infonats.tracking import track_folder

        folder = None if track is None else track_folder(track, self.info.name)
        return Watch(progress, checkpoint=None if checkpoint is None else Path(checkpoint), track=folder)

    def fit_pairs(self, pairs: Pairs, progress: Progress | None = None) -> Self:
        """As `fit`, for pairs that `infonats.data` has already validated and named."""
        measured = self._checked(pairs, progress)
        self.n_features_in_ = (pairs.x.shape[1], pairs.y.shape[1])
        self.levels_ = (pairs.x_levels, pairs.y_levels)
        self.grids_ = (pairs.x_grid, pairs.y_grid)
        self.estimate_ = self._complete(measured, pairs)
        if pairs.block != 1 and not self.trains:
            self.estimate_ = in_blocks(self.estimate_, self.pointwise_pairs(pairs), pairs.block)
        return self

    def value_of(self, pairs: Pairs) -> float:
        """The value in nats alone, without a look at the data and without describing it, for many of a kind."""
        return self._checked(pairs, None).value

    def _checked(self, pairs: Pairs, progress: Progress | None) -> Measurement:
        pairs.require_rows(self.minimum_rows, self.info.name)
        self._check_text(pairs)
        try:
            return self._measure(pairs, progress)
        except ColumnError as error:
            raise error.called({"x": pairs.x_names, "y": pairs.y_names}) from None

    def fit_stream(self, stream: Stream, progress: Progress | None = None) -> Self:
        """As `fit_pairs`, for rows that stay in their files: memory holds a part of them at a time.

        Diagnostics of the data look at the rows held out. Raises InputError for methods that need all rows
        together.
        """
        measured, sample = self._measure_stream(stream, progress)
        self.n_features_in_, self.levels_ = (len(stream.x), len(stream.y)), (sample.x_levels, sample.y_levels)
        self.grids_ = (None, None)
        self.estimate_ = self._complete(measured, sample)
        return self

    def _measure_stream(self, stream: Stream, progress: Progress | None) -> tuple[Measurement, Pairs]:
        """As `_measure`, with the rows that were measured on."""
        raise InputError(
            f"{self.info.name} needs all {len(stream)} rows in memory together; a stream takes methods that "
            "train a critic, such as mine or infonce. Choose one of them, or read the file whole."
        )

    def pointwise(self, x: Any, y: Any) -> np.ndarray:
        """The estimated log p(x,y) / p(x)p(y) in nats, row by row, shape (n,).

        Raises NotFittedError before `fit`, InputError where columns differ from those fitted.
        """
        return self.pointwise_pairs(as_pairs(x, y, varying=False, text=True))

    def pointwise_pairs(self, pairs: Pairs) -> np.ndarray:
        """As `pointwise`, for pairs that `infonats.data` has already validated and named."""
        pairs = self._check_new(pairs)
        return self._pointwise(pairs.x, pairs.y)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted estimator to one file (safetensors with JSON); `infonats.load` reads it back.

        Raises NotFittedError before `fit`, CheckpointError where the file cannot be written.
        """
        from infonats.estimators.persistence import save_estimator

        save_estimator(self, path)

    def _check_new(self, pairs: Pairs) -> Pairs:
        check_is_fitted(self, "estimate_")
        pairs = pairs.placed_like(*self.grids_)
        return pairs.require_columns(*self.n_features_in_).coded_like(*self.levels_)

    def _check_text(self, pairs: Pairs) -> None:
        if pairs.text and not self.info.text:
            raise InputError(
                f"Text, of which {self.info.name} can make nothing: {pairs.text}. Words have neither order "
                "nor distance. Use method 'discrete' where all columns take few values, 'ross' where one side "
                "holds nothing but labels and the other is continuous, 'mixed_ksg' where a side holds both, or "
                "encode the words as numbers."
            )

    def _complete(self, measured: Measurement, pairs: Pairs) -> Estimate:
        fields = {f.name: getattr(measured, f.name) for f in dataclasses.fields(measured)}
        provenance = versions() | {
            "parameters": plain_parameters(self),
            "data": fingerprint(pairs),
            "x": list(pairs.x_names),
            "y": list(pairs.y_names),
            "error": self.info.error,
        }
        fields["provenance"] = provenance | fields.pop("details")
        notes = (f"Text was taken as categories: {pairs.text}.",) if pairs.text else ()
        notes += tuple(_left_out(pairs))
        seen = look(pairs, self.info.name, self.info.values)
        seen = seen if pairs.block == 1 else without_following(seen)
        fields["diagnostics"] = (*notes, *seen, *measured.diagnostics)
        return Estimate(method=self.info.name, side=self.info.side, **fields)


def _left_out(pairs: Pairs) -> Iterator[str]:
    for side, grid in (("x", pairs.x_grid), ("y", pairs.y_grid)):
        if grid is not None and grid.constant:
            total = grid.constant + len(grid.kept)
            yield f"{grid.constant} of {total} columns of {side} are constant here and were left out."
