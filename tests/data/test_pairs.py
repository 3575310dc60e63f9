import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from infonats.data import Pairs, as_pairs, fingerprint
from infonats.errors import InputError

X = np.array([1.0, 2.0, 4.0])
Y = np.array([[1.0, 5.0], [0.0, 6.0], [3.0, 8.0]])

SAME = {
    "list": [1, 2, 4],
    "tuple": (1.0, 2.0, 4.0),
    "int8": X.astype(np.int8),
    "uint64": X.astype(np.uint64),
    "float16": X.astype(np.float16),
    "longdouble": X.astype(np.longdouble),
    "big-endian": X.astype(">f8"),
    "column": X[:, None],
    "strided": np.repeat(X, 3)[::3],
    "reversed": X[::-1].copy()[::-1],
    "unmasked": np.ma.masked_array(X, mask=False),
    "tensor": torch.tensor(X),
    "float32 tensor with gradient": torch.tensor(X, dtype=torch.float32, requires_grad=True),
    "bfloat16 tensor": torch.tensor(X, dtype=torch.bfloat16),
    "sparse tensor": torch.tensor(X)[:, None].to_sparse(),
    "parameter": torch.nn.Parameter(torch.tensor(X)),
    "pandas": pd.Series(X),
    "pandas nullable": pd.Series([1, 2, 4], dtype="Int64"),
    "pandas frame": pd.DataFrame({"x": X}),
    "polars": pl.Series(X),
    "polars frame": pl.DataFrame({"x": [1, 2, 4]}),
    "polars decimal": pl.Series("x", [1, 2, 4], dtype=pl.Decimal(10, 2)),
}


@pytest.mark.parametrize("kind", SAME)
def test_every_container_gives_the_same_pairs(kind):
    pairs = as_pairs(SAME[kind], Y)
    np.testing.assert_array_equal(pairs.x, X[:, None])
    assert pairs.x.dtype == np.float64
    assert pairs.x.dtype.isnative
    assert pairs.x.flags.c_contiguous
    assert pairs.x.flags.writeable
    assert type(pairs.x) is np.ndarray
    assert (pairs.x_names, pairs.y_names, len(pairs)) == (("x",), ("y0", "y1"), 3)


@pytest.mark.parametrize("make", [list, np.array, torch.tensor, pd.Series, pl.Series])
def test_bool_is_zero_and_one(make):
    assert as_pairs(make([True, False, True]), X).x.ravel().tolist() == [1.0, 0.0, 1.0]


def test_names_come_from_frames():
    frame = pd.DataFrame({"a": [1, 2], 7: [0.5, 1.5]})
    assert as_pairs(frame, frame["a"]).x_names == ("a", "7")
    assert as_pairs(frame, frame["a"]).y_names == ("a",)
    other = pl.DataFrame({"b": [1, 2], "c": [2, 1]})
    assert as_pairs(other, other["c"]).x_names == ("b", "c")


def test_equal_pandas_names_are_read_by_position():
    frame = pd.DataFrame([[1.0, 2.0], [3.0, 5.0]], columns=["a", "a"])
    np.testing.assert_array_equal(as_pairs(frame, [1, 2]).x, frame.to_numpy())


def test_trailing_axes_flatten_in_c_order():
    images = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(as_pairs(images, [1, 2]).x, images.reshape(2, 12))


def test_float64_is_not_copied():
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert np.shares_memory(as_pairs(x, [1, 2]).x, x)


def test_read_only_is_copied_so_that_torch_can_take_it():
    x = np.array([1.0, 2.0])
    x.flags.writeable = False
    torch.from_numpy(as_pairs(x, x).x)


BAD = {
    "complex": ([1j, 2.0, 3.0], "x has type complex128 .*real and imaginary parts"),
    "complex tensor": (torch.tensor([1j, 2, 3]), "x has type torch.complex64; .*real and imaginary"),
    "text": (["a", "b", "c"], "x has type <U1 .for example 'a'.; .*encode it as numbers"),
    "objects": (np.array([1, None, 2], object), "x has type object .for example 1.; .*encode"),
    "pandas text": (pd.DataFrame({"s": ["u", "v", "w"]}), "Column 's' has type .*'u'.*encode it as numbers"),
    "pandas category": (
        pd.Series(list("uvw"), dtype="category", name="s"),
        "Column 's' has type category .*encode",
    ),
    "pandas complex": (pd.Series([1j, 2, 3], name="z"), "Column 'z' has type complex128.*imaginary"),
    "pandas dates": (pd.Series(pd.date_range("2020", periods=3), name="t"), "Column 't' .*seconds since"),
    "polars text": (
        pl.DataFrame({"n": [1, 2, 3], "s": ["1", "v", "w"]}),
        "Column 's' has type String .*'v'.*encode",
    ),
    "polars dates": (
        pl.Series("t", [datetime.date(2020, 1, d) for d in (1, 2, 3)]),
        "Column 't' .*seconds since",
    ),
    "polars lists": (pl.Series("l", [[1], [2], [3]]), "Column 'l' has type List"),
    "dates": (np.array(["2020-01-01"] * 3, "datetime64[D]"), "x has type datetime64.*seconds since"),
    "durations": (np.array([1, 2, 3], "timedelta64[s]"), "x has type timedelta64.*seconds since"),
    "masked": (
        np.ma.masked_array(X, mask=[0, 1, 1]),
        "masked array with 2 masked entries; .*drop_missing=True",
    ),
    "ragged": ([[1, 2], [3]], "x cannot be made one array .*rows of equal length"),
    "structured": (np.zeros(3, [("u", float)]), "structured array; stack the fields you want: .'u'"),
    "no rows": (np.empty((0, 2)), r"x has 0 rows \(shape \(0, 2\)\)"),
    "no rows in a frame": (pd.DataFrame({"a": []}, dtype=float), "x has 0 rows"),
    "no columns": (np.empty((3, 0)), r"x has 0 columns \(shape \(3, 0\)\)"),
    "no columns in a frame": (pd.DataFrame(index=[0, 1, 2]), "x has 0 columns"),
    "number": (3.0, "x is no array but a single float; give an array, tensor, frame or list"),
    "tensor of no axes": (torch.tensor(3.0), "x is no array but a single Tensor"),
    "None": (None, "x is no array but a single NoneType"),
    "lazy frame": (pl.LazyFrame({"a": [1, 2, 3]}), r"x is a lazy frame; call .collect\(\)"),
    "lengths": ([1.0, 2.0], "x has 2 rows and y has 3; each row of x needs its own row of y"),
    "NaN": (
        [1.0, np.nan, 2.0],
        r"1 row of 3 cannot be used: 'x' has 1 NaN and 0 infinite.*drop_missing=True \(--drop",
    ),
    "null": (pl.Series("a", [None, 1, None]), "2 rows of 3 cannot be used: 'a' has 2 NaN and 0 infinite"),
    "NA": (pd.Series([None, 1, 2], dtype="Int64", name="a"), "'a' has 1 NaN and 0 infinite"),
    "inf": (
        [[1, np.inf], [np.nan, -np.inf], [1, 2]],
        "'x1' has 0 NaN and 2 infinite, 'x0' has 1 NaN and 0 infinite",
    ),
    "constant": ([[1, 2], [1, 3], [1, 4]], "Constant in all 3 rows of x: 'x0'. .*leave it out"),
    "overflow": ([-1e308, 0.0, 1e308], "Column 'x' of x reaches 1e.308 .* overflows. Rescale it"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_used_is_refused(case):
    data, message = BAD[case]
    with pytest.raises(InputError, match=message):
        as_pairs(data, Y)


def test_messages_name_the_side():
    with pytest.raises(InputError, match="y has 0 rows"):
        as_pairs(X, [])
    with pytest.raises(InputError, match="Constant in all 3 rows of y: 'y'"):
        as_pairs(X, [5, 5, 5])


def test_long_lists_of_columns_are_cut():
    x = np.full((3, 100), np.nan)
    with pytest.raises(InputError, match="and 95 more"):
        as_pairs(x, X)


def test_drop_missing_drops_rows_of_either_side():
    pairs = as_pairs([1, np.nan, 3, 4, 5], [1, 2, np.inf, 5, 6], drop_missing=True)
    assert pairs.x.ravel().tolist() == [1, 4, 5]
    assert pairs.y.ravel().tolist() == [1, 5, 6]


def test_drop_missing_may_leave_nothing():
    with pytest.raises(InputError, match=r"Every one of the 2 rows holds a NaN .*'x' has 1 NaN"):
        as_pairs([np.nan, 1], [1, np.inf], drop_missing=True)


def test_dropping_rows_may_leave_a_constant():
    with pytest.raises(InputError, match="Constant in all 2 rows of x"):
        as_pairs([1, 1, np.nan], [1, 2, 3], drop_missing=True)


def test_constants_pass_where_they_may():
    assert len(as_pairs([1, 1], [2, 2], varying=False)) == 2
    assert len(as_pairs([1], [2])) == 1  # one row is reported by require_rows, with the number needed


@pytest.mark.parametrize("offset", [1e6, 1e15, -1e15, 1e300])
def test_a_tiny_spread_on_a_huge_offset_is_no_constant(offset):
    x = np.array([offset, np.nextafter(offset, np.inf), offset])
    assert as_pairs(x, X).x.ravel().tolist() == x.tolist()


def test_require_rows():
    pairs = as_pairs(X, Y)
    assert pairs.require_rows(3, "ksg") is pairs
    with pytest.raises(InputError, match="ksg was given 3 rows and needs at least 4; give more rows"):
        pairs.require_rows(4, "ksg")


def test_require_columns():
    pairs = as_pairs(X, Y)
    assert pairs.require_columns(1, 2) is pairs
    with pytest.raises(InputError, match=r"x has 1 column and y has 2; .* fitted to 2 columns of x and 2 of y"):
        pairs.require_columns(2, 2)


@pytest.mark.parametrize("index", [np.array([2, 0]), np.array([True, False, True]), slice(1, None)])
def test_take(index):
    taken = as_pairs(X, Y).take(index)
    assert isinstance(taken, Pairs)
    np.testing.assert_array_equal(taken.x[:, 0], X[index])
    np.testing.assert_array_equal(taken.y, Y[index])
    assert taken.y_names == ("y0", "y1")


@given(hnp.arrays(np.float64, st.tuples(st.integers(1, 8), st.integers(1, 4)), elements=st.floats(-1e9, 1e9)))
def test_fingerprint_depends_on_content_and_shape_only(x):
    y = np.arange(len(x))
    first = fingerprint(as_pairs(x, y, varying=False))
    assert first == fingerprint(as_pairs(np.asfortranarray(x), list(y), varying=False))
    assert len(first) == 16
    changed = x.copy()
    changed[0, 0] += 1.0
    assert first != fingerprint(as_pairs(changed, y, varying=False))


def test_fingerprint_knows_shape_and_side_and_is_stable():
    a, b = np.arange(4.0).reshape(2, 2), np.arange(2.0)
    prints = {fingerprint(as_pairs(*p)) for p in ((a, b), (b, a), (a[:, ::-1], b))}
    assert len(prints) == 3
    assert fingerprint(as_pairs([0.0, 1.0], [1.0, 0.0])) == "a51a4c97c81c2cfc"


IDS = np.arange(6, dtype=np.int64) + 2**53


@pytest.mark.parametrize(
    "kind", [np.array, torch.tensor, pd.Series, pl.Series, lambda v: pd.Series(v, dtype="Int64")]
)
def test_whole_numbers_that_floats_would_merge_are_refused(kind):
    with pytest.raises(
        InputError, match=r"whole numbers beyond 2\*\*53, of which 6 different ones would become 3 as"
    ):
        as_pairs(kind(IDS), np.arange(6.0))
    assert len(as_pairs(kind(2**53 + 2 * np.arange(6)), np.arange(6.0))) == 6, "even ones are kept apart"
    assert as_pairs(kind(IDS - 2**53), np.arange(6.0)).x[:, 0].tolist() == [0, 1, 2, 3, 4, 5]
