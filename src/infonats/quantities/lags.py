"""Lagged mutual information: how much x some rows back tells about y now, and at which lag the most."""

import dataclasses
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from infonats.data.convert import Named, as_named
from infonats.errors import InfonatsError, InputError
from infonats.estimate import Estimate
from infonats.quantities._measure import complete, locals_of
from infonats.quantities._variables import Variables, gather_named, refuse_shared
from infonats.quantities.definitions import conditional
from infonats.quantities.discoveries import benjamini_hochberg
from infonats.quantities.independence import check_permutations, p_value
from infonats.quantities.series import check_lag, null_values, same_clock
from infonats.quantities.settings import Settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclasses.dataclass(frozen=True)
class LagProfile:
    """I(x[t - lag]; y[t] | z[t]) of each column of x at each lag: `estimates[name]` has one entry for each lag.

    An entry is None where there is no value, and `notes[name, lag]` says why. All lags use the same `n` rows t.
    """

    names: tuple[str, ...]
    target: str
    given: str
    lags: tuple[int, ...]
    n: int
    estimates: dict[str, tuple[Estimate | None, ...]]
    notes: dict[tuple[str, int], str]

    @property
    def values(self) -> np.ndarray:
        """Nats, (columns of x, lags), NaN where there is no value."""
        return np.array(
            [[np.nan if e is None else e.value for e in self.estimates[name]] for name in self.names]
        )

    @property
    def stderr(self) -> np.ndarray:
        """The standard errors in nats, shaped like `values`."""
        return np.array(
            [[np.nan if e is None else e.stderr for e in self.estimates[name]] for name in self.names]
        )

    @property
    def p(self) -> np.ndarray:
        """The p-values shaped like `values`, NaN where none was asked for."""
        return np.array(
            [
                [np.nan if e is None else e.provenance.get("p_value", np.nan) for e in self.estimates[name]]
                for name in self.names
            ]
        )

    @property
    def q(self) -> np.ndarray:
        """The p-values made false discovery rates over all columns and lags (Benjamini and Hochberg 1995)."""
        return benjamini_hochberg(self.p.ravel()).reshape(self.p.shape)

    def best(self) -> list[tuple[str, int, Estimate, float]]:
        """Of each column the lag with the largest value, its estimate and its q-value; the largest first."""
        found = []
        for name, values, rates in zip(self.names, self.values, self.q, strict=True):
            if np.isfinite(values).any():
                place = int(np.nanargmax(values))
                estimate = self.estimates[name][place]
                found += [(name, self.lags[place], estimate, float(rates[place]))] if estimate else []
        return sorted(found, key=lambda row: row[2].value, reverse=True)

    def ranked(self) -> list[tuple[str, int, Estimate]]:
        """Column, lag and estimate, the largest value first."""
        found = [
            (name, lag, e)
            for name in self.names
            for lag, e in zip(self.lags, self.estimates[name], strict=True)
            if e is not None
        ]
        return sorted(found, key=lambda row: row[2].value, reverse=True)

    def symbol(self, name: str) -> str:
        """What is measured for the column `name`."""
        return f"I({name}[t - lag]; {self.target}[t]{f' | {self.given}' if self.given else ''})"

    def __str__(self) -> str:
        best = self.ranked()
        if not best:
            return f"No lag has a value; {next(iter(self.notes.values()), '')}"
        name, lag, e = best[0]
        return (
            f"{self.symbol(name)} is largest at lag {lag}: {e.value:z.4f} +- {e.stderr:.4f} nats, "
            f"by {e.method}."
        )

    def to_json(self, indent: int | None = None) -> str:
        """Everything but the provenance of each estimate as JSON."""
        rows = [
            {
                "x": name,
                "lag": lag,
                "value": e.value,
                "stderr": e.stderr,
                "interval": e.interval,
                "method": e.method,
            }
            | {key: e.provenance[key] for key in ("block", "p_value") if key in e.provenance}
            for name, lag, e in self.ranked()
        ]
        notes = [{"x": name, "lag": lag, "note": note} for (name, lag), note in self.notes.items()]
        fields = {"y": self.target, "given": self.given, "lags": self.lags, "n": self.n}
        return json.dumps({"infonats_lags": 1} | fields | {"rows": rows, "notes": notes}, indent=indent)

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw one line for each column of x with its 95 % band. Returns the matplotlib axes drawn on."""
        from infonats.quantities._drawing import profile

        curves = zip(self.names, self.values, self.stderr, strict=True)
        return profile(self.lags, {name: (value, error) for name, value, error in curves}, ax)


def lag_profile(
    x: Any, y: Any, *, lags: Sequence[int], given: Any = None, method: str = "auto", **parameters: Any
) -> LagProfile:
    """I(x[t - lag]; y[t]) in nats at each of `lags`, for each column of x (n,) or (n, d) and y (n,) or (n, dy).

    A positive lag lets x lead. `given` (n,) or (n, dz) are series on whose values at t is conditioned. The
    methods and further keywords are those of `conditional_mutual_information`. A lag at which x is a column
    of y or of what is given has no value and a note. `block` ("auto") is over how many rows the series depend
    on themselves, 1 for none: standard errors are those of blocks of rows. `permutations=B` (at least 19)
    tests each lag by circular shifts of x, or with block 1 by permutations, and stores
    `p_value` in the provenance; given z they also break what x shares with z, so that the test is then
    approximate. Raises InputError as that function does, and for lags longer than the series.
    """
    sides = {"x": as_named(x, "x", text=True), "y": as_named(y, "y", text=True)}
    if given is not None:
        sides["z"] = as_named(given, "z", text=True)
    permutations = parameters.pop("permutations", 0)
    return lag_profile_of(sides, tuple(lags), Settings.of(method, {"block": "auto"} | parameters), permutations)


def lag_profile_of(
    sides: dict[str, Named], lags: tuple[int, ...], settings: Settings, permutations: int = 0
) -> LagProfile:
    """As `lag_profile`, for columns that are named: x, y and perhaps z."""
    permutations = check_permutations(permutations) if permutations else 0
    start, stop = _window(sides, lags)
    estimates: dict[str, tuple[Estimate | None, ...]] = {}
    notes: dict[tuple[str, int], str] = {}
    names, total = sides["x"].names, len(sides["x"].names) * len(lags)
    words = sides["x"].levels or (None,) * len(names)
    for name, column, level in zip(names, sides["x"].values.T, words, strict=True):
        row: list[Estimate | None] = []
        for lag in lags:
            back = Named(
                column[start - lag : stop - lag, None],
                (f"{name}[t - {lag}]" if lag else name,),
                (level,) if level else (),
            )
            now = {
                label: Named(side.values[start:stop], side.names, side.levels)
                for label, side in sides.items()
                if label != "x"
            }
            try:
                row.append(_at({"x": back} | now, settings, permutations))
            except InfonatsError as error:
                row.append(None)
                notes[name, lag] = str(error)
            if settings.progress is not None:
                settings.progress(len(estimates) * len(lags) + len(row), total, "lags")
        estimates[name] = tuple(row)
    given = ", ".join(sides["z"].names) if "z" in sides else ""
    return LagProfile(names, ", ".join(sides["y"].names), given, lags, stop - start, estimates, notes)


def _at(sides: dict[str, Named], settings: Settings, permutations: int) -> Estimate:
    settings = dataclasses.replace(settings, progress=None)
    variables = gather_named(sides, drop_missing=settings.drop_missing)
    _refuse_itself(variables)
    given = (2,) if len(variables.blocks) > 2 else ()
    if given:
        refuse_shared(variables, 2, ("x", "y", "z"))
    x, y = variables.names[0][0], ", ".join(variables.names[1])
    condition = f" | {', '.join(variables.names[2])}" if given else ""
    symbol = f"I({x}; {y}{condition})"
    settings, terms = settings.chosen(variables), conditional((0,), (1,), given)
    found, more = locals_of(terms, variables, settings), {}
    if permutations:
        nulls = null_values(terms, variables, settings, permutations)
        more = {"p_value": p_value(found.value, nulls), "permutations": permutations}
    return complete(symbol, found, variables, settings, more)


def _refuse_itself(variables: Variables) -> None:
    """At its own lag 0 a series is compared with itself."""
    x = variables.blocks[0][:, 0]
    for name, column in zip(variables.names[1], variables.blocks[1].T, strict=True):
        if np.array_equal(x, column):
            raise InputError(
                f"{variables.names[0][0]} is '{name}' itself; what it shares with itself is its entropy, "
                "infinite "
                "where it is continuous. Leave this lag out."
            )


def _window(sides: dict[str, Named], lags: tuple[int, ...]) -> tuple[int, int]:
    """The rows t that exist at every lag."""
    for lag in lags:
        check_lag(lag, "A lag")
    if not lags or len(set(lags)) < len(lags):
        raise InputError(f"lags is {lags!r}; give at least one whole number, each once.")
    n = same_clock(sides)
    start, stop = max(0, *lags), n + min(0, *lags)
    if stop - start < 2:
        raise InputError(
            f"The lags {min(lags)} to {max(lags)} leave {max(stop - start, 0)} of {n} rows, for every lag "
            "uses the "
            "same rows. Give smaller lags or longer series."
        )
    return start, stop
