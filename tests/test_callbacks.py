import math

import jaxtyping
import pytest
import torch
from torch import nn

from infonats.callbacks import Best, EarlyStopping, History
from infonats.errors import InputError


def run(mode, patience, values):
    """The steps that were best so far, the step after which it stopped, and why."""
    stopping = EarlyStopping(mode, patience)
    best = []
    for step, value in enumerate(values):
        if stopping.update(value):
            best.append(step)
        if stopping.reason:
            return best, step, stopping.reason
    return best, None, ""


@pytest.mark.parametrize("offset", [-100.0, 0.0, 100.0])
@pytest.mark.parametrize("mode", ["min", "max"])
def test_either_direction_and_any_sign(mode, offset):
    sign = 1 if mode == "min" else -1
    falling = [5.0, 4.0, 4.5, 3.0, 2.0, 2.5, 2.0, 2.1]
    values = [offset + sign * value for value in falling]
    assert run(mode, 3, values) == ([0, 1, 3, 4], 7, "no improvement")


@pytest.mark.parametrize("mode", ["min", "max"])
def test_a_plateau_stops(mode):
    assert run(mode, 2, [1.0] * 9) == ([0], 2, "no improvement")


def test_improvement_never_stops():
    assert run("max", 1, [-5.0, -4.0, -3.0, -1.0, 0.0, 1.0]) == (list(range(6)), None, "")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("mode", ["min", "max"])
def test_what_is_not_finite_is_never_better(mode, value):
    assert run(mode, 5, [1.0, value, 0.0, 2.0]) == ([0], 1, "diverged")
    assert run(mode, 5, [value]) == ([], 0, "diverged")


def test_unknown_mode(monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(InputError, match="mode is 'down'; it must be 'min' or 'max'"):
        EarlyStopping("down", 3)


def counting():
    module = nn.Module()
    module.weight = nn.Parameter(torch.zeros(2))
    module.register_buffer("count", torch.tensor(0))
    return module


def change(module):
    module.weight.data.add_(1.0)
    module.count.add_(1)


def test_best_keeps_a_copy_of_parameters_and_buffers():
    module, best = counting(), Best()
    assert not best
    change(module)
    best.keep(module, 7)
    assert best
    change(module)
    assert best.restore(module) == 7
    assert module.weight.tolist() == [1.0, 1.0]
    assert module.count.item() == 1
    change(module)
    assert best.restore(module) == 7
    assert module.count.item() == 1


def test_restoring_nothing_changes_nothing():
    module = counting()
    change(module)
    assert Best().restore(module) == 0
    assert module.count.item() == 1


def history(evaluations):
    kept = History()
    for i in range(evaluations):
        if i:
            kept.train(torch.tensor(10.0 * i), torch.tensor(-10.0 * i))
        kept.validation(5 * i, float(i), -float(i))
    return kept


@pytest.mark.parametrize("evaluations", [1, 2, 4])
def test_curves_are_equally_long(evaluations):
    curves = history(evaluations).curves()
    assert set(curves) == {"step", "train", "validation"}
    steps = range(1, evaluations)
    assert curves["step"] == tuple(5.0 * i for i in steps)
    assert curves["train"] == tuple(10.0 * i for i in steps)
    assert curves["validation"] == tuple(float(i) for i in steps)


def test_train_value_at_best():
    kept = history(4)
    assert kept.train_value_at_best() == 0.0
    kept.best_step = 10
    assert kept.train_value_at_best() == 20.0


# Pictures


def test_history_plots_curves_averages_truth_and_a_share_of_it():
    axes = history(5).plot(truth=2.0, smooth=2, share=0.8)
    lines = {line.get_label(): line.get_ydata() for line in axes.lines}
    assert lines["train"] == pytest.approx([10.0, 15.0, 25.0, 35.0])
    assert lines["validation"] == pytest.approx([1.0, 1.5, 2.5, 3.5])
    assert set(lines["truth"]) == {2.0}
    assert set(lines["80 % of the truth"]) == {1.6}
    raw = [line.get_ydata().tolist() for line in axes.lines if line.get_label().startswith("_")]
    assert [10.0, 20.0, 30.0, 40.0] in raw


def test_history_plots_on_given_axes_and_only_what_is_known():
    from matplotlib.figure import Figure

    given = Figure().add_subplot()
    assert history(3).plot(given) is given
    assert [line.get_label() for line in given.lines] == ["train", "validation"]


def test_smoothing_is_of_one_evaluation_or_more():
    with pytest.raises(InputError, match="smooth is 0; give how many evaluations to average, 1 or more"):
        history(3).plot(smooth=0)
