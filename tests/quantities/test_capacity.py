"""Channels whose capacity is known, the certificate, bad input."""

import math

import numpy as np
import pytest

from infonats.errors import EstimationError, InputError
from infonats.quantities import capacity_of_samples, channel_capacity


def h(p):
    return -p * math.log(p) - (1 - p) * math.log(1 - p)


@pytest.mark.parametrize("flip", [0.01, 0.11, 0.3, 0.5])
def test_binary_symmetric_channel(flip):
    found = channel_capacity([[1 - flip, flip], [flip, 1 - flip]])
    assert found.value == pytest.approx(math.log(2) - h(flip), abs=1e-9)
    assert found.bits == pytest.approx(found.value / math.log(2), abs=1e-12)
    np.testing.assert_allclose(found.inputs, 0.5, atol=1e-6)


@pytest.mark.parametrize("lost", [0.0, 0.25, 0.9])
def test_binary_erasure_channel(lost):
    found = channel_capacity([[1 - lost, lost, 0], [0, lost, 1 - lost]])
    assert found.value == pytest.approx((1 - lost) * math.log(2), abs=1e-9)


@pytest.mark.parametrize("flip", [0.1, 0.5, 0.8])
def test_z_channel_has_an_uneven_optimum(flip):
    """C = log(1 + (1 - p) p^(p / (1 - p)))."""
    found = channel_capacity([[1, 0], [flip, 1 - flip]])
    assert found.value == pytest.approx(math.log(1 + (1 - flip) * flip ** (flip / (1 - flip))), abs=1e-9)
    assert found.upper - found.lower <= 1e-9
    assert found.inputs[0] > found.inputs[1]


def test_an_input_that_does_not_help_is_left_out():
    found = channel_capacity([[1, 0], [0, 1], [0.5, 0.5]], tolerance=1e-6)
    assert found.value == pytest.approx(math.log(2), abs=1e-6)
    assert found.inputs[2] < 1e-5


def test_samples_of_a_channel():
    x = np.tile([0, 1], 500)
    y = np.where(np.arange(1000) < 100, 1 - x, x)
    assert capacity_of_samples(x, y).value == pytest.approx(math.log(2) - h(0.1), abs=1e-9)


def test_the_answer_reads_well():
    assert str(channel_capacity(np.eye(2))) == "C = 0.693147 nats, within 0.0e+00, at p(x) = [0.5000, 0.5000]."


@pytest.mark.parametrize(
    ("channel", "message"),
    [
        ([0.5, 0.5], r"The channel has shape \(2,\)"),
        ([[1.5, -0.5]], "probabilities .* of at least 0"),
        ([[0.5, 0.4], [0.5, 0.5]], "Row 0 of the channel sums to 0.9"),
        ([[np.nan, 1]], "The channel has shape"),
    ],
)
def test_what_is_no_channel_is_refused(channel, message):
    with pytest.raises(InputError, match=message):
        channel_capacity(channel)


def test_too_few_steps_and_too_small_a_tolerance():
    with pytest.raises(EstimationError, match="After 2 steps the capacity lies in"):
        channel_capacity([[1, 0], [0.5, 0.5]], steps=2)
    with pytest.raises(InputError, match=r"tolerance is 0\.0; it must be above"):
        channel_capacity(np.eye(2), tolerance=0.0)
    with pytest.raises(InputError, match="bin a continuous output first"):
        capacity_of_samples([0, 1] * 50, np.random.default_rng(0).normal(size=100))
