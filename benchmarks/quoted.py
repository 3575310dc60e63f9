"""The figures that README.md and docs/choosing.md quote, measured again.

    python benchmarks/quoted.py

One line a figure: what it is, then the number. Each is one sample unless it says otherwise.
"""

import itertools
import math

import numpy as np
from accuracy import gaussian_pairs

import infonats
from infonats import datasets
from infonats.cli.demo import DISTANT, LINKED
from infonats.estimators import make


def say(what: str, *values: object) -> None:
    """Print one figure at once."""
    print(f"{what}: {', '.join(map(str, values))}", flush=True)


def value(method: str, x: np.ndarray, y: np.ndarray, **parameters: object) -> str:
    """The estimate with its standard error."""
    estimate = make(method, **parameters).fit(x, y).estimate_
    return f"{estimate.value:.3f} +- {estimate.stderr:.3f}"


def neighbours() -> None:
    """What ksg loses of 1 nat at 1000 rows, the mean of ten samples; what it finds of 6 nats in one."""
    say("ksg, 6 nats, 1 + 1 columns", value("ksg", *gaussian_pairs(1000, 1, math.sqrt(-math.expm1(-12)), 0)))
    for d in (5, 10):
        rho = math.sqrt(1 - math.exp(-2 / d))
        found = [make("ksg").fit(*gaussian_pairs(1000, d, rho, s)).estimate_.value for s in range(10)]
        say(f"ksg, 1 nat, {d} + {d} columns, loses", round(1 - float(np.mean(found)), 3))


def proteins() -> None:
    """Every edge of the graph and every distant pair, by ksg and mixed_ksg."""
    cells = datasets.load_sachs()
    edges = [edge for edge in datasets.SACHS_GRAPH if edge not in LINKED and edge[::-1] not in LINKED]
    for name, pairs in (("shown edge", LINKED), ("other edge", edges), ("three edges apart", DISTANT)):
        for method in ("ksg", "mixed_ksg"):
            found = [infonats.mutual_information(cells[a], cells[b], method=method) for a, b in pairs]
            above = sum(e.interval[0] > 0 for e in found)
            low, high = min(e.value for e in found), max(e.value for e in found)
            say(f"{name}, {method}: {above} of {len(found)} above zero, from", f"{low:.3f} to {high:.3f}")


def networks() -> None:
    """Ten nats in 20 + 20 columns, 3000 rows; 0.511 nats in 1 + 1."""
    x, y = gaussian_pairs(3000, 20, 0.8, 0)
    for method in ("infonce", "nwj", "mine"):
        say(f"{method}, 10.2 nats, 20 + 20 columns", value(method, x, y))
    for method, seed in itertools.product(("jsd_lb", "js", "nwj"), range(3)):
        say(f"{method}, 0.511 nats", value(method, *gaussian_pairs(3000, 1, 0.8, seed)))


def main() -> None:
    """Measure everything: a few minutes on one core."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=1000)
    say(
        "gaussian_copula, y = |x| + noise", value("gaussian_copula", x, np.abs(x) + 0.3 * rng.normal(size=1000))
    )
    neighbours()
    proteins()
    networks()


if __name__ == "__main__":
    main()
