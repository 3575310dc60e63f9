"""A run that is kept: killed at any step it goes on to the same bits; what is not its own is refused."""

import dataclasses
import json
import math
import os
import signal
import subprocess
import sys
import textwrap
import threading
import warnings
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from infonats.bounds import MINE, InfoNCE
from infonats.checkpoint import FILE
from infonats.critics import JointCritic
from infonats.densities import DensityConfig, Gaussian
from infonats.errors import CheckpointError, CheckpointWarning, EstimationError, Interrupted
from infonats.negatives import MemoryQueue, Proposal, Shifts
from infonats.nn import seeded
from infonats.objectives import Contrastive
from infonats.train import TrainConfig, train
from infonats.watch import Watch

CONFIG = TrainConfig(max_steps=60, batch_size=32, evaluate_every=7, patience=50, learning_rate=0.01)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def pairs(n=100, seed=0, rho=0.9):
    x, noise = torch.randn(2, n, 1, generator=generator(seed))
    return x, rho * x + math.sqrt(1 - rho**2) * noise


class Fatal(Contrastive):
    """An objective that does something drastic at one of its training batches."""

    at, act = None, None

    def forward(self, x, y, generator=None):
        self._batches = getattr(self, "_batches", 0) + self.training
        if self._batches == self.at and self.training:
            self.act()
        return super().forward(x, y, generator)


def fatal(bound=MINE, negatives=None, at=None, act=None, seed=0):
    objective = Fatal(seeded(lambda: JointCritic(1, 1, (8,)), generator(seed)), bound(), negatives or Shifts(3))
    # Underscored, so that the run with the accident is recognised as the one without.
    Fatal.at, Fatal.act = at, staticmethod(act) if act else None
    return objective


def go(objective, folder=None, config=CONFIG, seed=0, data=None, every=0.0):
    watch = Watch(checkpoint=folder, every=every)
    return train(objective, data or pairs(), pairs(60, seed=1), config, generator(seed), watch)


def outcome(objective, history):
    return {name: t.tolist() for name, t in objective.state_dict().items()}, history.curves(), history.best_step


def undisturbed(config=CONFIG, **what):
    objective = fatal(**what)
    return outcome(objective, go(objective, config=config))


class CrashError(Exception):
    """Stands for a death of the process."""


def crash():
    raise CrashError


# The same bits


@pytest.mark.parametrize(
    "what",
    [
        {"bound": MINE, "negatives": Shifts(3)},
        {"bound": InfoNCE, "negatives": None},
        {"bound": InfoNCE, "negatives": MemoryQueue(50)},
    ],
    ids=["moving average", "plain", "buffer outside state_dict"],
)
@pytest.mark.parametrize("steps", [(1, 3), (7, 8), (20, 40), (60, 60)])
def test_a_run_that_dies_goes_on_to_the_same_bits(tmp_path, what, steps):
    fresh = dict(what)

    def build(**accident):
        queue = fresh["negatives"]
        negatives = MemoryQueue(queue.capacity) if isinstance(queue, MemoryQueue) else queue
        return fatal(fresh["bound"], negatives, **accident)

    for at in steps:
        done = 0 if not (tmp_path / FILE).exists() else steps[0] - 1
        with pytest.raises(CrashError):
            go(build(at=max(1, at - done), act=crash), tmp_path)
    resumed = build()
    history = go(resumed, tmp_path)
    whole = build()
    assert outcome(resumed, history) == outcome(whole, go(whole))


def test_the_file_may_be_older_than_the_death(tmp_path):
    with pytest.raises(CrashError):
        go(fatal(at=10, act=crash), tmp_path)
    old = (tmp_path / FILE).read_bytes()
    with pytest.raises(CrashError):
        go(fatal(at=30, act=crash), tmp_path)
    (tmp_path / FILE).write_bytes(old)
    resumed = fatal()
    assert outcome(resumed, go(resumed, tmp_path)) == undisturbed()


def test_a_finished_run_is_read_and_not_repeated(tmp_path):
    first = fatal()
    expected = outcome(first, go(first, tmp_path, every=1e9))
    again = fatal(at=1, act=crash)
    assert outcome(again, go(again, tmp_path)) == expected == undisturbed()
    assert not again.training


def test_early_stopping_and_the_best_state_are_kept(tmp_path):
    config = dataclasses.replace(CONFIG, max_steps=2000, patience=3, learning_rate=0.05)
    expected = undisturbed(config)
    last = int(expected[1]["step"][-1])
    assert last < 2000
    with pytest.raises(CrashError):
        go(fatal(at=last - 1, act=crash), tmp_path, config)
    resumed = fatal()
    history = go(resumed, tmp_path, config)
    assert outcome(resumed, history) == expected
    assert history.reason == "no improvement"


def test_more_steps_can_be_asked_for_and_fewer_not(tmp_path):
    go(fatal(), tmp_path, dataclasses.replace(CONFIG, max_steps=63))
    longer = dataclasses.replace(CONFIG, max_steps=100)
    resumed = fatal()
    assert outcome(resumed, go(resumed, tmp_path, longer)) == undisturbed(longer)
    with pytest.raises(CheckpointError, match="has taken 100 steps, and max_steps asks for 60"):
        go(fatal(), tmp_path)


def test_what_was_evaluated_at_the_end_stays_evaluated_where_more_steps_follow(tmp_path):
    go(fatal(), tmp_path)
    history = go(fatal(), tmp_path, dataclasses.replace(CONFIG, max_steps=70))
    assert list(history.steps[-4:]) == [56, 60, 63, 70]


def test_divergence_is_kept_with_its_reason(tmp_path):
    def poison():
        for parameter in objective.parameters():
            parameter.data.fill_(math.nan)

    objective = fatal(at=30, act=poison)
    first = outcome(objective, go(objective, tmp_path))
    again = fatal()
    history = go(again, tmp_path)
    assert history.reason == "diverged"
    assert history.best_step == 28
    assert repr(outcome(again, history)) == repr(first), "not-a-numbers equal nothing, but read alike"


def test_hopeless_from_the_start_stays_so(tmp_path):
    data = tuple(torch.full((60, 1), math.inf) for _ in range(2))
    for _ in range(2):
        with pytest.raises(EstimationError, match="not finite even before training"):
            train(fatal(), pairs(), data, CONFIG, generator(), Watch(checkpoint=tmp_path))


# A process that is killed

CHILD = textwrap.dedent(
    """
    import importlib.util, os, signal, sys
    spec = importlib.util.spec_from_file_location(sys.argv[5], sys.argv[1])
    kept = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(kept)
    act = lambda: os.kill(os.getpid(), getattr(signal, sys.argv[3]))
    kept.go(kept.fatal(at=int(sys.argv[4]), act=act), kept.Path(sys.argv[2]))
    print("finished")
    """
)


def killed(folder, name, at):
    command = [sys.executable, "-c", CHILD, __file__, str(folder), name, str(at), __name__]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_kill_9_loses_nothing(tmp_path):
    child = killed(tmp_path, "SIGKILL", 25)
    assert (child.returncode, child.stdout) == (-signal.SIGKILL, "")
    resumed = fatal()
    assert outcome(resumed, go(resumed, tmp_path)) == undisturbed()


def test_sigterm_stops_a_process_cleanly(tmp_path):
    child = killed(tmp_path, "SIGTERM", 25)
    assert child.returncode != 0
    assert (
        f"Interrupted: Training stopped after step 25 of at most 60; the same call goes on from {tmp_path}"
        in (child.stderr)
    )
    resumed = fatal()
    assert outcome(resumed, go(resumed, tmp_path)) == undisturbed()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_it_writes_and_stops(tmp_path, number):
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    objective = fatal(at=10, act=lambda: os.kill(os.getpid(), number))
    with pytest.raises(Interrupted, match="stopped after step 10 of at most 60; the same call goes on from"):
        go(objective, tmp_path, every=1e9)
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
    resumed = fatal()
    assert outcome(resumed, go(resumed, tmp_path)) == undisturbed()


def test_asked_twice_it_stops_at_once(tmp_path):
    def insist():
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(KeyboardInterrupt) as stopped:
        go(fatal(at=10, act=insist), tmp_path, every=1e9)
    assert not isinstance(stopped.value, Interrupted)


def test_in_another_thread_signals_are_left_alone(tmp_path):
    done = []
    objective = fatal()
    thread = threading.Thread(target=lambda: done.append(go(objective, tmp_path)))
    thread.start()
    thread.join()
    assert outcome(objective, done[0]) == undisturbed()


# What is refused


@pytest.fixture
def kept(tmp_path):
    with pytest.raises(CrashError):
        go(fatal(at=10, act=crash), tmp_path)
    return tmp_path


def test_a_truncated_file(kept):
    whole = (kept / FILE).read_bytes()
    for size in (0, 4, 100, len(whole) - 1):
        (kept / FILE).write_bytes(whole[:size])
        with pytest.raises(CheckpointError, match="is no checkpoint of 'infonats run 2': truncated, foreign"):
            go(fatal(), kept)


def test_a_foreign_file_is_refused_and_never_run(kept):
    pickled = b"cos\nsystem\n(S'touch " + str(kept / "ran").encode() + b"'\ntR."
    (kept / FILE).write_bytes(pickled)
    with pytest.raises(CheckpointError, match="Give another folder, or delete the file to start anew"):
        go(fatal(), kept)
    assert not (kept / "ran").exists()


def rewritten(folder, change):
    with safe_open(folder / FILE, framework="pt") as file:
        header = json.loads(file.metadata()["infonats"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    change(header, tensors)
    save_file(tensors, folder / FILE, {"infonats": json.dumps(header)})


@pytest.mark.parametrize(
    "change",
    [
        lambda header, tensors: header.update(format="infonats run 99"),
        lambda header, tensors: header.pop("identity"),
        lambda header, tensors: header["facts"].pop("position"),
        lambda header, tensors: header["facts"].update(stopping=3),
        lambda header, tensors: header["facts"].update(step=None),
        lambda header, tensors: header["facts"].update(step=-10),
        lambda header, tensors: tensors.pop("objective/critic.form.weight"),
        lambda header, tensors: tensors.pop("average/0"),
        lambda header, tensors: tensors.update({"objective/critic.form.weight": torch.zeros(3, 3)}),
        lambda header, tensors: tensors.update({"generator/state": torch.zeros(3, dtype=torch.uint8)}),
    ],
)
def test_a_damaged_file(kept, change):
    rewritten(kept, change)
    with pytest.raises(CheckpointError, match="is no checkpoint of 'infonats run 2'"):
        go(fatal(), kept)


def test_settings_that_are_none(kept):
    rewritten(kept, lambda header, tensors: header["identity"].update(settings=True))
    with pytest.raises(CheckpointError, match=r"differs in: settings\. To go on"):
        go(fatal(), kept)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"config": dataclasses.replace(CONFIG, learning_rate=0.02)},
            r"differs in: settings \(learning_rate was 0\.01, is 0\.02\)\. To go on, repeat",
        ),
        ({"data": pairs(seed=5)}, r"differs in: training rows\. "),
        ({"seed": 1}, r"differs in: seed\. "),
        ({"objective": lambda: fatal(seed=1)}, r"differs in: seed\. "),
        ({"objective": lambda: fatal(bound=InfoNCE)}, r"differs in: objective, seed\. "),
        ({"objective": lambda: fatal(negatives=Shifts(4))}, r"differs in: objective\. "),
        ({"objective": lambda: fatal(lambda: MINE(rate=0.1))}, r"differs in: objective\. "),
    ],
)
def test_another_run(kept, changed, message):
    objective = changed.pop("objective", fatal)()
    with pytest.raises(CheckpointError, match=message):
        go(objective, kept, **changed)


def test_other_validation_rows(kept):
    with pytest.raises(CheckpointError, match="differs in: validation rows"):
        train(fatal(), pairs(), pairs(60, seed=2), CONFIG, generator(), Watch(checkpoint=kept))


def test_draws_from_another_density(tmp_path):
    def proposal(shift):
        density = seeded(lambda: Gaussian(1, 1, DensityConfig(hidden=(4,))), generator())
        next(density.parameters()).data.add_(shift)
        return fatal(negatives=Proposal(density, 2))

    go(proposal(0.0), tmp_path)
    with pytest.raises(CheckpointError, match="differs in: objective"):
        go(proposal(1.0), tmp_path)


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "run").write_text("notes")
    with pytest.raises(CheckpointError, match="run is a file; a checkpoint takes a folder"):
        go(fatal(), tmp_path / "run")


# What cannot be written


def full(*_):
    raise OSError(28, "No space left on device")


def test_where_nothing_can_be_written_it_warns_once_and_trains_on(tmp_path, monkeypatch):
    monkeypatch.setattr("infonats.checkpoint.write_whole", full)
    objective = fatal()
    with pytest.warns(
        CheckpointWarning, match="Cannot write .*No space left on device. Training goes on"
    ) as said:
        history = go(objective, tmp_path)
    assert len(said) == 1
    assert outcome(objective, history) == undisturbed()


def test_the_parts_of_a_run_warn_once_together(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "infonats.checkpoint.write_whole", lambda *_: (_ for _ in ()).throw(OSError(28, "full"))
    )
    whole = Watch(checkpoint=tmp_path)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for i in range(2):
            train(fatal(), pairs(), pairs(60), CONFIG, generator(), whole.part(i, 2, "fold"))
    assert len(said) == 1


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="needs a folder that not even root can write to")
def test_a_read_only_folder():
    objective = fatal()
    with pytest.warns(CheckpointWarning, match="Cannot write the checkpoint /proc/"):
        history = go(objective, Path("/proc/nowhere"))
    assert outcome(objective, history) == undisturbed()
