"""scikit-learn's own checks, scores of known dependence, the four criteria."""

import numpy as np
import pytest
from sklearn.datasets import make_friedman1
from sklearn.feature_selection import SelectKBest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from infonats.closedform import discrete, ksg, ross
from infonats.errors import InputError, UnknownNameError
from infonats.quantities import conditional_mutual_information
from infonats.sklearn import CRITERIA, MutualInfoSelector, mutual_info


@parametrize_with_checks([MutualInfoSelector(), MutualInfoSelector(1, "mrmr"), MutualInfoSelector(2, "jmi")])
def test_scikit_learns_checks(estimator, check):
    state = np.random.get_state()  # noqa: NPY002, one of the checks shuffles by the global generator
    try:
        check(estimator)
    finally:
        np.random.set_state(state)  # noqa: NPY002


def sample(n=300):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 4))
    x[:, 1] = np.round(x[:, 1])
    x[:, 3] = 7.0
    return x, x[:, 0] + x[:, 1] + 0.3 * rng.normal(size=n)


def test_scores_are_the_closed_forms_of_the_kinds_of_columns():
    x, y = sample()
    scores = mutual_info(x, y)
    target = y[:, None]
    assert scores[0] == pytest.approx(ksg(x[:, [0]], target), abs=1e-12)
    assert scores[1] == pytest.approx(ross(x[:, [1]], target), abs=1e-12)
    assert scores[3] == 0.0
    classes = np.where(y > 0, "yes", "no")
    coded = (y > 0).astype(float)[:, None]
    scores = mutual_info(x, classes)
    assert scores[0] == pytest.approx(ross(x[:, [0]], coded), abs=1e-12)
    assert scores[1] == pytest.approx(discrete(x[:, [1]], coded), abs=1e-12)


def test_it_is_a_score_function_and_a_step_of_a_pipeline():
    x, y = make_friedman1(400, n_features=8, random_state=0)
    assert set(np.flatnonzero(SelectKBest(mutual_info, k=4).fit(x, y).get_support())) <= {0, 1, 2, 3, 4}
    reduced = make_pipeline(StandardScaler(), MutualInfoSelector(3)).fit_transform(x, y)
    assert reduced.shape == (400, 3)


def test_names_pass_through():
    pandas = pytest.importorskip("pandas")
    x, y = sample()
    fitted = MutualInfoSelector(2).fit(pandas.DataFrame(x, columns=list("abcd")), y)
    assert list(fitted.get_feature_names_out()) == ["a", "b"]


def test_criteria_by_hand():
    """Column 1 copies column 0 with noise and column 2 says something else: only relevance takes the copy."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 800))
    x = np.stack([a, a + 0.1 * rng.normal(size=800), b, rng.normal(size=800)], 1)
    y = a + 0.5 * b + 0.2 * rng.normal(size=800)
    chosen = {c: MutualInfoSelector(2, c, method="gaussian").fit(x, y).selected_.tolist() for c in CRITERIA}
    assert chosen == {"relevance": [0, 1], "mrmr": [0, 2], "jmi": [0, 2], "cmim": [0, 2]}


def test_jmi_scores_by_conditional_information():
    from infonats.sklearn import _Table

    x, y = sample()
    table = _Table.of(x, y, "auto", 0)
    expected = conditional_mutual_information(x[:, 0], y, x[:, 2], method="ksg").value
    assert table.given(0, 2) == pytest.approx(expected, abs=1e-12)
    assert table.given(0, 3) == table.between(0, None)
    assert table.given(3, 0) == table.given(0, 0) == 0.0


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"criterion": "best"}, "There is no criterion 'best'"),
        ({"method": "mine"}, "There is no method for scores 'mine'"),
        ({"n_features": 0}, "n_features is 0; it must be a whole number of at least 1"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_bad_parameters_are_answered(keywords, message):
    with pytest.raises(InputError, match=message):
        MutualInfoSelector(**keywords).fit(*sample())


def test_unknown_method_of_scores():
    with pytest.raises(UnknownNameError, match="There is no method for scores 'ksq'"):
        mutual_info(*sample(), method="ksq")
