import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest

import infonats
from infonats.closedform import mixed_ksg
from infonats.data import as_pairs, read_table, select_pairs
from infonats.data.categories import code_words, words_in
from infonats.errors import InputError
from infonats.estimators import METHODS, make

WORDS = ["red", "blue", "red", "green"]
CODES = [2.0, 0, 2, 1]
LEVELS = (("blue", "green", "red"),)
NUMBERS = [1.0, 2, 3, 4]

KINDS = {
    "list": WORDS,
    "array": np.array(WORDS),
    "bytes": np.array(WORDS, "S"),
    "objects": np.array(WORDS, object),
    "column": np.array(WORDS)[:, None],
    "pandas series": pd.Series(WORDS),
    "pandas string": pd.Series(WORDS, dtype="string"),
    "pandas category": pd.Series(WORDS, dtype="category"),
    "polars series": pl.Series(WORDS),
    "polars category": pl.Series(WORDS, dtype=pl.Categorical),
    "polars enum": pl.Series(WORDS, dtype=pl.Enum(["red", "green", "blue"])),
}


@pytest.mark.parametrize("kind", KINDS)
def test_text_of_every_kind_is_numbered_in_alphabetical_order(kind):
    pairs = as_pairs(KINDS[kind], NUMBERS, text=True)
    assert pairs.x.ravel().tolist() == CODES
    assert (pairs.x_levels, pairs.y_levels) == (LEVELS, ())
    assert pairs.text == "'x' (blue, green, red)"
    with pytest.raises(InputError, match="only real numbers can be used"):
        as_pairs(KINDS[kind], NUMBERS)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"n": NUMBERS, "c": WORDS}),
        pl.DataFrame({"n": NUMBERS, "c": WORDS}),
    ],
)
def test_a_frame_of_numbers_and_text(frame):
    pairs = as_pairs(frame, NUMBERS, text=True)
    assert pairs.x.T.tolist() == [NUMBERS, CODES]
    assert pairs.x_levels == (None, *LEVELS)
    assert pairs.text == "'c' (blue, green, red)"


def test_an_array_of_objects_may_hold_both():
    pairs = as_pairs(np.array([NUMBERS, WORDS], object).T, NUMBERS, text=True)
    assert pairs.x.T.tolist() == [NUMBERS, CODES]
    assert pairs.x_levels == (None, *LEVELS)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_missing_text_is_missing(missing):
    words = pd.Series([*WORDS, missing], dtype=object)
    with pytest.raises(InputError, match="'x' has 1 NaN"):
        as_pairs(words, [*NUMBERS, 5], text=True)
    kept = as_pairs(words, [*NUMBERS, 5], text=True, drop_missing=True)
    assert (kept.x.ravel().tolist(), kept.x_levels) == (CODES, LEVELS)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (["1", "2", "?", "4"], r"Column 0 of x is text, most of it numbers \(for example '\?'\)"),
        (["1", "2", "3", "4"], "only real numbers or words can be used"),
        ([datetime.date(2020, 1, 1)] * 4, "Column 0 of x has type object .*only real numbers"),
        (np.array(["a", 1.0, "b", 2.0], object), "Column 0 of x has type object .for example 'a'"),
        (["1,5", "-0,25", "2", "1,2e3"], r"\(for example '-0,25'\).* Write decimal points for commas\."),
        (
            ["1 234", "-12 345", "1 000 000", "5"],
            r"example '-12 345'\).* Leave out what separates thousands\. Cor",
        ),
        (["1'234", "2'345", "5'000", "8"], r"Leave out what separates thousands\. Correct"),
        (
            ["1,234", "2,345", "5,000", "8"],
            "Leave out what separates thousands, and write decimal points for dec",
        ),
        (["1,234,567.00"] * 4, r"example '1,234,567.00'\).* Leave out what separates thousands"),
        (["1.234.567,5"] * 4, r"example '1.234.567,5'\).* Leave out what separates thousands"),
        (pd.Series(["1", "2", "?", "4"], name="n"), "Column 'n' is text, most of it numbers"),
    ],
)
def test_what_is_no_text_either(data, message):
    with pytest.raises(InputError, match=message):
        as_pairs(data, NUMBERS, text=True)


def test_words_in():
    assert words_in([1.0, "a"]) is None
    assert words_in([None, np.nan]) is None
    assert words_in(["a", None]).tolist() == ["a", None]
    assert code_words(np.array(["b", None, "a"], object), "it")[0].tolist()[::2] == [1.0, 0.0]


def test_new_rows_are_numbered_like_the_old_ones():
    old, new = as_pairs(WORDS, NUMBERS, text=True), as_pairs(["red", "pink"], [1, 2], text=True)
    assert new.coded_like(old.x_levels, ()).x.ravel().tolist() == [2.0, 3.0]
    with pytest.raises(InputError, match="Column 0 holds numbers, and held text when the estimator was fitted"):
        as_pairs([1, 2], [1, 2]).coded_like(old.x_levels, ())
    with pytest.raises(InputError, match="Column 0 holds text, and held numbers"):
        new.coded_like((), ())


def table(folder, ending):
    frame = pl.DataFrame({"colour": WORDS * 20, "size": np.arange(80) / 7.0, "shape": ["o", "x"] * 40})
    path = folder / f"t{ending}"
    if ending == ".npz":
        np.savez(path, **{name: np.array(frame[name].to_list()) for name in frame.columns})
    else:
        getattr(frame, {".csv": "write_csv", ".parquet": "write_parquet"}[ending])(path)
    return read_table(path)


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".npz"])
def test_columns_of_text_in_files(tmp_path, ending):
    opened = table(tmp_path, ending)
    pairs = select_pairs(opened, "colour,size", "shape")
    assert pairs.x[:4, 0].tolist() == CODES
    assert pairs.x[:4, 1].tolist() == pytest.approx([0, 1 / 7, 2 / 7, 3 / 7])
    assert pairs.text == "'colour' (blue, green, red), 'shape' (o, x)"
    with pytest.raises(InputError, match=r"Column 'colour' has type .*encode it as numbers"):
        opened.select("colour")


# In estimates


def labelled(n=90, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.standard_normal(n)
    words = np.array(["low", "middle", "high"])
    return words[np.digitize(y + 0.5 * rng.standard_normal(n), [-0.5, 0.5])], y


@pytest.mark.parametrize("method", ["auto", "auto-closed", "ross"])
def test_labels_against_numbers(method):
    words, y = labelled()
    e = infonats.mutual_information(words, y, method=method)
    assert e.method == "ross"
    assert "Text was taken as categories: 'x' (high, low, middle)." in e.diagnostics
    back = infonats.mutual_information(y, words, method=method)
    assert back.value == pytest.approx(e.value, abs=1e-12)
    numbered = infonats.mutual_information(np.unique(words, return_inverse=True)[1], y, method="ross")
    assert numbered.value == e.value


def test_labels_on_both_sides():
    words, _ = labelled()
    shapes = np.where(np.arange(90) % 3 == 0, "o", words)
    e = infonats.mutual_information(words, shapes)
    assert e.method == "discrete"
    with pytest.raises(InputError, match="ross needs numbers beside the labels, and text stands there"):
        make("ross").fit(words, shapes)


def test_more_labels_than_values_beside_them():
    """The side of text holds the labels, however few values the other takes."""
    rng = np.random.default_rng(0)
    words, y = rng.choice([f"w{i}" for i in range(30)], 200), rng.integers(0, 25, 200) / 7.0
    with pytest.raises(InputError, match=r"Column 'y' has 25 distinct values in 200 rows.*ross has the labels"):
        make("ross").fit(words, y)
    with pytest.raises(InputError, match="text stands there: 'x'"):
        make("ross", labels="y").fit(words, y)


@pytest.mark.parametrize("method", [m for m in METHODS if not METHODS[m]().info.text])
def test_words_have_no_distance(method):
    words, y = labelled(60)
    with pytest.raises(InputError, match=rf"Text, of which {method} can make nothing: 'x' \(high, low"):
        make(method).fit(words, y)


def test_words_beside_numbers_on_one_side_are_equally_far_apart():
    """I(colour, size; y) by neighbours with atoms, whatever the words are called; new rows as the old ones."""
    rng = np.random.default_rng(0)
    colour, size = rng.choice(["red", "blue", "green"], 200), rng.normal(size=200)
    y = size + (colour == "red")
    e = infonats.mutual_information(pl.DataFrame({"colour": colour, "size": size}), y)
    assert e.method == "mixed_ksg"
    renamed = np.where(colour == "red", "a", colour)
    again = infonats.mutual_information(pl.DataFrame({"colour": renamed, "size": size}), y)
    assert again.value == pytest.approx(e.value, abs=1e-12)
    placed = np.stack([colour == "blue", colour == "green", colour == "red", size], 1)
    assert e.value == pytest.approx(mixed_ksg(placed.astype(float), y[:, None]), abs=1e-12)
    fitted = make("mixed_ksg").fit(pl.DataFrame({"colour": colour, "size": size}), y)
    some = fitted.pointwise(pl.DataFrame({"colour": colour[5:9], "size": size[5:9]}), y[5:9])
    whole = fitted.pointwise(pl.DataFrame({"colour": colour, "size": size}), y)
    np.testing.assert_allclose(some, whole[5:9], atol=1e-12)


def test_words_beside_rounded_numbers():
    rng = np.random.default_rng(0)
    words, y = rng.choice(["a", "b", "c"], 200), rng.integers(0, 12, 200) / 7.0
    e = infonats.mutual_information(words, y)
    assert e.method == "rounded_ksg"
    assert abs(e.value) < 3 * e.stderr


@pytest.mark.parametrize("method", ["discrete", "ross", "mixed_ksg", "rounded_ksg"])
def test_pointwise_of_words_after_saving(method, tmp_path):
    words, y = labelled()
    y = np.sign(y) if method == "discrete" else y
    estimator = make(method).fit(words, y)
    estimator.save(tmp_path / "e")
    only = words == "middle"
    expected = estimator.pointwise(words, y)[only]
    for each in (estimator, infonats.load(tmp_path / "e")):
        np.testing.assert_array_equal(each.pointwise(words[only], y[only]), expected)
        with pytest.raises(InputError, match=r"1 of the new rows have a (value|label)"):
            each.pointwise(["huge"], y[:1])
        with pytest.raises(InputError, match="holds numbers, and held text"):
            each.pointwise([1.0], y[:1])


@pytest.mark.parametrize(
    ("pattern", "refused"),
    [
        ("{} kg", True),
        ("$ {:.2f}", True),
        ("{}%", True),
        ("-{}e-3 m", True),
        ("S{:03}", False),
        ("{0} of {0}", False),
    ],
)
def test_numbers_with_a_unit_are_no_categories(pattern, refused):
    many = np.array([pattern.format(i) for i in range(1, 40)] * 2, object)
    few = np.array([pattern.format(i) for i in range(1, 4)] * 20, object)
    assert len(code_words(few, "Column 'w'")[1]) == 3
    if refused:
        with pytest.raises(InputError, match=r"Column 'w' is text, numbers with a unit .*Leave the unit away"):
            code_words(many, "Column 'w'")
    else:
        assert len(code_words(many, "Column 'w'")[1]) == 39


@pytest.mark.parametrize(
    "form",
    [
        "2024-01-{:02}",
        "{}/3/2024",
        "{}.12.24",
        "2024-01-{:02} 12:30:05.5",
        "2024-01-{:02}T12:30Z",
        "12:{:02}",
        "9:{:02} pm",
    ],
)
def test_times_are_no_categories_where_most_are_different(form):
    many = np.array([form.format(i) for i in range(1, 20)] * 2, object)
    with pytest.raises(
        InputError, match=r"Column 'w' is text, dates or times .*such as days since the first, or"
    ):
        code_words(many, "Column 'w'")
    few = np.array([form.format(i) for i in range(1, 4)] * 20, object)
    assert len(code_words(few, "Column 'w'")[1]) == 3


@pytest.mark.parametrize("form", ["v1.{}", "chr1:{:05}", "2024-{:02}-xx", "{0}/{0}"])
def test_what_is_no_time(form):
    many = np.array([form.format(i) for i in range(1, 40)] * 2, object)
    assert len(code_words(many, "Column 'w'")[1]) == 39


@pytest.mark.parametrize(
    ("words", "note"),
    [
        (["?", "b", "c"], "'x' (?, b, c; if '?' marks what is missing, empty these cells)"),
        (["*", "-", "c"], "'x' (*, -, c)"),  # marks of a code of marks
        (["a", "b"], "'x' (a, b)"),
        (["?"], "'x' (?)"),
    ],
)
def test_a_word_that_may_mark_what_is_missing(words, note):
    assert as_pairs(words, np.arange(float(len(words))), text=True).text == note
