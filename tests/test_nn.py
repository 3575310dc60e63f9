import math

import pytest
import torch

from infonats.errors import InputError
from infonats.nn import ACTIVATIONS, MLP, activation, seeded


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def linears(module):
    return [layer for layer in module.modules() if isinstance(layer, torch.nn.Linear)]


@pytest.mark.parametrize("hidden", [(), (4,), (4, 6, 5)])
def test_widths(hidden):
    network = seeded(lambda: MLP(3, 2, hidden), generator())
    assert [layer.in_features for layer in linears(network)] == [3, *hidden]
    assert [layer.out_features for layer in linears(network)] == [*hidden, 2]
    assert network(torch.ones(5, 7, 3)).shape == (5, 7, 2)


def test_is_the_composition_of_its_layers():
    network = seeded(lambda: MLP(3, 2, (4,), "tanh"), generator())
    first, last = linears(network)
    x = torch.randn(6, 3, generator=generator(1))
    expected = torch.tanh(x @ first.weight.T + first.bias) @ last.weight.T + last.bias
    torch.testing.assert_close(network(x), expected)


def test_zero_last_starts_at_exactly_zero():
    network = seeded(lambda: MLP(3, 2, (4,), zero_last=True), generator())
    assert torch.equal(network(torch.randn(5, 3, generator=generator())), torch.zeros(5, 2))
    assert linears(network)[0].weight.any()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name):
    assert torch.isfinite(activation(name)(torch.linspace(-5, 5, 11))).all()


def test_unknown_activation():
    with pytest.raises(InputError, match="activation is 'swish'; it must be one of elu, gelu, relu"):
        activation("swish")


def test_seeded_depends_on_its_generator_alone():
    def build():
        return MLP(3, 2, (4,))

    first, same, other = (seeded(build, generator(seed)).state_dict() for seed in (5, 5, 6))
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert not any(torch.equal(first[name], other[name]) for name in first)


def test_seeded_draws_within_its_limits():
    network = seeded(lambda: MLP(16, 400, ()), generator())
    (layer,) = linears(network)
    limit = 1 / math.sqrt(16)
    for parameter in (layer.weight, layer.bias):
        assert parameter.abs().max() <= limit
        assert abs(parameter.mean()) < 4 * limit / math.sqrt(3 * parameter.numel())
    assert layer.weight.std().item() == pytest.approx(limit / math.sqrt(3), rel=0.05)


def test_seeded_leaves_the_global_generator_alone():
    before = torch.get_rng_state()
    seeded(lambda: MLP(3, 2), generator())
    assert torch.equal(torch.get_rng_state(), before)
