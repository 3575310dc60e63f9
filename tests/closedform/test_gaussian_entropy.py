import numpy as np
import pytest
from scipy.special import digamma

from infonats.closedform import gaussian, gaussian_entropy
from infonats.errors import InputError


def test_by_hand():
    """Variance 2 over five rows; with the correction psi(2) - log(5/2) less."""
    y = np.array([-2.0, -1, 0, 1, 2])[:, None]
    plain = 0.5 * np.log(2 * np.pi * np.e * 2)
    assert gaussian_entropy(y, bias_correction=False) == pytest.approx(plain, abs=1e-12)
    assert gaussian_entropy(y) == pytest.approx(plain - (digamma(2) - np.log(2.5)) / 2, abs=1e-12)


def test_units_and_information():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 2))
    y = x @ [[1.0], [0.5]] + rng.standard_normal((60, 1))
    parts = gaussian_entropy(x) + gaussian_entropy(y) - gaussian_entropy(np.hstack([x, y]))
    assert parts == pytest.approx(gaussian(x, y), abs=1e-12)
    assert gaussian_entropy(1e-150 * y) == pytest.approx(gaussian_entropy(y) - 150 * np.log(10), abs=1e-9)


def test_is_unbiased():
    rng, truth = np.random.default_rng(0), 1.5 * np.log(2 * np.pi * np.e)
    values = np.array([gaussian_entropy(rng.standard_normal((8, 3))) for _ in range(400)])
    assert abs(values.mean() - truth) < 4 * values.std() / 20


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.ones((2, 1)), "There are 2 rows for 1 columns"),
        (np.ones((9, 1)), "has the same value in every row"),
        (np.arange(9.0)[:, None] * [1.0, 2.0], "minus infinity; drop it"),
    ],
)
def test_unusable(y, message):
    with pytest.raises(InputError, match=message):
        gaussian_entropy(y)
