"""The gradient by hand equals that of automatic differentiation, and steps aside where it could not."""

import copy
import dataclasses

import pytest
import torch
from torch import nn

from infonats.backprop import Backprop, by_hand
from infonats.bounds import BOUNDS, DV, FLO, MINE, NWJ, TUBA, InfoNCE
from infonats.critics import BilinearCritic, Critic, JointCritic, Offset, SeparableCritic
from infonats.critics.terms import Inner, Terms
from infonats.negatives import AllPairs, Derangements, InBatch, MemoryQueue, Permutation, Shifts
from infonats.nn import ACTIVATIONS, MLP, seeded
from infonats.objectives import Contrastive
from infonats.run import Run
from infonats.scores import Scores
from infonats.slopes import ByHand, Graph
from infonats.stack import Graphs, Stack, flat
from infonats.train import TrainConfig, train

CRITICS = [JointCritic, SeparableCritic, BilinearCritic]
RULES = [AllPairs(), Shifts(1), Shifts(5), Derangements(3), Permutation()]
N = 16


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def rows(seed=0, n=N, dtype=torch.float64):
    g = generator(seed)
    return torch.randn(n, 3, generator=g, dtype=dtype), torch.randn(n, 2, generator=g, dtype=dtype)


def objective(critic=JointCritic, bound=MINE, negatives=None, act="silu", seed=0):
    """With no parameter at zero, so that every one has a gradient to be compared."""
    built = critic if isinstance(critic, Critic) else seeded(lambda: critic(3, 2, (8, 6), act), generator(seed))
    whole = Contrastive(built, bound(), negatives or Shifts(2)).double().train()
    with torch.no_grad():
        for i, parameter in enumerate(whole.parameters()):
            noise = torch.randn(parameter.shape, generator=generator(50 * seed + i), dtype=torch.float64)
            parameter.add_(0.3 * noise)
    return whole


def of_graph(whole, x, y, seed=1):
    """Loss, value and gradient by automatic differentiation, of a copy."""
    other = copy.deepcopy(whole)
    step = other(x, y, generator(seed))
    parts = torch.autograd.grad(step.loss, list(other.parameters()), materialize_grads=True, allow_unused=True)
    return step.loss.item(), step.value.item(), torch.cat([part.flatten() for part in parts])


def of_hand(members, x, y):
    """The same of several members at once, drawing as `of_graph` does."""
    network, k = Backprop(members[0], flat(members)), len(members)
    drawn = [m.negatives.rows(len(x[0]), generator(1), x.device) for m in members]
    outputs = network.forward(x, y, None if drawn[0] is None else torch.stack(drawn))
    found = []
    for i, member in enumerate(copy.deepcopy(members)):
        leaves = [output[i].clone().requires_grad_() for output in outputs]
        loss, value = member.bound.measured(Scores(*leaves))
        slopes = torch.autograd.grad(loss, leaves, materialize_grads=True, allow_unused=True)
        found.append((loss.item(), value.item(), slopes))
    gradient = network.backward([torch.stack([slopes[j] for *_, slopes in found]) for j in range(len(outputs))])
    return [(loss, value, gradient[i]) for i, (loss, value, _) in zip(range(k), found, strict=True)]


def assert_equal(members, dtype, tolerance):
    """`tolerance` is relative to the largest number of a gradient: rounding of a sum is that of its parts."""
    members = [member.to(dtype) for member in members]
    batches = [rows(i, dtype=dtype) for i in range(len(members))]
    assert by_hand(members[0])
    ours = of_hand(members, *(torch.stack(part) for part in zip(*batches, strict=True)))
    for member, batch, (loss, value, gradient) in zip(members, batches, ours, strict=True):
        expected_loss, expected_value, expected = of_graph(member, *batch)
        assert loss == pytest.approx(expected_loss, rel=tolerance, abs=tolerance)
        assert value == pytest.approx(expected_value, rel=tolerance, abs=tolerance)
        assert expected.abs().max() > 1e-3, "nothing is compared"
        torch.testing.assert_close(gradient, expected, rtol=0, atol=tolerance * expected.abs().max().item())


# Equality


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-5)])
@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("negatives", RULES, ids=repr)
@pytest.mark.parametrize("critic", CRITICS)
def test_every_critic_and_rule(critic, negatives, members, dtype, tolerance):
    assert_equal([objective(critic, InfoNCE, negatives, seed=s) for s in range(members)], dtype, tolerance)


@pytest.mark.parametrize("act", ACTIVATIONS)
@pytest.mark.parametrize("critic", CRITICS)
def test_every_activation(critic, act):
    assert_equal([objective(critic, act=act, seed=s) for s in range(2)], torch.float64, 1e-10)


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.name)
def test_every_bound_and_its_baseline(bound):
    assert_equal([objective(bound=bound)], torch.float64, 1e-10)


@pytest.mark.parametrize("bound", [bound for bound in BOUNDS if bound().knows_slopes], ids=lambda b: b.name)
@pytest.mark.parametrize("m", [1, 5])
def test_slopes_that_a_bound_knows(bound, m):
    """Loss, value, gradients and state, batch after batch, are those of automatic differentiation."""
    ours, theirs = bound().double().train(), bound().double().train()
    for settings in ({}, {"penalty": 0.3, "target": 0.2}) if bound in (DV, MINE) else ({},):
        for part in (ours, theirs):
            vars(part).update(settings)
        for seed in range(3):
            leaves = [
                torch.randn(size, generator=generator(seed), dtype=torch.float64) for size in [(7,), (7, m)]
            ]
            loss, value, slopes = ours.sloped(Scores(*leaves))
            for leaf in leaves:
                leaf.requires_grad_()
            expected_loss, expected_value = theirs.measured(Scores(*leaves))
            expected = torch.autograd.grad(expected_loss, leaves)
            torch.testing.assert_close(
                (loss, value), (expected_loss.detach(), expected_value), rtol=1e-12, atol=1e-12
            )
            torch.testing.assert_close(slopes.parts, expected, rtol=1e-12, atol=1e-12)
            torch.testing.assert_close(
                dict(ours.named_buffers()), dict(theirs.named_buffers()), rtol=1e-12, atol=0
            )


@pytest.mark.parametrize("bound", [bound for bound in BOUNDS if bound().knows_slopes], ids=lambda b: b.name)
def test_slopes_of_several_batches_at_once(bound):
    """Of three members, batch after batch, they are those of each by itself, and so is the state."""
    alone, together = [bound().double().train() for _ in range(3)], bound().double().train()
    for name, buffer in list(together.named_buffers()):
        setattr(together, name, torch.stack([buffer] * 3))
    for seed in range(3):
        joint, product = (
            torch.randn(size, generator=generator(seed), dtype=torch.float64) for size in [(3, 7), (3, 7, 4)]
        )
        loss, value, slopes = together.sloped(Scores(joint, product))
        assert loss.shape == value.shape == (3,)
        for i, one in enumerate(alone):
            expected_loss, expected_value, expected = one.sloped(Scores(joint[i], product[i]))
            torch.testing.assert_close(
                (loss[i], value[i]), (expected_loss, expected_value), rtol=1e-14, atol=1e-14
            )
            torch.testing.assert_close(
                [part[i] for part in slopes.parts], list(expected.parts), rtol=1e-14, atol=1e-14
            )
            for name, buffer in one.named_buffers():
                torch.testing.assert_close(together.get_buffer(name)[i], buffer, rtol=1e-14, atol=0)


def test_bounds_that_know_their_slopes():
    known = {bound.name for bound in BOUNDS if bound().knows_slopes}
    assert known >= {"dv", "mine", "nwj", "js", "smile", "infonce", "nce"}
    assert not Clipped().knows_slopes, "its loss is not that whose slopes it inherits"


def test_a_bound_that_sees_only_some_of_the_scores():
    class Blind(MINE):
        def measured(self, scores):
            return -scores.joint.mean(), scores.joint.mean().detach()

    assert_equal([objective(bound=Blind)], torch.float64, 1e-10)


def test_a_loss_of_ones_own_is_the_one_that_is_followed():
    bound, (x, y) = Clipped().train(), torch.randn(2, 6, generator=generator())
    scores = Scores(x, y[:, None])
    assert bound.measured(scores)[0] == 2 * MINE().train().loss(scores)
    assert_equal([objective(bound=Clipped)], torch.float64, 1e-10)


def test_an_offset_is_added_once():
    critic = Offset(Offset(seeded(lambda: JointCritic(3, 2, (8, 6)), generator()), 0.5), 0.25)
    assert critic.terms().offset == 0.75
    assert_equal([objective(critic, NWJ)], torch.float64, 1e-10)


class Twin(Critic):
    """One network for both sides."""

    def __init__(self, hidden=(8,)):
        super().__init__()
        self.embed = MLP(2, 4, hidden)

    def forward(self, x, y):
        return 0.5 * (self.embed(x) * self.embed(y)).sum(-1)

    def terms(self):
        return Terms((Inner(self.embed, self.embed, 0.5),))


@pytest.mark.parametrize("negatives", [AllPairs(), Shifts(2)], ids=repr)
def test_a_network_that_serves_twice_gets_both_gradients(negatives):
    member = objective(seeded(Twin, generator()), InfoNCE, negatives)
    x, y = (part[:, :2].contiguous() for part in rows())
    (_, _, ours), (_, _, expected) = of_hand([member], x[None], y[None])[0], of_graph(member, x, y)
    torch.testing.assert_close(ours, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("critic", CRITICS)
@pytest.mark.parametrize("bound", [MINE, InfoNCE, TUBA])
def test_training_ends_at_the_same_values(critic, bound, monkeypatch):
    config = TrainConfig(max_steps=40, batch_size=16, evaluate_every=10, learning_rate=0.02)
    ours, theirs = objective(critic, bound), objective(critic, bound)
    data, held_out = rows(0, 90), rows(1, 50)
    history = train(ours, data, held_out, config, generator())
    monkeypatch.setattr("infonats.slopes.by_hand", lambda _: False)
    other = train(theirs, data, held_out, config, generator())
    assert history.steps == other.steps
    # In float64: Adam divides gradients that are zero but for rounding by themselves, see test_ensemble.py.
    assert history.validation_values == pytest.approx(other.validation_values, abs=1e-9)
    assert history.curves()["train"] == pytest.approx(other.curves()["train"], abs=1e-9)


def test_data_is_left_as_it_was():
    x, y = rows()
    before = x.clone(), y.clone()
    of_hand([objective(act="relu")], x[None], y[None])
    assert torch.equal(x, before[0])
    assert torch.equal(y, before[1])


# What is left to automatic differentiation


class Curved(JointCritic):
    """Scores otherwise than it says it does."""

    def forward(self, x, y):
        return torch.tanh(super().forward(x, y))


class Other(Critic):
    """Declares nothing."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(5, 1)

    def forward(self, x, y):
        x, y = torch.broadcast_tensors(x, torch.cat([y, y[..., :1]], -1))
        return self.layer(torch.cat([x, y[..., :2]], -1)).squeeze(-1)


class Half(JointCritic):
    """Has a parameter that its terms do not hold."""

    def __init__(self, *args):
        super().__init__(*args)
        self.spare = nn.Parameter(torch.ones(1))


class OwnScores(Shifts):
    """Scores in its own way."""

    def __call__(self, critic, x, y, generator):
        return super().__call__(critic, 2 * x, y, generator)


def hooked():
    whole = objective()
    whole.critic.trunk.register_forward_hook(lambda *_: None)
    return whole


def frozen():
    whole = objective()
    whole.critic.form.requires_grad_(False)
    return whole


def with_baseline(baseline):
    whole = objective(bound=FLO)
    return Contrastive(whole.critic, FLO(), Shifts(2), baseline=baseline).double()


def starting_with(activation):
    critic = seeded(lambda: JointCritic(3, 2, (8,)), generator())
    critic.project_x = nn.Sequential(activation, critic.project_x)
    return objective(critic)


def unknown():
    critic = seeded(lambda: JointCritic(3, 2, (8,)), generator())
    critic.trunk.append(nn.Hardtanh())
    return objective(critic)


def spoiling():
    critic = seeded(lambda: JointCritic(3, 2, (8,)), generator())
    critic.trunk.append(nn.SiLU(inplace=True))
    return objective(critic)


class Clipped(MINE):
    """A loss of one's own."""

    def loss(self, scores):
        return super().loss(scores).clamp_max(10.0) * 2


ASIDE = {
    "a subclass that scores otherwise": lambda: objective(Curved),
    "nothing declared": lambda: objective(seeded(Other, generator())),
    "an offset of it": lambda: objective(Offset(seeded(Other, generator()), 1.0)),
    "a parameter of its own": lambda: objective(Half),
    "a queue": lambda: objective(negatives=MemoryQueue(8)),
    "a rule with scores of its own": lambda: objective(negatives=OwnScores(2)),
    "a hook": hooked,
    "a frozen layer": frozen,
    "a baseline of one's own": lambda: with_baseline(seeded(Other, generator())),
    "a layer that would overwrite data": lambda: starting_with(nn.ReLU()),
    "an unknown layer": unknown,
    "an activation that forgets what it was given": spoiling,
}


@pytest.mark.parametrize("build", ASIDE.values(), ids=ASIDE)
def test_others_are_differentiated_automatically(build):
    whole = build()
    assert not by_hand(whole)
    run = Run(whole, rows(), TrainConfig(batch_size=8), generator())
    assert type(run.slope) is Graph
    whole.train()
    run._take_step(*next(run.member.batches))
    assert run.recent[0].loss.isfinite()


def test_a_rule_for_negatives_of_ones_own():
    @dataclasses.dataclass(frozen=True)
    class Next(InBatch):
        """Everybody meets the first row, so that one y has many partners and most have none."""

        def rows(self, n, generator, device):
            own = torch.arange(n, device=device)
            return torch.stack([own, torch.zeros_like(own)], 1)

    assert_equal([objective(negatives=Next(), bound=DV, seed=s) for s in range(2)], torch.float64, 1e-10)


def test_autocast_keeps_its_meaning():
    whole = objective().float()
    run = Run(whole, rows(dtype=torch.float32), TrainConfig(batch_size=8), generator())
    assert type(run.slope) is ByHand
    whole.train()
    x, y = rows(3, dtype=torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        ours = run.slope(x, y, generator(5))
        whole.bound.load_state_dict(MINE().state_dict())
        theirs = Graph(whole, list(whole.parameters()))(x, y, generator(5))
    assert torch.equal(ours[1], theirs[1])
    whole.bound.load_state_dict(MINE().state_dict())
    assert not torch.equal(ours[1], run.slope(x, y, generator(5))[1]), "autocast changed nothing"


def test_members_within_autocast_are_differentiated_automatically():
    members = [objective(seed=s).float() for s in range(2)]
    assert type(Stack(members, flat(members)).network) is Backprop
    with torch.autocast("cpu", torch.bfloat16):
        stack = Stack(members, flat(members))
        x, y = (torch.stack([part, part]) for part in rows(dtype=torch.float32))
        losses, _, gradients = stack.step(x, y, Shifts(2).rows(N, generator(), x.device).expand(2, -1, -1))
    assert type(stack.network) is Graphs
    assert losses.isfinite().all()
    assert gradients.abs().sum(1).gt(0).all()


def test_double_backward_of_an_objective_is_as_it_was():
    whole, (x, y) = objective(JointCritic, InfoNCE, AllPairs(), act="tanh"), rows()
    x.requires_grad_()
    (slope,) = torch.autograd.grad(whole(x, y).loss, x, create_graph=True)
    slope.square().sum().backward()
    assert x.grad.abs().max() > 0
