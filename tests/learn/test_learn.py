"""Encoders in front of objectives: which pairs are made, that gradients arrive, that what is there is found."""

import math
import sys

import numpy as np
import pytest
import torch
from torch import nn

from infonats import critics, objectives
from infonats.callbacks import History
from infonats.errors import InputError
from infonats.learn import (
    Code,
    Encoded,
    Gaussian,
    Learning,
    LocalGlobal,
    Predictive,
    TInfoMax,
    Views,
    encode,
    information_by_lag,
    maximise,
)
from infonats.nn import MLP, seeded
from infonats.train import TrainConfig
from infonats.watch import Watch


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def network(d, k, seed=0):
    return nn.Sequential(seeded(lambda: MLP(d, k, (16,)), generator(seed)), nn.BatchNorm1d(k, affine=False))


def infonce(a, b):
    return objectives.InfoNCE(seeded(lambda: critics.SeparableCritic(a, b, (16,)), generator(9)))


def quick(steps=100, seed=0):
    return Learning(TrainConfig(max_steps=steps, batch_size=64, learning_rate=3e-3), seed=seed)


class Sequences(nn.Module):
    """z_t = x_t, c_t = the running mean: looks at nothing later."""

    def forward(self, x):
        count = torch.arange(1, x.shape[1] + 1)[:, None]
        return x, x.cumsum(1) / count


class Parts(nn.Module):
    """Local: the columns one by one; global: their mean."""

    def forward(self, x):
        return x[:, :, None], x.mean(1, keepdim=True)


def pairs(pairing, encoder, x, y=None, seed=0):
    return pairing.pairs((encoder, encoder), *pairing.rows(x, y), generator(seed))


def test_pairs_of_each_kind_by_hand():
    x = torch.arange(12.0).reshape(4, 3)
    identity = nn.Identity()
    ((a, b),) = pairs(Code(0.0), identity, x)
    assert torch.equal(a, x)
    assert torch.equal(b, x)
    ((a, b),) = pairs(Views(), identity, x, x + 1)
    assert torch.equal(b, x + 1)
    ((a, b),) = pairs(TInfoMax(2), identity, x)
    assert torch.equal(a, x[:2])
    assert torch.equal(b, x[2:])
    local = pairs(LocalGlobal(), Parts(), x)
    assert [a.flatten().tolist() for a, _ in local] == x.T.tolist()
    assert all(torch.equal(b.flatten(), torch.tensor([1.0, 4.0, 7.0, 10.0])) for _, b in local)


def test_noise_has_the_deviation_asked_for_and_comes_from_the_generator():
    x = torch.zeros(5000, 1)
    ((a, b),) = pairs(Views(Gaussian(0.3)), nn.Identity(), x)
    for side in (a, b):
        assert side.std().item() == pytest.approx(0.3, abs=4 * 0.3 / math.sqrt(2 * 5000))
    assert torch.corrcoef(torch.cat([a, b], 1).T)[0, 1].abs().item() < 4 / math.sqrt(5000)
    ((again, _),) = pairs(Views(Gaussian(0.3)), nn.Identity(), x)
    assert torch.equal(a, again)
    ((clean, noisy),) = pairs(Code(0.3), nn.Identity(), x)
    assert not clean.any()
    assert noisy.std().item() == pytest.approx(0.3, abs=4 * 0.3 / math.sqrt(2 * 5000))


def test_predictive_pairs_look_ahead_from_the_same_time():
    x = (10.0 * torch.arange(5)[:, None] + torch.arange(6))[:, :, None]
    for k, (c, z) in enumerate(pairs(Predictive(3), Sequences(), x), start=1):
        t = 2 * (c[0, 0] - x[0, 0, 0])  # the mean of 0 .. t is t / 2
        assert torch.equal(z[:, 0], x[:, 0, 0] + t + k)
        assert torch.equal(c[:, 0], x[:, 0, 0] + t / 2)


def test_several_objectives_serve_the_pairs_one_by_one():
    x, each = torch.randn(8, 6, 1, generator=generator()), [infonce(1, 1), infonce(1, 1)]
    encoded = Encoded(Sequences(), each, Predictive(2)).eval()
    step = encoded(x, x, generator(3))
    made = pairs(Predictive(2), Sequences(), x, seed=3)
    values = [o.eval()(a, b).value for o, (a, b) in zip(each, made, strict=True)]
    assert step.value.item() == pytest.approx(torch.stack(values).mean().item(), abs=1e-12)
    with pytest.raises(InputError, match="2 objectives were given for 3 pairs"):
        Encoded(Sequences(), each, Predictive(3))(x, x, generator())


def test_gradients_reach_both_encoders_and_the_critic():
    f, g = (seeded(lambda d=d: nn.Linear(d, 2), generator(d)) for d in (3, 4))
    objective, x = infonce(2, 2), torch.randn(9, 7, generator=generator())
    with torch.no_grad():
        objective.critic.form.weight.copy_(torch.eye(2))
    Encoded((f, g), objective, Views())(x[:, :3], x[:, 3:], generator()).loss.backward()
    assert all(p.grad.any() for p in (f.weight, g.weight, objective.critic.form.weight))


@pytest.fixture(scope="module")
def signal():
    """One column in ten is shared by the two views; the others are noise, louder."""
    source = generator(1)
    shared = torch.randn(600, 1, generator=source)
    first, second = (torch.cat([shared, 2 * torch.randn(600, 9, generator=source)], 1) for _ in range(2))
    noise = 0.3 * torch.randn(600, 2, generator=source)
    first[:, :1] += noise[:, :1]
    second[:, :1] += noise[:, 1:]
    return first, second, shared


def test_two_views_find_what_they_share(signal):
    first, second, shared = signal
    encoder = network(10, 1)
    history = maximise(encoder, infonce(1, 1), (first, second), Views(noise=0.1), quick(150))
    code = encode(encoder, first)
    assert code.shape == (600, 1)
    assert abs(np.corrcoef(code.flatten(), shared.flatten())[0, 1]) > 0.8
    # I(V1;V2) = -log(1 - rho^2) / 2 with rho = 1 / 1.09; the held-out bound exceeds it by chance at most
    assert 0.3 < max(history.validation_values) < -0.5 * math.log(1 - (1 / 1.09) ** 2) + 0.3


def test_the_seed_decides_and_a_run_goes_on(signal, tmp_path):
    def learned(steps, folder=None, seed=0):
        encoder = network(10, 1)
        watch = Watch(checkpoint=folder) if folder else None
        maximise(encoder, infonce(1, 1), signal[0], Views(Gaussian(0.2)), quick(steps, seed), watch)
        return encode(encoder, signal[0])

    whole = learned(50)
    assert torch.equal(whole, learned(50))
    assert not torch.equal(whole, learned(50, seed=1))
    learned(25, tmp_path)
    assert torch.equal(whole, learned(50, tmp_path))


def test_time_lagged_pairs_of_the_held_out_stretch_share_no_row(monkeypatch):
    seen = {}

    def look(objective, data, validation, *rest):
        seen["data"], seen["validation"] = data, validation
        return History()

    monkeypatch.setattr(sys.modules["infonats.learn.maximise"], "train", look)
    maximise(nn.Identity(), infonce(1, 1), torch.arange(100.0)[:, None], TInfoMax(7))
    fitted, held = ({*torch.cat(pair).flatten().tolist()} for pair in (seen["data"], seen["validation"]))
    assert not fitted & held
    assert max(fitted) < min(held)
    assert len(seen["validation"][0]) == round(0.2 * 93)


def test_a_series_is_found_among_noise():
    source = np.random.default_rng(0)
    slow = np.zeros(1500)
    for t in range(1, 1500):
        slow[t] = 0.95 * slow[t - 1] + math.sqrt(1 - 0.95**2) * source.normal()
    x = torch.tensor(np.column_stack([slow, source.normal(size=(1500, 5))]), dtype=torch.float32)
    encoder = network(6, 1)
    maximise(encoder, infonce(1, 1), x, TInfoMax(2, noise=0.1), quick(120))
    code = encode(encoder, x).numpy()
    assert abs(np.corrcoef(code[:, 0], slow)[0, 1]) > 0.8
    by_lag = information_by_lag(slow, (1, 10))
    truth = {lag: -0.5 * math.log(1 - 0.95 ** (2 * lag)) for lag in (1, 10)}
    for lag, estimate in by_lag.items():
        # rows of a series are fewer than they look: (1 + .95^2) / (1 - .95^2) times the variance
        assert estimate.value == pytest.approx(truth[lag], abs=4 * math.sqrt(19.5) * estimate.stderr)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Views().rows(torch.ones(3, 1), None), "no way to make a second"),
        (lambda: Code().rows(torch.ones(3, 1), torch.ones(3, 1)), "looks at no y"),
        (lambda: LocalGlobal().rows(torch.ones(3, 1), torch.ones(3, 1)), "looks at no y"),
        (lambda: Predictive(0), "steps is 0"),
        (lambda: Predictive(5).rows(torch.ones(3, 4, 1), None), r"x is \(3, 4, 1\), y absent"),
        (lambda: TInfoMax(0), "lag is 0"),
        (lambda: TInfoMax(9).rows(torch.ones(10, 1), None), "x has 10"),
        (lambda: Learning(validation=1.0), r"validation is 1\.0"),
        (lambda: Learning(seed=-1), "seed is -1"),
        (lambda: maximise(nn.Identity(), infonce(1, 1), torch.ones(4, 1)), "4 pairs with validation"),
        (
            lambda: Encoded(nn.Identity(), infonce(1, 1), Code())(torch.ones(4, 1), torch.ones(4, 1)),
            "generator",
        ),
        (lambda: information_by_lag(np.ones(30), (0, 3)), r"lags are \(0, 3\) for 30 rows"),
        (lambda: information_by_lag(np.ones(30), (25,)), "whole numbers from 1 to 20"),
    ],
)
def test_what_cannot_be_done_is_said(call, message):
    with pytest.raises(InputError, match=message):
        call()
