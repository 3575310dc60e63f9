"""What derangements, the permutation and the memory queue promise beyond the contract."""

import math

import pytest
import torch

from infonats.bounds import DV
from infonats.critics.base import Critic
from infonats.errors import InputError
from infonats.negatives import AllPairs, Derangements, MemoryQueue, Permutation, Shifts
from infonats.objectives import Contrastive


class Which(Critic):
    """1000 times the number of x plus the number of y."""

    def forward(self, x, y):
        return (1000 * x + y).squeeze(-1)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def numbered(n, start=0):
    rows = torch.arange(start, start + n, dtype=torch.float64)[:, None]
    return rows, rows.clone()


# Derangements


@pytest.mark.parametrize(("m", "n", "used"), [(8, 40, 8), (1, 40, 1), (8, 5, 4), (8, 2, 1)])
def test_derangements_uses_at_most_m(m, n, used):
    assert Derangements(m)(Which(), *numbered(n), generator()).product.shape == (n, used)


def test_all_derangements_are_all_pairs():
    x, y = numbered(7)
    found = Derangements(6)(Which(), x, y, generator()).product.sort(dim=1).values
    assert torch.equal(found, AllPairs()(Which(), x, y, None).product.sort(dim=1).values)


def test_derangements_of_order_are_equally_likely():
    """One step of the cycle: each of the 3! cycles through four rows, and none of the other derangements."""
    g, counts = generator(), {}
    for _ in range(1200):
        y = tuple((Derangements(3)(Which(), *numbered(4), g).product[:, 0] % 1000).int().tolist())
        counts[y] = counts.get(y, 0) + 1
    # First powers and third powers are cycles; second powers are the three pairs of swaps.
    swaps = [c for y, c in counts.items() if all(y[y[i]] == i for i in range(4))]
    cycles = [c for y, c in counts.items() if not all(y[y[i]] == i for i in range(4))]
    assert (len(cycles), len(swaps)) == (6, 3)
    for count in (*cycles, *(c / 1.0 for c in swaps)):
        assert abs(count - 1200 / 9) < 4 * math.sqrt(1200 / 9)


@pytest.mark.parametrize("m", [0, -1])
def test_derangements_of_no_negatives(m):
    with pytest.raises(InputError, match=f"m is {m}; each pair needs 1 negative or more"):
        Derangements(m)


# One permutation


def test_fixed_points_of_the_permutation_cap_the_estimate():
    """The exact critic of y = x among many symbols: a positive among n negatives allows log n, and no more."""

    class Same(Critic):
        def forward(self, x, y):
            return torch.where(x == y, 50.0, 0.0).squeeze(-1)

    n, x = 100, torch.arange(100.0)[:, None]
    means = {}
    for rule in (Permutation(), Derangements(1)):
        scores = [rule(Same(), x, x, generator(seed)) for seed in range(40)]
        product = torch.cat([s.product for s in scores])
        means[rule] = 50.0 - torch.logsumexp(product, dim=(0, 1)) + math.log(product.numel())
    assert means[Permutation()] == pytest.approx(math.log(n), abs=0.5)
    assert means[Derangements(1)] == pytest.approx(50.0)


def test_permutation_has_one_negative():
    assert Permutation()(Which(), *numbered(9), generator()).product.shape == (9, 1)


# The queue


def test_queue_is_all_pairs_at_first_and_after_a_reset():
    queue, (x, y) = MemoryQueue(5), numbered(4)
    whole = AllPairs()(Which(), x, y, None).product
    assert torch.equal(queue(Which(), x, y, None).product, whole)
    assert queue(Which(), x, y, None).product.shape == (4, 3 + 4)
    queue.reset()
    assert torch.equal(queue(Which(), x, y, None).product, whole)


def test_queue_is_first_in_first_out():
    queue = MemoryQueue(5)
    for start, stored in ((0, [0, 1, 2]), (10, [1, 2, 10, 11, 12]), (20, [11, 12, 20, 21, 22])):
        before = queue.stored.flatten().tolist()
        scores = queue(Which(), *numbered(3, start), None)
        assert (scores.product[0, 2:] % 1000).tolist() == before
        assert queue.stored.flatten().tolist() == stored


def test_queue_keeps_the_last_of_a_large_batch():
    queue = MemoryQueue(2)
    queue(Which(), *numbered(5), None)
    assert queue.stored.flatten().tolist() == [3, 4]


def test_queue_stands_still_in_evaluation():
    objective = Contrastive(Which(), DV(), MemoryQueue(8))
    objective(*numbered(3))
    objective.eval()(*numbered(4, 100))
    assert objective.negatives.stored.flatten().tolist() == [0, 1, 2]
    objective.train()(*numbered(2, 50))
    assert objective.negatives.stored.flatten().tolist() == [0, 1, 2, 50, 51]


def test_queue_holds_no_graph_and_no_state():
    x, y = numbered(3)
    queue = MemoryQueue(8)
    queue(Which(), x, y.requires_grad_(), None)
    assert not queue.stored.requires_grad
    assert not queue.state_dict()


def test_queue_owns_what_it_stores():
    queue, (x, y) = MemoryQueue(8), numbered(3)
    queue(Which(), x, y, None)
    y += 100
    assert queue.stored.flatten().tolist() == [0, 1, 2]


@pytest.mark.parametrize("capacity", [0, -3])
def test_queue_of_nothing(capacity):
    with pytest.raises(InputError, match=f"capacity is {capacity}; the queue must hold 1 row or more"):
        MemoryQueue(capacity)


def test_rules_for_a_batch_of_one():
    for rule in (Derangements(), Permutation(), MemoryQueue(), Shifts()):
        with pytest.raises(InputError, match="at least 2 pairs; 1 were given"):
            rule(Which(), *numbered(1), generator())
