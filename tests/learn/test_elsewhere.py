"""In other people's programs: plain PyTorch, Lightning, a scikit-learn pipeline; and the probe."""

import math
import warnings

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks
from torch import nn

import infonats
from infonats.errors import InputError, UnknownNameError
from infonats.learn import InfoMax, InfoMaxConfig, evaluate
from infonats.train import TrainConfig

QUICK = InfoMaxConfig(hidden=(8,), train=TrainConfig(max_steps=25, batch_size=32))


@parametrize_with_checks([InfoMax(1, config=QUICK), InfoMax(2, "code", config=QUICK)])
def test_scikit_learns_checks(estimator, check):
    state = np.random.get_state()  # noqa: NPY002, one of the checks shuffles by the global generator
    try:
        check(estimator)
    finally:
        np.random.set_state(state)  # noqa: NPY002


def loss_in_plain_pytorch():
    """Ten lines: an encoder that learns what two noisy views share."""
    source = torch.Generator().manual_seed(0)
    x = torch.randn(1000, 20, generator=source)
    encoder = torch.nn.Linear(20, 2)
    objective = infonats.objectives.JSDLB(infonats.critics.SeparableCritic(2, 2))
    optimiser = torch.optim.Adam([*encoder.parameters(), *objective.parameters()], lr=3e-3)
    values = []
    for rows in torch.randperm(1000, generator=source).repeat(6).split(100):
        a, b = (encoder(x[rows] + 0.3 * torch.randn(100, 20, generator=source)) for _ in range(2))
        step = objective(a, b)
        optimiser.zero_grad()
        step.loss.backward()
        optimiser.step()
        values.append(step.value.item())
    return values


def test_plain_pytorch():
    with torch.random.fork_rng(devices=[]):
        torch.random.default_generator.manual_seed(0)
        values = loss_in_plain_pytorch()
    assert np.mean(values[-10:]) > np.mean(values[:10]) + 0.3


def test_lightning():
    lightning = pytest.importorskip("lightning")

    class Learner(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.encoder = nn.Linear(20, 2)
            self.objective = infonats.objectives.JSDLB(infonats.critics.SeparableCritic(2, 2))

        def training_step(self, batch, _):
            a, b = (self.encoder(batch[0] + 0.3 * torch.randn_like(batch[0])) for _ in range(2))
            return self.objective(a, b).loss

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), 3e-3)

    with torch.random.fork_rng(devices=[]):
        torch.random.default_generator.manual_seed(0)
        x = torch.randn(1000, 20)
        learner = Learner()
        views = [x + 0.3 * torch.randn_like(x) for _ in range(2)]
        before = learner.objective(*map(learner.encoder, views)).value.item()
        silent = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
        loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x), 100)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Lightning's own advice on workers
            lightning.Trainer(max_epochs=6, accelerator="cpu", enable_model_summary=False, **silent).fit(
                learner, loader
            )
        after = learner.objective(*map(learner.encoder, views)).value.item()
    assert after > before + 0.3


def test_a_scikit_learn_pipeline():
    x, y = load_digits(return_X_y=True)
    config = InfoMaxConfig(train=TrainConfig(max_steps=150, learning_rate=3e-3))
    model = make_pipeline(InfoMax(8, noise=0.3, config=config), LogisticRegression(max_iter=1000))
    assert model.fit(x[:1200], y[:1200]).score(x[1200:], y[1200:]) > 0.6  # chance is .1
    learned = model[0]
    assert list(learned.get_feature_names_out())[:2] == ["infomax0", "infomax1"]
    codes = learned.transform(x[:1200])
    assert codes.mean(0) == pytest.approx(np.zeros(8), abs=0.3)
    assert 1.0 < learned.score_ < math.log(240)


def test_a_series_in_order():
    source, slow = np.random.default_rng(0), np.zeros(800)
    for t in range(1, 800):
        slow[t] = 0.95 * slow[t - 1] + math.sqrt(1 - 0.95**2) * source.normal()
    x = np.column_stack([source.normal(size=(800, 3)), slow])
    config = InfoMaxConfig(train=TrainConfig(max_steps=150, learning_rate=3e-3))
    code = InfoMax(1, "lagged", config=config).fit(x).transform(x)
    assert abs(np.corrcoef(code[:, 0], slow)[0, 1]) > 0.8


def test_the_units_of_columns_do_not_matter():
    """A power of two is exact; sums of such numbers would overflow."""
    x = np.random.default_rng(0).normal(size=(60, 2))
    plain, huge = (InfoMax(1, config=QUICK).fit(unit * x).transform(unit * x) for unit in (1.0, 2.0**1000))
    np.testing.assert_array_equal(huge, plain)
    with pytest.raises(InputError, match=r"Column 'X0' of X reaches 1.7e\+308 .* Rescale it"):
        InfoMax(1, config=QUICK).fit(1.7e308 * np.sign(x))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_components": 0}, "n_components is 0"),
        ({"lag": 1.5}, r"lag is 1\.5"),
        ({"noise": 0.0}, r"noise is 0\.0; it must be positive"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_bad_parameters_are_answered(parameters, message):
    with pytest.raises(InputError, match=message):
        InfoMax(**parameters).fit(np.random.default_rng(0).normal(size=(50, 3)))


def test_unknown_names_are_answered():
    x = np.random.default_rng(0).normal(size=(50, 3))
    with pytest.raises(UnknownNameError, match=r"There is no pairing 'view'\. Did you mean 'views'"):
        InfoMax(pairing="view").fit(x)
    with pytest.raises(UnknownNameError, match="There is no bound 'info'"):
        InfoMax(config=InfoMaxConfig(bound="info")).fit(x)


def test_evaluation_of_classes_and_of_numbers():
    source = np.random.default_rng(0)
    labels = source.integers(0, 3, 900)
    z = np.column_stack([labels == k for k in range(3)]) + 0.05 * source.normal(size=(900, 3))
    found = evaluate(z, labels)
    assert (found.kind, found.n_test) == ("accuracy", 180)
    assert found.linear == found.neighbours == 1.0
    assert found.baseline == pytest.approx(1 / 3, abs=4 * math.sqrt(2 / 9 / 180))
    assert found.information.value == pytest.approx(math.log(3), abs=0.05)
    assert "accuracy on 180 test rows: linear probe 1.000" in str(found)

    x = source.normal(size=(900, 2))
    target = x[:, 0] + 0.5 * source.normal(size=900)
    found = evaluate(x, target)
    assert found.kind == "R2"
    assert found.linear == pytest.approx(0.8, abs=4 * found.linear_stderr + 0.05)
    assert found.information.value == pytest.approx(0.5 * math.log(5), abs=4 * found.information.stderr)
    noise = evaluate(source.normal(size=(900, 2)), labels)
    assert noise.linear == pytest.approx(1 / 3, abs=4 * noise.linear_stderr)


def test_words_are_classes():
    source = np.random.default_rng(0)
    labels = np.array(["left", "right"])[source.integers(0, 2, 400)]
    found = evaluate((labels == "left") + 0.05 * source.normal(size=400), labels)
    assert found.linear == 1.0
    assert found.information.value == pytest.approx(math.log(2), abs=0.05)


@pytest.mark.parametrize(
    ("z", "y", "message"),
    [(np.ones((5, 1)), np.ones(4), "z has 5 rows and y has 4"), (np.ones((5, 1)), np.ones(5), "y is constant")],
)
def test_what_cannot_be_probed_is_said(z, y, message):
    with pytest.raises(InputError, match=message):
        evaluate(z, y)
