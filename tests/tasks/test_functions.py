"""Curves under noise, tables, atoms: values by hand, published tables, errors."""

import math

import pytest
import torch

from infonats._random import torch_generator
from infonats.tasks import make
from infonats.tasks.curve import NoisyCurve, identity, polynomial, roots
from infonats.tasks.mixed import UniformOnAtoms, ZeroInflated, ZeroInflatedPoisson
from infonats.tasks.table import Table, erasure, symmetric, zipf

LOG_2 = math.log(2)
NOISES = (0.1, 0.3, 0.5, 0.7, 0.9)
EQUITABILITY = {
    "identity": (3.334, 1.498, 0.837, 0.517, 0.344),
    "cube": (2.499, 0.939, 0.451, 0.256, 0.162),
    "sine": (3.071, 1.341, 0.729, 0.441, 0.290),
}
"""Two coordinates, by two-dimensional quadrature, to three digits."""


def column(*values):
    return torch.tensor(values, dtype=torch.float64)[:, None]


@pytest.mark.parametrize("kind", EQUITABILITY)
def test_the_table_of_equitability(kind):
    found = [make(f"noisy-{kind}-{sigma}").mutual_information for sigma in NOISES]
    assert found == pytest.approx(EQUITABILITY[kind], abs=0.0005 + 1e-9)


def test_a_curve_in_many_columns_agrees_with_one_column():
    """Y = (X, X) + noise is as good as X + noise / sqrt 2: the mean is sufficient."""
    twice = NoisyCurve(lambda x: torch.cat([x, x], 1), 0.3, "twice", "")
    once = NoisyCurve(identity, 0.3 / math.sqrt(2), "once", "")
    x, y = twice.sample(200, torch_generator(0))
    expected = once.pointwise(x, y.mean(1, keepdim=True))
    torch.testing.assert_close(twice.pointwise(x, y), expected, rtol=0, atol=1e-9)
    assert abs(twice.mutual_information - once.mutual_information) < 4.5 * twice.mutual_information_stderr


def test_the_coordinates_of_a_polynomial_sum_to_x():
    x = column(-0.5, 0.25)
    torch.testing.assert_close(polynomial(4)(x).sum(1, keepdim=True), x, rtol=0, atol=1e-15)
    assert polynomial(2)(x).tolist() == [[-0.75, 0.25], [0.1875, 0.0625]]


def test_roots_take_the_functions_in_turn():
    row = roots(9)(column(0.5))[0].tolist()
    assert row[:4] == pytest.approx([math.sin(0.5), math.cos(0.5), math.log(2.5), 0.25], abs=1e-12)
    assert row[7:] == pytest.approx([math.sin(0.25), math.cos(0.25)], abs=1e-12)


@pytest.mark.parametrize(
    ("name", "nats"),
    [
        ("binary-symmetric-0.0", LOG_2),
        ("binary-symmetric-0.11", LOG_2 + 0.11 * math.log(0.11) + 0.89 * math.log(0.89)),
        ("binary-symmetric-0.5", 0.0),
        ("binary-erasure-0.25", 0.75 * LOG_2),
        ("uniform-on-atoms-5", math.log(5) - 0.8 * LOG_2),
        (
            "zero-inflated-0.3-1v1-normal-0.8",
            -0.3 * math.log(0.3) - 0.7 * math.log(0.7) + 0.7 * math.log(5 / 3),
        ),
    ],
)
def test_truths_by_hand(name, nats):
    assert make(name).mutual_information == pytest.approx(nats, abs=1e-12)


def test_erasure_loses_its_share_of_the_entropy():
    p = zipf(10)
    entropy = -(p * p.log()).sum().item()
    assert Table(erasure(p, 0.3)).mutual_information == pytest.approx(0.7 * entropy, abs=1e-12)
    assert symmetric(p, 0.2).sum().item() == pytest.approx(1, abs=1e-12)


def test_poisson_without_added_zeros_is_as_gao_et_al_give_it():
    """2 log 2 - gamma - sum_k log k / 2^k = 0.3012, the sum running to where 2^-k is nothing."""
    series = 2 * LOG_2 - 0.57721566490153286 - sum(math.log(k) / 2**k for k in range(1, 80))
    assert ZeroInflatedPoisson(0.0).mutual_information == pytest.approx(series, abs=1e-9)


def test_added_zeros_cost_more_than_their_share():
    """Who sees only Y cannot tell which zeros were added: 0.2298, and not (1 - p) times 0.3012 = 0.2561."""
    task = make("zero-inflated-poisson-0.15")
    ratio = task.pointwise(*task.sample(100_000, torch_generator(1)))
    assert abs(ratio.mean().item() - task.mutual_information) < 4.5 * ratio.std().item() / math.sqrt(100_000)
    assert task.mutual_information == pytest.approx(0.2298, abs=5e-5)


def test_ratios_by_hand():
    atoms = UniformOnAtoms(3)
    ratio = atoms.pointwise(column(0, 0, 2, 2), column(0.5, 1.5, 2.5, 3.5))
    assert ratio.tolist() == pytest.approx([math.log(3), math.log(1.5), math.log(1.5), math.log(3)], abs=1e-12)
    table = Table(torch.tensor([[0.5, 0.0], [0.25, 0.25]]).double())
    ratio = table.pointwise(column(0, 0, 1), column(0, 1, 1))
    assert ratio.tolist() == pytest.approx([math.log(4 / 3), -math.inf, LOG_2], abs=1e-12)
    mixed = ZeroInflated(make("1v1-normal-0.8"), 0.25)
    assert mixed.pointwise(column(0.0), column(0.0)).tolist() == pytest.approx([math.log(4)], abs=1e-12)


def test_what_cannot_be_built_says_what_can():
    with pytest.raises(
        ValueError, match=r"sigma is 0.0; it must be above 0, for without noise I\(X;Y\) is inf"
    ):
        NoisyCurve(identity, 0.0, "line", "")
    with pytest.raises(ValueError, match=r"least probability is 0.5 and their sum 2; give none below 0"):
        Table(torch.full((2, 2), 0.5).double())
    with pytest.raises(ValueError, match=r"m is 0; give 1 atom or more"):
        UniformOnAtoms(0)
    with pytest.raises(ValueError, match=r"p is 1.0; the chance of an inflated zero lies in \[0, 1\)"):
        ZeroInflatedPoisson(1.0)
    with pytest.raises(ValueError, match=r"p is 0.0; the chance of a zero lies in \(0, 1\)"):
        ZeroInflated(make("1v1-normal-0.8"), 0.0)
