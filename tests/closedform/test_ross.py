import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import digamma
from sklearn.feature_selection import mutual_info_classif

from infonats.closedform import ross, ross_error, ross_local
from infonats.errors import InputError


def classes(n, number, gap, seed=0, d=1):
    """Labels 0, 1, ... and d columns, normal about gap times the label."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, number, (n, 1)).astype(float)
    return label, gap * label + rng.standard_normal((n, d))


def truth(number, gap):
    def density(z, j):
        return np.exp(-0.5 * (z - gap * j) ** 2) / np.sqrt(2 * np.pi)

    def mixture(z):
        return sum(density(z, j) for j in range(number)) / number

    parts = [
        quad(lambda z, j=j: density(z, j) * np.log(density(z, j) / mixture(z)), gap * j - 9, gap * j + 9)[0]
        for j in range(number)
    ]
    return sum(parts) / number


def slowly(label, y, k):
    """The formula, pair by pair."""
    scaled = y / y.std(0)
    kept = np.array([(label == each).sum() > 1 for each in label])
    label, scaled = label[kept], scaled[kept]
    distance = np.abs(scaled[:, None] - scaled).max(2)
    total = 0.0
    for i in range(len(label)):
        own = np.sort(distance[i, (label == label[i]) & (np.arange(len(label)) != i)])
        used = min(k, len(own))
        inside = (distance[i] < own[used - 1]).sum()
        total += digamma(used) - digamma(len(own) + 1) - digamma(inside)
    return digamma(len(label)) + total / len(label)


@pytest.mark.parametrize("d", [1, 2, 4])
@pytest.mark.parametrize("k", [1, 3, 6])
def test_equals_the_formula(d, k):
    label, y = classes(80, 4, 0.7, d=d)
    label[:2] = [[8.0], [9.0]]  # two labels of one row, which are left out
    label[2:5] = 7.0  # one of fewer rows than neighbours
    assert ross(label, y, k=k) == pytest.approx(slowly(label[:, 0], y, k), abs=1e-12)


@pytest.mark.parametrize("k", [1, 3, 5])
def test_equals_scikit_learn(k):
    """Labels of one row too; its noise does not change an order, and above zero it clips nothing."""
    label, y = classes(300, 4, 1.0)
    label[5] = 9.0
    theirs = mutual_info_classif(y, label[:, 0].astype(int), n_neighbors=k, random_state=0)[0]
    assert theirs > 0
    assert ross(label, y, k=k) == pytest.approx(theirs, abs=1e-12)


def test_either_side_may_hold_the_labels():
    label, y = classes(120, 3, 1.0)
    assert ross(y, label) == ross(label, y) == ross(label, y, labels="x")
    assert ross_error(y, label)[1] == ross_error(label, y)[1]
    wide = np.hstack([label % 2, label // 2])
    assert ross(wide, y) == pytest.approx(ross(label, y), abs=1e-12)


def test_labels_are_the_side_that_looks_discrete():
    """Sixty whole labels, and a rounded column of fewer values beside them."""
    rng = np.random.default_rng(0)
    label = rng.integers(0, 60, (400, 1)).astype(float)
    y = np.round(rng.standard_normal((400, 1)), 1) + 0.05
    assert ross(label, y, labels="x") == ross(label, y)


@pytest.mark.parametrize(
    ("number", "gap", "n", "bias"), [(2, 0, 300, 0.01), (2, 2, 300, 0.02), (5, 1, 600, 0.02)]
)
def test_value_and_error_against_the_truth(number, gap, n, bias):
    """The mean is off by no more than the stated bias; the stated errors are 0.9 to 1.5 times the spread."""
    found = np.array([[v.mean(), e] for v, e in (ross_error(*classes(n, number, gap, s)) for s in range(60))])
    spread = found[:, 0].std(ddof=1)
    assert abs(found[:, 0].mean() - truth(number, gap)) < bias + 4 * spread / np.sqrt(60)
    tolerance = 4 / np.sqrt(2 * 60)
    assert 0.9 * (1 - tolerance) < found[:, 1].mean() / spread < 1.5 * (1 + tolerance)


def test_at_sample_rows_and_new_ones():
    label, y = classes(100, 3, 1.0)
    local = ross_local(label, y)
    np.testing.assert_array_equal(ross_local(label, y, at=(label, y)), local)
    np.testing.assert_array_equal(ross_local(y, label, at=(y[:4], label[:4])), local[:4])
    near, far = ross_local(label, y, at=(np.array([[0.0], [0.0]]), np.array([[-1.0], [5.0]])))
    assert near > far


def test_ties_are_separated_as_in_ksg():
    label, y = classes(300, 3, 1.0)
    value = ross(label, y.round(1), seed=0)
    assert value != ross(label, y.round(1), seed=1)
    assert value == pytest.approx(ross(label, y), abs=0.05)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda c, y: (y, y + 1), "No row of x occurs twice, so there are no classes. Use ksg"),
        (
            lambda c, y: (np.r_[y[:2] * 0, y[2:]], y + 1),
            "Of x one label alone occurs in several rows, 2 of 60, and",
        ),
        (lambda c, y: (c, c), "Column 0 of y has 3 distinct values in 60 rows.*Use discrete where both sides"),
        (lambda c, y: (c, 0 * y + 1.5), "has the same value|looks discrete"),
        (lambda c, y: (c, np.where(y > 1, np.inf, y)), "NaN or infinite"),
    ],
)
def test_unusable_data(spoil, message):
    with pytest.raises(InputError, match=message):
        ross(*spoil(*classes(60, 3, 1.0)), labels="x")


def test_unusable_parameters():
    label, y = classes(60, 3, 1.0)
    with pytest.raises(InputError, match="k is 0"):
        ross(label, y, k=0)
    with pytest.raises(InputError, match="labels is 'z'; give the side"):
        ross(label, y, labels="z")
    with pytest.raises(InputError, match="1 of the new rows have a label that fewer than two rows"):
        ross_local(label, y, at=(np.array([[7.0]]), y[:1]))


def test_more_neighbours_than_rows_in_a_class():
    label, y = classes(60, 3, 1.0)
    assert ross(label, y, k=100) == pytest.approx(slowly(label[:, 0], y, 100), abs=1e-12)
