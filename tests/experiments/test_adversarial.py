"""GANs and ALI with an information term, at a tiny size: measures, games, resuming, pages."""

import argparse
import dataclasses
import functools
import importlib
import math
import re
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from infonats.critics import JointCritic
from infonats.errors import InputError
from infonats.learn import GaussianEncoder
from infonats.negatives import Shifts
from infonats.objectives import MINE

ROOT = Path(__file__).parents[2]
OURS = {path.stem for path in (ROOT / "experiments").glob("*.py")}


@pytest.fixture
def load(monkeypatch):
    """Import an experiment by name; all of them afresh in each test."""
    monkeypatch.syspath_prepend(str(ROOT / "experiments"))
    for name in OURS:
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield importlib.import_module
    for name in OURS:
        sys.modules.pop(name, None)


def tiny(runs):
    """Four steps of small networks."""
    small = dataclasses.replace(runs.SMALL, steps=4, points=600, generator=(8,), stacks=50, channels=2)
    return dataclasses.replace(small, discriminator=(8, 8), evaluations=2, reader=25)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_divergence_and_coverage_by_hand(load):
    data = load("gan_data")
    # shares 3/4 and 1/4 against chances 1/2 and 1/2; the empty third counts for nothing
    expected = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    counts, chances = torch.tensor([3, 1, 0]), torch.tensor([0.5, 0.5, 0.5])
    assert data.divergence(counts, chances) == pytest.approx(expected, abs=1e-12)
    points = data.grid(0.1)
    # two at the mode (-4, -4), one within .3 of (4, 4), one .31 off (0, 0)
    samples = torch.tensor([[-4.0, -4.0], [-4.0, -4.1], [4.0, 3.71], [0.31, 0.0]])
    found = points.coverage(samples)
    assert (found.modes, found.of, found.quality) == (2, 25, 0.75)
    shares = 0.5 * math.log(0.5 * 25) + 2 * 0.25 * math.log(0.25 * 25)
    assert found.kl == pytest.approx(shares, abs=1e-6)  # the chances are in single precision


def test_the_data_cover_their_own_modes(load):
    data = load("gan_data")
    n = 20_000
    for points in (data.grid(0.05), data.spiral(0.05)):
        found = points.coverage(points.sample(n, generator()))
        assert (found.modes, found.of) == (25, 25)
        # 2 n KL is about chi-squared with 24 degrees of freedom: below 60 but for a chance of 1e-4
        assert 0 <= found.kl < 60 / (2 * n)
    # in the plane a normal point is within three deviations with chance 1 - e^(-9/2)
    points, chance = data.grid(0.05), 1 - math.exp(-4.5)
    quality = points.coverage(points.sample(n, generator(1))).quality
    assert quality == pytest.approx(chance, abs=4 * math.sqrt(chance * (1 - chance) / n))


def test_a_blind_cover_of_the_square(load):
    """Uniform on [-4, 4]^2: discs of radius .3 about 9 inner modes, halves of 12 more, quarters of 4."""
    points, n = load("gan_data").grid(0.1), 20_000
    found = points.coverage(points.blind(n, generator()))
    chance = 16 * math.pi * 0.3**2 / 64
    assert found.quality == pytest.approx(chance, abs=4 * math.sqrt(chance / n))
    assert found.modes == 25


def test_the_spiral_is_even_in_length(load):
    points = load("gan_data").spiral(0.05)
    length = (points.anchors[1:] - points.anchors[:-1]).double().norm(dim=1).cumsum(0)[199::200].diff()
    # both ends of a piece lie on a grid, whose steps are at most 4 pi / 3 times that of t
    assert (length - length.mean()).abs().max() < 4 * (4 * math.pi / 3) * (4 * math.pi / 1e5)
    assert torch.bincount(points.mode).tolist() == [200] * 25


def test_stacks_are_read_by_the_classifier(load):
    stacked, images = load("stacked"), load("_images")
    eye = 2 * torch.eye(10) - 1  # ten images of ten pixels, which their brightest pixel classifies
    data = images.Images("toy", (eye, torch.arange(10)), (eye, torch.arange(10)))
    stacks = stacked.Stacked(data, load("classifier").Classifier(nn.Identity(), 1.0))
    assert (stacks.name, stacks.dim) == ("stacked-toy", 30)
    rows = torch.cat([eye[[1, 2]], eye[[3, 4]], eye[[5, 6]]], 1)  # the numbers 135 and 246
    found = stacks.coverage(rows)
    assert (found.modes, found.of, found.quality) == (2, 1000, None)
    assert found.kl == pytest.approx(math.log(500), abs=1e-9)
    drawn, blind = stacks.sample(300, generator()), stacks.blind(300, generator())
    assert drawn.shape == blind.shape == (300, 30)
    assert set(drawn.unique().tolist()) == {-1.0, 1.0}
    assert stacks.chances.sum().item() == pytest.approx(1, abs=1e-12)


def test_similarity_by_hand(load):
    s = load("similarity")
    constant = [torch.full((1, 8, 8), v) for v in (0.25, 0.75)]
    # no variance: cs = 1, and luminance (2 ab + C1) / (a^2 + b^2 + C1)
    expected = (2 * 0.25 * 0.75 + 1e-4) / (0.25**2 + 0.75**2 + 1e-4)
    assert s.similarity(*constant).item() == pytest.approx(expected, abs=1e-12)
    x = torch.rand(3, 8, 8, generator=generator(), dtype=torch.float64)
    assert s.similarity(x, x).tolist() == pytest.approx([1.0] * 3, abs=1e-12)
    assert [s.scales_of(side) for side in (8, 11, 21, 22, 28, 44, 176, 1000)] == [1, 1, 1, 2, 2, 3, 5, 5]
    # three pixels have one place for the window: a plain weighted mean, here by hand
    a, b = torch.rand(2, 1, 3, 3, generator=generator(1), dtype=torch.float64)
    line = [math.exp(-(k**2) / 4.5) for k in (-1, 0, 1)]
    w = torch.tensor([[u * v for v in line] for u in line], dtype=torch.float64)
    w /= w.sum()
    ma, mb = (w * a).sum().item(), (w * b).sum().item()
    va, vb = (w * a**2).sum().item() - ma**2, (w * b**2).sum().item() - mb**2
    cov = (w * a * b).sum().item() - ma * mb
    expected = (2 * ma * mb + 1e-4) * (2 * cov + 9e-4) / ((ma**2 + mb**2 + 1e-4) * (va + vb + 9e-4))
    assert s.similarity(a, b).item() == pytest.approx(expected, abs=1e-12)


def test_several_scales_of_constant_images(load):
    """28 pixels, two scales, cs = 1 everywhere: the luminance to the power of the second rescaled weight."""
    s = load("similarity")
    a, b = (torch.full((1, 28, 28), v) for v in (0.25, 0.75))
    luminance = (2 * 0.25 * 0.75 + 1e-4) / (0.25**2 + 0.75**2 + 1e-4)
    expected = luminance ** (0.2856 / (0.0448 + 0.2856))
    assert s.similarity(a, b).item() == pytest.approx(expected, abs=1e-9)


def game(adversarial, beta):
    """A GAN of linear networks in float64, with MINE of a small critic."""
    torch.random.default_generator.manual_seed(0)
    term = adversarial.Term(MINE(JointCritic(2, 1, (4,)), Shifts(1)), beta)
    networks = nn.Linear(3, 2), nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
    gan = adversarial.GAN(*networks, 2, 1, term).double()
    nn.init.normal_(gan.critic.critic.trunk[1].layers[-1].weight)  # it starts at zero
    return gan


def gradients(gan, seed=3):
    """Those of one step, by name."""
    step = gan(torch.randn(50, 2, generator=generator(1)).double(), torch.zeros(50, 1), generator(seed))
    found = torch.autograd.grad(step.loss, list(gan.parameters()))
    return dict(zip((name for name, _ in gan.named_parameters()), found, strict=True))


def norm(found, prefix):
    return math.sqrt(sum(g.square().sum().item() for name, g in found.items() if name.startswith(prefix)))


def test_the_term_is_never_longer_than_the_game_and_moves_the_generator_alone(load):
    adversarial = load("adversarial")
    with torch.random.fork_rng(devices=[]):
        without, small, large = (gradients(game(adversarial, beta)) for beta in (0.0, 1e-9, 1e6))
    for name in without:
        if name.startswith("generator"):
            assert small[name] == pytest.approx(without[name], abs=1e-8)
        else:  # discriminator and critic follow their own losses, whatever beta is
            assert torch.equal(small[name], without[name])
            assert torch.equal(large[name], without[name])
    added = {name: large[name] - without[name] for name in large if name.startswith("generator")}
    assert norm(added, "") == pytest.approx(norm(without, "generator"), rel=1e-9)


def test_a_game_keeps_its_last_state_and_needs_a_generator(load):
    adversarial = load("adversarial")
    with torch.random.fork_rng(devices=[]):
        gan = game(adversarial, 1.0)
        x = torch.zeros(9, 2).double()
        first = gan.eval()(x, x, generator()).loss
        gan.train()(x, x, generator())
        assert gan.eval()(x, x, generator()).loss < first
        for model in (
            gan,
            adversarial.ALI(GaussianEncoder(nn.Linear(2, 2)), nn.Linear(1, 2), nn.Identity(), 1),
        ):
            with pytest.raises(InputError, match="give a generator"):
                model(x, x)


def test_ali_tells_the_encoder_alone(load):
    """The information of (x, E(x)) has no gradient in the decoder: beta changes it by nothing."""
    ali, runs = load("ali"), load("adversarial_runs")
    size = tiny(runs)
    subject = ali.subject_of("25-gaussians", None, size)
    with torch.random.fork_rng(devices=[]):
        torch.random.default_generator.manual_seed(0)
        model = ali.build(subject, size, runs.Paid(1e-6))
    nn.init.constant_(model.critic.critic.trunk[1].layers[-1].weight, 0.3)
    found = []
    for beta in (1e-6, 1e6):
        model.beta = beta
        step = model(subject.train[:50], subject.train[:50], generator())
        found.append(torch.autograd.grad(step.loss, [*model.encoder.parameters(), *model.decoder.parameters()]))
    ours = len(list(model.encoder.parameters()))
    assert not all(torch.equal(a, b) for a, b in zip(*(g[:ours] for g in found), strict=True))
    assert all(torch.equal(a, b) for a, b in zip(*(g[ours:] for g in found), strict=True))


def toy(load, name):
    """Random images of 28 x 28 pixels, which a network of convolutions plays with."""
    images, classes = load("_images"), load("classifier")
    x, y = 2 * torch.rand(150, 784, generator=generator()) - 1, torch.arange(150) % 10
    data = images.Images("toy", (x, y), (x[:20], y[:20]))
    reader = classes.classifier(data, 0, 2)
    return load("stacked").Stacked(data, reader) if name == "gan" else load("ali").of_images(data, reader)


@pytest.mark.parametrize("pictures", [False, True])
@pytest.mark.parametrize(("name", "kind"), [("gan", "GAN + MI, noise 0.5"), ("ali", "ALI + MI, noise 0.5")])
def test_a_run_that_was_stopped_ends_in_the_same_bits(load, tmp_path, monkeypatch, name, kind, pictures):
    """Killed in the middle of the second run and started again: what was kept is not trained again."""
    module, runs = load(name), load("adversarial_runs")
    size = dataclasses.replace(tiny(runs), noises=(0.5,))
    chosen = module.set_of if name == "gan" else module.subject_of
    about = toy(load, name) if pictures else chosen("25-gaussians", None, size)
    monkeypatch.setattr(runs, "Watch", functools.partial(runs.Watch, every=0.0))  # kept after every step

    def all_of(out):
        options = argparse.Namespace(out=out, seeds=1, first_seed=0)
        return runs.measured("x", name.upper(), options, size, lambda b, s, p: module.fit(about, size, b, s, p))

    undisturbed = all_of(tmp_path / "whole")
    assert undisturbed[kind][0]["curve"][-1]["step"] == 4
    measure, seen = runs.Recorded.__call__, []

    def killed(self, view):
        seen.append(view.step)
        if seen == [0, 2, 4, 0, 2]:
            raise KeyboardInterrupt
        measure(self, view)

    monkeypatch.setattr(runs.Recorded, "__call__", killed)
    with pytest.raises(KeyboardInterrupt):
        all_of(tmp_path / "again")
    assert all_of(tmp_path / "again") == undisturbed
    assert seen == [0, 2, 4, 0, 2, 2, 4]


def command(load, monkeypatch, name, *arguments):
    """Run a script at the tiny size."""
    module, runs = load(name), load("adversarial_runs")
    monkeypatch.setattr(runs, "SMALL", tiny(runs))
    monkeypatch.setattr(sys, "argv", [f"{name}.py", *arguments])
    runs.whole(module.main)


def test_the_commands_print_tables_and_write_pages(load, tmp_path, monkeypatch, capsys):
    folder = str(tmp_path)
    command(load, monkeypatch, "gan", "--out", folder, "--seeds", "1", "--betas", "1,0.5")
    command(load, monkeypatch, "ali", "--out", folder, "--seeds", "1")
    printed = capsys.readouterr().out
    assert len(re.findall(r"GAN \+ MI \|", printed)) == 3
    assert printed.count("beta 0.5 |") == 3
    assert printed.count("| ALI + MI |") == 2
    assert "captured of 1000" in printed
    for page in ("gan", "ali"):
        text = (tmp_path / "experiments" / f"{page}.md").read_text()
        links = re.findall(r"\]\(\.\./(images/[\w.-]+)\)", text)
        assert len(links) == {"gan": 3, "ali": 2}[page]
        assert all((tmp_path / link).stat().st_size > 1000 for link in links)
        assert text.count("Not yet run.") == {"gan": 2, "ali": 1}[page]  # MNIST, and the published networks
    assert re.search(r"classifier has \d\d\.\d % of the test images right", text)


def test_what_cannot_be_run_is_said(load, monkeypatch, tmp_path):
    with pytest.raises(SystemExit, match="no data set 'squares'; give some of 25-gaussians,spiral,stacked"):
        command(load, monkeypatch, "gan", "--data", "squares")
    with pytest.raises(SystemExit, match=r"error: .* has no train-images-idx3-ubyte"):
        command(load, monkeypatch, "ali", "--data", "images", "--data-dir", str(tmp_path))


def test_verdicts_of_pairs(load):
    agreement = load("adversarial_pages").agreement
    last = {"GAN": [{"kl": v} for v in (1.0, 2.0)], "term": [{"kl": v} for v in (0.5, 2.25)]}
    assert agreement(last, "term", "kl", "KL", -1) == (
        "- term, KL: better on average, better in 1 and worse in 1 of 2 pairs of runs"
    )
    assert "**worse** on average" in agreement(last, "term", "kl", "KL", 1)
    assert "**not better** on average" in agreement(last, "GAN", "kl", "KL", 1)


def test_another_weight_or_noise_has_another_name(load):
    kinds = load("adversarial_runs").kinds_of
    paid = load("adversarial_runs").Paid
    plain = {"GAN": paid(), "GAN + MI": paid(1.0)}
    assert kinds("GAN", (1.0,)) == plain
    assert kinds("GAN", (1.0, 0.1)) == plain | {"GAN + MI, beta 0.1": paid(0.1)}
    assert kinds("GAN", (1.0,), (0.0, 2.0)) == plain | {"GAN + MI, noise 2": paid(1.0, 2.0)}


def test_an_image_that_meets_many_codes_is_seen_as_often_as_it_meets_them(load):
    convolutions = load("convolutions")
    with torch.random.fork_rng(devices=[]):
        critic = convolutions.SeenWith(3, 2, 2)
        nn.init.normal_(critic.head.layers[-1].weight)  # it starts at zero
    x, y = torch.rand(5, 3 * 784, generator=generator()), torch.rand(4, 2, generator=generator(1))
    every = critic(x[:, None], y[None])
    assert every.shape == (5, 4)
    for i in range(5):
        assert every[i].tolist() == pytest.approx(critic(x[i].expand(4, -1), y).tolist(), abs=1e-5)
    assert [convolutions.colours(n) for n in (2, 64, 784, 3 * 64, 3 * 784)] == [0, 0, 1, 0, 3]


def test_a_coarse_critic_does_not_see_speckles(load):
    """A pattern whose mean is 0 on every patch of 4 x 4 pixels changes nothing; a brighter patch does."""
    convolutions, x = load("convolutions"), torch.rand(6, 3 * 784, generator=generator())
    with torch.random.fork_rng(devices=[]):
        torch.random.default_generator.manual_seed(0)
        critic = convolutions.Coarse(JointCritic(3 * 49, 2, (4,), bilinear=False))
        nn.init.normal_(critic.critic.trunk[1].layers[-1].weight)
    y, speckle = torch.zeros(6, 2), torch.tensor([1.0, -1.0]).repeat(3 * 392)
    assert critic(x + speckle, y).tolist() == pytest.approx(critic(x, y).tolist(), abs=1e-5)
    lit = torch.zeros(3, 28, 28)
    lit[1, 4:8, 8:12] = 1
    assert (critic(x + lit.flatten(), y) - critic(x, y)).abs().min() > 1e-3


def test_networks_start_from_the_seed_alone(load):
    gan, runs, players = load("gan"), load("adversarial_runs"), load("players")
    data, size = toy(load, "gan"), tiny(runs)
    untouched = torch.random.get_rng_state()
    one, same, other = (
        players.started(lambda: gan.build(data, size, runs.Paid(1.0)), generator(s)).state_dict()
        for s in (0, 0, 1)
    )
    assert torch.equal(torch.random.get_rng_state(), untouched)
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one if "layers.4" in name)  # convolutions
    limit = (4 * 4) ** -0.5  # four channels, whose four by four pixels overlap at a stride of two
    assert 0.5 * limit < one["generator.layers.4.weight"].abs().max() <= limit
    game = players.started(lambda: gan.build(data, size, runs.Paid()), generator())
    drawn = game.generator(torch.randn(3, 48, generator=generator()))
    assert drawn.shape == (3, 3 * 784)
    assert drawn.abs().max() < 1


def test_noise_changes_what_the_critic_reads_and_nothing_without_it(load):
    adversarial = load("adversarial")
    x = torch.zeros(20_000, 2)
    assert adversarial.under(x, 0.0, generator()) is x
    # the mean square of 40 000 normal numbers of deviation .5 has relative deviation sqrt(2 / 40 000)
    square = adversarial.under(x, 0.5, generator()).square().mean().item()
    assert square == pytest.approx(0.25, rel=4 * math.sqrt(2 / 40_000))


def test_wide_networks_have_their_own_part_of_the_page(load, tmp_path, monkeypatch, capsys):
    runs = load("adversarial_runs")
    monkeypatch.setattr(runs, "WIDE", dataclasses.replace(tiny(runs), label="wide"))
    for more in ((), ("--wide", "--noises", "0.5", "--first-seed", "7")):
        command(
            load, monkeypatch, "gan", "--out", str(tmp_path), "--seeds", "1", "--data", "25-gaussians", *more
        )
    printed = capsys.readouterr().out
    assert "beta 1, noise 0.5; 1 seed; 300 samples." in printed
    assert "25-gaussians: GAN + MI, noise 0.5 7" in printed
    text = (tmp_path / "experiments" / "gan.md").read_text()
    assert text.count("| GAN + MI |") == 1
    assert text.count("| GAN + MI, noise 0.5 |") == 1
    assert all((tmp_path / "images" / f"gan-25-gaussians{end}.png").exists() for end in ("", "-wide"))
