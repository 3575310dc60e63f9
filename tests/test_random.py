import jaxtyping
import numpy as np
import pytest
import torch

from infonats._random import check_seed, spawn, torch_generator
from infonats.errors import InputError


@pytest.fixture
def unchecked(monkeypatch):
    """What a user meets, whose arguments no test decorator checks against the annotations first."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


@pytest.mark.parametrize("seed", [0, 1, 2**63 - 1, np.int64(7), np.uint8(3)])
def test_whole_numbers_are_seeds(seed, unchecked):
    assert check_seed(seed) == seed
    assert type(check_seed(seed)) is int


@pytest.mark.parametrize("seed", [-1, 2**63, 1.0, "1", None, True, np.float64(2)])
@pytest.mark.parametrize("use", [check_seed, torch_generator, lambda seed: spawn(seed, 2)])
def test_what_is_no_seed(use, seed, unchecked):
    with pytest.raises(InputError, match=r"seed is .*; it must be a whole number from 0 to 2\*\*63 - 1"):
        use(seed)


def test_generator_is_a_function_of_the_seed():
    one, same, other = (torch.rand(5, generator=torch_generator(seed)) for seed in (3, 3, 4))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_the_largest_seed_makes_a_generator():
    assert torch_generator(2**63 - 1).initial_seed() == 2**63 - 1


def test_spawned_seeds():
    seeds = spawn(0, 100)
    assert seeds == spawn(0, 100)
    assert seeds[:10] == spawn(0, 10)
    assert len(set(seeds) | set(spawn(1, 100))) == 200
    assert all(check_seed(seed) == seed for seed in seeds)
    assert spawn(0, 0) == []
