import contextlib

import pytest
import torch
from torch import nn

from infonats.adamw import side_by_side
from infonats.averaging import Average


def module(values=(1.0, -2.0)):
    held = nn.Module()
    held.weight = nn.Parameter(torch.tensor(values))
    held.frozen = nn.Parameter(torch.tensor([5.0]), requires_grad=False)
    return held


def averaged(held, decay):
    parameters = [p for p in held.parameters() if p.requires_grad]
    return Average(parameters, side_by_side(parameters), decay)


def applied(average, held):
    with average.applied():
        return held.weight.detach().clone()


def test_follows_its_formula():
    held = module((0.0,))
    average = averaged(held, 0.5)
    expected, decays = 0.0, [0.1, 2 / 11, 0.25, 4 / 13, 5 / 14, 0.4, 7 / 16, 8 / 17, 0.5, 0.5, 0.5]
    for t, decay in enumerate(decays, start=1):
        held.weight.data.fill_(float(t))
        average.update()
        expected += (1 - decay) * (t - expected)
        assert applied(average, held).item() == pytest.approx(expected, rel=1e-6)


def test_without_decay_it_is_the_parameters():
    held = module()
    average = averaged(held, 0.0)
    held.weight.data.add_(3.0)
    average.update()
    assert torch.equal(applied(average, held), held.weight)


def test_before_any_update_it_is_the_start():
    held = module()
    average = averaged(held, 0.9)
    held.weight.data.add_(3.0)
    assert applied(average, held).tolist() == [1.0, -2.0]


def test_parameters_come_back():
    held = module()
    average = averaged(held, 0.9)
    held.weight.data.add_(1.0)
    average.update()
    held.weight.data.add_(1.0)
    before = held.weight.detach().clone()
    with contextlib.suppress(KeyboardInterrupt), average.applied():
        assert not torch.equal(held.weight, before)
        raise KeyboardInterrupt
    assert torch.equal(held.weight, before)
    assert torch.equal(applied(average, held), applied(average, held))


def test_frozen_parameters_are_left_alone():
    held = module()
    average = averaged(held, 0.9)
    held.frozen.data.fill_(9.0)
    average.update()
    with average.applied():
        assert held.frozen.item() == 9.0


def test_the_optimiser_still_holds_the_parameters():
    held = module()
    optimiser = torch.optim.SGD(held.parameters(), lr=1.0)
    average = averaged(held, 0.9)
    applied(average, held)
    held.weight.grad = torch.ones(2)
    optimiser.step()
    assert held.weight.tolist() == [0.0, -3.0]
