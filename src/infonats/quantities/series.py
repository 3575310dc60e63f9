r"""Time series: rows t of several series, embedded in their own pasts; transfer entropy.

.. math:: T_{X \to Y} = I\left(Y_t ; X_{t-u}^{(l)} \,\middle|\, Y_{t-1}^{(k)}\right), \qquad
          X_s^{(l)} = (X_s, X_{s-\tau}, \dots, X_{s-(l-1)\tau})

with k values of the target's past, l of the source's, tau apart, the latter u steps back. T. Schreiber,
"Measuring information transfer", Physical Review Letters 85, 461-464 (2000), doi:10.1103/PhysRevLett.85.461;
the delay u: M. Wibral et al., PLoS ONE 8, e55809 (2013), doi:10.1371/journal.pone.0055809. The effective
transfer entropy subtracts the mean over surrogates whose source is shifted or shuffled, which removes most of
the bias: R. Marschinski, H. Kantz, European Physical Journal B 30, 275-281 (2002),
doi:10.1140/epjb/e2002-00379-2.

Assumes a stationary process. The rows of a series depend on each other: `block` says over how many (see
`blocks`). Standard errors are those of blocks of rows, surrogates shift the source circularly, and those that
shift it by at least a block make up the mean that is subtracted; "auto", the default, finds the length by a
rule and reports it. block=1 takes the rows for independent.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from infonats.data.convert import Named, as_named
from infonats.errors import InputError
from infonats.estimate import Estimate, normal_interval
from infonats.quantities._measure import complete, locals_of
from infonats.quantities._variables import Variables, gather_named
from infonats.quantities.blocks import apart, rearranged, slowest
from infonats.quantities.definitions import Terms, conditional
from infonats.quantities.independence import check_permutations, p_value
from infonats.quantities.settings import Settings


def check_lag(lag: int, name: str, least: int | None = None) -> int:
    """Return `lag` if it is a whole number of at least `least`. Raises InputError otherwise."""
    whole = isinstance(lag, int | np.integer) and not isinstance(lag, bool)
    if not whole or (least is not None and lag < least):
        bound = "" if least is None else f" of at least {least}"
        raise InputError(f"{name} is {lag!r}; it must be a whole number{bound}, counted in rows.")
    return int(lag)


@dataclasses.dataclass(frozen=True)
class Embedding:
    """How far back to look.

    k = `target` values of the target's past and l = `source` of the source's, `tau` steps apart; the latest
    value of the source lies `delay` steps back.
    """

    target: int = 1
    source: int = 1
    delay: int = 1
    tau: int = 1

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            check_lag(getattr(self, field.name), field.name, 1)

    @property
    def reach(self) -> int:
        """How many rows at the start have no complete past."""
        return max(1 + (self.target - 1) * self.tau, self.delay + (self.source - 1) * self.tau)


def transfer_entropy(
    source: Any,
    target: Any,
    *,
    embedding: Embedding = Embedding(),
    given: Any = None,
    method: str = "auto",
    **parameters: Any,
) -> Estimate:
    """T from `source` (n,) or (n, d) to `target` (n,) in nats: what the source's past adds to the target's own.

    `given` (n,) or (n, d) are further series on whose latest values, one step back, is conditioned as well.
    `surrogates=B` (at least 19) shifts or, with block 1, shuffles the source's past B times and stores
    `p_value` and the `effective` transfer entropy (the value less the mean of those surrogates that are a block
    or more `apart`) in the provenance; `seed` sets these. `block` is "auto" or a number of rows that depend on
    each other, 1 for none. The methods and other keywords are those of `conditional_mutual_information`. Raises
    InputError as that does, for series of unequal length, and for one no longer than its lags.
    """
    surrogates = parameters.pop("surrogates", 0)
    parts = {"source": source, "target": target} | ({} if given is None else {"given": given})
    named = {label: as_named(part, label, text=True) for label, part in parts.items()}
    settings = Settings.of(method, {"block": "auto"} | parameters)
    return transfer_entropy_of(named, embedding, settings, surrogates)


def transfer_entropy_of(
    named: dict[str, Named], embedding: Embedding, settings: Settings, surrogates: int = 0
) -> Estimate:
    """As `transfer_entropy`, for columns that are named: source, target and perhaps given."""
    variables = embed(named, embedding, drop_missing=settings.drop_missing)
    settings = settings.chosen(variables)
    terms = conditional((0,), (1,), (2,))
    found = locals_of(terms, variables, settings)
    more = {"embedding": dataclasses.asdict(embedding)}
    if surrogates:
        nulls = null_values(terms, variables, settings, check_permutations(surrogates, "surrogates"))
        far = apart(len(variables), surrogates, slowest(variables, settings.block), settings.seed)
        effective = found.value - float(np.mean(np.array(nulls)[far]))
        more |= {"p_value": p_value(found.value, nulls), "surrogates": surrogates}
        more |= {"effective": effective, "apart": int(far.sum())}
    x, y = (", ".join(named[side].names) for side in ("source", "target"))
    extra = f" | {', '.join(named['given'].names)}" if "given" in named else ""
    return complete(f"T({x} -> {y}{extra})", found, variables, settings, more)


def effective_transfer_entropy(
    source: Any,
    target: Any,
    *,
    surrogates: int = 99,
    embedding: Embedding = Embedding(),
    method: str = "auto",
    **parameters: Any,
) -> Estimate:
    """The transfer entropy less its mean over surrogates with a shuffled source, in nats.

    The standard error holds that of the surrogates' mean. Takes and raises what `transfer_entropy` does.
    """
    found = transfer_entropy(
        source,
        target,
        embedding=embedding,
        method=method,
        surrogates=check_permutations(surrogates, "surrogates"),
        **parameters,
    )
    value = found.provenance["effective"]
    stderr = float(np.hypot(found.stderr, found.stderr / np.sqrt(found.provenance["apart"])))
    symbol = "effective " + found.provenance["quantity"]
    return dataclasses.replace(
        found,
        value=value,
        stderr=stderr,
        interval=normal_interval(value, stderr),
        provenance={**found.provenance, "quantity": symbol, "raw": found.value},
    )


def embed(named: dict[str, Named], embedding: Embedding, *, drop_missing: bool = False) -> Variables:
    """The rows (past of the source, target now, past of the target and what is given) of the series.

    Each is looked for in the series as it is; rows that then hold a missing value may be dropped.
    """
    start, n = embedding.reach, same_clock(named)
    if n <= start + 1:
        raise InputError(
            f"The series have {n} rows and the embedding looks {start} rows back, so {max(n - start, 0)} "
            "rows have a "
            "complete past. Give a longer series, or a smaller delay, tau or history."
        )
    e = embedding
    past = [e.delay + j * e.tau for j in range(e.source)]
    own = [1 + j * e.tau for j in range(e.target)]
    sides = {
        "source": lagged(named["source"], past, start),
        "target": lagged(named["target"], [0], start),
        "past": lagged(named["target"], own, start),
    }
    if "given" in named:
        more = lagged(named["given"], [1], start)
        sides["past"] = _beside(sides["past"], more)
    return gather_named(sides, drop_missing=drop_missing)


def _beside(a: Named, b: Named) -> Named:
    levels = (a.levels or (None,) * len(a.names)) + (b.levels or (None,) * len(b.names))
    return Named(np.hstack([a.values, b.values]), a.names + b.names, levels if any(levels) else ())


def lagged(series: Named, lags: list[int], start: int) -> Named:
    """The series at each of `lags` steps back, for the rows from `start` on, named ``x[t-2]``."""
    n = len(series.values)
    values = np.hstack([series.values[start - lag : n - lag] for lag in lags])
    return Named(
        values,
        tuple(f"{name}[t-{lag}]" if lag else name for lag in lags for name in series.names),
        series.levels * len(lags),
    )


def same_clock(sides: Mapping[str, Named]) -> int:
    """The number of rows of all series. Raises InputError where they differ."""
    lengths = {label: len(side.values) for label, side in sides.items()}
    if len(set(lengths.values())) > 1:
        each = ", ".join(f"{label} has {length}" for label, length in lengths.items())
        raise InputError(f"The series have different numbers of rows: {each}; give series of one clock.")
    return next(iter(lengths.values()))


def null_values(terms: Terms, variables: Variables, settings: Settings, count: int) -> list[float]:
    """The values of `terms` with the first variable permuted, or shifted circularly."""
    block = slowest(variables, settings.block)
    return [
        locals_of(terms, each, settings).value for each in rearranged(variables, count, block, settings.seed)
    ]
