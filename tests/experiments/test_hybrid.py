"""The hybrid experiment at a tiny size: the task it is about, every model, going on, the page it writes."""

import importlib
import json
import math
import sys
from pathlib import Path

import pytest
import torch

from infonats import tasks

EXPERIMENTS = Path(__file__).parents[2] / "experiments"


@pytest.fixture(scope="module")
def modules():
    """The experiment's modules, which import each other by name."""
    sys.path.insert(0, str(EXPERIMENTS))
    names = ("_runs", "hybrid_models", "hybrid_measure", "hybrid_page", "hybrid")
    loaded = {name: importlib.import_module(name) for name in names}
    yield loaded
    sys.path.remove(str(EXPERIMENTS))
    for name in names:
        del sys.modules[name]


@pytest.fixture(scope="module")
def tiny(modules):
    return modules["hybrid_models"].Size(samples=320, epochs=1, held_out=192, draws=4)


@pytest.fixture(scope="module")
def finished(modules, tiny, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hybrid")
    return folder, *modules["hybrid"].run(0, tiny, folder)


def test_the_mixture_is_the_task(modules):
    """Two implementations: this one also knows the joint density, which masks the picture."""
    task, ours = tasks.make("correlated-normal-mixture-5"), modules["hybrid_models"].Mixture()
    x, y = task.sample(200, torch.Generator().manual_seed(0))
    torch.testing.assert_close(ours.pointwise(x, y), task.pointwise(x, y), rtol=1e-10, atol=1e-10)
    x, y = ours.sample(4000, torch.Generator().manual_seed(1))
    ratio = task.pointwise(x, y)
    assert abs(ratio.mean().item() - task.mutual_information) < 4 * ratio.std().item() / math.sqrt(4000)


def test_the_joint_density_sums_to_one(modules):
    line = torch.linspace(-4, 4, 801, dtype=torch.float64)
    a, b = torch.meshgrid(line, line, indexing="ij")
    density = modules["hybrid_models"].Mixture().log_joint(a.reshape(-1, 1), b.reshape(-1, 1)).exp()
    assert density.sum().item() * 0.01**2 == pytest.approx(1, abs=1e-6)


def test_the_exact_ratio_overshoots_in_batches(modules):
    """An average over batches of 64 is far above the truth even for the exact log ratio: 43 +- 73."""
    size, task = modules["hybrid_models"].Size(), modules["hybrid_models"].Mixture()
    rows = task.sample(12_800, torch.Generator().manual_seed(0))
    found = modules["hybrid_measure"].exact(task.pointwise, rows, size)
    assert found.batch > 20
    assert found.batch_sd > 20
    assert found.ratio_sd == pytest.approx(1.76, abs=0.1)


def test_every_model_is_trained_and_kept(modules, finished):
    folder, records, models = finished
    assert list(records) == list(models) == list(modules["hybrid_models"].MODELS)
    for name, told in records.items():
        assert len(told["epochs"]) == (3 if name == "Mixtures" else 2)
        assert math.isfinite(told["pooled"]["value"]), name
        assert told["pooled"]["stderr"] >= 0
    assert records["PQ"]["pooled"]["value"] <= math.log(32)
    assert len(list(folder.glob("*.safetensors"))) == len(models)
    assert not list((folder / "unfinished").iterdir())


def test_hybrids_start_from_mine_and_leave_the_densities_alone(finished):
    _, _, models = finished
    for name in ("PQ+MINE", "DoE+MINE"):
        assert models[name].base is models[name.partition("+")[0]].base
        assert not any(p.requires_grad for p in models[name].base.parameters())
        assert models[name].correction.critic is not models["MINE"].correction.critic


def test_goes_on_with_what_is_missing(modules, tiny, finished, monkeypatch):
    """Finished models are read, not trained; a lost one is trained again, to the same bits."""
    folder, records, _ = finished
    trained, fit = [], modules["hybrid"].fit
    monkeypatch.setattr(modules["hybrid"], "fit", lambda name, *rest: trained.append(name) or fit(name, *rest))
    (folder / "DoE+MINE.json").unlink()
    again, _ = modules["hybrid"].run(0, tiny, folder)
    assert trained == ["DoE+MINE"]
    assert again["DoE+MINE"]["pooled"] == records["DoE+MINE"]["pooled"]
    assert again["DoE+MINE"]["epochs"] == records["DoE+MINE"]["epochs"]


def test_writes_the_page(modules, tiny, finished, tmp_path, monkeypatch):
    monkeypatch.setattr(modules["hybrid_page"], "DRAWS", 20_000)
    _, records, models = finished
    rows = modules["hybrid"].rows_of(0, tiny)[2]
    page = modules["hybrid_page"].write(tmp_path, {0: records}, models, rows, tiny)
    text = page.read_text()
    assert f"{records['PQ']['pooled']['value']:.2f}" in text
    assert text.count("reached: ") + text.count("**missed**: ") == 7
    assert len(list((tmp_path / "images").glob("hybrid_*.png"))) == 3
    json.dumps(records)
