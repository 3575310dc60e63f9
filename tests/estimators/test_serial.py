"""Rows in order of time, by every estimator: parts held apart, errors of blocks, and nothing new without."""

import math

import jaxtyping
import numpy as np
import pytest
import torch
from scipy.signal import lfilter

import infonats
from infonats._math import far_from_diagonal, log_mean_exp, off_diagonal
from infonats.bounds import DV, InfoNCE
from infonats.data import as_pairs, k_folds, three_way
from infonats.errors import InputError
from infonats.estimators import METHODS, make
from infonats.estimators.auto_contest import folds_of
from infonats.estimators.auto_scores import diagonals, held, independence, two_way
from infonats.inference import dealt, groups_of, held_out, mean_of, near_in, score_blocks
from infonats.negatives import Reweighted
from infonats.quantities import permutation_test, transfer_entropy
from infonats.scores import Scores

QUICK = {
    "max_steps": 3,
    "evaluate_every": 3,
    "hidden": (4,),
    "batch_size": 16,
    "codes": 4,
    "draws": 2,
    "held_out_draws": 2,
}
TRAINED = ("infonce", "flo", "nwj", "gm", "doe", "l1out", "vub", "ba", "pq", "doe+nwj", "gm+mine", "pq+infonce")
CLOSED = tuple(name for name in METHODS if METHODS[name]().info.family == "closed form")


def slow(n=400, memory=0.8, seed=0):
    """Two independent stationary series x_t = memory x_{t-1} + noise, (2, n)."""
    noise = np.random.default_rng(seed).normal(size=(2, n + 100))
    return lfilter([1.0], [1.0, -memory], noise)[:, 100:]


def columns(method, n=400):
    """A series that the method takes."""
    x, y = slow(n)
    return (x > 0, y > 0) if method == "discrete" else (x > 0, y) if method == "ross" else (x, y)


def quick(method):
    from infonats.estimators.parameters import _flat

    known = _flat(make(method).get_params(deep=False))
    return {name: value for name, value in QUICK.items() if name in known}


class Products:
    """x y as a score: whatever it scores, it is symmetric."""

    def all_pairs(self, x, y):
        return x @ y.mT


# Nothing new without blocks


@pytest.mark.parametrize("method", [*CLOSED, "infonce", "l1out", "gm", "doe+nwj", "auto"])
def test_a_block_of_one_row_changes_no_bit(method):
    x, y = columns(method)
    settings = {"budget": "fast"} if method == "auto" else quick(method)
    plain = infonats.mutual_information(x, y, method=method, **settings)
    one = infonats.mutual_information(x, y, method=method, block=1, **settings)
    assert one.to_json() == plain.to_json()
    assert "block" not in one.provenance


# With them


@pytest.mark.parametrize("method", CLOSED)
def test_closed_forms_keep_their_value_and_widen_their_error(method):
    x, y = columns(method)
    plain = infonats.mutual_information(x, y, method=method)
    blocks = infonats.mutual_information(x, y, method=method, block=20)
    assert blocks.value == plain.value
    assert blocks.stderr >= plain.stderr
    assert blocks.provenance["block"] == 20
    assert any("is that of blocks of 20 rows" in note for note in blocks.diagnostics)


@pytest.mark.parametrize("method", TRAINED)
def test_what_trains_holds_runs_out_and_says_so(method):
    x, y = slow()
    found = infonats.mutual_information(x, y, method=method, block=8, **quick(method))
    assert found.provenance["block"] == 8
    assert found.n_train < 240
    assert any("more than 8 rows apart" in note for note in found.diagnostics)
    assert not any(note.startswith("Rows that follow each other") for note in found.diagnostics)
    assert found == infonats.mutual_information(x, y, method=method, block=8, **quick(method))


@pytest.mark.parametrize("method", ["infonce", "gm", "doe+nwj"])
def test_no_row_to_test_on_stands_near_a_row_that_trained(method):
    """Of a series whose values are its times: what each part of the fit was given."""
    n, block = 400, 8
    t = np.arange(n, dtype=float)
    y = np.random.default_rng(0).normal(size=n)
    pairs = as_pairs(t, y).in_blocks(block)
    estimator = make(method, folds=3, transform="none", **quick(method)).fit_pairs(pairs)
    tested = []
    for rows, _ in estimator.held_out(as_pairs(t, y)):
        assert (np.diff(rows.x[:, 0]) > 0).all()
        tested += rows.x[:, 0].tolist()
    assert sorted(tested) == t.tolist()
    assert estimator.estimate_.n_train == len(k_folds(n, 3, _split_seed(3), block)[0].train)


def _split_seed(folds):
    from infonats._random import spawn

    return spawn(0, 1 + folds)[0]


def test_the_contest_holds_runs_apart_and_reads_errors_of_blocks():
    x, y = slow(600, 0.9)
    plain, blocks = (infonats.mutual_information(x, y, block=block, budget="fast") for block in (1, 20))
    assert blocks.provenance["block"] == 20
    assert blocks.stderr > 1.3 * plain.stderr
    assert blocks.provenance["p_value"] > 0.05
    assert any("more than 20 rows apart" in note for note in blocks.diagnostics)
    for fold in folds_of(600, 3, 0, 20):
        assert np.abs(fold.test[:, None] - fold.rest).min() > 20


def test_auto_finds_the_block_and_independent_rows_have_none():
    x, y = slow(1500, 0.6)
    series = infonats.mutual_information(x, y, method="gm", block="auto", max_steps=3)
    assert 4 <= series.provenance["block"] <= 75
    x, y = np.random.default_rng(0).normal(size=(2, 300))
    alone = infonats.mutual_information(x, y, method="infonce", block="auto", **quick("infonce"))
    plain = infonats.mutual_information(x, y, method="infonce", **quick("infonce"))
    assert (alone.value, alone.stderr, alone.provenance["block"]) == (plain.value, plain.stderr, 1)
    assert any("show no common memory" in note for note in alone.diagnostics)


def test_a_series_too_short_for_its_memory_says_so():
    x, y = slow(300, 0.97)
    found = infonats.mutual_information(x, y, method="gm", block="auto", max_steps=3)
    assert found.provenance["block"] == 15
    assert any("so few rows leave room for 15" in note for note in found.diagnostics)
    assert any("folds=5" in note for note in found.diagnostics)


@pytest.mark.parametrize("method", ["infonce", "gm", "l1out", "doe+nwj"])
def test_shifts_test_what_was_trained(method):
    """x moves y: p is the smallest there is. Independent of it: it need not be."""
    x, noise = slow(600, 0.8)
    settings = {} if method == "gm" else {"max_steps": 60}
    found = permutation_test(x, x + 0.5 * noise, method=method, block=10, permutations=19, **settings)
    assert found.provenance["p_value"] == 1 / 20
    assert found.provenance["block"] == 10


def test_quantities_of_what_trains_know_the_blocks():
    x, y = slow(300)
    found = transfer_entropy(x, y, method="nwj", block=5, **quick("nwj"))
    assert any("more than 5 rows apart" in note for note in found.diagnostics)


def test_fresh_rows_of_a_series_are_measured_in_blocks():
    x, y = slow(400)
    estimator = make("nwj", **quick("nwj")).fit(x, y, block=8)
    fresh = slow(400, seed=1)
    assert estimator.evaluate(*fresh, block=8).stderr >= 0.0
    assert estimator.evaluate(*fresh, block=8).provenance["block"] == 8
    with pytest.raises(InputError, match="block is 101 for 400 rows"):
        estimator.evaluate(*fresh, block=101)


def test_what_was_saved_holds_out_the_same_runs(tmp_path):
    x, y = slow(400)
    estimator = make("gm", max_steps=3).fit(x, y, block=8)
    estimator.save(tmp_path / "gm.safetensors")
    again = infonats.load(tmp_path / "gm.safetensors")
    for (a, _), (b, _) in zip(estimator.held_out(as_pairs(x, y)), again.held_out(as_pairs(x, y)), strict=True):
        np.testing.assert_array_equal(a.x, b.x)


# Mistakes


@pytest.mark.parametrize("method", ["infonce", "gm", "auto", "doe+nwj"])
def test_a_block_too_long_for_the_parts_is_refused(method):
    x, y = slow(400)
    with pytest.raises(InputError, match=r"block is 60 for 400 rows; .* takes at most"):
        infonats.mutual_information(x, y, method=method, block=60)


@pytest.mark.parametrize("block", [0, -1, 2.5, True, "often", None])
def test_a_block_is_a_number_of_rows(block):
    with pytest.raises(InputError, match="it must be a whole number of rows of at least 1"):
        infonats.mutual_information(*slow(100), block=block)


def test_a_stream_holds_rows_out_at_random(tmp_path):
    for name, side in zip("xy", slow(400), strict=True):
        np.save(tmp_path / f"{name}.npy", side)
    x, y = (np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in "xy")
    with pytest.raises(InputError, match="block is 'auto', and a stream holds rows out at random"):
        infonats.mutual_information(x, y, method="infonce", stream=True, block="auto")


# The parts


def test_negatives_are_those_far_away():
    matrix = torch.arange(49.0).reshape(7, 7)
    found = far_from_diagonal(matrix, 1)
    assert found[0].tolist() == [2, 3, 4, 5]
    assert found[6].tolist() == [43, 44, 45, 46]
    assert sorted(far_from_diagonal(matrix, 0)[3].tolist()) == off_diagonal(matrix)[3].tolist()
    assert Scores.from_all_pairs(matrix[None], near=2).product.shape == (7, 2)


def test_rows_are_dealt_out_in_turn(monkeypatch):
    from infonats import inference

    monkeypatch.setattr(inference, "SMALLEST_BLOCK", 4)
    monkeypatch.setattr(inference, "LARGEST_BLOCK", 4)
    assert [part.tolist() for part in dealt(torch.arange(9))] == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert [part.tolist() for part in dealt(torch.arange(9), 2)] == [[0, 3, 6], [1, 4, 7], [2, 5, 8]]
    assert (near_in(3, 1), near_in(3, 2), near_in(3, 4)) == (0, 1, 2)
    assert (groups_of(1000, 1), groups_of(1000, 10), groups_of(1000, 100), groups_of(10, 9)) == (32, 32, 10, 2)


@pytest.mark.parametrize("bound", [DV, InfoNCE])
def test_the_error_is_that_of_leaving_runs_out(bound):
    """By brute force: each run of rows left out of the series, and everything computed again."""
    x, y = (torch.tensor(side[:60, None]) for side in slow())
    found = held_out(bound(), score_blocks(Products(), x, y, 12), block=12)
    left = []
    for run in torch.arange(60).tensor_split(5):
        keep = torch.ones(60, dtype=torch.bool)
        keep[run] = False
        scores = Scores.from_all_pairs(Products().all_pairs(x[keep], y[keep]), near=12)
        left.append(bound().value(scores).item())
    assert found.stderr == pytest.approx(2 * np.std(left), rel=1e-10)
    assert found.negatives == 60 - 1 - 24


def test_the_mean_of_a_series_has_the_error_of_its_runs():
    """Six runs of two terms whose means are 1 to 6: the standard error is that of six numbers."""
    terms = torch.arange(1.0, 7.0).repeat_interleave(2)
    assert mean_of(terms, 2).stderr == pytest.approx(math.sqrt(3.5 / 6), abs=1e-12)
    assert mean_of(terms, 2).value == mean_of(terms).value == 3.5


def test_the_score_leaves_out_what_is_near():
    """Of 6 rows in a ring each meets itself and the 3 that are two or three away."""
    block = torch.arange(36.0, dtype=torch.float64).reshape(1, 6, 6) / 36
    found, by_hand = two_way(block, near=1)[0], []
    for i in range(6):
        met = [i, (i + 2) % 6, (i + 3) % 6, (i + 4) % 6]
        row, column = (log_mean_exp(part[met]) for part in (block[0, i], block[0, :, i]))
        by_hand.append((block[0, i, i] - (row + column) / 2).item())
    assert found.tolist() == pytest.approx(by_hand, abs=1e-12)


def test_what_the_contest_scores_is_in_order_of_time(monkeypatch):
    from infonats import inference

    monkeypatch.setattr(inference, "SMALLEST_BLOCK", 10)
    monkeypatch.setattr(inference, "LARGEST_BLOCK", 10)
    x = torch.arange(30.0, dtype=torch.float64)[:, None]
    found = held(inference.score_blocks(Products(), x, x, 4), seed=0, pairings=3, block=4)
    assert found.ratios.tolist() == [float(t * t) for t in range(30)]


def test_blocks_that_tell_much_the_same_are_shifted_together():
    """Rows are dealt out in turn, so every block has a row's neighbours: one circular shift for all.

    Blocks that went by numbers of their own would average what they share, as if they knew it each by itself.
    """
    blocks = torch.from_numpy(np.random.default_rng(0).normal(size=(3, 8, 8)))
    whole = np.sum([diagonals(block.numpy()) for block in blocks], axis=0)
    found = held(blocks, seed=0, pairings=200, block=2).paired
    np.testing.assert_allclose(sorted(set(found.round(9))), sorted(whole.round(9)), atol=1e-9)
    assert (
        len(set(held(blocks, seed=0, pairings=200).paired.round(9))) > 100
    )  # of independent rows each by its own


def test_reweighted_partners_are_far_away():
    x = torch.zeros(20, 1)
    chosen = Reweighted.of(lambda a, b: torch.zeros(len(a), len(b)), (x, x), None, 0, near=3)
    generator = torch.Generator().manual_seed(0)
    found = chosen(torch.arange(20), 200, generator)
    assert (found - torch.arange(20)[:, None]).abs().min() == 4
    pool = Reweighted.of(lambda a, b: torch.zeros(len(a), len(b)), (x, x), torch.zeros(9, 1), 0, near=3)
    assert set(pool(torch.arange(20), 50, generator).flatten().tolist()) == set(range(9))


# What it is for


def holds(rows, truth):
    return np.mean([low <= truth <= high for low, high in rows])


@pytest.mark.statistical
def test_of_slow_series_the_naive_interval_fails_and_that_of_blocks_holds():
    """y = .6 x + .8 z, both with a memory of .9, I = -log(1 - .36) / 2; 60 samples know a share to .06."""
    truth, naive, blocks, p_naive, p_blocks = -math.log(1 - 0.36) / 2, [], [], [], []
    for seed in range(60):
        x, z = slow(600, 0.9, seed)
        naive.append(infonats.mutual_information(x, 0.6 * x + 0.8 * z, method="gaussian").interval)
        blocks.append(infonats.mutual_information(x, 0.6 * x + 0.8 * z, method="gaussian", block=60).interval)
        p_naive.append(permutation_test(x, z, method="gaussian", permutations=19).provenance["p_value"])
        shifted = permutation_test(x, z, method="gaussian", permutations=19, block=40)
        p_blocks.append(shifted.provenance["p_value"])
    assert holds(naive, truth) < 0.7
    assert holds(blocks, truth) > 0.75
    assert np.mean(np.array(p_naive) <= 0.05) > 0.3
    assert np.mean(np.array(p_blocks) <= 0.05) < 0.05 + 4 * math.sqrt(0.05 * 0.95 / 60)


def test_a_split_by_blocks_is_the_one_of_the_data(monkeypatch):
    """What an estimator holds out is `three_way` by its seed and block."""
    x, y = slow(400)
    estimator = make("gm", max_steps=3).fit(x, y, block=8)
    ((rows, _),) = estimator.held_out(as_pairs(x, y))
    np.testing.assert_array_equal(rows.x[:, 0], x[three_way(400, _split_seed(1), block=8).test])


@pytest.mark.statistical
def test_parts_of_a_long_series_know_no_more_than_one(monkeypatch):
    """Six parts of 600 rows that remember ten: 400 samples know 0.05 to 0.011; apart they rejected 0.2."""
    from infonats import inference

    monkeypatch.setattr(inference, "SMALLEST_BLOCK", 100)
    monkeypatch.setattr(inference, "LARGEST_BLOCK", 100)
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    hits = 0
    for seed in range(400):
        x, y = (torch.from_numpy(side)[:, None] for side in slow(600, 0.9, seed))
        hits += independence([[held(inference.score_blocks(Products(), x, y, 40), seed, 199, 40)]]).refuted
    assert abs(hits / 400 - 0.05) < 4 * 0.011
