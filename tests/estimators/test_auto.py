import json
import math

import numpy as np
import pytest
import torch

import infonats
from infonats import tasks
from infonats.closedform.t_copula import MOST
from infonats.data import as_pairs
from infonats.errors import InputError, UnknownNameError
from infonats.estimators import Auto, make, mutual_information
from infonats.estimators.auto_budget import BUDGETS, Budget
from infonats.estimators.auto_contest import Entry, Scored, advantage, best_of, folds_of, paired
from infonats.estimators.auto_copulas import CopulaMixtureRatio
from infonats.estimators.auto_critic import CriticConfig, SeparableRatio, fit_critic
from infonats.estimators.auto_mixtures import MixtureRatio
from infonats.estimators.auto_ratios import CopulaRatio, shrunk
from infonats.estimators.auto_reading import Reading, doubted, unlearnt
from infonats.estimators.auto_rounds import Contest, Dropped
from infonats.estimators.auto_scores import Held, diagonals, held, independence, two_way
from infonats.estimators.auto_state import ratio_from, state_of
from infonats.estimators.auto_view import View, leading
from infonats.inference import score_blocks
from infonats.nn import seeded


def sample(name, n, seed=0):
    x, y = tasks.make(name).sample(n, torch.Generator().manual_seed(seed))
    return x.numpy(), y.numpy()


@pytest.fixture
def short(monkeypatch):
    """A normal budget that is soon spent."""
    monkeypatch.setitem(BUDGETS, "normal", Budget(3, True, (2,), CriticConfig(steps=300, rank=8)))


# The score


def test_two_way_by_hand():
    table = torch.tensor([[[1.0, 0.0], [2.0, 3.0]]], dtype=torch.float64)
    lme = lambda *a: math.log(sum(map(math.exp, a)) / len(a))  # noqa: E731
    first = 1 - (lme(1, 0) + lme(1, 2)) / 2
    second = 3 - (lme(2, 3) + lme(0, 3)) / 2
    np.testing.assert_allclose(two_way(table)[0].numpy(), [first, second], rtol=0, atol=1e-12)


def test_two_way_ignores_a_constant_and_has_its_ceiling():
    table = torch.randn(3, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    np.testing.assert_allclose(two_way(table + 5).numpy(), two_way(table).numpy(), atol=1e-12)
    sure = 50 * torch.eye(8, dtype=torch.float64)[None]
    np.testing.assert_allclose(two_way(sure).numpy(), math.log(8), atol=1e-12)


class Table:
    """Scores rows that are their own numbers."""

    def __init__(self, table):
        self.table = torch.as_tensor(table)

    def all_pairs(self, x, y):
        return self.table[x[:, 0].long()][:, y[:, 0].long()]


def test_diagonals_by_hand():
    assert diagonals(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])).tolist() == [15, 15, 15]
    assert diagonals(np.array([[1.0, 2.0], [30.0, 40.0]])).tolist() == [41, 32]


def test_p_value_counts_pairings_that_do_as_well():
    rows = torch.arange(12.0)[:, None]
    perfect = [held(score_blocks(Table(np.eye(12)), rows, rows), seed) for seed in range(5)]
    nothing = [held(score_blocks(Table(np.zeros((12, 12))), rows, rows), seed) for seed in range(5)]
    assert independence([perfect]).p_value == 1 / 1000
    assert independence([nothing]).p_value == 1.0
    assert independence([nothing, perfect]).p_value == 1 / 1000


def test_p_value_of_one_fold_counts_the_shift_that_changes_nothing():
    """Of 12 shifts one is none at all, so that no p-value of a single block is much below 1 / 12."""
    rows = torch.arange(12.0)[:, None]
    p = independence([[held(score_blocks(Table(np.eye(12)), rows, rows), seed=0)]]).p_value
    assert p == pytest.approx(1 / 12, abs=4 * math.sqrt(1 / 12 / 1000))


def test_p_values_of_a_score_that_knows_nothing_are_uniform():
    """Three folds of 20 rows, 400 times: the standard errors of the mean and of the share are by hand."""
    rng, rows, found = np.random.default_rng(1), torch.arange(20.0)[:, None], []
    for seed in range(0, 1200, 3):
        tables = (Table(rng.standard_normal((20, 20))) for _ in range(3))
        blocks = [score_blocks(table, rows, rows) for table in tables]
        found.append(independence([[held(part, seed + i) for i, part in enumerate(blocks)]]).p_value)
    assert np.mean(found) == pytest.approx(0.5, abs=4 * math.sqrt(1 / 12 / 400))
    assert np.mean(np.array(found) < 0.05) == pytest.approx(0.05, abs=4 * math.sqrt(0.05 * 0.95 / 400))


def test_p_value_repeats_the_choice_among_candidates():
    """Of eight candidates that know nothing the best has no small p-value by right of being the best."""
    rng, rows, few = np.random.default_rng(0), torch.arange(30.0)[:, None], 0
    for seed in range(20):
        tables = [Table(rng.standard_normal((30, 30))) for _ in range(8)]
        few += independence([[held(score_blocks(table, rows, rows), seed)] for table in tables]).p_value < 0.05
    assert few <= 5  # 1 is expected, more than 5 in less than one of 1000 such tests


@pytest.mark.statistical
def test_p_values_of_independent_rows_are_seldom_small():
    """With 200 repeats the share below .05 has standard error .0154.

    They are no uniform sample: rows that a fold leaves out lean away from what chance gave the others, so
    large values are the more frequent.
    """
    values = []
    for seed in range(200):
        x, y = np.random.default_rng(seed).standard_normal((2, 150, 1))
        e = Auto("fast", seed=seed).fit(x, y).estimate_
        values.append(e.provenance["p_value"])
    assert np.mean(np.array(values) < 0.05) < 0.05 + 4 * 0.0154
    assert np.mean(np.array(values) < 0.5) > 0.2


# The ratios


def test_the_table_of_a_copula_is_its_local_ratio():
    x, y = sample("student-identity-3-3-2", 300)
    ratio = CopulaRatio.fit(x, y, shrink=False)
    np.testing.assert_allclose(paired(ratio, x, y), ratio.local(x, y, False), atol=1e-9)


def test_the_table_of_a_gaussian_copula_is_its_local_ratio():
    x, y = sample("multinormal-dense-2-2-0.5", 300)
    ratio = CopulaRatio.fit(x, y, shrink=False)
    assert ratio.student.nu == MOST
    np.testing.assert_allclose(paired(ratio, x, y), ratio.local(x, y, False), atol=1e-9)


def test_a_mixture_of_one_is_the_gaussian():
    x, y = sample("multinormal-dense-2-2-0.5", 500)
    found = paired(MixtureRatio.fit(x, y, 1, seed=0), x, y).mean()
    plain = infonats.mutual_information(x, y, method="gaussian", bias_correction=False).value
    assert found == pytest.approx(plain, abs=1e-4)


def test_shrunk_takes_what_chance_gives_and_keeps_the_rest():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((2000, 40))
    z[:, 20] = 0.9 * z[:, 0] + math.sqrt(1 - 0.81) * z[:, 20]
    found = shrunk(np.corrcoef(z.T), 20, 2000)
    rho = np.linalg.svd(found[:20, 20:], compute_uv=False)
    assert rho[0] == pytest.approx(0.9, abs=0.03)
    assert rho[1:].max() < 1e-9
    np.testing.assert_array_equal(found[:20, :20], np.corrcoef(z.T)[:20, :20])


def test_a_critic_on_a_copula_starts_there():
    x, y = sample("multinormal-dense-2-2-0.5", 200)
    base = CopulaRatio.fit(x, y)
    parts = (x[:150], y[:150]), (x[150:], y[150:])
    view = View.fit(base, None, x, y)
    ratio, _ = fit_critic(view, True, parts, CriticConfig(steps=1), 0)
    critic = seeded(lambda: SeparableRatio(view, True, 4), torch.Generator())
    u, v = ratio.coordinates(x, y)
    with torch.no_grad():
        start = critic.all_pairs(u, v).diagonal().numpy()
    np.testing.assert_allclose(start, base.local(x, y, False), atol=1e-3)


@pytest.mark.parametrize("kind", ["copula", "copulas", "mixture", "critic", "few directions"])
def test_ratios_come_back_from_their_state(kind):
    x, y = sample("student-identity-2-2-1", 200)
    ratio = CopulaRatio.fit(x, y)
    if kind == "copulas":
        ratio = CopulaMixtureRatio.fit(x, y, 2, seed=0)
    if kind == "mixture":
        ratio = MixtureRatio.fit(x, y, 2, seed=0)
    if kind in ("critic", "few directions"):
        view = View.fit(ratio, leading(ratio) if kind == "few directions" else None, x, y)
        parts = (x[:150], y[:150]), (x[150:], y[150:])
        ratio = fit_critic(view, True, parts, CriticConfig(steps=50), 0)[0]
    again = ratio_from(state_of(ratio))
    np.testing.assert_array_equal(paired(again, x, y), paired(ratio, x, y))


# The contest


def scored(terms, within=None):
    terms = np.asarray(terms, float)
    part = Held(terms, terms, np.zeros(999))
    own = part if within is None else Held(np.asarray(within, float), np.asarray(within, float), np.zeros(999))
    return Scored(None, part, own)


def test_the_simpler_wins_within_an_error():
    rng = np.random.default_rng(0)
    simple = rng.standard_normal(400)
    little, much = simple + 0.01 * rng.standard_normal(400), simple + 0.2 + 0.01 * rng.standard_normal(400)
    entries = [Entry(name, (scored(terms),)) for name, terms in (("s", simple), ("l", little), ("m", much))]
    assert best_of(entries[:2]).name == "s"
    assert best_of(entries).name == "m"


def test_advantage_is_taken_halfway_and_doubts_what_fitting_gained():
    gap, error = advantage([scored([0.0, 0.0], [2.0, 2.0])], [scored([0.5, 0.5])])
    assert gap == pytest.approx(0.5)
    assert error == pytest.approx(0.5)


def test_a_lead_that_is_not_sure_is_doubt():
    """Two rows ahead of four: a lead of .5 with the standard error of (0, 0, 1, 1), sqrt(1/3) / 2."""
    rows = np.random.default_rng(0).standard_normal((40, 2))
    contest = Contest(as_pairs(rows[:, 0], rows[:, 1]), [], BUDGETS["fast"], None)
    winner, other = (Entry(name, (scored(terms),)) for name, terms in (("w", [0.0] * 4), ("o", [0, 0, 1, 1])))
    contest.entries = [winner, other]
    assert contest.doubt(winner) == pytest.approx(0.5 + math.sqrt(1 / 3), abs=1e-12)
    assert contest.doubt(other) == 0.0
    contest.dropped = [
        Dropped("d", winner, 2.0, 0.5),
        Dropped("e", other, 9.0, 9.0),
        Dropped("f", winner, -1.0, 9.0),
    ]
    assert contest.doubt(winner) == 3.0
    reading = doubted(Reading("w", 1.0, 0.1, (0.4, 4.0)), winner, contest)
    assert reading.interval == (pytest.approx(0.6), pytest.approx(6.0))
    neighbours = Reading("neighbours", 1.0, 0.1, (0.4, 4.0))
    assert doubted(neighbours, winner, contest) is neighbours


@pytest.mark.parametrize(("gap", "more"), [(0.1, 0.25), (1.0, 0.0)])
def test_the_interval_of_a_critic_reaches_up_by_what_it_was_still_learning(gap, more, monkeypatch):
    """Half of the rows taught it d nats: with twice as many again, and so on, d / (2^.4 - 1) is to come."""
    monkeypatch.setattr(Contest, "taught", lambda self, winner: 0.3 * (2**0.4 - 1))
    rows = np.random.default_rng(0).standard_normal((40, 2))
    contest = Contest(as_pairs(rows[:, 0], rows[:, 1]), [], BUDGETS["normal"], None)
    winner = Entry("critic", (scored([1.0, 2.0], [1.0 + gap, 2.0 + gap]),))
    reading = Reading("critic", 1.0, 0.1, (0.2, 0.5))
    assert unlearnt(reading, winner, contest).interval == pytest.approx((0.8, 1.5 + more))
    copula = Reading("t copula", 1.0, 0.1, (0.2, 0.5))
    assert unlearnt(copula, winner, contest) is copula, "it is believed instead"


def test_value_is_halfway():
    entry = Entry("e", (scored([1.0, 2.0], [2.0, 3.0]),))
    assert (entry.value, entry.gap) == (2.0, 1.0)
    sampling = 1.959963984540054 * entry.stderr
    assert entry.reach == pytest.approx((math.hypot(sampling, 0.5), sampling + 1.0))


def test_folds_score_every_row_once():
    folds = folds_of(103, 5, seed=3)
    assert sorted(np.concatenate([f.test for f in folds])) == list(range(103))
    for fold in folds:
        assert sorted(np.concatenate([fold.train, fold.validation, fold.test])) == list(range(103))


# The estimator


@pytest.mark.parametrize(
    ("name", "n", "winner"),
    [
        ("multinormal-dense-2-2-0.5", 250, "t copula"),
        ("1v1-additive-0.1", 400, "neighbours"),
        ("spiral-multinormal-sparse-3-3-2-2.0", 600, "critic"),
    ],
)
def test_each_kind_wins_where_it_should(name, n, winner, short):
    x, y = sample(name, n)
    e = Auto().fit(x, y).estimate_
    assert winner in e.provenance["choice"]
    truth = tasks.make(name).mutual_information
    assert abs(e.value - truth) < 2 * (e.interval[1] - e.value) + 0.05 * truth  # few rows: what they cost
    assert e.provenance["p_value"] == 1 / 1000


def test_independent_components_win_where_mixing_hides_the_marginals(short):
    x, y = sample("rotated-cubic-gaussian-20-4", 1000)
    e = Auto().fit(x, y).estimate_
    assert "t copula of independent components won" in e.provenance["choice"]
    assert abs(e.value - 4) < 0.5  # ranks alone find 2.6 of 4; a thousand rows do not unmix the rest


def test_a_critic_that_wins_does_not_hide_what_is_spread_over_many_columns(short):
    """Fifty columns a side share 1.62 nats, each a little: copulas of folds are shrunk, critics see less."""
    x, y = sample("multinormal-dense-50-50-0.5", 400)
    auto = Auto().fit(x, y)
    e, truth = auto.estimate_, tasks.make("multinormal-dense-50-50-0.5").mutual_information
    assert "t copula, for it finds more than the winner" in e.provenance["choice"]
    assert e.interval[0] < truth < e.interval[1]
    assert max(one["value"] for one in e.provenance["candidates"].values()) < 0.95 * truth
    assert auto.pointwise(x, y).mean() == pytest.approx(e.value, abs=1e-3)


def test_a_critic_is_asked_what_it_was_still_learning(short):
    x, y = sample("spiral-multinormal-sparse-3-3-2-2.0", 600)
    seen = []
    Auto().fit(x, y, progress=lambda done, of, what: seen.append(what))
    again = [what for what in seen if "of half the rows" in what]
    assert len(again) > 0
    assert seen.index(again[0]) > len(seen) // 2, "after the contest"
    contest = Contest(as_pairs(x, y), [], BUDGETS["normal"], None)
    assert contest.taught(Entry("t copula", ())) == 0.0


def test_independence_is_said():
    x, y = np.random.default_rng(1).standard_normal((2, 200, 2))
    e = Auto("fast").fit(x, y).estimate_
    assert e.interval[0] < 0 < e.interval[1]
    assert any("Independence is not refuted" in note for note in e.diagnostics)


def test_same_seed_same_bits_and_a_round_trip(tmp_path, short):
    x, y = sample("spiral-multinormal-sparse-3-3-2-2.0", 320)
    first, again = (Auto().fit(x, y) for _ in range(2))
    assert first.estimate_ == again.estimate_
    first.save(tmp_path / "auto")
    np.testing.assert_array_equal(infonats.load(tmp_path / "auto").pointwise(x, y), first.pointwise(x, y))
    assert json.loads(first.estimate_.to_json())["method"] == "auto"


def test_pointwise_of_a_copula_averages_to_the_estimate():
    x, y = sample("multinormal-dense-2-2-0.5", 200)
    auto = Auto("fast").fit(x, y)
    assert auto.pointwise(x, y).mean() == pytest.approx(auto.estimate_.value, abs=1e-3)


def test_ctrl_c_while_a_critic_trains_gives_the_best_so_far(short):
    x, y = sample("spiral-multinormal-sparse-3-3-2-2.0", 320)

    def stop(step, total, message):
        if "validation" in message:
            raise KeyboardInterrupt

    e = Auto().fit(x, y, progress=stop).estimate_
    assert "critic" not in e.provenance["candidates"]
    assert any("interrupted" in note for note in e.diagnostics)


def test_progress_names_the_candidate():
    said = []
    x, y = sample("multinormal-dense-2-2-0.5", 120)
    Auto("fast").fit(x, y, progress=lambda step, total, message: said.append((step, total, message)))
    assert any("t copula: fold 2 of 3" in message for _, _, message in said)
    assert all(0 <= step <= total for step, total, _ in said)


def test_budget_reaches_auto_and_no_one_else():
    x, y = sample("1v1-normal-0.75", 150)
    assert mutual_information(x, y, budget="fast").provenance["parameters"]["budget"] == "fast"
    assert mutual_information(np.sign(x), np.sign(y), budget="fast").method == "discrete"
    assert make("auto", budget="high").budget == "high"


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            lambda x, y: (Auto("slow"), x, y),
            UnknownNameError,
            "There is no budget 'slow'. Allowed: fast, normal, high",
        ),
        (lambda x, y: (Auto(), np.sign(x), y), InputError, "Columns of x that look discrete: x"),
        (lambda x, y: (Auto(), x[:99], y[:99]), InputError, "auto was given 99 rows and needs at least 100"),
        (lambda x, y: (Auto(seed=-1), x, y), InputError, "seed is -1"),
    ],
)
def test_unusable(change, error, message):
    estimator, x, y = change(*sample("1v1-normal-0.75", 150))
    with pytest.raises(error, match=message):
        estimator.fit(x, y)
