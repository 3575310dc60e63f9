import math

import pytest

from infonats.benchmark import frame, summarise

from .conftest import record


def rows(records, by=("method",)):
    return summarise(frame(records), by).to_dicts()


def test_by_hand():
    records = [
        record("a", error=0.1, seed=0),
        record("a", error=-0.3, seed=1, seconds=4.0),
        record("b", error=0.2, seed=0, peak_bytes=5 * 2**20),
        record("b", error=0.4, seed=1),
        record("b", seed=2, status="failed", value=None, low=None, high=None, seconds=None),
    ]
    (row,) = rows(records)
    assert (row["cells"], row["failed"], row["tasks"]) == (5, 1, 2)
    assert row["mae"] == pytest.approx((0.2 + 0.3) / 2, rel=1e-12)
    assert row["bias"] == pytest.approx((-0.1 + 0.3) / 2, rel=1e-12)
    assert row["rmse"] == pytest.approx(math.sqrt((0.05 + 0.1) / 2), rel=1e-12)
    assert row["median"] == pytest.approx((0.2 + 0.3) / 2, rel=1e-12)
    # Of each task the variance of two errors .2 apart is .02, of their mean .01; of the mean of two tasks .005.
    assert row["mae_stderr"] == pytest.approx(math.sqrt(0.01 + 0.01) / 2, rel=1e-12)
    # Of the tasks' means .2 and .3 the standard deviation is .1 / sqrt 2.
    assert row["mae_over_tasks"] == pytest.approx(0.05, rel=1e-12)
    assert row["coverage"] == pytest.approx(1 / 4)
    assert row["width"] == pytest.approx(0.2, rel=1e-12)
    assert row["seconds"] == 2.0
    assert row["peak_bytes"] == 5 * 2**20


def test_a_task_counts_once_however_often_it_was_drawn():
    records = [record("a", error=1.0, seed=s) for s in range(9)] + [
        record("b", error=0.0, seed=s) for s in (0, 1)
    ]
    assert rows(records)[0]["mae"] == pytest.approx(0.5)


def test_one_sample_has_no_standard_error():
    assert rows([record("a"), record("b"), record("b", seed=1)])[0]["mae_stderr"] is None


def test_numbers_of_rows_are_no_repeats_of_each_other():
    """.1 and .3 with few rows, .5 and .5 with many: of the mean of four the variance is (2 x .02 + 0) / 16."""
    cells = [(100, 0.1), (100, 0.3), (1000, 0.5), (1000, 0.5)]
    (row,) = rows([record("a", n=n, error=error, seed=s) for s, (n, error) in enumerate(cells)])
    assert row["mae"] == pytest.approx(0.35)
    assert row["mae_stderr"] == pytest.approx(math.sqrt(2 * 0.02 / 16), rel=1e-12)
    once = [record("a", n=n, error=error, seed=s) for s, (n, error) in enumerate(cells[:3])]
    assert rows(once)[0]["mae_stderr"] is None
    assert [row["mae_stderr"] for row in rows(once, ("method", "n"))].count(None) == 1


def test_the_truths_own_error_widens_the_interval():
    outside = {"error": 0.12, "truth_stderr": 0.0}
    assert rows([record(**outside)])[0]["coverage"] == 0.0
    assert rows([record(**{**outside, "truth_stderr": 0.011})])[0]["coverage"] == 1.0


def test_ranks_are_among_the_methods_of_a_task_and_n():
    errors = {"good": 0.1, "tied": 0.1, "bad": 0.5}
    records = [record("a", m, error=e) for m, e in errors.items()]
    records += [record("b", m, error=e) for m, e in {"good": 0.0, "bad": 0.1}.items()]
    records += [record("b", "tied", status="failed", value=None, low=None, high=None)]
    ranks = {row["method"]: row["rank"] for row in rows(records)}
    assert ranks == {"good": pytest.approx((1.5 + 1) / 2), "tied": 1.5, "bad": pytest.approx((3 + 2) / 2)}


def test_groups_and_order():
    records = [record("a", m, n=n, error=e) for m, n, e in (("x", 10, 0.3), ("x", 20, 0.1), ("y", 10, 0.2))]
    assert [(row["method"], row["n"]) for row in rows(records, ("method", "n"))] == [
        ("x", 20),
        ("y", 10),
        ("x", 10),
    ]


def test_a_method_that_always_failed_is_last_and_has_no_numbers():
    gone = record("a", "gone", status="failed", value=None, low=None, high=None, seconds=None, peak_bytes=None)
    last = rows([gone, record("a", "there", error=9.0)])[-1]
    assert (last["method"], last["failed"], last["mae"], last["coverage"]) == ("gone", 1, None, None)
