import dataclasses

import pytest
import torch

from infonats import objectives
from infonats.bounds import BOUNDS, MINE, NWJ, TUBA, InfoNCE
from infonats.critics import JointCritic
from infonats.negatives import AllPairs, Shifts
from infonats.nn import seeded
from infonats.objectives import Contrastive, Objective, Step

every_bound = pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.name)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def data(n=12):
    return torch.randn(n, 2, generator=generator(1)), torch.randn(n, 3, generator=generator(2))


def critic():
    built = seeded(lambda: JointCritic(2, 3, (8,)), generator())
    with torch.no_grad():
        built.form.weight.copy_(torch.randn(3, 2, generator=generator(3)))
    return built


@every_bound
def test_is_the_bound_of_its_scores(bound):
    objective = Contrastive(critic(), bound()).eval()
    x, y = data()
    scores = AllPairs()(objective.critic, x, y, None)
    if bound.needs != "nothing":
        scores = dataclasses.replace(scores, baseline=objective.baseline(x, y))
    step = objective(x, y)
    assert isinstance(step, Step)
    assert step.value.item() == bound().value(scores).item()
    assert step.loss.item() == bound().eval().loss(scores).item()


@every_bound
def test_gradients_reach_the_data_and_the_critic(bound):
    objective, (x, y) = Contrastive(critic(), bound()), data()
    x, y = x.requires_grad_(), y.requires_grad_()
    step = objective(x, y)
    step.loss.backward()
    assert not step.value.requires_grad
    assert x.grad.any(1).all()
    assert y.grad.any(1).all()
    assert objective.critic.form.weight.grad.any()


@every_bound
def test_a_plain_loop_lowers_the_loss(bound):
    """As a researcher would write it: any optimiser, no trainer."""
    objective = getattr(objectives, bound.__name__)(critic())
    x, y = data(40)
    y = y + x[:, :1]
    optimiser = torch.optim.Adam(objective.parameters(), 0.02)
    before = objective.eval()(x, y).loss.item()
    objective.train()
    for _ in range(60):
        step = objective(x, y)
        optimiser.zero_grad()
        step.loss.backward()
        optimiser.step()
    assert objective.eval()(x, y).loss.item() < before - 0.1


@every_bound
def test_evaluation_changes_nothing(bound):
    objective = Contrastive(critic(), bound(), Shifts(3))
    objective(*data(), generator())
    objective.eval()
    before = {name: tensor.clone() for name, tensor in objective.state_dict().items()}
    first = objective(*data(), generator())
    assert objective(*data(), generator()).loss.item() == first.loss.item()
    assert all(torch.equal(tensor, before[name]) for name, tensor in objective.state_dict().items())


@every_bound
def test_state_dict_round_trip(bound):
    trained = Contrastive(critic(), bound())
    trained(*data())
    fresh = Contrastive(seeded(lambda: JointCritic(2, 3, (8,)), generator(9)), bound())
    fresh.load_state_dict(trained.state_dict())
    assert fresh(*data()).loss.item() == trained(*data()).loss.item()


def test_state_of_the_bound_is_part_of_the_state():
    names = Contrastive(critic(), MINE()).state_dict()
    assert {"bound.log_sum", "bound.updates", "critic.form.weight"} <= set(names)


def test_negatives_for_training_and_for_validation():
    seen = []

    class Spy(Shifts):
        def __call__(self, critic, x, y, generator):
            seen.append(self.m)
            return super().__call__(critic, x, y, generator)

    objective = Contrastive(critic(), InfoNCE(), Spy(2), Spy(5))
    objective.train()(*data(), generator())
    objective.eval()(*data(), generator())
    same = Contrastive(critic(), InfoNCE(), Spy(3))
    same.train()(*data(), generator())
    same.eval()(*data(), generator())
    assert seen == [2, 5, 3, 3]


def test_constructors_take_parameters_of_the_bound_and_negatives():
    objective = objectives.MINE(critic(), Shifts(2), rate=0.5)
    assert objective.bound.rate == 0.5
    assert objective.negatives == Shifts(2)
    assert objectives.NWJ(critic()).negatives == AllPairs()
    assert type(objectives.NWJ(critic()).bound) is NWJ
    assert isinstance(objective, Objective)


@every_bound
def test_constructors_introduce_themselves(bound):
    build = getattr(objectives, bound.__name__)
    assert build.__name__ == bound.__name__
    assert bound.summary in build.__doc__
    assert bound.__name__ in dir(objectives)


def test_unknown_objective():
    with pytest.raises(AttributeError, match="has no attribute 'SNIS'"):
        objectives.SNIS  # noqa: B018


def test_mine_gradient_is_the_one_that_it_prints():
    """At a moving average Z the gradient is E[dT] - E[e^T dT] / Z, where dv has its own batch mean for Z."""
    from infonats.functional import mine
    from infonats.scores import Scores

    joint, product = torch.zeros(3), torch.tensor([[0.0, 1.0], [2.0, -1.0], [0.5, 0.5]], requires_grad=True)
    log_z = torch.tensor(0.7)
    mine(Scores(joint, product), log_z).backward()
    torch.testing.assert_close(product.grad, -product.detach().exp() / 6 / log_z.exp())


def test_mine_average_is_unbiased_from_the_start():
    """Equal batches give their own mean at once; afterwards it is the weighted mean of all of them."""
    from infonats.scores import Scores

    bound, rate, means = MINE(rate=0.1), 0.1, []
    for t in range(1, 6):
        product = torch.full((3, 2), float(t), requires_grad=True)
        bound.loss(Scores(torch.zeros(3), product)).backward()
        means.append(float(torch.tensor(float(t)).exp()))
        weights = [rate * (1 - rate) ** (t - 1 - i) for i in range(t)]
        z = sum(w * m for w, m in zip(weights, means, strict=True)) / sum(weights)
        expected = torch.full((3, 2), means[-1] / 6 / z)
        torch.testing.assert_close(product.grad, expected, rtol=1e-5, atol=0)


@every_bound
def test_a_baseline_is_learned_where_one_is_needed(bound):
    objective = Contrastive(critic(), bound())
    x, y = data()
    if bound.needs == "nothing":
        assert objective.baseline is None
        return
    assert not {id(p) for p in objective.baseline.parameters()} & {id(p) for p in objective.critic.parameters()}
    assert objective.baseline(x, y).shape == (12,)
    seen = not torch.equal(objective.baseline(x, y), objective.baseline(x, y + 1.0))
    assert seen == (bound.needs == "pair")
    before = objective.baseline(x, y)
    objective(x, y).loss.backward()
    with torch.no_grad():
        for parameter in objective.baseline.parameters():
            parameter -= 0.1 * parameter.grad
    assert not torch.equal(objective.baseline(x, y), before)


def test_a_baseline_of_ones_own():
    class Constant(torch.nn.Module):
        def forward(self, x, y):
            return torch.full((len(x),), 1.0)

    (x, y), scorer = data(), critic()
    own = Contrastive(scorer, TUBA(), baseline=Constant()).eval()(x, y).value
    torch.testing.assert_close(own, Contrastive(scorer, NWJ()).eval()(x, y).value)
