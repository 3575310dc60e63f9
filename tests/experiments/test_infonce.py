"""The experiment at a tiny size: what it measures, that it goes on, and that its page is its own."""

import math
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import chi2

from infonats.critics import Critic
from infonats.errors import CheckpointError
from infonats.tasks import make

EXPERIMENTS = Path(__file__).parents[2] / "experiments"


@pytest.fixture
def infonce(monkeypatch):
    """The experiment on 40 samples, evaluated every 5 iterations."""
    monkeypatch.syspath_prepend(str(EXPERIMENTS))
    for name in ("_runs", "infonce"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import infonce  # type: ignore[import-not-found]

    for name, value in {"SAMPLES": 40, "FRESH_BLOCKS": 2, "TEST_BLOCKS": 3, "EVERY": 5}.items():
        monkeypatch.setattr(infonce, name, value)
    return infonce


@pytest.fixture
def command(infonce, monkeypatch, capsys, tmp_path):
    """Run the script with arguments; what it printed."""

    def invoke(*arguments):
        monkeypatch.setattr(sys, "argv", ["infonce.py", "--out", str(tmp_path / "out"), *arguments])
        infonce.main()
        return capsys.readouterr().out

    return invoke


def test_it_measures_goes_on_and_prints(infonce, command, tmp_path):
    first = command("--steps", "10")
    assert "- the truth: 4.982 (exact)" in first
    assert max(map(len, first.replace(str(tmp_path), "").splitlines())) <= 80
    assert (tmp_path / "out" / "gaussian.png").stat().st_size > 1000
    longer = infonce.run("gaussian", 20, tmp_path / "out", 0)
    whole = infonce.run("gaussian", 20, tmp_path / "other", 0)
    assert (longer.own, longer.fresh) == (whole.own, whole.fresh)
    assert list(whole.own) == [0, 5, 10, 15, 20]
    assert longer.history.curves() == whole.history.curves()
    assert longer.stopped == whole.stopped
    assert longer.stopped.n == 3 * 40


@pytest.mark.parametrize("name", ["mixed", "shared-mixture"])
def test_the_other_data(infonce, command, name):
    printed = command("--steps", "5", "--data", name)
    assert f"- the truth: {make(infonce.TASKS[name]).mutual_information:.3f}" in printed
    assert "published" not in printed


def test_fewer_iterations_than_were_done_are_refused(infonce, command, monkeypatch, tmp_path):
    command("--steps", "10")
    with pytest.raises(CheckpointError, match="has taken 10 steps, and max_steps asks for 5"):
        infonce.run("gaussian", 5, tmp_path / "out", 0)
    with pytest.raises(SystemExit, match=r"^error: .* has taken 10 steps"):
        command("--steps", "5")


def test_the_settings_are_the_published_ones(infonce):
    config = infonce.config(60_000)
    assert (config.learning_rate, config.betas, config.weight_decay) == (1e-4, (0.5, 0.999), 0.0)
    critic = infonce.objective(make("6v6-normal-0.9"), 0).critic
    assert {tuple(p.shape) for p in critic.parameters()} == {(100, 6), (100,), (100, 100), (1, 100), (1,)}
    weights = torch.cat([p.flatten() for p in critic.parameters() if p.dim() > 1])
    assert weights.std().item() == pytest.approx(0.02, rel=4 / math.sqrt(2 * len(weights)))
    assert not any(p.any() for p in critic.parameters() if p.dim() == 1)


class Exact(Critic):
    """The log ratio of a task, as a critic."""

    def __init__(self, task):
        super().__init__()
        self.task = task

    def forward(self, x, y):
        x, y = torch.broadcast_tensors(x, y)
        return self.task.pointwise(x.reshape(-1, 6).double(), y.reshape(-1, 6).double()).reshape(x.shape[:-1])


def test_the_exact_log_ratio_is_scored_like_a_critic(infonce):
    task = make("6v6-normal-0.9")
    samples = infonce.draw(task, 0).samples
    scores = infonce.blocks(Exact(task), samples)
    value = infonce.infonce(infonce.Scores.from_all_pairs(scores)).item()
    assert infonce.exact_value(task, samples) == pytest.approx(value, abs=1e-12)


def excess(pairs, points, rho=0.9):
    """How far an even mixture of correlations rho and -rho falls short of one of them, by the midpoint rule.

    I = -pairs/2 log(1 - rho^2) - log 2 + E log(1 + e^-D), where D, the log ratio of one component to the
    other under the first, is rho/(1 - rho^2) ((1 + rho) A - (1 - rho) B) with A, B chi-squared of `pairs`.
    """
    quantiles = chi2.ppf((np.arange(points) + 0.5) / points, pairs)
    d = rho / (1 - rho) * quantiles[:, None] - rho / (1 + rho) * quantiles
    return math.log(2) - np.logaddexp(0, -d).mean()


@pytest.mark.parametrize(("name", "pairs"), [("mixed-gaussian-0.9", 1), ("mixed-gaussian-shared-0.9-6", 6)])
def test_truths_of_the_mixtures_by_quadrature(name, pairs):
    coarse, fine = (excess(pairs, points) for points in (500, 1000))
    truth, expected = make(name).truth(), -pairs / 2 * math.log(1 - 0.9**2) - fine
    assert truth.value == pytest.approx(expected, abs=4 * truth.stderr + abs(fine - coarse))


def test_the_page_holds_the_result_of_every_run_that_it_shows(infonce):
    page = (EXPERIMENTS.parent / "docs" / "experiments" / "infonce.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"<!-- ([\w-]+) -->\n(.*?)<!-- /\1 -->", page, re.DOTALL))
    assert set(blocks) == set(infonce.TASKS)
    for name, task in infonce.TASKS.items():
        if blocks[name].strip():
            assert f"- the truth: {make(task).mutual_information:.3f}" in blocks[name]
            assert (EXPERIMENTS.parent / "docs" / "images" / f"infonce-{name}.png").is_file()


def test_a_page_without_its_marks_is_refused(infonce, tmp_path):
    (tmp_path / "page.md").write_text("<!-- gaussian -->\nno end")
    with pytest.raises(ValueError, match=r"has no <!-- gaussian --> \.\.\. <!-- /gaussian -->"):
        infonce.write_between(tmp_path / "page.md", "gaussian", "text")
