"""LMI: what the network computes, by hand, and that few hidden causes are found in many columns."""

import math

import numpy as np
import pytest
import torch

from infonats.errors import EstimationError, InputError
from infonats.estimators import LMI, LMIConfig, make
from infonats.estimators.lmi_net import Chain, CrossPredictive
from infonats.inference import MeanHeldOut
from infonats.nn import seeded

SMALL = {"hidden": (32, 16), "passes": 60, "learning_rate": 3e-3, "batch_size": 128}


def low_rank(n, columns, rho, seed=0):
    """One Gaussian pair of correlation rho behind many columns each."""
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((2, n, 1))
    b = rho * a + math.sqrt(1 - rho**2) * b
    sides = (
        side @ rng.standard_normal((1, columns)) + 0.05 * rng.standard_normal((n, columns)) for side in (a, b)
    )
    return tuple(sides)


def test_a_chain_by_hand():
    chain = seeded(lambda: Chain((1, 1, 1), bent=True), torch.Generator())
    with torch.no_grad():
        for affine, (weight, bias) in zip(chain.maps, ((2.0, -3.0), (-1.0, 0.0)), strict=True):
            affine.weight.fill_(weight)
            affine.bias.fill_(bias)
        assert chain(torch.tensor([[1.0]])).item() == pytest.approx(0.2)  # 2 - 3 -> -.2 -> .2
        chain.bent = False
        assert chain(torch.tensor([[2.0]])).item() == -1.0  # 4 - 3 -> 1 -> -1


def test_the_loss_is_the_sum_of_four_mean_squares():
    """All weights zero: every reconstruction is zero, and each side is missed twice."""
    net = seeded(lambda: CrossPredictive(2, 1, 1, (4,)), torch.Generator())
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.zero_()
    step = net(torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0]]), torch.Generator())
    assert step.loss.item() == pytest.approx(2 * 2.5 + 2 * 9.0)
    assert step.value.item() == -step.loss.item()


def test_weights_start_as_glorot_has_them():
    net = seeded(lambda: CrossPredictive(30, 20, 4, (16,)), torch.Generator()).start(torch.Generator())
    first = net.of_x.maps[0]
    assert first.weight.abs().max().item() == pytest.approx(math.sqrt(6 / 46), rel=0.02)
    assert not first.bias.any()


def test_a_hidden_pair_is_found_in_many_columns():
    truth = -0.5 * math.log(1 - 0.9**2)
    e = make("lmi", dims=2, **SMALL).fit(*low_rank(1500, 50, 0.9)).estimate_
    assert e.value == pytest.approx(truth, abs=4 * e.stderr + 0.05)
    assert any("what the codes have lost" in note for note in e.diagnostics)
    assert (e.n_train, e.n_validation, e.n_test) == (600, 150, 750)


def test_every_row_is_measured_in_a_cross_fit():
    e = make("lmi", dims=1, folds=3, **SMALL | {"passes": 5}).fit(*low_rank(300, 10, 0.5)).estimate_
    assert e.n_test == 300
    assert any("raise passes" in note for note in e.diagnostics)


def test_what_cannot_be_used_says_what_can():
    x, y = low_rank(60, 3, 0.5)
    with pytest.raises(InputError, match=r"dims is 0; give how many numbers a code has, 1 or more"):
        LMI(dims=0).fit(x, y)
    with pytest.raises(InputError, match=r"hidden is \(\); give positive widths, such as"):
        LMIConfig(hidden=())
    with pytest.raises(EstimationError, match=r"repeat values or are constant.*choose auto"):
        make("lmi", dims=1, **SMALL | {"passes": 1}).fit(np.sign(x[:, :1]), y)


def test_many_nats_are_said_to_be_many():
    """Half of log 60 is 2.05."""
    notes = {
        value: list(LMI()._value_notes(value, [MeanHeldOut(value, 0.1, (0.0, 4.0), 60)], 60))
        for value in (2.0, 3.0)
    }
    assert not any("are high for 60 rows measured" in note for note in notes[2.0])
    assert any("are high for 60 rows measured" in note for note in notes[3.0])


def test_rows_in_order_of_time_have_the_error_of_blocks():
    """Slow rows that a fold has not seen: the same value, and an error that is larger."""
    x, y = low_rank(300, 4, 0.8)
    fitted = make("lmi", dims=1, **SMALL).fit(x, y)
    fresh = [np.repeat(side[:30], 10, axis=0) + 0.1 * side for side in (x, y)]
    alone, together = fitted.evaluate(*fresh), fitted.evaluate(*fresh, block=20)
    assert together.value == alone.value
    assert together.stderr > 1.5 * alone.stderr
    assert make("lmi", dims=1, **SMALL).fit(x, y, block=3).estimate_.provenance["block"] == 3
