"""Estimators that train on some rows and measure on others: one hold-out split, or a cross-fit of several."""

import abc
import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from infonats._random import check_seed, spawn
from infonats._threads import threads
from infonats._types import Progress
from infonats.callbacks import History
from infonats.data import Pairs, Split, as_pairs
from infonats.estimate import Estimate
from infonats.estimators.base import Estimator, Measurement
from infonats.estimators.cross_fit import averaged, check_folds, pooled, smallest_share, splits
from infonats.estimators.fold import under
from infonats.estimators.serial import apart_notes, resolved


@runtime_checkable
class Settings(Protocol):
    """What every configuration of such an estimator has."""

    @property
    def fractions(self) -> tuple[float, float, float]:
        """The parts of the rows that train, validate and test."""
        ...

    @property
    def threads(self) -> int | None:
        """Threads to work with; None: as torch is set."""
        ...


@dataclasses.dataclass(frozen=True)
class Fit:
    """One fitted fold, what it measured on its held-out rows, and the history of its training.

    `details` are numbers in nats whose mean over the folds goes into the provenance; `earlier` are the
    histories of stages before the last.
    """

    fold: Any
    measured: Any
    history: History
    details: Mapping[str, float] = dataclasses.field(default_factory=dict)
    earlier: tuple[History, ...] = ()


class CrossFitted(Estimator):
    """Fits folds, pools what they measure on rows that neither fitted nor chose them.

    Leaves have parameters `seed` and `folds`, and folds with `measure(x, y)`, `log_ratio(x, y)`, `state()`.
    """

    seed: int
    folds: int

    @property
    def minimum_rows(self) -> int:
        """Fifty: ten to test, ten to validate."""
        return 50

    @property
    def trains(self) -> bool:
        """It does."""
        return True

    @abc.abstractmethod
    def _settings(self) -> Settings:
        """The configuration, after checking all parameters."""

    @abc.abstractmethod
    def _fit_folds(
        self, pairs: Pairs, splits: Sequence[Split], seeds: Sequence[int], progress: Progress | None
    ) -> list[Fit]:
        """Fit on each split, a function of its seed alone."""

    @abc.abstractmethod
    def _restore_fold(self, state: dict[str, np.ndarray]) -> Any:
        """The fold whose `state()` was saved."""

    @abc.abstractmethod
    def _value_notes(self, value: float, parts: Sequence[Any], n_train: int) -> Iterable[str]:
        """Sentences on a value in nats that folds measured on rows they had not seen."""

    @abc.abstractmethod
    def _fit_notes(self, value: float, stderr: float, fits: Sequence[Fit]) -> Iterable[str]:
        """Sentences on how the fitting went."""

    def evaluate(self, x: Any, y: Any, block: int = 1) -> Estimate:
        """The estimate on n >= 10 fresh pairs, x (n, dx) and y (n, dy), that were not given to `fit`.

        The mean over the fitted folds; `block`: how many successive rows depend on each other, at most n / 4.
        Raises InputError where columns differ from those fitted, and for longer blocks.
        """
        pairs = self._check_new(as_pairs(x, y).in_blocks(block)).require_rows(10, self.info.name)
        pairs, _ = resolved(pairs, 1.0, self.info.name)
        with threads(self._settings().threads):
            parts = [fold.measure(pairs.x, pairs.y, int(pairs.block)) for fold in self.folds_]
        value, stderr, interval = averaged(parts)
        fitted = self.estimate_
        measured = Measurement(
            value,
            stderr,
            parts[0].n,
            interval,
            n_train=fitted.n_train,
            n_validation=fitted.n_validation,
            seed=fitted.seed,
            diagnostics=tuple(self._value_notes(value, parts, fitted.n_train)),
            history=dict(fitted.history),
            details={} if block == 1 else {"block": pairs.block},
        )
        return self._complete(measured, pairs)

    def held_out(self, pairs: Pairs) -> Iterator[tuple[Pairs, Callable[[np.ndarray, np.ndarray], np.ndarray]]]:
        """Of each fold the rows of the fitted `pairs` that it has not seen, and its log ratio (x, y) -> (n,).

        Rows that were fitted in blocks are in order of time. Raises NotFittedError before `fit`, InputError
        where columns differ from those fitted.
        """
        pairs, settings = self._check_new(pairs), self._settings()
        block = self.estimate_.provenance.get("block", 1)
        parts = splits(len(pairs), self.folds, settings.fractions, spawn(self.seed, 1 + self.folds)[0], block)
        with threads(settings.threads):
            for fold, part in zip(self.folds_, parts, strict=True):
                yield pairs.take(part.test), fold.log_ratio

    def _measure(self, pairs: Pairs, progress: Progress | None) -> Measurement:
        check_folds(self.folds)
        settings, seeds = self._settings(), spawn(self.seed, 1 + self.folds)
        serial, (rows, asked) = pairs.block != 1, self._resolved(pairs)
        parts_of = splits(len(rows), self.folds, settings.fractions, seeds[0], int(rows.block))
        with threads(settings.threads):
            fits = self._fit_folds(rows, parts_of, seeds[1:], progress)
        self.folds_ = tuple(fit.fold for fit in fits)
        measured = self._pooled(fits, len(parts_of[0].train), len(parts_of[0].validation))
        return _in_blocks(measured, int(rows.block), asked) if serial else measured

    def _resolved(self, pairs: Pairs) -> tuple[Pairs, int]:
        if pairs.block == 1:
            return pairs, 1
        share = smallest_share(self.folds, self._settings().fractions)
        return resolved(pairs, share, self.info.name)

    def _pooled(self, fits: Sequence[Fit], n_train: int, n_validation: int) -> Measurement:
        parts = [fit.measured for fit in fits]
        value, stderr, interval = pooled(parts)
        notes = (*self._value_notes(value, parts, n_train), *self._fit_notes(value, stderr, fits))
        return Measurement(
            value,
            stderr,
            sum(part.n for part in parts),
            interval,
            n_train=n_train,
            n_validation=n_validation,
            seed=check_seed(self.seed),
            diagnostics=tuple(dict.fromkeys(notes)),
            history=fits[0].history.curves(),
            details={
                "folds": self.folds,
                "best_steps": [fit.history.best_step for fit in fits],
                **{name: float(np.mean([fit.details[name] for fit in fits])) for name in fits[0].details},
            },
        )

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        with threads(self._settings().threads):
            return np.mean([fold.log_ratio(x, y) for fold in self.folds_], axis=0)

    def _state(self) -> dict[str, np.ndarray]:
        return {f"{i}/{name}": a for i, fold in enumerate(self.folds_) for name, a in fold.state().items()}

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        self.folds_ = tuple(self._restore_fold(under(state, f"{i}/")) for i in range(self.folds))


def _in_blocks(measured: Measurement, block: int, asked: int) -> Measurement:
    """With what is to be said of a series whose parts stand `block` rows apart."""
    notes = (*measured.diagnostics, *apart_notes(block, asked, measured.n_test))
    return dataclasses.replace(measured, diagnostics=notes, details=measured.details | {"block": block})
