import numpy as np
import pytest
from scipy.stats import multivariate_t

from infonats.closedform import gaussian_copula, student_information, t_copula, t_copula_local
from infonats.closedform._stderr import standard_error
from infonats.closedform.t_copula import LEAST, MOST, Student, _likelihood, _Ranks
from infonats.errors import InputError


def shape(d, rho):
    return np.block([[np.eye(d), rho * np.eye(d)], [rho * np.eye(d), np.eye(d)]])


def draw(n, d, rho, nu, seed=0):
    """Rows of a multivariate Student distribution, with marginals bent by monotone maps."""
    z = multivariate_t(shape=shape(d, rho), df=nu, seed=np.random.default_rng(seed)).rvs(n).reshape(n, 2 * d)
    return np.sign(z[:, :d]) * np.abs(z[:, :d]) ** 0.3, 5.0 - z[:, d:]


def test_information_by_hand():
    """nu = 2 in 1 + 1: phi(3/2) twice, less phi(2) and phi(1), with psi(3/2) = psi(1/2) + 2 and so on."""
    gamma = np.euler_gamma
    psi_3_2, psi_2, psi_1 = 2 - gamma - 2 * np.log(2), 1 - gamma, -gamma
    log_gamma_3_2 = np.log(np.pi) / 2 - np.log(2)
    excess = 2 * (1.5 * psi_3_2 - log_gamma_3_2) - 2 * psi_2 - psi_1
    assert student_information(np.eye(2), 1, 2.0) == pytest.approx(excess, abs=1e-12)
    plain = -0.5 * np.log(1 - 0.36)
    assert student_information(shape(1, 0.6), 1, 2.0) == pytest.approx(excess + plain, abs=1e-12)
    assert student_information(shape(3, 0.6), 3, 1e7) == pytest.approx(3 * plain, abs=1e-6)


@pytest.mark.parametrize(("dx", "dy", "nu"), [(1, 1, 3.0), (2, 1, 1.0), (3, 2, 6.0)])
def test_information_is_the_mean_log_ratio(dx, dy, nu):
    """By Monte Carlo with SciPy's densities, within four standard errors."""
    root = np.random.default_rng(3).standard_normal((dx + dy, dx + dy + 2))
    scatter = root @ root.T
    r = scatter / np.sqrt(np.outer(np.diag(scatter), np.diag(scatter)))
    z = multivariate_t(shape=r, df=nu, seed=np.random.default_rng(0)).rvs(40_000)
    ratio = (
        multivariate_t(shape=r, df=nu).logpdf(z)
        - multivariate_t(shape=r[:dx, :dx], df=nu).logpdf(z[:, :dx])
        - multivariate_t(shape=r[dx:, dx:], df=nu).logpdf(z[:, dx:])
    )
    assert abs(ratio.mean() - student_information(r, dx, nu)) < 4 * ratio.std() / np.sqrt(len(z))


@pytest.mark.parametrize(("d", "rho", "nu"), [(1, 0.6, 3.0), (1, 0.0, 2.0), (3, 0.4, 5.0)])
def test_recovers_what_it_assumes(d, rho, nu):
    """4000 rows: nu to a fifth, correlations to 0.05, the value within four of its standard errors."""
    x, y = draw(4000, d, rho, nu)
    found, truth = Student.fit(x, y), student_information(shape(d, rho), d, nu)
    assert found.nu == pytest.approx(nu, rel=0.2)
    assert (
        np.abs(
            found.correlation - np.block([[np.eye(d), -rho * np.eye(d)], [-rho * np.eye(d), np.eye(d)]])
        ).max()
        < 0.05
    )
    local = found.local(x, y, True)
    error = local.std(ddof=1) / np.sqrt(len(local))
    assert abs(local.mean() - truth) < 4 * error
    assert abs(found.information - local.mean()) < 4 * error


def test_sees_what_a_correlation_does_not():
    x, y = draw(3000, 1, 0.0, 2.0)
    assert abs(gaussian_copula(x, y)) < 0.01
    assert t_copula(x, y) == pytest.approx(student_information(np.eye(2), 1, 2.0), abs=0.04)


def test_tails_of_each_side_alone_are_no_information():
    """Two sides of 20 columns, each with a scale of its own: the likeliest nu makes -0.6 nats of them."""
    rng = np.random.default_rng(0)
    sides = [rng.normal(size=(500, 20)) / np.sqrt(rng.chisquare(3, size=(500, 1)) / 3) for _ in range(2)]
    found = Student.fit(*sides)
    assert found.nu == MOST
    assert Student.fit(*sides, nu=5.0).local(*sides, True).mean() < -0.2
    local = found.local(*sides, True)
    assert abs(local.mean()) < 4 * standard_error(local, degrees=400)


def test_becomes_the_gaussian_copula():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2000, 2))
    y = 0.7 * x + rng.standard_normal((2000, 2))
    assert Student.fit(x, y).nu > 50
    assert t_copula(x, y) == pytest.approx(gaussian_copula(x, y), abs=0.01)


@pytest.mark.parametrize(("nu", "end"), [(0.1, LEAST), (1e9, MOST)])
def test_degrees_of_freedom_stay_in_their_range(nu, end):
    rng = np.random.default_rng(1)
    z = rng.standard_normal((400, 2)) * (1 if nu > 1 else np.sqrt(nu / rng.chisquare(nu, (400, 1))))
    found = Student.fit(z[:, :1], z[:, 1:])
    assert LEAST * (1 - 1e-9) <= found.nu <= MOST * (1 + 1e-9)
    assert np.isfinite(found.local(z[:, :1], z[:, 1:], True)).all()
    assert abs(np.log(found.nu / end)) < 4


def test_at_sample_rows_and_new_ones():
    x, y = draw(200, 2, 0.5, 3.0)
    local = t_copula_local(x, y)
    assert local.mean() == pytest.approx(t_copula(x, y), abs=1e-14)
    np.testing.assert_allclose(t_copula_local(x, y, at=(x[3:9], y[3:9])), local[3:9], atol=1e-12)
    outside = t_copula_local(x, y, at=(x[:1] + 1e9, y[:1] - 1e9))
    assert np.isfinite(outside).all()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda x, y: (x[:3], y[:3]), r"There are 3 rows for 1 \+ 1 columns"),
        (lambda x, y: (x, x**3), "their mutual information is infinite|equals one of x"),
        (lambda x, y: (np.hstack([x, x**3]), y), "is a linear combination of"),
        (lambda x, y: (0 * x, y), "has the same value in every row"),
        (lambda x, y: (x, np.where(y > 0, np.nan, y)), "NaN or infinite"),
    ],
)
def test_unusable_data(spoil, message):
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match=message):
        t_copula(*spoil(rng.standard_normal((50, 1)), rng.standard_normal((50, 1))))


def test_rows_in_a_plane_refute_the_degrees_of_freedom_that_collapse_onto_it():
    """80 of 100 ranks are the same in two of three columns: above (nu + 2) / (nu + 3) for every nu below 2."""
    rng = np.random.default_rng(0)
    first, y = rng.standard_normal((2, 100, 1))
    second = first.copy()
    second[::5] = np.roll(second[::5], 1)  # ranks of the others stay as they are
    fitted = Student.fit(np.hstack([first, second]), y)
    assert fitted.nu > 2
    ranks = [fitted.ranks_x.rank(np.hstack([first, second])), fitted.ranks_y.rank(y)]
    found = _Ranks.of(np.hstack(ranks), 100)
    assert [np.isfinite(_likelihood(found, np.log(nu))) for nu in (0.5, 1.0, 4.0)] == [False, False, True]
    assert abs(t_copula(np.hstack([first, second]), y)) < 0.5
