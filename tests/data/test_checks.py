import time

import numpy as np
import pytest

from infonats.data import as_pairs, look
from infonats.estimators import info_of


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def seen(x, y, method="ksg", **options):
    return look(as_pairs(x, y, **options), method, info_of(method).values)


def test_nothing_to_say_of_continuous_data(rng):
    assert seen(rng.normal(size=(200, 2)), rng.normal(size=200)) == ()


def test_discrete_columns_on_both_sides_ask_for_discrete(rng):
    (note,) = seen(rng.integers(0, 3, 200), rng.integers(0, 2, 200))
    assert "'x' (3 distinct), 'y' (2 distinct)" in note
    assert "use method 'discrete'" in note


def test_a_discrete_column_among_continuous_ones_asks_for_mixed_ksg(rng):
    x = np.column_stack([rng.normal(size=200), rng.integers(0, 4, 200)])
    (note,) = seen(x, rng.normal(size=200), "gaussian")
    assert "'x1' (4 distinct)" in note
    assert "'gaussian' takes them for continuous; use method 'mixed_ksg'" in note


def test_a_discrete_side_asks_for_ross(rng):
    (note,) = seen(rng.integers(0, 4, 200), rng.normal(size=200), "gaussian")
    assert "use method 'ross', made for labels on one side" in note


@pytest.mark.parametrize("method", ["discrete", "mixed_ksg", "ross"])
def test_discrete_methods_are_not_warned_of_discrete_columns(rng, method):
    assert seen(rng.integers(0, 3, 200), rng.integers(0, 2, 200), method) == ()


@pytest.mark.parametrize(("rows", "discrete"), [(550, True), (540, False)])
def test_a_handful_of_doses_looks_discrete(rng, rows, discrete):
    """Eleven doses, 50 rows each on average, are labels; in fewer rows they may be rounded measurements."""
    doses = np.r_[0.0, np.geomspace(0.01, 100, 10)][np.arange(rows) % 11]
    notes = seen(rng.permutation(doses), rng.normal(size=rows), "gaussian")
    assert any("Few distinct values, which look discrete: 'x' (11 dist" in note for note in notes) == discrete


def test_many_distinct_integers_do_not_look_discrete(rng):
    assert seen(rng.permutation(200), rng.normal(size=200)) == ()


def test_heavy_ties_are_reported_for_neighbour_methods_only(rng):
    x, y = rng.normal(size=500).round(1), rng.normal(size=500)
    (note,) = seen(x, y)
    assert "Heavy ties: 'x' (" in note
    assert "'rounded_ksg'" in note
    assert seen(x, y, "gaussian") == ()


@pytest.mark.parametrize("code", [-999.0, 99.0, 1e6])
def test_a_code_for_missing_values_is_seen(rng, code):
    x = rng.normal(size=200)
    x[::10] = code
    note = seen(x, rng.normal(size=200), "gaussian")[0]
    assert note.startswith(f"One value stands far from all others and repeats: 'x' ({code:g} in 20 rows).")
    assert any(
        "'y0' (-999 in 20 rows)" in note
        for note in seen(rng.normal(size=200), np.c_[np.where(x == code, -999, x.round()), x])
    )


@pytest.mark.parametrize(
    "x",
    [
        np.r_[0.0, 0, 0, np.linspace(1, 3, 97)],  # not further off than the others spread
        np.r_[1e6, 1e6, np.linspace(1, 3, 98)],  # an outlier and its copy
        np.r_[np.zeros(60), np.linspace(100, 101, 40)],  # most rows are there
        np.r_[np.zeros(40), np.ones(40), np.full(20, 9.0)],  # codes are values like others
    ],
)
def test_what_is_no_code_for_missing_values(rng, x):
    assert not any("far from all others" in note for note in seen(x, rng.normal(size=100), "gaussian"))


def test_the_share_of_ties_is_exact(rng):
    x = rng.normal(size=100)
    x[:30] = x[30]  # 31 equal values
    assert "'x' (31 % tied)" in seen(x, rng.normal(size=100))[0]


@pytest.mark.parametrize("f", [np.copy, np.exp, np.negative, lambda t: -(t**3)])
def test_a_monotone_function_of_a_column_is_found(rng, f):
    x = rng.normal(size=(300, 3))
    y = np.column_stack([rng.normal(size=300), f(x[:, 1])])
    (note,) = seen(x, y, "gaussian")
    assert "'x1' of x and 'y1' of y" in note
    assert "infinite" in note


def test_a_nearly_monotone_function_is_not_reported(rng):
    x = rng.normal(size=300)
    y = x.copy()
    y[[0, 1]] = y[[1, 0]]
    assert seen(x, y) == ()


def test_equal_discrete_columns_have_finite_information(rng):
    x = rng.integers(0, 3, 300)
    assert not any("infinite" in note for note in seen(x, x))


def test_few_rows_agree_in_order_by_chance():
    assert not any("infinite" in note for note in seen([1.5, 2.0, 3.0], [2.5, 4.0, 6.0]))


def test_repeated_rows_are_counted(rng):
    x, y = rng.normal(size=(100, 2)), rng.normal(size=100)
    x[:10], y[:10] = x[10:20], y[10:20]
    (note,) = seen(x, y, "gaussian")
    assert note.startswith("20 % of the rows are exact duplicates")


def test_equal_x_alone_is_no_repeated_row(rng):
    x, y = rng.normal(size=100), rng.normal(size=100)
    x[:5] = x[5:10]
    assert seen(x, y) == ()


def test_signed_zeros_are_equal(rng):
    x, y = rng.normal(size=40), rng.normal(size=40)
    x[:20], y[:20] = np.where(np.arange(20) % 2, 0.0, -0.0), 7.0
    assert "50 % of the rows" in " ".join(seen(x, y))


def test_repeats_are_expected_of_discrete_rows(rng):
    assert not any("duplicates" in note for note in seen(rng.integers(0, 3, 200), rng.integers(0, 2, 200)))


def test_few_rows_for_many_columns(rng):
    (note,) = seen(rng.normal(size=(99, 5)), rng.normal(size=(99, 5)))
    assert note.startswith("99 rows for 10 columns are few")
    assert seen(rng.normal(size=(100, 5)), rng.normal(size=(100, 5))) == ()


def test_constants_and_single_rows_are_survived():
    assert isinstance(seen([1, 1], [2, 2], varying=False), tuple)
    assert isinstance(seen([1.5], [2.5], varying=False), tuple)


@pytest.mark.parametrize("shape", [(200_000, 2), (2000, 100)])
def test_wide_and_long_tables_are_fast(rng, shape):
    pairs = as_pairs(rng.normal(size=shape), rng.normal(size=shape))
    start = time.process_time()
    look(pairs, "ksg", "untied")
    assert time.process_time() - start < 5.0  # a tenth of this is usual; all pairs of columns would take longer
