"""What every rule for negatives must do, parametrised over those that the package exports."""

import inspect

import pytest
import torch

from infonats import negatives
from infonats.critics.base import Critic
from infonats.errors import InputError
from infonats.negatives import Negatives
from infonats.scores import Scores

# A proposal and partners pair no rows of the batch: they have tests of their own.
RULES = [
    rule
    for name in negatives.__all__
    if inspect.isclass(rule := getattr(negatives, name))
    and issubclass(rule, Negatives)
    and not inspect.isabstract(rule)
    and rule is not negatives.Proposal
]

pytestmark = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)


class Which(Critic):
    """Scores that tell which rows met: 1000 times the number of x plus the number of y."""

    def forward(self, x, y):
        return (1000 * x + y).squeeze(-1)


def numbered(n):
    rows = torch.arange(float(n))[:, None]
    return rows, rows.clone()


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def met(scores):
    """The numbers of x and of y behind the product scores, each (n, m)."""
    return scores.product // 1000, scores.product % 1000


def test_declared_fixed_points_are_the_ones_it_has(rule):
    y = torch.cat([met(rule()(Which(), *numbered(9), generator(seed)))[1] for seed in range(20)], dim=1)
    assert (y == torch.arange(9.0)[:, None]).any() == rule.fixed_points


@pytest.mark.parametrize("n", [2, 3, 5, 9, 40])
def test_pairs_each_row_with_distinct_others(rule, n):
    for seed in range(5):
        scores = rule()(Which(), *numbered(n), generator(seed))
        x, y = met(scores)
        assert isinstance(scores, Scores)
        assert torch.equal(scores.joint, 1001 * torch.arange(float(n)))
        assert torch.equal(x, torch.arange(float(n))[:, None].expand_as(x))
        assert scores.product.shape[0] == n
        assert 1 <= scores.product.shape[1] <= n - 1
        assert rule.fixed_points or not (x == y).any()
        assert all(len(set(row.tolist())) == len(row) for row in y), "a negative is counted twice"


def test_uses_every_y_equally_often(rule):
    _, y = met(rule()(Which(), *numbered(23), generator()))
    counts = torch.bincount(y.flatten().long(), minlength=23)
    assert (counts == counts[0]).all()


def test_a_function_of_the_generator(rule):
    first, second = (rule()(Which(), *numbered(40), generator(3)) for _ in range(2))
    assert torch.equal(first.product, second.product)


def test_a_batch_of_one_is_an_error(rule):
    with pytest.raises(InputError, match="at least 2 pairs"):
        rule()(Which(), *numbered(1), generator())


def test_keeps_dtype_and_gradients(rule):
    x, y = (t.double().requires_grad_() for t in numbered(5))
    scores = rule()(Which(), x, y, generator())
    assert scores.joint.dtype == scores.product.dtype == torch.float64
    scores.product.sum().backward()
    assert x.grad.all()
    assert y.grad.all()


def test_changes_neither_side(rule):
    x, y = numbered(7)
    rule()(Which(), x, y, generator())
    assert torch.equal(x, numbered(7)[0])
    assert torch.equal(y, numbered(7)[1])
