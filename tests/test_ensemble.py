"""Objectives trained at once end as each would alone."""

import dataclasses
import math

import pytest
import torch
from torch import nn

from infonats import ensemble
from infonats.adamw import AdamW, side_by_side
from infonats.bounds import BOUNDS, MINE, InfoNCE
from infonats.callbacks import Callback
from infonats.critics import BilinearCritic, Critic, JointCritic, Offset, SeparableCritic
from infonats.ensemble import at_once, train_many
from infonats.errors import CheckpointError, EstimationError, InputError
from infonats.negatives import AllPairs, Derangements, MemoryQueue, Permutation, Shifts
from infonats.nn import StackedLinear, seeded
from infonats.objectives import Contrastive
from infonats.stack import stackable, widest
from infonats.together import Together
from infonats.train import TrainConfig, train
from infonats.watch import Watch

CONFIG = TrainConfig(max_steps=40, batch_size=32, evaluate_every=5, patience=3, learning_rate=0.02)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def pairs(seed=0, n=90, rho=0.8):
    x, noise = torch.randn(2, n, 2, generator=generator(seed), dtype=torch.float64)
    return x, rho * x + math.sqrt(1 - rho**2) * noise


def build(seed=0, critic=JointCritic, bound=MINE, negatives=None, dtype=torch.float64):
    made = seeded(lambda: critic(2, 2, (8, 8)), generator(seed))
    return Contrastive(made, bound(), negatives or Shifts(3)).to(dtype)


def at_the_same_time(objectives, config=CONFIG, data=None, watch=None):
    """Rows, validation rows and generators that differ from member to member, in number too."""
    many = range(len(objectives))
    return train_many(
        objectives,
        data or [pairs(i, 90 + i) for i in many],
        [pairs(100 + i, 50 + i) for i in many],
        config,
        [generator(i) for i in many],
        watch,
    )


def alone(objectives, config=CONFIG):
    return [
        train(objective, pairs(i, 90 + i), pairs(100 + i, 50 + i), config, generator(i))
        for i, objective in enumerate(objectives)
    ]


def assert_equal(objectives, histories, others, other_histories, tolerance):
    for ours, theirs in zip(histories, other_histories, strict=True):
        assert (ours.steps, ours.best_step, ours.reason) == (theirs.steps, theirs.best_step, theirs.reason)
        assert ours.validation_values == pytest.approx(theirs.validation_values, abs=tolerance)
        assert ours.validation_losses == pytest.approx(theirs.validation_losses, abs=tolerance)
        assert ours.curves()["train"] == pytest.approx(theirs.curves()["train"], abs=tolerance)
    for i, (objective, other) in enumerate(zip(objectives, others, strict=True)):
        x, y = pairs(7 + i)
        assert not objective.training
        torch.testing.assert_close(objective.log_ratio(x, y), other.log_ratio(x, y), atol=1e-6, rtol=0)
        assert objective.state_dict().keys() == other.state_dict().keys()


@pytest.fixture
def never_alone(monkeypatch):
    monkeypatch.setattr(ensemble, "train", lambda *_: pytest.fail("was trained alone"))


# Equality. In float64, because Adam divides a gradient that is zero but for rounding, r, by |r| + 1e-8: in
# float32 scores wander in the directions in which a bound is invariant. In float64, r is about 1e-16, and 40
# steps of .02 move them by some 1e-8; what the bound sees agrees to 1e-12: 1e-9 leaves a thousandfold.


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.name)
def test_every_bound(bound, never_alone):
    ours, theirs = ([build(s, bound=bound) for s in range(3)] for _ in range(2))
    histories = at_the_same_time(ours)
    assert_equal(ours, histories, theirs, alone(theirs), 1e-9)


@pytest.mark.parametrize("critic", [JointCritic, SeparableCritic, BilinearCritic])
@pytest.mark.parametrize("negatives", [AllPairs(), Shifts(2), Derangements(2), Permutation()], ids=repr)
def test_every_critic_and_rule(critic, negatives, never_alone):
    ours, theirs = ([build(s, critic, InfoNCE, negatives) for s in range(3)] for _ in range(2))
    histories = at_the_same_time(ours)
    assert_equal(ours, histories, theirs, alone(theirs), 1e-9)


def test_each_stops_by_itself_and_goes_back_to_its_own_best():
    config = dataclasses.replace(CONFIG, max_steps=400, learning_rate=0.05)
    ours, theirs = ([build(s) for s in range(4)] for _ in range(2))
    histories = at_the_same_time(ours, config)
    assert len({history.steps[-1] for history in histories}) > 1, "they all stop at once: nothing is tested"
    assert {history.reason for history in histories} == {"no improvement"}
    assert_equal(ours, histories, theirs, alone(theirs, config), 1e-9)


def test_float32_differs_by_rounding():
    ours, theirs = ([build(s, bound=InfoNCE, dtype=torch.float32) for s in range(3)] for _ in range(2))
    rows = [tuple(t.float() for t in pairs(i)) for i in range(3)]
    histories = train_many(ours, rows, rows, CONFIG, [generator(i) for i in range(3)])
    for i, (objective, history) in enumerate(zip(theirs, histories, strict=True)):
        other = train(objective, rows[i], rows[i], CONFIG, generator(i))
        assert history.steps == other.steps
        # 40 steps of a hundred additions of numbers of about one: a few hundred roundings of 6e-8.
        assert history.validation_values == pytest.approx(other.validation_values, abs=3e-5)


@pytest.mark.parametrize(
    "settings", [{"averaging": 0.0}, {"clip": 1e-3}, {"betas": (0.5, 0.9)}, {"weight_decay": 1.0}]
)
def test_every_setting_reaches_the_members(settings):
    config = dataclasses.replace(CONFIG, **settings)
    ours, theirs, plain = ([build(s) for s in range(2)] for _ in range(3))
    assert_equal(ours, at_the_same_time(ours, config), theirs, alone(theirs, config), 1e-9)
    at_the_same_time(plain)
    x, y = pairs()
    assert not torch.allclose(ours[0].log_ratio(x, y), plain[0].log_ratio(x, y), atol=1e-6)


@pytest.mark.parametrize(("every", "evaluated"), [(7, [0, 7, 13]), (10**6, [0, 13])])
def test_at_most_max_steps_are_taken_and_the_last_is_evaluated(every, evaluated):
    config = dataclasses.replace(CONFIG, max_steps=13, evaluate_every=every)
    ours, theirs = ([build(s) for s in range(2)] for _ in range(2))
    histories = at_the_same_time(ours, config)
    assert [list(history.steps) for history in histories] == [evaluated] * 2
    assert_equal(ours, histories, theirs, alone(theirs, config), 1e-9)


def test_a_baseline_and_an_offset_are_stacked_too(never_alone):
    def objective(seed):
        critic = seeded(lambda: Offset(JointCritic(2, 2, (8,)), 1.0), generator(seed))
        bound = next(bound for bound in BOUNDS if bound.name == "tuba")()
        return Contrastive(critic, bound, Shifts(3)).double()

    ours, theirs = ([objective(s) for s in range(3)] for _ in range(2))
    assert ours[0].baseline is not None
    assert_equal(ours, at_the_same_time(ours), theirs, alone(theirs), 1e-9)


def test_one_that_diverges_leaves_the_others_as_they_are(never_alone):
    ours, theirs = ([build(s) for s in range(3)] for _ in range(2))
    x, y = pairs(1, 91)
    x[5] = math.inf
    data = [pairs(0, 90), (x, y), pairs(2, 92)]
    histories = at_the_same_time(ours, data=data)
    assert histories[1].reason == "diverged"
    others = alone(theirs)
    del ours[1], theirs[1], histories[1], others[1]
    for ours_now, theirs_now, i in zip(histories, others, (0, 2), strict=True):
        assert ours_now.validation_values == pytest.approx(theirs_now.validation_values, abs=1e-9), i


# What is not trained at once


def test_what_cannot_be_stacked_is_trained_alone(monkeypatch):
    monkeypatch.setattr(ensemble, "Together", lambda *_: pytest.fail("was stacked"))
    ours, theirs = ([build(s, negatives=MemoryQueue(40), bound=InfoNCE) for s in range(2)] for _ in range(2))
    assert_equal(ours, at_the_same_time(ours), theirs, alone(theirs), 0.0)


class Odd(Critic):
    """A critic with a parameter of its own."""

    def __init__(self, dx, dy, hidden):
        super().__init__()
        self.critic, self.slope = JointCritic(dx, dy, hidden), nn.Parameter(torch.tensor(0.5))

    def forward(self, x, y):
        return self.slope * self.critic(x, y)


@pytest.mark.parametrize(
    "objectives",
    [
        [build(0), build(1, bound=InfoNCE)],
        [build(0), build(1, negatives=Shifts(4))],
        [build(0), build(1, critic=SeparableCritic)],
        [build(0), Contrastive(JointCritic(2, 2, (4, 8)), MINE(), Shifts(3)).double()],
        [build(0, critic=Odd), build(1, critic=Odd)],
        [build(0, negatives=MemoryQueue(4)), build(1, negatives=MemoryQueue(4))],
        [build(0).requires_grad_(False), build(1).requires_grad_(False)],
    ],
    ids=["bound", "negatives", "critic", "widths", "a parameter of its own", "a queue", "frozen"],
)
def test_stackable_are_dense_contrastive_objectives_of_one_build(objectives):
    assert not stackable(objectives)
    assert stackable([build(0), build(1)])


def test_batches_of_different_sizes_are_not_stacked():
    data = [pairs(0, 20), pairs(1, 21)]
    assert not ensemble.alike([build(0), build(1)], data, CONFIG)
    assert ensemble.alike([build(0), build(1)], data, dataclasses.replace(CONFIG, batch_size=20))


def test_as_many_at_once_as_the_cache_holds(monkeypatch):
    objective, (x, y) = build(), pairs()
    assert widest(objective, x[:32], y[:32]) == 32 * (3 + 1) * 8
    monkeypatch.setattr(ensemble, "CACHED", 2 * 32 * 4 * 8 + 1)
    assert at_once(objective, (x, y), CONFIG) == 2
    sizes, begin = [], Together.__init__
    monkeypatch.setattr(
        Together, "__init__", lambda run, some, *rest: sizes.append(len(some)) or begin(run, some, *rest)
    )
    ours, theirs = ([build(s) for s in range(5)] for _ in range(2))
    assert_equal(ours, at_the_same_time(ours), theirs, alone(theirs), 1e-9)
    assert sizes == [2, 2]


def test_all_pairs_of_a_joint_critic_are_counted():
    x, y = pairs()
    assert widest(build(negatives=AllPairs()), x[:10], y[:10]) == 10 * 10 * 8
    assert widest(build(negatives=AllPairs(), critic=SeparableCritic), x[:64], y[:64]) == 64 * 63


# Watching, errors, and what is left behind


class Seen(Callback):
    def __init__(self):
        self.views, self.closed = [], 0

    def __call__(self, view):
        assert not view.objective.training
        self.views.append((id(view.objective), view.step, view.value, view.last))

    def close(self):
        self.closed += 1


def test_watchers_see_every_member_and_progress_ends_with_the_work():
    seen, told = Seen(), []
    ours = [build(s) for s in range(3)]
    histories = at_the_same_time(ours, watch=Watch(lambda *report: told.append(report), (seen,)))
    for objective, history in zip(ours, histories, strict=True):
        own = [view[1:] for view in seen.views if view[0] == id(objective)]
        assert [(step, value) for step, value, _ in own] == list(
            zip(history.steps, history.validation_values, strict=True)
        )
        assert [last for *_, last in own] == [False] * (len(own) - 1) + [True]
    assert seen.closed == 3
    done, totals, messages = zip(*told, strict=True)
    assert set(totals) == {3 * 40}
    assert list(done) == sorted(done)
    assert done[-1] == 3 * 40
    assert messages[0].endswith("validation 0.000 nats, mean of 3 at once")


def test_the_same_seeds_give_the_same_bits():
    first, second = ([build(s) for s in range(3)] for _ in range(2))
    at_the_same_time(first)
    at_the_same_time(second)
    for ours, theirs in zip(first, second, strict=True):
        for a, b in zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True):
            assert torch.equal(a, b)


class CrashError(Exception):
    """Stands for a death of the process."""


def dying(reports):
    told = []

    def progress(step, total, message):
        told.append(step)
        if len(told) == reports:
            raise CrashError

    return progress


@pytest.mark.parametrize("deaths", [(1,), (2, 3), (4, 4, 1)])
def test_a_run_that_dies_goes_on_to_the_same_bits(tmp_path, deaths):
    config = dataclasses.replace(CONFIG, max_steps=80, learning_rate=0.05)
    whole = [build(s) for s in range(4)]
    histories = at_the_same_time(whole, config)
    assert len({history.steps[-1] for history in histories}) > 1, "they all stop at once: little is tested"
    for reports in deaths:
        watch = Watch(dying(reports), checkpoint=tmp_path, every=0.0)
        with pytest.raises(CrashError):
            at_the_same_time([build(s) for s in range(4)], config, watch=watch)
    resumed = [build(s) for s in range(4)]
    again = at_the_same_time(resumed, config, watch=Watch(checkpoint=tmp_path))
    assert [path.parent.name for path in tmp_path.rglob("*.safetensors")] == ["members-1-4"]
    for ours, theirs in zip(again, histories, strict=True):
        assert ours.curves() == theirs.curves()
        assert (ours.best_step, ours.reason) == (theirs.best_step, theirs.reason)
    for ours, theirs in zip(resumed, whole, strict=True):
        for name, tensor in ours.state_dict().items():
            assert torch.equal(tensor, theirs.state_dict()[name]), name


def test_the_checkpoint_of_others_is_refused(tmp_path):
    at_the_same_time([build(s) for s in range(2)], watch=Watch(checkpoint=tmp_path))
    with pytest.raises(CheckpointError, match="which differs in: seed"):
        at_the_same_time([build(s) for s in (0, 2)], watch=Watch(checkpoint=tmp_path))


def test_shared_rows_are_held_once():
    rows = pairs()
    ours, theirs = ([build(s) for s in range(3)] for _ in range(2))
    generators = [generator(i) for i in range(3)]
    run = Together(ours, [rows] * 3, CONFIG, generators)
    assert run.rows.x is rows[0]
    histories = train_many(ours, [rows] * 3, [rows] * 3, CONFIG, [generator(i) for i in range(3)])
    others = [train(o, rows, rows, CONFIG, generator(i)) for i, o in enumerate(theirs)]
    assert_equal(ours, histories, theirs, others, 1e-9)


def test_members_own_their_parameters_afterwards():
    ours = [build(s) for s in range(2)]
    at_the_same_time(ours)
    for objective in ours:
        for tensor in objective.state_dict().values():
            assert tensor.untyped_storage().nbytes() == tensor.numel() * tensor.element_size()
    before = ours[1].log_ratio(*pairs()).clone()
    with torch.no_grad():
        for parameter in ours[0].parameters():
            parameter.fill_(0.0)
    assert torch.equal(ours[1].log_ratio(*pairs()), before)


def test_one_of_each_is_needed():
    with pytest.raises(
        InputError, match="2 objectives have 1 sets of rows, 2 of validation rows and 2 generators"
    ):
        train_many([build(0), build(1)], [pairs()], [pairs()] * 2, CONFIG, [generator()] * 2)
    with pytest.raises(InputError, match="0 objectives"):
        train_many([], [], [], CONFIG, [])


def test_not_finite_before_training():
    x, y = pairs()
    with pytest.raises(EstimationError, match="not finite even before training"):
        train_many(
            [build(0), build(1)],
            [(x, y)] * 2,
            [(x, y), (x * math.nan, y)],
            CONFIG,
            [generator(0), generator(1)],
        )


# Parts


def test_parameters_of_several_kinds_are_refused():
    parameters = [nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(2, dtype=torch.float64))]
    with pytest.raises(
        InputError, match=r"The parameters to train are torch.float\d\d on cpu, torch.float\d\d on"
    ):
        side_by_side(parameters)
    with pytest.raises(InputError, match="to train are none; give some"):
        side_by_side([])


def test_adamw_equals_that_of_torch():
    config = TrainConfig(learning_rate=0.1, weight_decay=0.3, betas=(0.7, 0.95), clip=0.5)
    start = torch.randn(3, 7, generator=generator(), dtype=torch.float64)
    ours = AdamW(start.clone(), config)
    theirs = [nn.Parameter(row.clone()) for row in start]
    optimisers = [
        torch.optim.AdamW([row], config.learning_rate, config.betas, weight_decay=config.weight_decay)
        for row in theirs
    ]
    for step in range(20):
        gradient = torch.randn(3, 7, generator=generator(step), dtype=torch.float64) * 10.0 ** (step % 3 - 1)
        for row, part, optimiser in zip(theirs, gradient, optimisers, strict=True):
            row.grad = part.clone()
            nn.utils.clip_grad_norm_([row], config.clip)
            optimiser.step()
        ours.step(gradient)
    torch.testing.assert_close(
        ours.parameters, torch.stack([row.detach() for row in theirs]), atol=1e-12, rtol=0
    )


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(4,), (4, 5), (2, 1, 6)])
def test_a_stacked_layer_is_each_layer(bias, shape):
    layers = [seeded(lambda: nn.Linear(3, 2, bias=bias), generator(i)).double() for i in range(3)]
    weight = torch.stack([layer.weight for layer in layers])
    x = torch.randn(3, *shape, 3, generator=generator(), dtype=torch.float64)
    stacked = StackedLinear(weight, torch.stack([layer.bias for layer in layers]) if bias else None)
    expected = torch.stack([layer(part) for layer, part in zip(layers, x, strict=True)])
    torch.testing.assert_close(stacked(x), expected, atol=1e-15, rtol=1e-13)
