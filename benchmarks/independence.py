"""What every method says of independent data: x and y of ten normal columns each, 1000 rows, default settings.

    python benchmarks/independence.py [--seeds 3] [--methods doe,doe+mine] [--every-hybrid]

One line a method: its value for each seed, the greatest standard error, and whether every value is within
0.05 nats of zero, which is what the project asks for. `discrete` is
left out: it counts values, of which none occurs twice here, and says so.
"""

import argparse
import itertools
import time

import numpy as np

from infonats.errors import InputError
from infonats.estimators import METHODS, make
from infonats.estimators.generative_methods import GENERATIVE_METHODS
from infonats.estimators.variational import BOUND_NAMES

ROWS, COLUMNS, WITHIN = 1000, 10, 0.05
HYBRIDS = ("doe+mine", "ba+smile", "club+js", "l1out+flo", "pq+mine", "pq+infonce", "gm+mine", "gm+nwj")


def independent(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Standard normal x and y, (1000, 10) each, that know nothing of each other."""
    x, y = np.random.default_rng(seed).standard_normal((2, ROWS, COLUMNS))
    return x, y


def row(method: str, seeds: range) -> str:
    """One Markdown row: values by seed, the greatest standard error, the verdict, seconds a fit."""
    start = time.perf_counter()
    found = []
    for seed in seeds:
        estimator = make(method)
        seeded = {"seed": seed} if "seed" in estimator.get_params() else {}
        found.append(estimator.set_params(**seeded).fit(*independent(seed)).estimate_)
    values = " / ".join(f"{estimate.value:+.3f}" for estimate in found)
    verdict = "yes" if all(abs(estimate.value) <= WITHIN for estimate in found) else "NO"
    seconds = (time.perf_counter() - start) / len(found)
    return f"| {method} | {values} | {max(e.stderr for e in found):.3f} | {verdict} | {seconds:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--methods", default=None, help="names between commas; all methods and eight hybrids")
    parser.add_argument("--every-hybrid", action="store_true", help="every pair of a hybrid as well")
    options = parser.parse_args()
    pairs = ["+".join(pair) for pair in itertools.product(GENERATIVE_METHODS, BOUND_NAMES)]
    names = (
        options.methods.split(",")
        if options.methods
        else [m for m in METHODS if m != "discrete" and METHODS[m]().info.columns is None]
    )
    names += [] if options.methods else pairs if options.every_hybrid else HYBRIDS
    print("| method | values, one a seed | s.e. | within 0.05 | seconds |\n| --- | --- | --- | --- | --- |")
    for name in names:
        try:
            print(row(name, range(options.seeds)), flush=True)
        except InputError as error:
            print(f"| {name} | refused: {error} | | | |", flush=True)


if __name__ == "__main__":
    main()
