"""Codes of images and wide tables in the contest: tables by hand, components found again, the estimator."""

import math

import numpy as np
import pytest
import torch

import infonats
from infonats.data import as_pairs
from infonats.estimators import Auto
from infonats.estimators.auto_budget import BUDGETS, Budget
from infonats.estimators.auto_contest import folds_of, paired
from infonats.estimators.auto_encoders import EncoderConfig, Encoders, canonical, mapped, parts_of, telling
from infonats.estimators.auto_latent import InnerProduct, Latents, standing
from infonats.estimators.auto_rounds import Contest
from infonats.estimators.auto_state import ratio_from, state_of
from infonats.estimators.auto_tables import Tables
from infonats.estimators.choice import choose, plain, wide
from infonats.nn import PatchPyramid, seeded
from infonats.watch import Watch

LOG_2 = math.log(2)


def halves(n, shuffled=0.0, seed=0):
    """8 x 8 black and white images, brighter above or below; both of a pair alike but for a share. One bit."""
    rng = np.random.default_rng(seed)
    kind, other = rng.integers(2, size=(2, n))
    sides = []
    for kinds in (kind, np.where(rng.random(n) < shuffled, other, kind)):
        bright = np.where((np.arange(8)[:, None] < 4) == kinds[:, None, None], 0.8, 0.2)
        sides.append((rng.random((n, 8, 8)) < bright).astype(float))
    return sides[0], sides[1]


@pytest.fixture
def short(monkeypatch):
    """A normal budget that is soon spent."""
    monkeypatch.setitem(BUDGETS, "normal", Budget(3, False, (2,), None, EncoderConfig(steps=100, rank=8)))


# Tables


def test_tables_by_hand():
    """Four rows in two bins: a row more is spread as independence has it, a quarter in each cell."""
    codes = np.array([[0.0], [0.1], [1.0], [1.1]])
    tables = Tables.fit((codes, codes), (codes, codes), 2)
    same, across = math.log(2.25 / (5 * 0.25)), math.log(0.25 / (5 * 0.25))
    np.testing.assert_allclose(tables.logs[0], [[same, across], [across, same]], rtol=0, atol=1e-12)
    np.testing.assert_allclose(tables.cuts_x, [[0.55]], rtol=0, atol=1e-12)
    log_z = math.log((4 * 1.8 + 8 * 0.2) / 12)
    assert tables.log_z == pytest.approx(log_z, abs=1e-12)
    assert tables.gain == pytest.approx(same - log_z - 2 / 8, abs=1e-12)
    scores = tables.all_pairs(torch.from_numpy(codes), torch.tensor([[0.2], [7.0]]))
    expected = np.array([[same, across], [same, across], [across, same], [across, same]]) - log_z
    np.testing.assert_allclose(scores.numpy(), expected, rtol=0, atol=1e-12)


def test_what_two_components_tell_both_is_not_counted_twice():
    rng = np.random.default_rng(0)
    bit = rng.choice([-1.0, 1.0], size=(1000, 1))
    once = Tables.fit((bit, bit), (bit, bit), 2)
    twice = Tables.fit((np.hstack([bit, bit]),) * 2, (np.hstack([bit, bit]),) * 2, 2)
    pair = np.hstack([bit, bit])
    gain = [
        tables.all_pairs(torch.from_numpy(rows), torch.from_numpy(rows)).diagonal().mean().item()
        for tables, rows in ((once, bit), (twice, pair))
    ]
    assert gain[0] == pytest.approx(LOG_2, abs=0.01)
    assert gain[1] == pytest.approx(LOG_2, abs=0.01)
    assert twice.gain < once.gain


# Codes


def noisy_bits(n, k, seed):
    """k bits seen through a rotation and small noise, and two columns of noise, on either side."""
    rng = np.random.default_rng(seed)
    bits = rng.choice([-1.0, 1.0], size=(n, k))
    turns = [np.linalg.qr(np.random.default_rng(s).standard_normal((k + 2, k + 2)))[0] for s in (7, 8)]
    u, v = (
        np.hstack([bits + 0.1 * rng.standard_normal((n, k)), rng.standard_normal((n, 2))]) @ turn
        for turn in turns
    )
    return u, v


def test_hidden_bits_are_found_again_one_component_each():
    mine, theirs = noisy_bits(1500, 4, 0), noisy_bits(1000, 4, 1)
    maps = standing(mine, theirs, 0)
    assert maps[0][1].shape == (6, 4)
    u, v = mapped(theirs, maps)
    found = np.corrcoef(np.hstack([u, v]).T)
    np.testing.assert_allclose(found[:4, 4:].diagonal(), 1 / 1.01, atol=0.01)
    assert np.abs(found - np.eye(8) - np.eye(8, k=4) - np.eye(8, k=-4)).max() < 5 / math.sqrt(1000)
    fresh = mapped(noisy_bits(1000, 4, 2), maps)
    ratio = Tables.fit((u, v), (u, v), 2).all_pairs(*map(torch.from_numpy, fresh)).diagonal()
    assert ratio.mean().item() == pytest.approx(4 * LOG_2, abs=0.06)  # log Z of 1000 rows has an error of .015


def test_directions_that_tell_nothing_are_left_out():
    mine, theirs = noisy_bits(1500, 2, 0), noisy_bits(1000, 2, 1)
    assert telling(theirs, canonical(mine))[0][1].shape == (4, 2)
    rng = np.random.default_rng(0)
    nothing = rng.standard_normal((2, 500, 3))
    assert telling(tuple(rng.standard_normal((2, 500, 3))), canonical(tuple(nothing)))[0][1].shape[1] >= 1


def test_the_temper_of_the_best_score():
    """Codes of a Gaussian: s = x'y / sqrt(k) times a number is best near the number that made them."""
    rng = np.random.default_rng(0)
    x = rng.choice([-1.0, 1.0], size=(500, 1))
    y = np.where(rng.random((500, 1)) < 0.73, x, -x)  # log(.73 / .27) / 2 = .497
    assert InnerProduct.fit(x, y).temper == pytest.approx(0.5, abs=0.13)


def test_no_fold_shares_rows_between_its_parts():
    for fold in folds_of(400, 5, 0):
        own, others = parts_of(fold)
        assert sorted([*own, *others, *fold.test]) == list(range(400))


def test_patches_by_hand():
    """One level of 2 x 2 patches on 3 x 3 pixels: four patches, the border filled with zeros."""
    net = seeded(lambda: PatchPyramid((1, 3, 3), 1, ((2, 1),), width=4), torch.Generator()).double()
    with torch.no_grad():
        net.maps[0].weight.fill_(1.0)
        net.maps[0].bias.zero_()
        net.inner.weight.copy_(torch.eye(4))
        net.inner.bias.zero_()
        net.last.weight.fill_(1.0)
        net.last.bias.zero_()
        found = net(torch.arange(9.0, dtype=torch.float64).view(1, 1, 3, 3)).item()
        silu = torch.nn.functional.silu
        sums = torch.tensor([0.0 + 1 + 3 + 4, 2 + 5, 6 + 7, 8], dtype=torch.float64)
        assert found == pytest.approx(silu(silu(sums)).sum().item(), abs=1e-12)


# The choice


def test_images_and_wide_tables_go_to_the_contest():
    x, y = halves(300)
    assert choose(as_pairs(x, y)) == ("auto", "chosen because there are images")
    rng = np.random.default_rng(0)
    table = as_pairs(rng.integers(3, size=(300, 100)), rng.integers(3, size=(300, 2)))
    assert choose(table) == ("auto", "chosen because there are 100 columns or more")
    assert not plain(table)
    assert choose(as_pairs(x[:299], y[:299]))[0] == "discrete"
    assert choose(as_pairs(x, y), "auto-closed")[0] == "discrete"


def test_small_tables_have_no_codes():
    x, y = np.random.default_rng(0).standard_normal((2, 400, 3))
    assert not wide(as_pairs(x, y))


# The estimator


def test_one_bit_of_images(short, tmp_path):
    x, y = halves(600)
    estimator = Auto().fit(x, y)
    e = estimator.estimate_
    assert "codes" in e.provenance["choice"]
    assert e.value == pytest.approx(LOG_2, abs=0.06)  # one pair of a hundred misread costs .056
    assert e.provenance["p_value"] == 1 / 1000
    assert Auto().fit(x, y).estimate_ == e
    estimator.save(tmp_path / "auto")
    new = halves(50, seed=1)
    np.testing.assert_array_equal(infonats.load(tmp_path / "auto").pointwise(*new), estimator.pointwise(*new))
    assert estimator.pointwise(*new).mean() > 0.3


def test_encoders_are_asked_what_they_were_still_learning(short, monkeypatch):
    """The interval of one bit reaches up by what half of the rows lacked, d / (2^.4 - 1); half of the gap is
    in it already.
    """
    x, y = halves(600)
    seen = []
    e = Auto().fit(x, y, progress=lambda done, of, what: seen.append(what)).estimate_
    assert any("codes in 2 bins of half the rows" in what for what in seen)
    ends = []
    monkeypatch.setattr(Contest, "doubt", lambda self, winner: 0.0)
    for left in (0.0, 0.1):
        monkeypatch.setattr(Contest, "taught", lambda self, winner, left=left: left * (2**0.4 - 1))
        ends.append(Auto().fit(x, y).estimate_.interval)
    gap = abs(e.provenance["candidates"]["tables of codes in 2 bins"]["gap"])
    assert ends[0][0] == ends[1][0] == e.interval[0]
    assert ends[1][1] - ends[0][1] == pytest.approx(0.1 - gap / 2, abs=1e-9)


def test_half_of_the_rows_leaves_those_that_codes_are_measured_on():
    fold = folds_of(100, 5, 0)[0]
    (encoders, rest), (fewer, same) = (parts_of(one) for one in (fold, fold.halved(len(fold.test))))
    assert len(fewer) == len(encoders) // 2
    np.testing.assert_array_equal(fewer, encoders[: len(fewer)])
    np.testing.assert_array_equal(same, rest)
    np.testing.assert_array_equal(fold.halved().train, fold.train[:35])


def test_nothing_is_found_where_nothing_is(short):
    e = Auto().fit(*halves(450, shuffled=1.0)).estimate_
    assert abs(e.value) < 0.03
    assert e.interval[0] < 0.01
    assert e.interval[1] > 0


def test_codes_compete_with_copulas_in_wide_tables(short):
    """One hidden cause in 100 columns, not monotone in the two beside them: the copula sees nothing of it."""
    rng = np.random.default_rng(0)
    hidden, weights = rng.standard_normal((500, 1)), rng.standard_normal((1, 100))
    x = hidden @ weights + 0.5 * rng.standard_normal((500, 100))
    y = hidden**2 + 0.3 * rng.standard_normal((500, 2))
    e = Auto().fit(x, y).estimate_
    assert "codes" in e.provenance["choice"]
    assert e.value > 0.4


@pytest.mark.parametrize("kind", ["tables", "inner product"])
def test_ratios_come_back_from_their_state(kind):
    pairs = as_pairs(*halves(300))
    latents = Latents(pairs, EncoderConfig(steps=25, rank=4), lambda number: Watch())
    fit = latents.components(2) if kind == "tables" else latents.inner_product()
    ratio, _ = fit(folds_of(300, 5, 0)[0], 0)
    again = ratio_from(state_of(ratio))
    np.testing.assert_array_equal(paired(again, pairs.x, pairs.y), paired(ratio, pairs.x, pairs.y))


def test_an_interrupted_contest_gives_what_there_is(short, monkeypatch):
    pairs, calls = as_pairs(*halves(300)), []

    def progress(step, total, message):
        calls.append(message)
        if any(word in message for word in patience):
            raise KeyboardInterrupt

    patience = ("in 4 bins",)
    contest = Contest(pairs, folds_of(300, 3, 0), BUDGETS["normal"], progress)
    assert contest.run().name == "tables of codes in 2 bins"
    assert contest.interrupted
    patience = ("in 2 bins",)
    with pytest.raises(KeyboardInterrupt):
        Contest(pairs, folds_of(300, 3, 0), BUDGETS["normal"], progress).run()


def test_encoders_take_channels_and_columns():
    x, y = np.random.default_rng(0).uniform(size=(2, 20, 3, 5, 6))
    pairs = as_pairs(x, y.reshape(20, -1))
    encoders = seeded(lambda: Encoders((90, 90), (pairs.x_grid, pairs.y_grid), 4), torch.Generator())
    scores = encoders.all_pairs(torch.from_numpy(pairs.x).float(), torch.from_numpy(pairs.y).float())
    assert scores.shape == (20, 20)
