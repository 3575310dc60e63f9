import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from infonats.data import TRANSFORMS, ByTails, Identity, NormalScores, Standardize
from infonats.errors import InputError

SHAPES = st.tuples(st.integers(2, 12), st.integers(1, 3))
VALUES = st.integers(-1000, 1000).map(float)
TRAINED = hnp.arrays(np.float64, SHAPES, elements=VALUES)
SCALES = st.sampled_from([1e-150, 1e-20, 1.0, 1e20, 1e147])


@pytest.fixture(params=sorted(TRANSFORMS))
def kind(request):
    return TRANSFORMS[request.param]


def test_state_round_trip(kind):
    rng = np.random.default_rng(0)
    x, new = rng.normal(size=(50, 3)), rng.normal(size=(20, 3)) * 3
    fitted = kind.fit(x)
    state = fitted.state()
    assert all(isinstance(value, np.ndarray) for value in state.values())
    np.testing.assert_array_equal(kind.from_state(state)(new), fitted(new))


def test_arguments_stay_as_they_are(kind):
    x = np.arange(12.0).reshape(4, 3)
    kind.fit(x)(x)
    np.testing.assert_array_equal(x, np.arange(12.0).reshape(4, 3))


@pytest.mark.parametrize("kind", [Standardize, NormalScores, ByTails])
def test_columns_must_be_those_fitted(kind):
    fitted = kind.fit(np.random.default_rng(0).normal(size=(9, 2)))
    with pytest.raises(InputError, match="The rows have 1 column; the transform was fitted to 2"):
        fitted(np.zeros((3, 1)))


@pytest.mark.parametrize("kind", [Standardize, NormalScores, ByTails])
def test_rows_beyond_all_measure_are_refused(kind):
    fitted = kind.fit(np.array([[0.0], [1e-200]]))
    with pytest.raises(InputError, match="more than 1e308 training spreads outside"):
        fitted(np.array([[1e150]]))


@pytest.fixture
def light_and_heavy():
    """Normal columns about a Cauchy one, and a mark of one row in a thousand."""
    rng = np.random.default_rng(0)
    return np.column_stack(
        [rng.normal(size=2000), rng.standard_cauchy(2000), np.arange(2000) % 1000 == 7, rng.normal(size=2000)]
    )


def test_columns_with_heavy_tails_become_normal_scores_and_the_others_stay_standardised(light_and_heavy):
    fitted = ByTails.fit(light_and_heavy)
    np.testing.assert_array_equal(fitted.heavy, [False, True, True, False])
    mapped, scored = fitted(light_and_heavy), NormalScores.fit(light_and_heavy)(light_and_heavy)
    np.testing.assert_array_equal(mapped[:, fitted.heavy], scored[:, fitted.heavy])
    plain = Standardize.fit(light_and_heavy)(light_and_heavy)
    np.testing.assert_array_equal(mapped[:, ~fitted.heavy], plain[:, ~fitted.heavy])


def test_a_row_at_five_deviations_is_not_yet_heavy():
    """n - 1 zeros and one 1 lie sqrt(n - 1) deviations apart."""
    for n, heavy in ((25, False), (27, True)):
        assert ByTails.fit(np.eye(n)[:, :1]).heavy == [heavy]


def test_identity():
    x = np.arange(6.0).reshape(3, 2)
    assert Identity.fit(x)(x) is x
    assert Identity().state() == {}


@given(TRAINED, hnp.arrays(np.float64, (20, 1), elements=st.floats(-5000, 5000)), SCALES)
def test_transforms_increase_on_unseen_rows_at_every_scale(x, new, scale):
    """Rows that lie apart stay apart and in order; differences below 1e-6 drown in rounding."""
    new = np.unique(new.round(6))[:, None] * np.ones((1, x.shape[1]))
    for kind in TRANSFORMS.values():
        mapped = kind.fit(x * scale)(new * scale)
        assert np.isfinite(mapped).all()
        assert (np.diff(mapped, axis=0) > 0).all()


@given(TRAINED, SCALES)
def test_transforms_do_not_depend_on_scale(x, scale):
    for kind in (Standardize, NormalScores, ByTails):
        assume((x.min(0) < x.max(0)).all())  # a constant column keeps its scale
        np.testing.assert_allclose(kind.fit(x * scale)(x * scale), kind.fit(x)(x), rtol=1e-9, atol=1e-12)


def test_standardize_gives_mean_zero_and_variance_one():
    z = (x := np.random.default_rng(0).gamma(2.0, size=(200, 3)), Standardize.fit(x)(x))[1]
    np.testing.assert_allclose(z.mean(0), 0.0, atol=1e-13)
    np.testing.assert_allclose(z.std(0), 1.0, rtol=1e-13)


@pytest.mark.parametrize(("offset", "step"), [(1e9, 1e-6), (1e15, 0.125), (2.0**60, 256.0), (-1e300, 1e285)])
def test_standardize_is_exact_on_huge_offsets(offset, step):
    x = offset + step * np.arange(9.0)[:, None]
    wanted = (np.arange(9.0) - 4) / np.arange(9.0).std()
    spacing = np.spacing(abs(offset)) / step  # the mean is known to half a spacing of float64, each x likewise
    np.testing.assert_allclose(Standardize.fit(x)(x)[:, 0], wanted, atol=2 * spacing + 1e-12)


def test_constant_columns_are_centred():
    x = np.full((4, 2), 7.5)
    for kind in (Standardize, NormalScores, ByTails):
        fitted = kind.fit(x)
        np.testing.assert_array_equal(fitted(x), 0.0)
        np.testing.assert_array_equal(fitted(x + 1.0), 1.0)


def test_subnormal_spreads_are_survived():
    x = np.array([[0.0], [5e-324], [0.0], [0.0]])
    assert np.isfinite(Standardize.fit(x)(x)).all()


def test_normal_scores_are_the_quantiles_of_ranks():
    x = np.array([[3.0], [1.0], [1.0], [9.0]])
    wanted = stats.norm.ppf(np.array([3.0, 1.5, 1.5, 4.0]) / 5.0)
    np.testing.assert_allclose(NormalScores.fit(x)(x)[:, 0], wanted, rtol=1e-14)


@given(TRAINED)
def test_normal_scores_of_training_rows_are_those_of_scipy(x):
    ranks = stats.rankdata(x, axis=0)
    np.testing.assert_allclose(
        NormalScores.fit(x)(x), stats.norm.ppf(ranks / (len(x) + 1)), rtol=1e-9, atol=1e-12
    )


def test_normal_scores_are_linear_between_and_logarithmic_beyond():
    fitted = NormalScores.fit(np.array([[0.0], [2.0], [10.0]]))
    q = stats.norm.ppf(0.75)
    wanted = [-q - np.log1p(2 * q / 10 * 5), -q / 2, q / 2, q + np.log1p(2 * q / 10 * 5)]
    np.testing.assert_allclose(fitted(np.array([[-5.0], [1.0], [6.0], [15.0]]))[:, 0], wanted, rtol=1e-13)


def test_a_close_pair_at_the_edge_does_not_blow_up_the_tail():
    x = np.append(np.linspace(-1.0, 1.0, 100), 1.0 + 1e-12)[:, None]
    assert NormalScores.fit(x)(np.array([[2.0]]))[0, 0] < 5.0


def test_normal_scores_forget_strictly_increasing_maps():
    x = np.random.default_rng(0).normal(size=(100, 2))
    np.testing.assert_allclose(NormalScores.fit(np.exp(x))(np.exp(x)), NormalScores.fit(x)(x), rtol=1e-14)
