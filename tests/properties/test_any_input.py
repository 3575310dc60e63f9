"""Whatever a table holds, a closed form ends in an estimate or in an error of ours, without a warning."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import infonats
from infonats.errors import InfonatsError
from infonats.estimate import Estimate
from infonats.estimators import METHODS

CLOSED = [name for name in METHODS if METHODS[name]().info.family == "closed form"]
TYPES = ("float64", "float32", "float16", "int64", "int8", "uint8", "bool", "object", "str")
MAGNITUDES = (1e-300, 1e-150, 1.0, 1e150, 1e300)
SPOILED = ("", "nan", "inf", "constant", "copies", "sorted", "reversed memory", "read-only")


@st.composite
def tables(draw):
    """Two sides of a table: any width, type, scale, and one thing that is wrong or unusual."""
    n, widths = draw(st.integers(0, 40)), draw(st.tuples(*[st.integers(1, 3)] * 2))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    return [side(rng, n, width, draw) for width in widths]


def side(rng, n, width, draw):
    values = rng.standard_normal((n, width))
    if draw(st.booleans()):
        values = values.round()
    values, spoiled = values * draw(st.sampled_from(MAGNITUDES)), draw(st.sampled_from(SPOILED))
    if n and spoiled in ("nan", "inf"):
        values[n // 2] = float(spoiled)
    if n and spoiled in ("constant", "copies"):
        values[: n if spoiled == "constant" else n // 2] = values[0]
    if spoiled == "sorted":
        values.sort(axis=0)
    with np.errstate(all="ignore"):
        values = values.astype(draw(st.sampled_from(TYPES)))
    if spoiled == "read-only":
        values.flags.writeable = False
    return values[::-1, ::-1] if spoiled == "reversed memory" else values


def ends_well(measure):
    try:
        found = measure()
    except InfonatsError:
        return
    assert isinstance(found, Estimate)
    assert math.isfinite(found.value)
    assert str(found)


few = settings(max_examples=15, deadline=None)


@few
@given(sides=tables())
@pytest.mark.parametrize("method", [*CLOSED, "auto-closed"])
def test_information(method, sides):
    ends_well(lambda: infonats.mutual_information(*sides, method=method))


@few
@given(sides=tables(), method=st.sampled_from(CLOSED))
def test_conditional_information(sides, method):
    x, y = sides
    ends_well(lambda: infonats.conditional_mutual_information(x, y, y[:, :1], method=method))


@few
@given(sides=tables(), method=st.sampled_from(CLOSED))
def test_transfer_entropy(sides, method):
    x, y = sides
    ends_well(lambda: infonats.transfer_entropy(x, y[:, :1], method=method))
