"""Estimators whose training is kept: folds, stages, and what has nothing to keep."""

import numpy as np
import pytest

import infonats
from infonats import mutual_information
from infonats.errors import CheckpointError, InputError
from infonats.estimators import make

BRIEF = {"max_steps": 40, "batch_size": 32, "evaluate_every": 10, "hidden": (8,), "patience": 50}


def gaussian(n=120):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(n)
    return x, 0.8 * x + 0.6 * rng.standard_normal(n)


class CrashError(Exception):
    """Stands for a death of the process."""


def dying(reports):
    """Progress that dies at the given report."""

    def report(step, total, message):
        nonlocal reports
        reports -= 1
        if reports < 0:
            raise CrashError

    return report


@pytest.mark.parametrize(
    ("method", "parameters", "files"),
    [
        ("mine", {}, {"run.safetensors"}),
        ("mine", {"folds": 3}, {"folds-1-3/run.safetensors"}),
        ("doe", {"conditional": "mixture"}, {"run.safetensors", "marginal/run.safetensors"}),
        ("gm", {"conditional": "mixture"}, {f"{m}run.safetensors" for m in ("", "marginal/", "marginal-x/")}),
        (
            "doe+infonce",
            {"folds": 3},
            {f"fold-{i}/stage-{j}/run.safetensors" for i in (1, 2, 3) for j in (1, 2)},
        ),
    ],
)
def test_an_interrupted_estimate_goes_on_to_the_same_bits(tmp_path, method, parameters, files):
    x, y = gaussian()
    settings = {"method": method, **BRIEF, **parameters}
    expected = mutual_information(x, y, **settings)
    for reports in (3, 4):
        with pytest.raises(CrashError):
            mutual_information(x, y, checkpoint=tmp_path, progress=dying(reports), **settings)
    assert mutual_information(x, y, checkpoint=tmp_path, **settings) == expected
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.safetensors")} == files
    silent = mutual_information(x, y, checkpoint=tmp_path, progress=dying(0), **settings)
    assert silent == expected, "what is finished is read and not trained again"


def test_other_data_is_refused(tmp_path):
    x, y = gaussian()
    make("mine", **BRIEF).fit(x, y, checkpoint=tmp_path)
    with pytest.raises(CheckpointError, match="differs in: training rows, validation rows"):
        make("mine", **BRIEF).fit(x, -y, checkpoint=tmp_path)


def test_log_by_name(tmp_path):
    pytest.importorskip("tensorboard")
    x, y = gaussian()
    kept = {"track": f"tensorboard:{tmp_path}"}
    assert mutual_information(x, y, method="mine", **BRIEF, **kept) == mutual_information(
        x, y, method="mine", **BRIEF
    )
    assert [path.name[:6] for path in tmp_path.iterdir()] == ["events"]


@pytest.mark.parametrize("kept", [{"checkpoint": "folder"}, {"track": "tensorboard"}])
def test_closed_forms_have_nothing_to_keep(kept):
    x, y = gaussian()
    with pytest.raises(InputError, match="ksg computes its value at once: there is no training to keep"):
        mutual_information(x, y, method="ksg", **kept)
    with pytest.raises(InputError, match="gaussian computes its value at once"):
        infonats.Gaussian().fit(x, y, **kept)


def test_divergence_comes_with_a_remedy(tmp_path):
    x, y = gaussian()
    wild = {**BRIEF, "learning_rate": 1e30, "clip": 1e30}
    found = mutual_information(x, y, method="nwj", checkpoint=tmp_path, **wild)
    remedy = "Training diverged and went back to its best state; try a smaller learning_rate."
    assert remedy in found.diagnostics
    again = mutual_information(x, y, method="nwj", checkpoint=tmp_path, **wild)
    assert again.to_json() == found.to_json(), "not-a-numbers equal nothing, but read alike"
