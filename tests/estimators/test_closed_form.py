import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from infonats import closedform
from infonats.closedform.entropy_discrete import CORRECTIONS
from infonats.errors import InputError, UnknownNameError
from infonats.estimators.discrete import Discrete
from infonats.estimators.gaussian import Gaussian
from infonats.estimators.gaussian_copula import GaussianCopula
from infonats.estimators.histogram import Histogram
from infonats.estimators.kde import KDE
from infonats.estimators.ksg import KSG
from infonats.estimators.lnc import LNC
from infonats.estimators.mixed_ksg import MixedKSG
from infonats.estimators.ross import Ross
from infonats.estimators.t_copula import TCopula
from infonats.estimators.wkl import WKL

CONTINUOUS = [
    KSG(),
    KSG(k=5, variant=2),
    Gaussian(),
    Gaussian(bias_correction=False),
    GaussianCopula(),
    MixedKSG(),
    TCopula(),
    TCopula(bias_correction=False),
    Histogram(),
    Histogram(bins=6, correction="grassberger"),
    Histogram(partition="adaptive"),
    KDE(),
    KDE(bandwidth="scott"),
    LNC(),
    WKL(),
    WKL(k=5),
]
BIASED = (Histogram, KDE)
"""Whose intervals need not hold the truth."""
COUNTED = [Discrete(correction=correction) for correction in CORRECTIONS]
ALL = [*CONTINUOUS, Ross(), Ross(k=5, labels="y"), *COUNTED]


def sample(n=200, rho=0.7, d=1, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d))
    return x, rho * x + np.sqrt(1 - rho**2) * rng.standard_normal((n, d))


def suitable(estimator, **how):
    x, y = sample(**how)
    if isinstance(estimator, Ross):
        return x, y.round().clip(-1, 1)
    return (np.sign(x), y.round().clip(-1, 1)) if isinstance(estimator, Discrete) else (x, y)


@pytest.mark.parametrize("estimator", ALL, ids=repr)
def test_contract(estimator):
    x, y = suitable(estimator)
    with pytest.raises(NotFittedError):
        clone(estimator).pointwise(x, y)
    fitted = clone(estimator).fit(x, y)
    e = fitted.estimate_
    assert (e.method, e.side, e.n_test, e.n_train) == (fitted.info.name, "none", 200, 0)
    assert e.interval[0] < e.value < e.interval[1]
    assert e.stderr > 0
    assert fitted.pointwise(x, y).mean() == pytest.approx(e.value, abs=1e-9)
    assert clone(estimator).fit(x, y).estimate_ == e
    again = clone(estimator)
    again._restore(fitted._state())
    np.testing.assert_array_equal(again._pointwise(x, y), fitted.pointwise(x, y))
    assert all(isinstance(array, np.ndarray) for array in fitted._state().values())


@pytest.mark.parametrize("estimator", ALL, ids=repr)
def test_value_is_that_of_the_function(estimator):
    x, y = suitable(estimator)
    function = getattr(closedform, estimator.info.name)
    assert estimator.fit(x, y).estimate_.value == pytest.approx(
        function(x, y, **estimator.get_params()), abs=1e-12
    )


@pytest.mark.parametrize("estimator", ALL, ids=repr)
def test_source_is_complete(estimator):
    reference = estimator.info.reference
    assert reference.doi or reference.arxiv
    assert all("," in author for author in reference.authors)
    assert estimator.info.family == "closed form"
    assert str(reference.year) in reference.bibtex


@pytest.mark.parametrize("estimator", [e for e in CONTINUOUS if not isinstance(e, BIASED)], ids=repr)
def test_interval_covers_the_truth(estimator):
    x, y = sample(n=1000, rho=0.6)
    low, high = estimator.fit(x, y).estimate_.interval
    assert low < -0.5 * np.log(1 - 0.36) < high


@pytest.mark.parametrize("estimator", [KSG(k=20), MixedKSG(k=20), KSG()], ids=repr)
def test_too_few_rows(estimator):
    fewest = estimator.minimum_rows
    assert fewest == max(10, estimator.k + 1)
    with pytest.raises(InputError, match=f"needs at least {fewest}"):
        estimator.fit(*sample(n=fewest - 1))
    estimator.fit(*sample(n=fewest))


@pytest.mark.parametrize(
    ("estimator", "error", "message"),
    [
        (KSG(k=0), InputError, "k is 0"),
        (KSG(variant=4), InputError, "variant is 4"),
        (KSG(seed=-1), InputError, "seed is -1"),
        (MixedKSG(k=0), InputError, "k is 0"),
        (Ross(k=0), InputError, "k is 0"),
        (Ross(seed=-1), InputError, "seed is -1"),
        (Ross(labels="z"), InputError, "labels is 'z'"),
        (Histogram(bins=1), InputError, "bins is 1"),
        (Histogram(partition="equal"), UnknownNameError, "Did you mean 'equal_count'"),
        (KDE(bandwidth="scot"), UnknownNameError, "Did you mean 'scott'"),
        (Discrete(correction="miler_madow"), UnknownNameError, "Did you mean 'miller_madow'"),
    ],
)
def test_bad_parameters(estimator, error, message):
    with pytest.raises(error, match=message):
        estimator.fit(*sample())


def test_collinear_columns_are_named():
    import pandas as pd

    x, y = sample(d=2)
    frame = pd.DataFrame({"height": x[:, 0], "weight": x[:, 1], "cm": 2.5 * x[:, 0]})
    with pytest.raises(InputError, match=r"Column (height|cm) is a linear combination of (height|cm):"):
        Gaussian().fit(frame, y)


def notes(estimator, x, y):
    return " ".join(estimator.fit(x, y).estimate_.diagnostics)


@pytest.mark.parametrize("estimator", [KSG(), MixedKSG()], ids=repr)
def test_neighbours_speak_of_their_bias(estimator):
    assert notes(estimator, *sample()) == ""
    assert "8 columns are many for k nearest neighbours" in notes(estimator, *sample(d=4))
    assert "nats are high for 200 rows" in notes(estimator, *sample(rho=0.9999))


def test_rounded_columns_are_reported_by_ksg():
    x, y = sample(n=1000)
    assert "Heavy ties" in notes(KSG(), x.round(2), y)


def test_gaussian_speaks_of_odd_marginals():
    x, y = sample()
    assert notes(Gaussian(), x, y) == ""
    assert "far from Gaussian: 'y'. " in notes(Gaussian(), x, 1e150 * np.exp(2 * y))
    assert notes(GaussianCopula(), x, np.exp(2 * y)) == ""


def test_discrete_speaks_of_sparse_cells():
    x, y = sample()
    assert notes(Discrete(), np.sign(x), np.sign(y)) == ""
    assert "merge rare values" in notes(Discrete(), x.round(), (3 * y).round())
    assert "use ksg or gaussian_copula" in notes(Discrete(), x, y)
    sparse = x.round(), (3 * y).round()
    assert "correction shuffled, which 'auto' takes here, leaves less" in notes(Discrete("none"), *sparse)
    assert "Correction shuffled takes most of this off" in notes(Discrete(), *sparse)
    assert "leaves less" not in notes(Discrete(correction="nsb"), x.round(), (3 * y).round())


def test_mixed_speaks_of_sparse_atoms():
    rng = np.random.default_rng(0)
    assert "Use discrete, or a smaller k" in notes(MixedKSG(), *rng.integers(0, 10, (2, 100, 1)))
    assert "use rounded_ksg" in notes(MixedKSG(), *rng.normal(0.0, 30.0, (2, 600, 1)).round())
    labels, continuous = rng.integers(0, 3, (600, 1)), rng.normal(size=(600, 1))
    assert notes(MixedKSG(), labels, continuous) == ""
    assert notes(MixedKSG(), *rng.integers(0, 2, (2, 100, 1))) == ""


def test_ksg_seed_matters_only_with_ties():
    x, y = sample(n=500)
    assert KSG(seed=0).fit(x, y).estimate_.value == KSG(seed=1).fit(x, y).estimate_.value
    x, y = x.round(2), y.round(2)
    assert KSG(seed=0).fit(x, y).estimate_.value != KSG(seed=1).fit(x, y).estimate_.value
    assert KSG(seed=3).fit(x, y).estimate_.seed == 3


def test_ross_speaks_of_rare_labels_and_many_columns():
    rng = np.random.default_rng(0)
    label, y = rng.integers(0, 3, (200, 1)).astype(float), rng.standard_normal((200, 6))
    assert notes(Ross(), label, y[:, :1]) == ""
    assert "6 continuous columns are many" in notes(Ross(), label, y)
    label[:2], label[2:5] = [[7.0], [8.0]], 9.0
    found = notes(Ross(), label, y[:, :1])
    assert "2 of 200 rows have a label that no other row has" in found
    assert "1 of 4 labels have at most k = 3 rows" in found
    assert Ross().fit(label, y[:, :1]).estimate_.n_test == 198


def test_t_copula_states_its_model_and_doubts_it():
    x, y = sample(n=400)
    provenance = TCopula().fit(x, y).estimate_.provenance
    assert provenance["degrees_of_freedom"] > 5
    assert provenance["information_of_the_copula"] == pytest.approx(0.34, abs=0.15)
    assert notes(TCopula(), x, y) == ""
    cross = np.random.default_rng(0).choice([-1.0, 1.0], (400, 1)) * x
    assert "the data are not of this copula" in notes(TCopula(), x, cross + 0.1 * y)


@pytest.mark.parametrize("estimator", [Histogram(), KDE()], ids=repr)
def test_methods_for_teaching_say_so(estimator):
    assert notes(estimator, *sample()) == ""
    assert "is for teaching and for one column on each side: in 4 columns" in notes(estimator, *sample(d=2))
