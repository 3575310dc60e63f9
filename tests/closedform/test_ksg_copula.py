import numpy as np
import pytest

from infonats.closedform import gaussian, ksg, ksg_copula, ksg_copula_error, ksg_copula_local
from infonats.closedform.gaussian_copula import Scores
from infonats.closedform.ksg_copula import Fitted
from infonats.errors import InputError
from infonats.estimators import make


def test_is_the_sum_of_its_parts(gaussian_pairs):
    x, y = gaussian_pairs(120, 2, 0.7)
    z_x, z_y = Scores.of(x)(x), Scores.of(y)(y)
    simulated = list(Fitted.to(z_x, z_y).simulate(3, 4, 5))
    expected = ksg(z_x, z_y) + gaussian(z_x, z_y) - np.mean(simulated)
    assert ksg_copula(x, y, simulations=4, seed=5) == pytest.approx(expected, abs=1e-12)


def test_simulations_have_the_correlations_of_the_scores(gaussian_pairs):
    x, y = gaussian_pairs(4000, 2, 0.7)
    model = Fitted.to(Scores.of(x)(x), Scores.of(y)(y))
    np.testing.assert_allclose(model.root @ model.root, np.corrcoef(np.hstack([x, y]).T), atol=0.03)


@pytest.mark.parametrize("d", [5, 10])
def test_bias_is_gone_where_the_copula_is_gaussian(gaussian_pairs, d):
    """1 nat, 1000 rows, marginals that ranks undo: ksg is 0.3 and 0.6 too low."""
    rho = np.sqrt(-np.expm1(-2 / d))
    samples = [gaussian_pairs(1000, d, rho, seed) for seed in range(2)]
    values = [ksg_copula(np.exp(x), y**3, simulations=4, seed=s) for s, (x, y) in enumerate(samples)]
    assert np.mean([ksg(x, y) for x, y in samples]) < 0.75
    assert abs(np.mean(values) - 1.0) < 0.1, "the error of the mean is 0.04"


def test_dependence_without_correlation_is_left_as_it_is():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (1000, 3))
    y = np.abs(x) + rng.random((1000, 3))
    assert ksg_copula(x, y) == pytest.approx(ksg(x, y), abs=0.15)
    notes = make("ksg_copula").fit(x, y).estimate_.diagnostics
    assert any("not that of a Gaussian copula" in note for note in notes)


def test_diagnostics_say_how_much_is_correction(gaussian_pairs):
    estimate = make("ksg_copula").fit(*gaussian_pairs(500, 5, 0.6)).estimate_
    assert any("nats of this are the correction" in note for note in estimate.diagnostics)
    parts = estimate.provenance
    assert estimate.value == pytest.approx(parts["ksg"] + parts["correction"], abs=1e-12)
    assert make("ksg_copula").fit(*gaussian_pairs(500, 1, 0.3)).estimate_.diagnostics == ()


@pytest.mark.statistical
def test_error_is_that_of_repetitions(gaussian_pairs):
    found = [ksg_copula_error(*gaussian_pairs(100, 2, 0.7, s), simulations=4, seed=s) for s in range(40)]
    spread = np.std([local.mean() for local, _ in found], ddof=1)  # itself known to 11 %
    assert 0.7 < np.mean([error for _, error in found]) / spread < 1.6


def test_error_contains_that_of_few_simulations(gaussian_pairs):
    x, y = gaussian_pairs(100, 1, 0.5)
    values = [ksg_copula(x, y, simulations=4, seed=s) for s in range(30)]
    model = Fitted.to(Scores.of(x)(x), Scores.of(y)(y))
    spreads = [model.corrected(list(model.simulate(3, 4, s))).spread for s in range(30)]
    assert 0.4 < np.mean(spreads) / np.std(values) < 2.0


def test_local_values(gaussian_pairs):
    x, y = gaussian_pairs(200, 2, 0.6)
    local = ksg_copula_local(x, y)
    np.testing.assert_array_equal(local, ksg_copula_error(x, y)[0])
    np.testing.assert_allclose(ksg_copula_local(x, y, at=(x[:9], y[:9])), local[:9], atol=1e-12)
    np.testing.assert_allclose(ksg_copula_local(y, x).mean(), local.mean(), atol=1e-10)


def test_progress(gaussian_pairs):
    seen = []
    make("ksg_copula", simulations=4).fit(*gaussian_pairs(50, 1, 0.5), progress=lambda *step: seen.append(step))
    assert seen == [(i, 4, "simulating the copula") for i in (1, 2, 3, 4)]


@pytest.mark.parametrize("simulations", [0, 2, 5, -2, True])
def test_bad_number_of_simulations(gaussian_pairs, simulations):
    with pytest.raises(InputError, match=r"simulations is .*even number from 4 on"):
        ksg_copula(*gaussian_pairs(50, 1, 0.5), simulations=simulations)


def test_infinite_information_is_refused(gaussian_pairs):
    x, _ = gaussian_pairs(50, 1, 0.5)
    with pytest.raises(InputError, match="infinite"):
        ksg_copula(x, np.exp(x))


def test_reflection_changes_only_the_draws():
    """A reflected column has the reflected copula, whose simulations are other draws of the same law."""
    x, noise = np.random.default_rng(4).standard_normal((2, 80, 1))
    y = 0.8 * x + noise
    found = np.array([[ksg_copula(sign * x, y, seed=seed) for seed in range(16)] for sign in (1.0, -1.0)])
    stderr = np.sqrt(found.var(1, ddof=1).sum() / found.shape[1])
    assert abs(found[0].mean() - found[1].mean()) < 4 * stderr


def test_independence_in_many_columns_is_not_made_dependence_by_the_correction(gaussian_pairs):
    """30 + 30 columns, 400 rows: the correlations of the sample alone would carry more than one nat."""
    x, y = gaussian_pairs(400, 30, 0.0)
    model = Fitted.to(Scores.of(x)(x), Scores.of(y)(y))
    assert gaussian(x, y, bias_correction=False) > 1
    assert model.information == pytest.approx(max(0.0, gaussian(model.x, model.y)), abs=1e-9)
    assert abs(ksg_copula(x, y, simulations=4)) < 0.2
