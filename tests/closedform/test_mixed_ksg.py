import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import digamma

from infonats.closedform import (
    discrete,
    discrete_local,
    ksg_local,
    mixed_ksg,
    mixed_ksg_error,
    mixed_ksg_local,
    standard_error,
)
from infonats.errors import InputError


def brute(x, y, k):
    """The definition by a matrix of all distances, with counts that include the point."""
    n = len(x)
    dx, dy = (np.abs(z[:, None] - z[None]).max(2) for z in (x / x.std(0), y / y.std(0)))
    dz = np.maximum(dx, dy)
    local = np.empty(n)
    for i in range(n):
        rho = np.sort(dz[i])[k]
        if rho == 0:
            atoms, a, b = (dz[i] == 0).sum(), (dx[i] == 0).sum(), (dy[i] == 0).sum()
        else:
            near = rho * (1 - 1e-12)  # lattice distances are equal only up to rounding
            atoms, a, b = k, (dx[i] < near).sum(), (dy[i] < near).sum()
        local[i] = digamma(atoms) + digamma(n) - digamma(a) - digamma(b)
    return local


def mixture(n, seed):
    """Zero-inflated counts of an exponential rate: atoms in y, none in x."""
    rng = np.random.default_rng(seed)
    x = rng.exponential(1.0, (n, 1))
    return x, rng.poisson(x) * (rng.random((n, 1)) > 0.15).astype(float)


def test_two_atoms_by_hand():
    x = np.array([0.0] * 4 + [1.0] * 4)[:, None]
    # Each row: psi(4) + psi(8) - psi(4) - psi(4) = 1/4 + 1/5 + 1/6 + 1/7.
    assert mixed_ksg(x, x, k=3) == pytest.approx(1 / 4 + 1 / 5 + 1 / 6 + 1 / 7, abs=1e-12)


def test_independent_atoms_by_hand():
    x = np.array([0.0, 0, 0, 0, 1, 1, 1, 1])[:, None]
    y = np.array([0.0, 0, 1, 1, 0, 0, 1, 1])[:, None]
    # k = 1: every atom has two rows, psi(2) + psi(8) - 2 psi(4) = 1 - 11/3 + 363/140.
    assert mixed_ksg(x, y, k=1) == pytest.approx(1 - 11 / 3 + 363 / 140, abs=1e-12)


def test_an_atom_and_a_continuous_part_by_hand():
    # Atom at (0, 0) with three rows, and (1, 1), (2, 2) apart; k = 1; both columns on one scale.
    x = np.array([0.0, 0, 0, 1, 2])[:, None]
    # On the atom psi(3) + psi(5) - 2 psi(3); at 1, rho = 1 and nothing is closer: psi(1) + psi(5) - 2 psi(1),
    # and the same at 2.
    expected = [digamma(5) - digamma(3)] * 3 + [digamma(5) - digamma(1)] * 2
    assert mixed_ksg_local(x, x, k=1) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("k", [1, 3, 5])
def test_equals_the_definition(k):
    for n, seed in ((30, 0), (80, 1)):
        x, y = mixture(n, seed)
        assert mixed_ksg_local(x, y, k=k) == pytest.approx(brute(x, y, k), abs=1e-10)
        both = np.hstack([x.round(), y])
        assert mixed_ksg_local(both, x, k=k) == pytest.approx(brute(both, x, k), abs=1e-10)
        assert mixed_ksg_local(both, y, k=k) == pytest.approx(brute(both, y, k), abs=1e-10)


def test_equals_ksg_without_atoms(gaussian_pairs):
    for d in (1, 3):
        x, y = gaussian_pairs(80, d, 0.6)
        np.testing.assert_allclose(mixed_ksg_local(x, y, k=3), ksg_local(x, y, k=3), atol=1e-12)


@pytest.mark.parametrize("n", [1000, 8000])
def test_all_atoms_approach_the_corrected_counts(n):
    rng = np.random.default_rng(n)
    x = rng.integers(0, 3, (n, 1)).astype(float)
    y = np.where(rng.random((n, 1)) < 0.5, x, rng.integers(0, 4, (n, 1)))
    assert mixed_ksg(x, y) == pytest.approx(discrete(x, y), abs=200 / n**2)
    assert abs(mixed_ksg(x, y) - discrete(x, y, correction="none")) == pytest.approx(
        6 / (2 * n), abs=200 / n**2
    )


def test_closed_form_of_mixtures():
    # Gao et al. 2017: X uniform on 0..4, Y uniform on [X, X + 2]: log 5 - (4/5) log 2.
    rng = np.random.default_rng(0)
    x = rng.integers(0, 5, (3000, 1)).astype(float)
    local, error = mixed_ksg_error(x, x + 2 * rng.random((3000, 1)))
    truth = np.log(5) - 4 / 5 * np.log(2)
    assert local.mean() == pytest.approx(truth, abs=3 * error + 0.01)
    # X exponential of rate 1, Y Poisson of mean X, set to 0 with probability 0.15.
    x, y = mixture(3000, 1)
    truth = 0.85 * (2 * np.log(2) - np.euler_gamma - sum(np.log(i) * 2.0**-i for i in range(1, 60)))
    local, error = mixed_ksg_error(x, y)
    assert local.mean() == pytest.approx(truth, abs=3 * error + 0.01)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), exponent=st.integers(-150, 150), offset=st.integers(-1000, 1000))
def test_symmetry_order_and_units(seed, exponent, offset):
    x, y = mixture(40, seed)
    value = mixed_ksg(x, y)
    order = np.random.default_rng(seed).permutation(40)
    assert mixed_ksg(y, x) == pytest.approx(value, abs=1e-12)
    assert mixed_ksg(x[order], y[order]) == pytest.approx(value, abs=1e-12)
    assert mixed_ksg(10.0**exponent * x, y + offset) == pytest.approx(value, abs=1e-9)
    assert mixed_ksg(x, -3 * y) == pytest.approx(value, abs=1e-9)


def test_values_may_be_negative():
    values = [mixed_ksg(*np.random.default_rng(seed).standard_normal((2, 100, 1))) for seed in range(10)]
    assert min(values) < 0


def test_the_sample_evaluated_at_itself_and_elsewhere():
    x, y = mixture(100, 2)
    local = mixed_ksg_local(x, y)
    np.testing.assert_array_equal(mixed_ksg_local(x, y, at=(x, y)), local)
    atoms = np.array([0.0, 1.0] * 20)[:, None]
    # (1, 0) never occurred: its five nearest rows are at distance 1, closer are 20 rows and itself in x and y.
    new = mixed_ksg_local(atoms, atoms, at=(np.ones((1, 1)), np.zeros((1, 1))))
    assert new == pytest.approx([digamma(5) + digamma(41) - 2 * digamma(21)], abs=1e-12)


def test_bad_input():
    x, y = mixture(5, 0)
    with pytest.raises(InputError, match="5 rows and k = 5"):
        mixed_ksg(x, x**2)
    with pytest.raises(InputError, match="k is 0"):
        mixed_ksg(x, x**2, k=0)
    with pytest.raises(InputError, match="Column 0 of y has the same value"):
        mixed_ksg(x, np.ones_like(y), k=2)


def test_error_of_atoms_is_that_of_counts():
    rng = np.random.default_rng(3)
    x = rng.integers(0, 3, (900, 1)).astype(float)
    y = np.where(rng.random((900, 1)) < 0.5, x, rng.integers(0, 3, (900, 1)))
    local, error = mixed_ksg_error(x, y)
    np.testing.assert_array_equal(local, mixed_ksg_local(x, y))
    assert error == pytest.approx(standard_error(discrete_local(x, y)), rel=0.02)


def test_error_is_that_of_repetitions():
    fits = [mixed_ksg_error(*mixture(150, seed)) for seed in range(100)]
    spread = np.std([local.mean() for local, _ in fits])  # itself known to 7 %
    assert 0.85 < np.mean([error for _, error in fits]) / spread < 1.4
