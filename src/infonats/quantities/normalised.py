r"""Mutual information as a share: of an entropy for discrete variables, of one as a correlation for all.

.. math:: \frac{I(X;Y)}{N(H(X), H(Y))}, \qquad r = \sqrt{1 - e^{-2 I(X;Y)}}

N is the "min", "max", "arithmetic" or "geometric" mean of H(X) and H(Y), or the "joint" entropy H(X,Y). A.
Strehl, J. Ghosh, JMLR 3, 583-617 (2002); N. X. Vinh, J. Epps, J. Bailey, JMLR 11, 2837-2854 (2010).
Differential entropies depend on the units and may be negative, so these shares mean nothing for continuous
variables; the informational coefficient of correlation r is defined for all, and is |rho| for a Gaussian: E.
H. Linfoot, "An informational measure of correlation", Information and Control 1, 85-89 (1957),
doi:10.1016/S0019-9958(57)90116-X.
"""

import dataclasses
import math
from typing import Any

from infonats.data import discrete_columns
from infonats.errors import InputError, unknown_name
from infonats.estimate import Estimate
from infonats.quantities._counts import by_counts
from infonats.quantities._locals import Local
from infonats.quantities._measure import complete, measure
from infonats.quantities._variables import Variables, gather
from infonats.quantities.definitions import conditional, entropies
from infonats.quantities.settings import Settings

NORMALISATIONS = ("arithmetic", "geometric", "min", "max", "joint", "linfoot")


def normalised_mutual_information(
    x: Any, y: Any, *, normalisation: str = "arithmetic", method: str = "auto", **parameters: Any
) -> Estimate:
    """I(X;Y) as a share of entropies, or as Linfoot's correlation: a number without unit.

    The entropies are those of counts, so x and y must look discrete unless `normalisation` is "linfoot";
    `method` and the further keywords are those of `conditional_mutual_information`. The interval follows by
    the delta method, for "linfoot" by mapping the ends of that of I; a negative I gives a negative share, -r.
    Raises InputError for continuous columns with another normalisation than "linfoot", or where an entropy is
    zero, UnknownNameError for another normalisation.
    """
    if normalisation not in NORMALISATIONS:
        raise unknown_name("normalisation", normalisation, NORMALISATIONS)
    variables = gather({"x": x, "y": y}, drop_missing=bool(parameters.get("drop_missing", False)))
    settings = Settings.of(method, parameters)
    if normalisation == "linfoot":
        return _linfoot(variables, settings)
    if method == "auto":
        settings = dataclasses.replace(settings, method="discrete")
    _refuse_continuous(variables, settings, normalisation)
    found = _share(variables, normalisation, **settings.parameters)
    return complete(
        _symbol("NMI", variables), found, variables, settings, {"unit": "", "normalisation": normalisation}
    )


def _share(variables: Variables, normalisation: str, correction: str = "miller_madow") -> Local:
    """I / N with the first-order terms of both, i / N - I n / N^2 + I / N, whose mean is I / N."""
    hx, hy, hxy = (by_counts(variables, {members: 1}, correction) for members in ((0,), (1,), (0, 1)))
    mi = by_counts(variables, entropies(conditional((0,), (1,))), correction)
    a, b = hx.value, hy.value
    if min(a, b) <= 0:
        raise InputError("The entropy of x or y is zero or below; a variable that hardly varies has no share.")
    smaller, larger = (hx, hy) if a <= b else (hy, hx)
    local = {
        "arithmetic": (hx.local + hy.local) / 2,
        "geometric": math.sqrt(a * b) * (hx.local / a + hy.local / b) / 2,
        "min": smaller.local,
        "max": larger.local,
        "joint": hxy.local,
    }[normalisation]
    n = float(local.mean())
    terms = mi.local / n - mi.value / n**2 * local + mi.value / n
    second_order = mi.stderr**2 - mi.local.var(ddof=1) / len(local)  # all that is left at independence
    return Local(terms, math.sqrt(terms.var(ddof=1) / len(local) + second_order / n**2), mi.notes)


def _linfoot(variables: Variables, settings: Settings) -> Estimate:
    found = measure(_symbol("r", variables), conditional((0,), (1,)), variables, settings)
    low, high = map(correlation, found.interval)
    return dataclasses.replace(
        found,
        value=correlation(found.value),
        stderr=(high - low) / (2 * 1.959963984540054),
        interval=(low, high),
        provenance={**found.provenance, "unit": "", "normalisation": "linfoot", "nats": found.value},
    )


def correlation(nats: float) -> float:
    """Linfoot's r = sqrt(1 - exp(-2 I)); -r of |I| for a negative I, which only an estimate can be."""
    return math.copysign(math.sqrt(-math.expm1(-2.0 * abs(nats))), nats)


def _refuse_continuous(variables: Variables, settings: Settings, normalisation: str) -> None:
    continuous = [b.shape[1] - len(discrete_columns(b)) for b in variables.blocks]
    if settings.method != "discrete" or any(continuous):
        raise InputError(
            f"normalisation='{normalisation}' was asked for {sum(continuous)} continuous columns by "
            f"{settings.method}; it divides by discrete entropies, and differential ones depend on the "
            "units. Use "
            "normalisation='linfoot', or bin the columns first."
        )


def _symbol(name: str, variables: Variables) -> str:
    x, y = (", ".join(names[:4]) for names in variables.names)
    return f"{name}({x}; {y})"
