import dataclasses
import itertools
import math
from pathlib import Path

import jaxtyping
import pytest
import torch
from torch import nn

from infonats.bounds import NWJ, InfoNCE
from infonats.callbacks import Callback
from infonats.critics import JointCritic
from infonats.errors import EstimationError, InputError
from infonats.evaluation import CHUNK
from infonats.negatives import Shifts
from infonats.nn import seeded
from infonats.objectives import Contrastive, Objective, Step
from infonats.train import TrainConfig, evaluate, train
from infonats.watch import Watch

QUICK = TrainConfig(
    max_steps=60, batch_size=32, evaluate_every=5, patience=4, learning_rate=0.01, averaging=0.0
)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def pairs(n=120, rho=0.9, seed=0):
    x, noise = torch.randn(2, n, 1, generator=generator(seed))
    return x, rho * x + math.sqrt(1 - rho**2) * noise


def contrastive(bound=InfoNCE, negatives=None, seed=0):
    critic = seeded(lambda: JointCritic(1, 1, (8,)), generator(seed))
    return Contrastive(critic, bound(), negatives)


class Scripted(Objective):
    """An objective whose validation losses are given; each training step adds one to `steps`."""

    def __init__(self, losses, training_loss=0.0):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.register_buffer("steps", torch.tensor(0))
        self.losses, self.evaluations, self.training_loss = losses, 0, training_loss

    def forward(self, x, y, generator=None):
        if self.training:
            self.steps += 1
            loss = (self.weight * x.mean() + self.weight).sum() + self.training_loss
            return Step(loss, -loss.detach())
        loss = self.losses[min(self.evaluations, len(self.losses) - 1)]
        self.evaluations += 1
        return Step(torch.tensor(float(loss)), torch.tensor(-float(loss)))


def run(objective, config=QUICK, seed=0, watch=None):
    return train(objective, pairs(), pairs(60, seed=1), config, generator(seed), watch)


def same(first, second):
    return all(torch.equal(a, b) for a, b in zip(first.values(), second.values(), strict=True))


# When it stops, and what it keeps


@pytest.mark.parametrize("offset", [-50.0, 0.0, 50.0])
def test_stops_after_patience_at_any_sign(offset):
    objective = Scripted([offset + loss for loss in (3, 2, 1, 2, 3, 2, 3, 2, 3)])
    history = run(objective)
    assert history.reason == "no improvement"
    assert (history.best_step, history.steps[-1]) == (10, 30)
    assert objective.steps.item() == 10, "the best state is not the one that was kept"


def test_a_bound_that_only_falls_keeps_the_untrained_state():
    objective = Scripted([-1, 0, 1, 2, 3, 4])
    before = objective.weight.detach().clone()
    history = run(objective)
    assert (history.best_step, history.steps[-1]) == (0, 20)
    assert torch.equal(objective.weight, before)
    assert history.train_value_at_best() == 0.0


def test_improvement_uses_all_steps():
    history = run(Scripted(range(0, -100, -1)))
    assert history.reason == ""
    assert (history.best_step, history.steps[-1]) == (60, 60)


@pytest.mark.parametrize(
    ("max_steps", "every", "evaluated"),
    [
        (60, 7, [0, 7, 14, 21, 28, 35, 42, 49, 56, 60]),
        (3, 10**6, [0, 3]),
        (5, 5, [0, 5]),
        (6, 5, [0, 5, 6]),
        (10, 5, [0, 5, 10]),
    ],
)
def test_steps_are_at_most_max_steps_and_the_last_is_evaluated(max_steps, every, evaluated):
    config = TrainConfig(max_steps=max_steps, evaluate_every=every, averaging=0.0)
    objective = Scripted(range(0, -100, -1))
    history = run(objective, config)
    assert list(history.steps) == evaluated
    assert history.best_step == max_steps == objective.steps.item()


def test_the_best_state_by_validation_comes_back():
    objective = contrastive()
    history = run(objective, TrainConfig(max_steps=100, batch_size=32, evaluate_every=5, learning_rate=0.1))
    assert not objective.training
    best = min(history.validation_losses)
    assert evaluate(objective, pairs(60, seed=1)).loss.item() == pytest.approx(best, abs=1e-6)
    assert history.validation_losses.index(best) == history.steps.index(history.best_step) > 0


def test_the_average_is_what_is_kept():
    plain, averaged = (
        TrainConfig(max_steps=20, batch_size=32, evaluate_every=20, averaging=a) for a in (0.0, 0.99)
    )
    first, second = contrastive(), contrastive()
    run(first, plain)
    history = run(second, averaged)
    assert not same(first.state_dict(), second.state_dict())
    kept = evaluate(second, pairs(60, seed=1)).value.item()
    assert kept == pytest.approx(history.validation_values[-1], abs=1e-6)


def test_learns():
    objective = contrastive()
    history = run(objective, TrainConfig(max_steps=100, batch_size=64, averaging=0.5, learning_rate=0.03))
    assert history.validation_values[0] == pytest.approx(0.0, abs=1e-6)
    assert max(history.validation_values) > 0.5
    assert history.train_value_at_best() > 0.5


# History


@pytest.mark.parametrize("losses", [[0, 1], range(0, -100, -1), [0, -1, math.nan]])
def test_curves_are_equally_long(losses):
    history = run(Scripted(losses))
    curves = history.curves()
    assert {len(curve) for curve in curves.values()} == {len(history.steps) - 1}
    assert curves["step"] == tuple(5.0 * (i + 1) for i in range(len(history.steps) - 1))


def test_training_values_are_those_of_the_steps_before():
    objective = Scripted(range(0, -100, -1), training_loss=2.0)
    history = run(objective, TrainConfig(max_steps=2, evaluate_every=1, learning_rate=1e-9, averaging=0.0))
    assert history.curves()["train"] == pytest.approx((-2.0, -2.0), abs=1e-6)


def test_progress_is_told():
    told = []
    history = run(Scripted([3, 2, 1, 2, 3, 4, 5]), watch=lambda *report: told.append(report))
    assert [(step, total) for step, total, _ in told] == [(step, 60) for step in history.steps]
    assert told[1][2] == "estimate -2.000, validation -2.000 nats"


# Divergence and interruption


def test_divergence_stops_and_goes_back():
    objective = Scripted([3, 2, 1, math.nan, 0, 0])
    history = run(objective)
    assert history.reason == "diverged"
    assert (history.best_step, objective.steps.item()) == (10, 10)


def test_a_training_loss_that_is_not_a_number_stops():
    class Breaks(Contrastive):
        def forward(self, x, y, generator=None):
            step = super().forward(x, y, generator)
            taken.append(self.training)
            return Step(step.loss * (math.nan if self.training and sum(taken) == 8 else 1.0), step.value)

    taken = []
    objective = Breaks(seeded(lambda: JointCritic(1, 1, (8,)), generator()), InfoNCE())
    history = run(objective)
    assert history.reason == "diverged"
    assert history.best_step == 5
    assert all(torch.isfinite(tensor).all() for tensor in objective.state_dict().values())


def test_not_finite_before_training():
    with pytest.raises(EstimationError, match="not finite even before training; rescale the data"):
        run(Scripted([math.nan]))


def test_interruption_passes_through():
    def interrupt(step, total, message):
        if step == 10:
            raise KeyboardInterrupt

    objective = contrastive()
    with pytest.raises(KeyboardInterrupt):
        run(objective, watch=interrupt)
    before = objective.state_dict()
    assert all(torch.isfinite(tensor).all() for tensor in before.values())


# Data and randomness


@pytest.mark.parametrize("n", [2, 7, 31])
def test_fewer_rows_than_a_batch_still_train(n):
    objective = contrastive()
    before = {name: tensor.clone() for name, tensor in objective.state_dict().items()}
    config = TrainConfig(max_steps=10, batch_size=32, evaluate_every=10, averaging=0.0)
    history = train(objective, pairs(n), pairs(n), config, generator())
    assert len(history.curves()["train"]) == 1
    assert not same(before, objective.state_dict())


class Counting(Scripted):
    """Remembers the rows that it was given in training."""

    def __init__(self):
        super().__init__(range(0, -100, -1))
        self.seen = []

    def forward(self, x, y, generator=None):
        if self.training:
            assert torch.equal(x, y)
            self.seen.append(x.flatten().tolist())
        return super().forward(x, y, generator)


@pytest.mark.parametrize(("n", "size", "batch"), [(64, 16, 16), (70, 16, 16), (10, 16, 10)])
def test_batches_are_full_shuffled_and_without_repetition(n, size, batch):
    rows = torch.arange(float(n))[:, None]
    objective = Counting()
    config = TrainConfig(max_steps=4 * (n // batch), batch_size=size, evaluate_every=n // batch)
    train(objective, (rows, rows), (rows, rows), config, generator())
    per_pass = n // batch
    starts = range(0, 4 * per_pass, per_pass)
    passes = [list(itertools.chain(*objective.seen[i : i + per_pass])) for i in starts]
    assert all(len(rows) == batch for rows in objective.seen)
    assert all(len(set(one)) == len(one) == per_pass * batch for one in passes)
    assert len({tuple(one) for one in passes}) == 4
    if n % batch == 0:
        assert all(set(one) == set(range(n)) for one in passes)
    else:
        assert set().union(*passes) == set(range(n)), "rows left over never return"


@pytest.mark.parametrize("bound", [InfoNCE, NWJ])
def test_the_generator_decides_all(bound):
    def trained(seed):
        objective = contrastive(bound, Shifts(3))
        history = run(objective, seed=seed)
        return objective.state_dict(), history.curves()

    (first, curves), (again, curves_again), (other, _) = trained(1), trained(1), trained(2)
    assert same(first, again)
    assert curves == curves_again
    assert not same(first, other)


def test_global_generators_are_neither_read_nor_moved():
    def trained():
        objective = contrastive(negatives=Shifts(3))
        run(objective)
        return objective.state_dict()

    first = trained()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(123)
        before = torch.get_rng_state()
        second = trained()
        assert torch.equal(torch.get_rng_state(), before)
    assert same(first, second)


def test_data_is_left_as_it_was():
    x, y = pairs()
    train(contrastive(), (x, y), (x, y), QUICK, generator())
    assert torch.equal(x, pairs()[0])
    assert torch.equal(y, pairs()[1])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_on_the_device_of_the_data():
    objective = contrastive(negatives=Shifts(3)).cuda()
    data, validation = ([t.cuda() for t in pairs(n)] for n in (120, 60))
    history = train(objective, tuple(data), tuple(validation), QUICK, generator())
    assert history.train_values[0].device.type == "cuda"
    assert next(objective.parameters()).device.type == "cuda"


# Evaluation


def test_evaluation_changes_nothing_and_is_repeatable():
    objective = contrastive(negatives=Shifts(3)).train()
    run(objective, TrainConfig(max_steps=20, evaluate_every=20))
    before = {name: tensor.clone() for name, tensor in objective.state_dict().items()}
    values = {evaluate(objective, pairs(60)).value.item() for _ in range(3)}
    assert len(values) == 1
    assert same(before, objective.state_dict())


def test_a_part_of_many_validation_rows_judges():
    config, seen = dataclasses.replace(QUICK, validation_rows=40), []
    train(contrastive(), pairs(), pairs(60, seed=1), config, generator(), Watch(callbacks=(Validation(seen),)))
    x, y = pairs(60, seed=1)
    rows = {tuple(row) for row in torch.cat([x, y], 1).tolist()}
    assert {len(part) for part, _ in seen} == {40}
    assert all(torch.equal(part, seen[0][0]) for part, _ in seen)
    assert len(chosen := {tuple(row) for row in torch.cat(seen[0], 1).tolist()}) == 40
    assert chosen < rows


class Validation(Callback):
    """Remembers the rows that judged."""

    def __init__(self, seen):
        self.seen = seen

    def __call__(self, view):
        self.seen.append(view.validation)


def test_evaluation_of_many_rows_averages_equal_parts():
    objective = contrastive(negatives=Shifts(2))
    with torch.no_grad():
        objective.critic.form.weight.fill_(0.5)
    x, y = pairs(2 * CHUNK)
    g = torch.Generator().manual_seed(0)
    halves = [objective.eval()(x[rows], y[rows], g).value for rows in (slice(CHUNK), slice(CHUNK, None))]
    whole = evaluate(objective, (x, y)).value
    assert whole.item() == pytest.approx(torch.stack(halves).mean().item(), abs=1e-6)


# Configuration


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"max_steps": 0}, "max_steps is 0; it must be positive"),
        ({"learning_rate": 0.0}, r"learning_rate is 0\.0; it must be positive"),
        ({"learning_rate": math.nan}, "learning_rate is nan; it must be positive"),
        ({"clip": -1.0}, r"clip is -1\.0; it must be positive"),
        ({"evaluate_every": 0}, "evaluate_every is 0; it must be positive"),
        ({"validation_rows": 0}, "validation_rows is 0; it must be positive"),
        ({"patience": -2}, "patience is -2; it must be positive"),
        ({"batch_size": 1}, "batch_size is 1; negatives need batches of 2 or more"),
        ({"weight_decay": -0.1}, r"weight_decay is -0\.1; it must be at least 0"),
        ({"betas": (0.9, 1.0)}, r"betas is \(0\.9, 1\.0\); give two numbers of at least 0 and below 1"),
        ({"averaging": 1.0}, r"averaging is 1\.0; it must be at least 0 and below 1"),
        ({"averaging": -0.1}, r"averaging is -0\.1; it must be at least 0 and below 1"),
    ],
)
def test_bad_configuration(parameters, message):
    with pytest.raises(InputError, match=message):
        TrainConfig(**parameters)


def test_betas_are_two(monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(InputError, match=r"betas is \(0\.9,\); give two numbers"):
        TrainConfig(betas=(0.9,))


def test_betas_reach_the_optimiser():
    plain, quick = contrastive(), contrastive()
    run(plain, QUICK)
    run(quick, dataclasses.replace(QUICK, betas=(0.5, 0.9)))
    assert not same(plain.state_dict(), quick.state_dict())


# Callbacks


class Recorder(Callback):
    """Remembers what it saw, and whether it was closed."""

    def __init__(self, stop_at=None):
        self.seen, self.closed, self.stop_at = [], 0, stop_at

    def __call__(self, view):
        self.seen.append((view.step, view.total, view.value, view.loss, view.best_value, view.last))
        self.trained = (view.train_value, view.train_loss, view.seconds_left)
        assert evaluate(view.objective, view.validation).value.item() == view.value
        assert not view.objective.training
        if view.step == self.stop_at:
            raise RuntimeError("stop here")

    def close(self):
        self.closed += 1


def test_callbacks_see_every_evaluation():
    recorder, objective = Recorder(), contrastive()
    history = run(objective, watch=Watch(callbacks=(recorder,)))
    steps, totals, values, losses, best, last = zip(*recorder.seen, strict=True)
    assert list(steps) == history.steps
    assert set(totals) == {60}
    assert (list(values), list(losses)) == (history.validation_values, history.validation_losses)
    assert best[-1] == history.validation_values[history.steps.index(history.best_step)]
    assert last == (*[False] * (len(last) - 1), True)
    trained, loss, left = recorder.trained
    assert trained == history.train_values[-1].item()
    assert loss == history.train_losses[-1].item() == pytest.approx(-trained)
    assert left >= 0.0
    assert recorder.closed == 1


def test_before_the_first_step_there_is_no_training_value():
    recorder = Recorder(stop_at=0)
    with pytest.raises(RuntimeError, match="stop here"):
        run(contrastive(), watch=Watch(callbacks=(recorder,)))
    assert recorder.trained == (None, None, None)
    assert recorder.closed == 1


def test_watching_changes_nothing():
    def trained(watch):
        objective = contrastive(negatives=Shifts(3))
        run(objective, watch=watch)
        return objective.state_dict()

    assert same(trained(None), trained(Watch(lambda *_: None, (Recorder(),))))


def test_the_example_of_the_documentation_runs(capsys):
    page = (Path(__file__).parents[1] / "docs" / "long-runs.md").read_text(encoding="utf-8")
    parts = [part.partition("```")[0] for part in page.split("```python\n")[1:]]
    code = "".join(part for part in parts if not part.startswith("# program.py"))
    with torch.random.fork_rng(devices=[]):
        exec(compile(code, "long-runs.md", "exec"), {"__name__": "example"})
    assert [int(line.split()[0]) for line in capsys.readouterr().out.splitlines()] == [0, 25, 50]


def test_the_learning_rate_decays_by_steps():
    """Plain steps of the size of the rate: AdamW's first steps move every weight by it."""

    class Slope(Objective):
        def __init__(self):
            super().__init__()
            self.w = torch.nn.Parameter(torch.zeros(()))

        def forward(self, x, y, generator=None):
            return Step(self.w + 0.0 * x.sum(), self.w.detach())

    objective, rows = Slope(), torch.ones(4, 1)
    config = TrainConfig(
        max_steps=4,
        batch_size=4,
        learning_rate=0.1,
        weight_decay=0.0,
        averaging=0.0,
        evaluate_every=1,
        decay=0.5,
        decay_every=2,
    )
    history = train(objective, (rows, rows), (rows, rows), config, torch.Generator().manual_seed(0))
    assert history.validation_values == pytest.approx([0.0, -0.1, -0.2, -0.25, -0.3], abs=1e-6)
    with pytest.raises(InputError, match=r"decay is 1\.5"):
        TrainConfig(decay=1.5)


def test_a_player_that_waits_for_its_turn_stays_where_it_is():
    """Neither momentum nor weight decay moves what the loss of a step does not reach."""

    class Turns(Objective):
        def __init__(self):
            super().__init__()
            self.a, self.b = (torch.nn.Parameter(torch.ones(())) for _ in range(2))
            self.seen = []

        def forward(self, x, y, generator=None):
            if self.training:
                self.seen.append((self.a.item(), self.b.item()))
            player = self.a if len(self.seen) % 2 else self.b
            return Step(player + 0.0 * x.sum(), player.detach())

    objective, rows = Turns(), torch.ones(4, 1)
    config = TrainConfig(max_steps=6, batch_size=4, averaging=0.0, evaluate_every=1, patience=10)
    train(objective, (rows, rows), (rows, rows), config, torch.Generator().manual_seed(0))
    moves = [tuple(x != y for x, y in zip(*pair, strict=True)) for pair in itertools.pairwise(objective.seen)]
    assert moves == [(True, False), (False, True), (True, False), (False, True), (True, False)]
