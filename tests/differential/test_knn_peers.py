"""KSG against scikit-learn, NPEET, ennemi and infomeasure: skipped where a package is missing (extra `peers`).

Same definition, same number: 1e-9, except where a peer approximates. The peers add noise of size 1e-10 to break
ties, so samples here have no near-ties that it could move. They take columns as they are (scikit-learn
scales), so columns here have unit variance on both sides.
"""

import math

import numpy as np
import pytest

from infonats.closedform import ksg


def sample(n, d, seed):
    """Dependent rows whose columns all have mean 0 and standard deviation 1."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d))
    y = np.tanh(x) + 0.5 * rng.standard_normal((n, d))
    return tuple((a - a.mean(0)) / a.std(0) for a in (x, y))


SAMPLES = [(300, 3, 0), (1000, 5, 1), (2000, 1, 2)]


@pytest.mark.parametrize(("n", "k", "seed"), SAMPLES)
def test_scikit_learn(n, k, seed):
    from sklearn.feature_selection import mutual_info_regression

    x, y = sample(n, 1, seed)
    theirs = mutual_info_regression(1000 * x, y[:, 0], n_neighbors=k, random_state=0)[0]
    assert ksg(x, y, k=k) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize(("n", "k", "seed"), SAMPLES)
@pytest.mark.parametrize("d", [1, 3])
def test_npeet(n, k, seed, d):
    mi = pytest.importorskip("npeet_plus").mi
    x, y = sample(n, d, seed)
    state = np.random.get_state()  # noqa: NPY002 - it draws its noise from the global generator
    theirs = float(mi(x, y, k=k, base=math.e))
    np.random.set_state(state)  # noqa: NPY002
    assert ksg(x, y, k=k) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize(("n", "k", "seed"), SAMPLES)
def test_ennemi(n, k, seed):
    estimate_mi = pytest.importorskip("ennemi").estimate_mi
    x, y = sample(n, 1, seed)
    theirs = np.asarray(estimate_mi(y[:, 0], x[:, 0], k=k, preprocess=False)).item()
    # Its digamma is an approximation: off by -5.3e-7 at k = 3, -1.0e-8 at k = 5, whatever the data.
    assert ksg(x, y, k=k) == pytest.approx(theirs, abs=1e-6)


@pytest.mark.parametrize(("n", "k", "seed"), SAMPLES)
def test_infomeasure(n, k, seed):
    mutual_information = pytest.importorskip("infomeasure").mutual_information
    x, y = sample(n, 1, seed)
    theirs = float(mutual_information(x, y, approach="ksg", k=k, noise_level=0, base="e"))
    assert ksg(x, y, k=k) == pytest.approx(theirs, abs=1e-9)
