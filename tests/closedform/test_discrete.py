import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mutual_info_score
from sklearn.metrics.cluster import contingency_matrix, expected_mutual_information

from infonats.closedform import discrete, discrete_local, standard_error
from infonats.closedform._chance import chance
from infonats.closedform.discrete import by_chance, symbols
from infonats.closedform.entropy_discrete import none
from infonats.errors import InputError, UnknownNameError
from infonats.estimate import Z_95
from infonats.estimators import mutual_information
from infonats.quantities import mi_matrix


def table(counts):
    """Rows whose contingency table is `counts`."""
    rows = [(i, j) for i, line in enumerate(counts) for j, count in enumerate(line) for _ in range(count)]
    x, y = np.array(rows, dtype=float).T
    return x[:, None], y[:, None]


@pytest.mark.parametrize(
    ("counts", "plug_in", "correction"),
    [
        ([[3, 1], [1, 3]], 0.75 * np.log(1.5) - 0.25 * np.log(2), -1 / 16),
        ([[2, 2], [2, 2]], 0.0, -1 / 16),
        ([[2, 0], [0, 2]], np.log(2), 1 / 8),
        ([[1, 0, 1], [0, 2, 0]], np.log(2), 1 / 8),
        ([[2, 1], [1, 0]], 0.5 * np.log(8 / 9) + 0.5 * np.log(4 / 3), 0.0),
    ],
)
def test_tables_by_hand(counts, plug_in, correction):
    x, y = table(counts)
    assert discrete(x, y, correction="none") == pytest.approx(plug_in, abs=1e-12)
    assert discrete(x, y) == pytest.approx(plug_in + correction, abs=1e-12)


def test_local_values_by_hand():
    x, y = table([[3, 1], [1, 3]])
    a, b = np.log(1.5), -np.log(2)
    assert discrete_local(x, y, correction="none") == pytest.approx([a, a, a, b, b, a, a, a], abs=1e-12)
    assert discrete_local(x, y, at=(x[:4:3], y[:4:3])) == pytest.approx([a - 1 / 16, b - 1 / 16], abs=1e-12)


def rare(n, size, seed, agree=0.0):
    """Rows of symbols with shares falling like 1 / rank; y is x in a part of them."""
    rng, shares = np.random.default_rng(seed), 1 / np.arange(1, size + 1)
    x, y = rng.choice(size, (2, n), p=shares / shares.sum())
    return x[:, None].astype(float), np.where(rng.random(n) < agree, x, y)[:, None].astype(float)


def test_chance_is_the_mean_over_random_pairings():
    """scikit-learn sums the plug-in over the hypergeometric law of the table, exactly."""
    x, y = rare(300, 30, 0)
    counts = [np.bincount(np.unique(side, return_inverse=True)[1].ravel()).astype(float) for side in (x, y)]
    exact = expected_mutual_information(contingency_matrix(x[:, 0], y[:, 0], sparse=True), 300)
    mean, spread = chance(*counts, none, 200)
    assert 0 < spread < 0.05 * exact
    assert abs(mean - exact) < 4 * spread / np.sqrt(200)


def test_the_correction_for_chance_knows_counts_alone():
    x, y = rare(200, 20, 1, agree=0.5)
    order, value = np.random.default_rng(0).permutation(200), discrete(x, y, correction="shuffled")
    assert value == pytest.approx(discrete(x, y, correction="nsb") - by_chance(x, y)[0], abs=1e-12)
    assert discrete(y, x, correction="shuffled") == pytest.approx(value, abs=1e-12)
    assert discrete(x[order], 9 - y[order], correction="shuffled") == pytest.approx(value, abs=1e-12)


def test_the_interval_reaches_up_to_what_the_correction_for_chance_took_off():
    x, y = rare(200, 20, 1, agree=0.5)
    of = {c: mutual_information(x, y, method="discrete", correction=c) for c in ("auto", "nsb")}
    by, spread = by_chance(x, y)
    assert of["auto"].provenance["chance"] == by > 0.05
    assert of["auto"].value == pytest.approx(of["nsb"].value - by, abs=1e-12)
    assert of["auto"].interval[1] == pytest.approx(of["nsb"].interval[1], abs=1e-12)
    down = of["auto"].value - of["auto"].interval[0]
    assert down == pytest.approx(Z_95 * np.hypot(of["nsb"].stderr, spread), abs=1e-12)


def test_rare_symbols_that_are_independent_read_zero_on_average():
    values = {c: [discrete(*rare(300, 50, seed), correction=c) for seed in range(20)] for c in ("nsb", "auto")}
    assert np.mean(values["nsb"]) > 0.2, "nothing to mend here"
    assert abs(np.mean(values["auto"])) < 4 * np.std(values["auto"]) / np.sqrt(20)


def test_rows_are_symbols():
    x, y = table([[3, 1], [1, 3]])
    wide = np.hstack([x, 7 - x])
    assert discrete(wide, y) == discrete(x, y)
    assert symbols(wide, y) == (2, 2, 4)
    assert symbols(np.hstack([x, y]), y) == (4, 2, 4)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_properties(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 4, (60, 2)).astype(float), rng.integers(0, 3, (60, 1)).astype(float)
    value, order = discrete(x, y), rng.permutation(60)
    plug_in = discrete(x, y, correction="none")
    assert discrete(y, x) == pytest.approx(value, abs=1e-12)
    assert discrete(x[order], y[order]) == pytest.approx(value, abs=1e-12)
    assert discrete(x @ [[1e150], [1e149]], -y) == pytest.approx(value, abs=1e-12), "names do not matter"
    assert plug_in >= -1e-12
    assert plug_in >= discrete(x[:, :1], y, correction="none") - 1e-12, "data processing"
    shares = np.bincount(y[:, 0].astype(int)) / 60
    entropy = -sum(p * np.log(p) for p in shares if p)
    assert discrete(y, y, correction="none") == pytest.approx(entropy, abs=1e-12), "I(Y;Y) = H(Y)"


def test_equals_scikit_learn():
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 5, (2, 300, 1)).astype(float)
    assert discrete(x, y, correction="none") == pytest.approx(mutual_info_score(x[:, 0], y[:, 0]), abs=1e-12)


def test_correction_removes_the_bias_of_the_plug_in():
    draws = [np.random.default_rng(seed).integers(0, 4, (2, 200, 1)).astype(float) for seed in range(144)]
    plug_in = np.array([discrete(*draw, correction="none") for draw in draws])
    corrected = np.array([discrete(*draw) for draw in draws])
    error = plug_in.std(ddof=1) / np.sqrt(144)
    assert plug_in.mean() == pytest.approx(9 / 400, abs=4 * error)
    assert corrected.mean() == pytest.approx(0.0, abs=4 * error)
    assert corrected.min() < 0
    stated = np.mean([standard_error(discrete_local(*draw), degrees=9) for draw in draws])
    assert 0.9 < stated / plug_in.std() < 1.1 * np.sqrt(3), "overstated at independence, never understated"


def test_standard_error_by_hand():
    assert standard_error(np.array([1.0, 3.0])) == pytest.approx(1.0, abs=1e-12)
    assert standard_error(np.array([1.0, 3.0]), degrees=8) == pytest.approx(np.sqrt(2.0), abs=1e-12)


def test_a_pair_that_never_occurred():
    x, y = table([[2, 0], [0, 2]])
    assert discrete_local(x, y, at=(x[:1], y[-1:]))[0] == -np.inf


def test_bad_input():
    x, y = table([[3, 1], [1, 3]])
    with pytest.raises(InputError, match="1 of the new rows have a value of x that the sample never had"):
        discrete_local(x, y, at=(np.array([[9.0]]), y[:1]))
    with pytest.raises(InputError, match="2 of the new rows have a value of y"):
        discrete_local(x, y, at=(x[:2], y[:2] + 5))


def test_unknown_correction():
    x, y = table([[3, 1], [1, 3]])
    with pytest.raises(UnknownNameError, match=r"There is no correction 'miller'. Did you mean 'miller_madow'"):
        discrete(x, y, correction="miller")


@pytest.mark.parametrize(("n", "taken"), [(400, "miller_madow"), (60, "shuffled")])
def test_auto_takes_the_correction_by_the_rows_for_each_pair(n, taken):
    """Four by four even symbols: 16 pairs at most, of which 80 rows are five each."""
    x, y = np.random.default_rng(0).integers(0, 4, (2, n, 1)).astype(float)
    estimate = mutual_information(x, y, method="discrete")
    assert estimate.provenance["correction"] == taken
    assert estimate.value == pytest.approx(discrete(x, y, correction=taken), abs=1e-12)
    assert discrete(x, y, correction="auto") == discrete(x, y, correction=taken)
    (record,) = mi_matrix(np.hstack([x, y]), n_jobs=1).records
    assert record.value == pytest.approx(estimate.value, abs=1e-12)


@pytest.mark.statistical
@pytest.mark.parametrize(("n", "least"), [(100, 0.85), (1000, 0.9)])
def test_intervals_of_the_default_hold_the_truth(n, least):
    """Ten symbols that agree half of the time; 100 samples know a share of 0.9 to 0.03."""
    p = np.full((10, 10), 0.005) + 0.05 * np.eye(10)
    truth = np.sum(p * np.log(p / 0.01))
    inside = 0
    for seed in range(100):
        x, y = np.divmod(np.random.default_rng(seed).choice(100, n, p=p.ravel()), 10)
        low, high = mutual_information(x, y, method="discrete").interval
        inside += low <= truth <= high
    assert inside / 100 >= least - 4 * 0.03
