"""The result of every method: a signed number in nats that knows its own error and origin."""

import dataclasses
import functools
import json
import math
import platform
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import infonats
from infonats import _display
from infonats._types import Side
from infonats.errors import EstimationError, InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORMAT = 1
Z_95 = 1.959963984540054


@dataclasses.dataclass(frozen=True)
class Estimate:
    """An estimate of I(X;Y) in nats, never clipped: a negative value is what was measured.

    Where it is of something else, `provenance["quantity"]` says of what, such as "I(x; y | z)".

    `stderr` is the standard error and `interval` the 95 % interval of `value`, both over the sampling
    of the data that the value was computed on. `side` is what the method guarantees in expectation:
    "lower", "upper" or "none". `diagnostics` are sentences: what was seen, and what to change.
    `history` maps the names of training curves to equally long tuples (empty without training).
    `provenance` says how the number was made: versions, parameters, a fingerprint of the data.
    """

    value: float
    stderr: float
    method: str
    side: Side
    n_test: int
    interval: tuple[float, float]
    n_train: int = 0
    n_validation: int = 0
    seed: int | None = None
    diagnostics: tuple[str, ...] = ()
    history: Mapping[str, tuple[float, ...]] = dataclasses.field(default_factory=dict)
    provenance: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, (self.value, self.stderr, *self.interval))):
            raise EstimationError(
                f"{self.method} gave {self.value} +- {self.stderr} nats, which is no number to report. "
                "Rescale the data, look for infinite dependence (y a function of x), or try another method."
            )

    @property
    def bits(self) -> float:
        """The value in bits: nats divided by log 2."""
        return self.value / math.log(2.0)

    def __str__(self) -> str:
        return _display.sentence(self)

    def _repr_html_(self) -> str:
        return _display.card(self)

    def plot(self, ax: "Axes | None" = None, truth: float | None = None) -> "Axes":
        """Draw the training history against the interval (a point with its bar where nothing was trained).

        `truth` adds a line at the known value, in nats. Returns the matplotlib axes drawn on.
        """
        return _display.plot(self, ax, truth)

    def to_json(self, indent: int | None = None) -> str:
        """The whole estimate as JSON; `from_json` gives back an equal one."""
        return json.dumps({"infonats_estimate": FORMAT} | dataclasses.asdict(self), indent=indent)

    def noting(self, **provenance: Any) -> "Estimate":
        """The same estimate with more said about how it was made."""
        return dataclasses.replace(self, provenance={**self.provenance, **provenance})

    @classmethod
    def from_json(cls, text: str) -> "Estimate":
        """Read back what `to_json` wrote. Raises InputError for anything else."""
        try:
            fields = json.loads(text)
            if fields.pop("infonats_estimate") != FORMAT:
                raise ValueError("another format version")
            fields["interval"] = tuple(fields["interval"])
            fields["diagnostics"] = tuple(fields["diagnostics"])
            fields["history"] = {name: tuple(curve) for name, curve in fields["history"].items()}
            found = cls(**fields)
            _check_kinds(found)
            _display.card(found)  # what cannot be shown was not written by `to_json`
            return found
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError, EstimationError) as error:
            raise InputError(
                f"This text is no Estimate of format {FORMAT} ({error!r}); give what Estimate.to_json() wrote."
            ) from error


def _check_kinds(estimate: Estimate) -> None:
    """Raise TypeError where a field, as a file of JSON may hold it, is of another kind than it should be."""
    e, number = estimate, int | float
    counts = (e.n_test, e.n_train, e.n_validation, *(() if e.seed is None else (e.seed,)))
    curves = [value for curve in e.history.values() for value in curve]
    kinds = [
        all(type(count) is int for count in counts),
        all(isinstance(value, number) for value in (e.value, e.stderr, *e.interval, *curves)),
        all(isinstance(text, str) for text in (e.method, *e.diagnostics)),
        len(e.interval) == 2 and e.side in ("lower", "upper", "none") and isinstance(e.provenance, dict),
    ]
    if not all(kinds):
        raise TypeError("a field is of another kind")


def normal_interval(value: float, stderr: float) -> tuple[float, float]:
    """The 95 % interval value -+ 1.96 stderr of an asymptotically normal estimate."""
    return value - Z_95 * stderr, value + Z_95 * stderr


@functools.cache  # reading package metadata would take longer than a small estimate
def versions() -> dict[str, str]:
    """The versions of this package, of Python and of what it computes with, for `provenance`."""
    from importlib.metadata import version

    packages = ("torch", "numpy", "scipy")
    return {"infonats": infonats.__version__, "python": platform.python_version()} | {
        package: version(package) for package in packages
    }
