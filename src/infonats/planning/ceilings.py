r"""The largest value that a method can give from n rows, whatever the truth.

.. math::
   \text{InfoNCE: } \log K, \quad \text{neighbours: } \psi(n) - \psi(k), \quad
   \text{lower bounds without a model: about } \log n

The first is InfoNCE's own (van den Oord et al. 2018, arXiv 1807.03748). The second is the KSG formula where no
other point lies within the k-th distance on either side (Kraskov et al. 2004, doi 10.1103/PhysRevE.69.066138).
The third: no distribution-free lower bound that holds with high confidence is larger than O(log n) (McAllester
and Stratos 2020, arXiv 1811.04251).
"""

import dataclasses
import math

from scipy.special import digamma

from infonats.data import three_way
from infonats.errors import InputError
from infonats.estimators import Estimator, Variational, make
from infonats.inference import block_size

LEAST = 10


@dataclasses.dataclass(frozen=True)
class Ceiling:
    """`nats` that cannot (`hard`), or cannot credibly, be exceeded, and the reason in a clause."""

    nats: float
    hard: bool
    why: str


def ceilings(method: str, n: int, **parameters: object) -> tuple[Ceiling, ...]:
    """The ceilings of a method on n rows, lowest first; none for a method that fits a model.

    `parameters` are the method's, as in `mutual_information`. Raises InputError for fewer than 10 rows,
    UnknownNameError for a method or parameter that does not exist. "auto" has none before it sees data.
    """
    if n < LEAST:
        raise InputError(f"n is {n}; methods need {LEAST} rows or more.")
    estimator = make(method, **parameters)
    found = [*_neighbours(estimator, n), *_variational(estimator, n)]
    return tuple(sorted(found, key=lambda ceiling: ceiling.nats))


def _neighbours(estimator: Estimator, n: int) -> list[Ceiling]:
    k = estimator.get_params(deep=False).get("k")
    if k is None or "ksg" not in estimator.info.name or estimator.info.name == "ksg_copula":
        return []
    most = float(digamma(n) - digamma(k))
    return [Ceiling(most, True, f"psi(n) - psi(k) with n = {n} rows and k = {k} neighbours")]


def _variational(estimator: Estimator, n: int) -> list[Ceiling]:
    if not isinstance(estimator, Variational):
        return []
    tested = n if estimator.folds > 1 else len(three_way(n, 0, estimator.config.fractions).test)
    each = n // estimator.folds if estimator.folds > 1 else tested
    found, negatives = [], block_size(each) - 1
    recipe = estimator._recipe()
    own = recipe.bound().ceiling(negatives)
    if math.isfinite(own):
        found.append(Ceiling(own, True, f"the bound's own with {negatives} held-out negatives for each pair"))
    certified = math.log(tested)
    why = f"log of the {tested} rows that give the value: more is never certified without a model"
    return [*found, Ceiling(certified, False, why)]
