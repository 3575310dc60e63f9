import math
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch

from infonats.bounds import InfoNCE
from infonats.callbacks import History, View
from infonats.critics import BilinearCritic
from infonats.errors import InputError, UnknownNameError
from infonats.nn import seeded
from infonats.objectives import Contrastive, Likelihood
from infonats.tracking import TensorBoard, picture, ratio_grid, track_folder
from infonats.train import TrainConfig, train
from infonats.watch import Watch

pytest.importorskip("tensorboard")

CONFIG = TrainConfig(max_steps=20, batch_size=32, evaluate_every=5, patience=50)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def pairs(n=100, dx=1, rho=0.9):
    x, noise = torch.randn(2, n, 1, generator=generator())
    return x.repeat(1, dx), rho * x + math.sqrt(1 - rho**2) * noise


def contrastive(dx=1):
    return Contrastive(seeded(lambda: BilinearCritic(dx, 1), generator()), InfoNCE())


def logged(folder):
    """Scalars by tag and step, and the steps of the pictures, as TensorBoard itself reads them."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder))
    events.Reload()
    tags = events.Tags()
    scalars = {tag: {e.step: e.value for e in events.Scalars(tag)} for tag in tags["scalars"]}
    return scalars, {tag: [e.step for e in events.Images(tag)] for tag in tags["images"]}


def tracked(folder, dx=1, **watch):
    objective = contrastive(dx)
    return train(objective, pairs(dx=dx), pairs(60, dx), CONFIG, generator(), Watch(track=folder, **watch))


def test_scalars_are_those_of_the_history(tmp_path):
    history = tracked(tmp_path)
    scalars, pictures = logged(tmp_path)
    names = {"value/train", "value/validation", "loss/train", "loss/validation"}
    assert set(scalars) == names
    steps = history.steps
    for name, values in (
        ("value/validation", history.validation_values),
        ("loss/validation", history.validation_losses),
    ):
        assert scalars[name] == pytest.approx(dict(zip(steps, values, strict=True)))
    for name, values in (("value/train", history.train_values), ("loss/train", history.train_losses)):
        assert scalars[name] == pytest.approx({s: v.item() for s, v in zip(steps[1:], values, strict=True)})
    assert pictures == {"log ratio": [5, 10, 20]}


def test_a_run_that_goes_on_replaces_what_it_repeats(tmp_path):
    class CrashError(Exception):
        pass

    def crash(step, total, message):
        if step == 15:
            raise CrashError

    kept = {"checkpoint": tmp_path / "kept", "every": 0.0}
    with pytest.raises(CrashError):
        tracked(tmp_path / "log", progress=crash, **kept)
    history = tracked(tmp_path / "log", **kept)
    scalars, _ = logged(tmp_path / "log")
    assert scalars["value/validation"] == pytest.approx(
        dict(zip(history.steps, history.validation_values, strict=True))
    )


def test_several_columns_have_no_picture(tmp_path):
    tracked(tmp_path, dx=2)
    assert logged(tmp_path)[1] == {}


def view(objective, validation):
    return View(objective, 5, 10, History([5], [0.5], [-0.5]), validation, 0.5, 1.0, False)


def test_the_picture_is_of_the_log_ratio():
    objective, data = contrastive(), pairs(500)
    with torch.no_grad():
        objective.critic.form.weight.fill_(2.0)
    seen = view(objective, data)
    xs, ys, ratio = ratio_grid(seen)
    assert torch.allclose(ratio, 2.0 * ys[:, None] * xs[None, :], atol=1e-5)
    low, high = np.quantile(data[0].numpy(), (0.01, 0.99))
    assert (xs[0].item(), xs[-1].item()) == pytest.approx((low, high), abs=1e-5)
    image = picture(seen)
    assert (image.dtype, image.ndim, image.shape[2]) == (np.uint8, 3, 3)
    assert len(np.unique(image.reshape(-1, 3), axis=0)) > len(xs)


def test_an_objective_without_a_log_ratio_has_no_picture():
    from infonats.densities import Gaussian

    assert picture(view(Likelihood(Gaussian(0, 1)), pairs())) is None


# What the user names


def test_folders():
    assert track_folder("tensorboard", "mine") == Path("runs/mine")
    assert track_folder("tensorboard:here/there", "mine") == Path("here/there")


def test_unknown_tracker():
    with pytest.raises(UnknownNameError, match=r"no tracker 'tensorbord'\. Did you mean 'tensorboard'\?"):
        track_folder("tensorbord", "mine")


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"Cannot write to .*Give tensorboard:FOLDER with a folder"):
        TensorBoard(tmp_path / "file" / "log")


def test_without_the_package_it_names_the_install_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(InputError, match=r"not installed: pip install 'infonats\[tracking\]'"):
        track_folder("tensorboard", "mine")


def test_it_is_loaded_only_when_a_log_is_opened():
    code = textwrap.dedent(
        """
        import sys
        import infonats.estimators, infonats.tracking
        print(sorted(name for name in sys.modules if name.partition(".")[0] == "tensorboard"))
        """
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
