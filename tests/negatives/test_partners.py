"""Partners: who meets whom, how often, and that a table scores what was chosen."""

import pytest
import torch

from infonats.critics.base import Critic
from infonats.errors import InputError
from infonats.negatives import Reweighted, SameCode, Table, reweighted

CODES = torch.tensor([2, 0, 2, 1, 0, 2, 2, 0])
"""Four rows of code 2, three of code 0, and row 3 alone in its code."""


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def every(n):
    return torch.arange(n)


def frequencies(partners, m, repeats=1500):
    """How often row i (down) met j (across), as shares of its draws; the last column is -1."""
    counts = torch.zeros(len(CODES), len(CODES) + 1, dtype=torch.float64)
    rng = generator(5)
    for _ in range(repeats):
        drawn = partners(every(len(CODES)), m, rng)
        counts.scatter_add_(1, drawn % (len(CODES) + 1), torch.ones_like(drawn, dtype=torch.float64))
    return counts / (repeats * m)


def within_error(found, expected, draws):
    """Four standard errors of a share, or exactly where chance has no say."""
    error = 4 * (expected * (1 - expected) / draws).sqrt()
    return ((found - expected).abs() <= error + 1e-12).all()


# The same code


def same_code_law():
    """Each other member of the code alike; nobody for row 3."""
    same = (CODES[:, None] == CODES).double() - torch.eye(len(CODES), dtype=torch.float64)
    alone = (same.sum(1, keepdim=True) == 0).double()
    return torch.cat([same / same.sum(1, keepdim=True).clamp_min(1), alone], 1)


@pytest.mark.parametrize("m", [1, 2])
def test_others_of_the_code_alike(m):
    found = frequencies(SameCode.within(CODES), m)
    assert within_error(found, same_code_law(), 1500)


def test_the_law_is_that_of_batches_of_whole_codes():
    """Codes by their frequency, then two pairs of each: the first with the second as its negative."""
    rng, draws = generator(1), 40_000
    members = [(c == CODES).nonzero()[:, 0] for c in (0, 2)]
    counts = torch.zeros(len(CODES), len(CODES), dtype=torch.float64)
    for group in members:
        size, taken = len(group), round(draws * len(group) / 7)
        first = torch.randint(size, (taken,), generator=rng)
        second = (first + torch.randint(1, size, (taken,), generator=rng)) % size
        counts.index_put_(
            (group[first], group[second]), torch.ones(taken, dtype=torch.float64), accumulate=True
        )
    expected = same_code_law()[:, :-1] * (CODES != 1)[:, None].double() / 7
    assert within_error(counts / counts.sum(), expected, draws)


def test_distinct_while_there_are_enough_and_each_equally_often():
    drawn = SameCode.within(CODES)(every(8), 6, generator())
    assert sorted(drawn[0].tolist()) == [2, 2, 5, 5, 6, 6]
    assert sorted(drawn[1].tolist()) == [4, 4, 4, 7, 7, 7]
    assert drawn[3].tolist() == [-1] * 6


def test_the_share_of_rows_that_are_alone():
    assert SameCode.within(CODES).alone == 1 / 8
    assert SameCode.against(torch.tensor([0, 5, 9]), CODES).alone == pytest.approx(2 / 3)


def test_rows_against_a_pool_of_others():
    rule = SameCode.against(torch.tensor([0, 9, 1]), CODES)
    drawn = rule(every(3), 3, generator())
    assert sorted(drawn[0].tolist()) == [1, 4, 7]
    assert drawn[1].tolist() == [-1] * 3
    assert drawn[2].tolist() == [3] * 3


# Weights


def log_w(n=6):
    return torch.randn(n, n, generator=generator(2)) * 2


def reweighting(pool=None, n=6):
    """Rows numbered in x and y, whose log ratio is looked up."""
    table, rows = log_w(), torch.arange(float(n))[:, None]

    def log_ratios(x, y):
        return table[x[:, 0].long()][:, y[:, 0].long()]

    return Reweighted.of(log_ratios, (rows, rows), pool, 0), table


def test_candidates_by_their_weights_but_never_oneself():
    rule, table = reweighting()
    expected = torch.softmax(table.double().masked_fill(torch.eye(6).bool(), -torch.inf), 1)
    drawn = rule(every(6), 20_000, generator(3))
    found = torch.stack([(drawn == j).double().mean(1) for j in range(6)], 1)
    assert within_error(found, expected, 20_000)
    assert not (drawn == every(6)[:, None]).any()
    torch.testing.assert_close(rule.effective.double(), 1 / expected.square().sum(1), rtol=1e-6, atol=0)


def test_weights_against_a_pool_of_others_may_take_any():
    rule, table = reweighting(pool=torch.arange(3.0)[:, None])
    expected = torch.softmax(table[:, :3].double(), 1)
    drawn = rule(every(6), 20_000, generator(3))
    found = torch.stack([(drawn == j).double().mean(1) for j in range(3)], 1)
    assert within_error(found, expected, 20_000)


def test_what_weighs_nothing_is_never_drawn():
    """Not even where rounding brings a uniform number to the last cumulated weight."""
    rows = torch.arange(200.0)[:, None]
    rule = Reweighted.of(
        lambda x, y: torch.where(y[:, 0] < 100, 0.0, -1e4).expand(len(x), -1), (rows, rows), None, 0
    )
    assert rule(every(200), 2000, generator()).max() < 100


def test_memory_is_bounded_by_fewer_candidates(monkeypatch):
    monkeypatch.setattr(reweighted, "WEIGHTS", 18)
    rule, _ = reweighting()
    assert rule.cumulated.shape == (6, 3)
    drawn = rule(every(6), 100, generator())
    assert set(drawn.flatten().tolist()) == set(rule.candidates.tolist())


def test_small_steps_give_the_same_weights(monkeypatch):
    whole = reweighting()[0].cumulated
    monkeypatch.setattr(reweighted, "AT_ONCE", 6)
    assert torch.equal(reweighting()[0].cumulated, whole)


# The table


class Which(Critic):
    """1000 times the number of x plus that of y."""

    def forward(self, x, y):
        return (1000 * x + y).squeeze(-1)


def numbered(partners, m, pool=None):
    rows = torch.arange(float(len(CODES)))[:, None]
    return Table(rows, rows, rows if pool is None else pool, partners, m)


def test_a_table_scores_the_rows_and_their_partners():
    rule, rows = SameCode.within(CODES), torch.tensor([6, 3, 0])
    scores = numbered(rule, 4).scores(Which(), rows, generator())
    chosen = rule(rows, 4, generator())
    assert scores.joint.tolist() == [6006.0, 3003.0, 0.0]
    met = torch.where(chosen < 0, rows[:, None], chosen)
    assert torch.equal(scores.product, (1000 * rows[:, None] + met).float())


def test_partners_come_from_the_pool():
    pool = torch.tensor([[50.0], [60.0]])
    table = numbered(SameCode.against(CODES, torch.tensor([2, 7])), 2, pool)
    scores = table.scores(Which(), torch.tensor([0, 3]), generator())
    assert scores.product.tolist() == [[50.0, 50.0], [3003.0, 3003.0]]


def test_same_generator_same_partners():
    for rule in (SameCode.within(CODES), reweighting(n=6)[0]):
        one, same, other = (rule(every(6), 3, generator(seed)) for seed in (0, 0, 1))
        assert torch.equal(one, same)
        assert not torch.equal(one, other)


def test_needs_a_partner():
    with pytest.raises(InputError, match="m is 0; each pair needs 1 negative or more"):
        numbered(SameCode.within(CODES), 0)
