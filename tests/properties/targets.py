"""Every public name that takes data, as a function of inputs that `test_every_input.py` throws odd things at.

`test_every_input.py` fails where a public name is neither here nor in `NO_DATA`, so that none is forgotten.
"""

import functools
import warnings

import numpy as np

import infonats
from infonats import closedform, data, learn, planning, quantities, sklearn
from infonats.estimators import METHODS, make
from infonats.estimators.parameters import _flat
from infonats.quantities import Embedding
from infonats.train import TrainConfig

CHEAP = {
    "max_steps": 2,
    "evaluate_every": 1,
    "hidden": (4,),
    "batch_size": 8,
    "codes": 3,
    "draws": 2,
    "components": 2,
    "simulations": 4,
    "held_out_draws": 2,
    "layers": 1,
    "budget": "fast",
}
"""Settings that make any method quick; each method takes those that it has."""
HYBRIDS = ("doe+mine", "gm+nwj", "pq+infonce")
NAMES = (*METHODS, *HYBRIDS, "auto", "auto-closed")
CLOSED = tuple(name for name in METHODS if METHODS[name]().info.family == "closed form")
QUICK = ("auto-closed", *CLOSED)


@functools.cache
def settings_of(method):
    """The flat parameters of a method with their defaults."""
    return {} if method == "auto-closed" else _flat(make(method).get_params(deep=False))


@functools.cache
def cheap(method):
    """The quick settings that this method has."""
    return {name: value for name, value in CHEAP.items() if name in settings_of(method)}


def information(x, y, method, **parameters):
    """`mutual_information` by a method of the registry, quickly."""
    return infonats.mutual_information(x, y, method=method, **{**cheap(method), **parameters})


def pointwise(x, y, method):
    """An estimator that is fitted and asked row by row."""
    fitted = make(method, **cheap(method)).fit(x, y)
    return fitted.estimate_, fitted.pointwise(x, y)


def pilot(x, y, method):
    """A pilot of two sizes, one of them simulated."""
    return planning.simulate(data.as_pairs(x, y), (10, 80), planning.Trial(method, repeats=2))


def infomax(x, y, method):
    """An encoder that was trained for two steps, and codes of the rows it was trained on."""
    train = TrainConfig(max_steps=2, evaluate_every=1, batch_size=8)
    found = learn.InfoMax(config=learn.InfoMaxConfig(hidden=(4,), train=train)).fit(x, y)
    return found.score_, found.transform(x)


def selector(x, y, method):
    """Scores and a choice of features, by scikit-learn's conventions."""
    chosen = sklearn.MutualInfoSelector(1, criterion="jmi").fit(x, y)
    return chosen.scores_, chosen.get_support()


ENTROPIES = {"ksg": "knn", "gaussian": "gaussian", "discrete": "discrete"}
OF_DATA = {
    "mutual_information": lambda x, y, m: information(x, y, m),
    "pointwise": pointwise,
    "entropy": lambda x, y, m: quantities.entropy(x, method=ENTROPIES.get(m, "auto")),
    "entropy given": lambda x, y, m: quantities.entropy(x, y, method=ENTROPIES.get(m, "auto")),
    "normalised_mutual_information": lambda x, y, m: quantities.normalised_mutual_information(x, y, method=m),
    "linfoot": lambda x, y, m: quantities.normalised_mutual_information(
        x, y, normalisation="linfoot", method=m
    ),
    "mi_matrix": lambda x, y, m: quantities.mi_matrix(x, method=m, n_jobs=1),
    "mi_matrix of a mapping": lambda x, y, m: quantities.mi_matrix(
        {"a": x, "b": y}, method=m, lags=(0, 1), n_jobs=1, minimum_rows=4
    ),
    "simulate": pilot,
    "permutation_test": lambda x, y, m: quantities.permutation_test(x, y, method=m, permutations=19),
    "permutation_test of a series": lambda x, y, m: quantities.permutation_test(
        x, y, method=m, permutations=19, block="auto"
    ),
    "extrapolate": lambda x, y, m: quantities.extrapolate(
        x, y, method="histogram" if m == "ksg" else "discrete"
    ),
    "evaluate": lambda x, y, m: learn.evaluate(x, y, method=m),
    "information_by_lag": lambda x, y, m: tuple(learn.information_by_lag(x, (1, 2), method=m).values()),
    "InfoMax": infomax,
    "capacity_of_samples": lambda x, y, m: quantities.capacity_of_samples(x, y, tolerance=1e-3),
    "channel_capacity": lambda x, y, m: quantities.channel_capacity(x, tolerance=1e-2, steps=200),
    "mutual_info": lambda x, y, m: sklearn.mutual_info(x, y),
    "MutualInfoSelector": selector,
    "as_pairs": lambda x, y, m: data.as_pairs(x, y, drop_missing=True),
    "transfer_entropy": lambda x, y, m: quantities.transfer_entropy(
        x, y, embedding=Embedding(2, 2, 1, 2), method=m, block="auto"
    ),
    "effective_transfer_entropy": lambda x, y, m: quantities.effective_transfer_entropy(
        x, y, surrogates=19, method=m
    ),
    "conditional_mutual_information": lambda x, y, z, m: quantities.conditional_mutual_information(
        x, y, z, method=m, drop_missing=True
    ),
    "conditional test": lambda x, y, z, m: quantities.conditional_mutual_information(
        x, y, z, method=m, permutations=19
    ),
    "pointwise_mutual_information": lambda x, y, z, m: quantities.pointwise_mutual_information(
        x, y, z, method=m
    ),
    "total_correlation": lambda x, y, z, m: quantities.total_correlation([x, y, z], method=m),
    "dual_total_correlation": lambda x, y, z, m: quantities.dual_total_correlation([x, y, z], method=m),
    "interaction_information": lambda x, y, z, m: quantities.interaction_information([x, y, z], method=m),
    "o_information": lambda x, y, z, m: quantities.o_information([x, y, z], method=m),
    "transfer_entropy given": lambda x, y, z, m: quantities.transfer_entropy(x, y, given=z, method=m),
    "lag_profile": lambda x, y, z, m: quantities.lag_profile(x, y, lags=(0, 1), given=z, method=m),
}
"""(x, y, method) or (x, y, z, method), each of anything, to a result."""


def _counts(rows):
    """Whole numbers from 0 on, as counts of symbols are, from any numbers."""
    with np.errstate(all="ignore"):
        return np.nan_to_num(np.abs(np.rint(rows[:, 0])), posinf=9.0).clip(0, 1e6)


def _moderate(nats):
    """Local values of a size that one may have, NaN and infinities kept."""
    return np.where(np.isfinite(nats), np.clip(nats, -1e100, 1e100), nats)


def _correlation(columns):
    """As NumPy computes it, NaN where it cannot."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.corrcoef(columns.T)


OF_COUNTS = {
    "entropy_of_counts": lambda x, y: closedform.entropy_of_counts(_counts(x)),
    "nsb": lambda x, y: closedform.nsb(_counts(x), 12),
    "standard_error": lambda x, y: closedform.standard_error(_moderate(x[:, 0]), degrees=1),
    "student_information": lambda x, y: closedform.student_information(
        _correlation(np.hstack([x, y])), x.shape[1], 4.0
    ),
}
OF_ONE = ("entropy_discrete", "entropy_discrete_error", "gaussian_entropy", "histogram_entropy", "kde_entropy")
OF_ONE += ("kl_entropy", "kl_entropy_local")


def _of_one(name):
    return lambda x, y: getattr(closedform, name)(x)


def _at_new_rows(name):
    """Half of the sample as the new rows."""
    local = getattr(closedform, name)
    return lambda x, y: local(x, y, at=(x[: len(x) // 2 + 1], y[: len(x) // 2 + 1]))


OF_TWO = [name for name in closedform.__all__ if name not in OF_ONE and name not in OF_COUNTS]
OF_MATRICES = {
    **{name: _of_one(name) for name in OF_ONE},
    **{name: getattr(closedform, name) for name in OF_TWO},
    **{f"{name} at": _at_new_rows(name) for name in OF_TWO if name.endswith("_local")},
}
"""(x, y), both float64 (n, d), to a result."""
