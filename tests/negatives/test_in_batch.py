"""What single rules promise beyond the contract."""

import pytest
import torch

from infonats.critics import JointCritic
from infonats.errors import InputError
from infonats.negatives import AllPairs, Derangements, Shifts
from infonats.nn import seeded


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


@pytest.fixture
def critic():
    built = seeded(lambda: JointCritic(2, 3, (8,)), generator()).double()
    with torch.no_grad():
        built.form.weight.copy_(normal(3, 2, seed=5))
    return built


def test_all_pairs_is_the_matrix_without_its_diagonal(critic):
    x, y = normal(6, 2), normal(6, 3, seed=1)
    scores, matrix = AllPairs()(critic, x, y, None), critic.all_pairs(x, y)
    assert torch.equal(scores.joint, matrix.diagonal())
    expected = torch.stack([torch.cat([matrix[i, :i], matrix[i, i + 1 :]]) for i in range(6)])
    assert torch.equal(scores.product, expected)


@pytest.mark.parametrize(("m", "n", "used"), [(8, 40, 8), (1, 40, 1), (8, 5, 4), (8, 2, 1)])
def test_shifts_uses_at_most_m(critic, m, n, used):
    scores = Shifts(m)(critic, normal(n, 2), normal(n, 3, seed=1), generator())
    assert scores.product.shape == (n, used)


@pytest.mark.parametrize("rule", [Shifts(1), Shifts(4), Shifts(40), Derangements(2)], ids=repr)
def test_rows_of_many_are_those_of_each(rule):
    device = torch.device("cpu")
    many = rule.rows_of_many(9, [generator(i) for i in range(3)], device)
    assert torch.equal(many, torch.stack([rule.rows(9, generator(i), device) for i in range(3)]))
    assert AllPairs().rows_of_many(9, [generator()] * 3, device) is None


def test_all_shifts_are_all_pairs(critic):
    x, y = normal(7, 2), normal(7, 3, seed=1)
    by_shift = Shifts(6)(critic, x, y, generator()).product.sort(dim=1).values
    whole = AllPairs()(critic, x, y, None).product.sort(dim=1).values
    torch.testing.assert_close(by_shift, whole, rtol=0, atol=1e-12)


def test_shifts_cover_every_other_row_in_time(critic):
    x, y = normal(9, 2), torch.arange(9.0, dtype=torch.float64)[:, None].expand(9, 3).clone()
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.zero_()
        critic.form.weight[0, 0] = 1.0
    x[:] = 1.0
    g = generator()
    seen = torch.cat([Shifts(2)(critic, x, y, g).product for _ in range(40)], dim=1)
    for i, row in enumerate(seen):
        assert set(row.tolist()) == set(range(9)) - {i}


def test_shifts_differ_from_call_to_call(critic):
    g, x, y = generator(), normal(50, 2), normal(50, 3, seed=1)
    first, second = (Shifts(3)(critic, x, y, g).product for _ in range(2))
    assert not torch.equal(first, second)


def test_shifts_of_one_pair(critic):
    with pytest.raises(InputError, match="batch of at least 2 pairs; 1 were given"):
        Shifts()(critic, normal(1, 2), normal(1, 3), generator())


@pytest.mark.parametrize("m", [0, -1])
def test_shifts_of_no_negatives(m):
    with pytest.raises(InputError, match=f"m is {m}"):
        Shifts(m)
