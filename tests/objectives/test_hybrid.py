"""Objectives over known rows, and of densities with the critic that corrects them."""

import pytest
import torch

from infonats.bounds import DV, TUBA
from infonats.critics import JointCritic
from infonats.densities import Gaussian
from infonats.errors import InputError
from infonats.negatives import Proposal, SameCode, Table
from infonats.nn import seeded
from infonats.objectives import Contrastive, DoE, Joint, OverRows


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def data(n=20, seed=1):
    return torch.randn(n, 2, generator=generator(seed)), torch.randn(n, 3, generator=generator(seed + 1))


def critic():
    built = seeded(lambda: JointCritic(2, 3, (8,)), generator())
    with torch.no_grad():
        built.form.weight.copy_(torch.randn(3, 2, generator=generator(3)))
    return built


def table(n, m, seed=1):
    x, y = data(n, seed)
    return Table(x, y, y, SameCode.within(torch.arange(n) % 3), m)


@pytest.mark.parametrize("bound", [DV, TUBA])
def test_over_rows_is_the_contrastive_step_on_the_table(bound):
    contrastive = Contrastive(critic(), bound())
    tables = table(20, 4), table(12, 6, 5)
    objective = OverRows(contrastive, *tables)
    for used, mode in zip(tables, (True, False), strict=True):
        rows = torch.randperm(len(used.x), generator=generator(4))[:9]
        step = objective.train(mode)(rows[:, None], rows[:, None], generator())
        scores = used.scores(contrastive.critic, rows, generator())
        expected = contrastive.step(scores, used.x[rows], used.y[rows])
        assert step.value.item() == expected.value.item()
    assert all(name.startswith("contrastive.") for name in objective.state_dict())


def test_over_rows_needs_a_generator():
    rows = torch.arange(5)[:, None]
    with pytest.raises(InputError, match="give a generator"):
        OverRows(Contrastive(critic(), DV()), table(20, 4), table(20, 4))(rows, rows)


def joint():
    ratio = seeded(lambda: DoE(Gaussian(2, 3), Gaussian(0, 3)), generator())
    correction = Contrastive(critic(), DV(), Proposal(ratio.conditional, 4))
    return ratio, correction


def test_joint_is_the_sum_and_no_gradient_passes_through_the_draws():
    (ratio, correction), (x, y) = joint(), data()
    both = Joint(ratio, correction)(x, y, generator())
    parts = ratio(x, y), correction(x, y, generator())
    assert both.loss.item() == pytest.approx(sum(part.loss.item() for part in parts), rel=1e-6)
    assert both.value.item() == pytest.approx(sum(part.value.item() for part in parts), rel=1e-6)
    both.loss.backward()
    found = [parameter.grad.clone() for parameter in ratio.parameters() if parameter.grad is not None]
    ratio.zero_grad(set_to_none=True)
    parts[0].loss.backward()
    alone = [parameter.grad for parameter in ratio.parameters() if parameter.grad is not None]
    for one, other in zip(found, alone, strict=True):
        torch.testing.assert_close(one, other)
    assert correction.critic.form.weight.grad.any()


def test_joint_draws_follow_the_densities():
    """The critic's loss is of draws as the densities are now, not as they were."""
    (ratio, correction), (x, y) = joint(), data()
    objective = Joint(ratio, correction)
    before = objective(x, y, generator()).loss - ratio(x, y).loss
    with torch.no_grad():
        ratio.conditional.mean.base.add_(3.0)
    after = objective(x, y, generator()).loss - ratio(x, y).loss
    assert abs(after - before) > 0.1
