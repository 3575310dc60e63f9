"""Whatever is given to whichever public function: a sound value or an error of ours, within a bounded time."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import infonats
from infonats import closedform, learn, planning, quantities, sklearn
from infonats.estimators import METHODS

from . import targets
from .strategies import ABSURD, tables
from .targets import CLOSED, NAMES, OF_COUNTS, OF_DATA, OF_MATRICES, QUICK, cheap, settings_of
from .trial import amount, ends_well

pytestmark = pytest.mark.fuzz

TRAINED_ROWS = (60, 110, 50, 77)
"""Enough for any method, so that odd values and not small numbers are tried."""
CHEAPEST = ("ksg", "gaussian", "nwj", "gm", "doe+mine")
NO_DATA = {
    "a result, an error or a setting": {
        *("Capacity", "Embedding", "LagProfile", "MatrixResult", "MatrixWork", "PairRecord", "Evaluation"),
        *("InfoMaxConfig", "Learning", "Ceiling", "CriticFamily", "Pilot", "Row", "Simulator", "Trial"),
        *("Estimate", "errors", "datasets", "load", "benjamini_hochberg", "benjamini_yekutieli"),
        *("Recovery", "average_precision", "recovery", "read_edges"),
    },
    "tensors and networks of a training loop, whose shapes tests/learn and tests/conformance check": {
        *("bounds", "critics", "densities", "functional", "negatives", "objectives", "quantizers", "tasks"),
        *("CEB", "VIB", "Adversary", "Bottleneck", "Code", "Encoded", "Gaussian", "GaussianEncoder"),
        *("LocalGlobal", "MultiViewBottleneck", "Pairing", "Parts", "Predictive", "Rate", "TInfoMax"),
        *("TimeLaggedBottleneck", "Views", "adaptive_clip", "clipped_loss", "encode", "maximise"),
    },
    "no data, only numbers: tests/planning": {"ceilings", "rows_by_theorem"},
}
MODULES = {"closedform", "learn", "planning", "quantities", "sklearn"}


def test_every_public_name_is_tried_or_named():
    """A name that is added to the library is added to `targets`, or here with the reason why not."""
    estimators = {METHODS[name]().__class__.__name__ for name in METHODS} | {"Hybrid"}
    known = {name.split()[0] for name in (*OF_DATA, *OF_MATRICES, *OF_COUNTS)} | estimators | MODULES
    known = known.union(*NO_DATA.values())
    public = {name for home in (infonats, closedform, learn, planning, quantities) for name in home.__all__}
    own = {
        name for name, thing in vars(sklearn).items() if getattr(thing, "__module__", "") == sklearn.__name__
    }
    public |= {name for name in own if not name.startswith("_")}
    assert sorted(public - known) == []


@pytest.mark.parametrize("method", NAMES)
@given(data=st.data())
@amount(4)
def test_methods(method, data):
    recipes = data.draw(
        tables(2, True, TRAINED_ROWS if method in NAMES and method not in QUICK else (30, 60, 12, 0))
    )
    measure = targets.information if method == "auto-closed" else targets.pointwise
    ends_well(lambda x, y: measure(x, y, method), *(recipe.build() for recipe in recipes))


@pytest.mark.parametrize("name", OF_DATA)
@given(data=st.data())
@amount(5)
def test_functions(name, data):
    function = OF_DATA[name]
    recipes = data.draw(tables(len(inspect.signature(function).parameters) - 1))
    method = data.draw(st.sampled_from(QUICK))
    ends_well(lambda *sides: function(*sides, method), *(recipe.build() for recipe in recipes))


@pytest.mark.parametrize("name", {**OF_MATRICES, **OF_COUNTS})
@given(recipes=tables(2, strange=False))
@amount(3)
def test_closed_forms(name, recipes):
    ends_well({**OF_MATRICES, **OF_COUNTS}[name], *(recipe.build() for recipe in recipes))


@pytest.mark.parametrize("method", CHEAPEST)
@given(data=st.data())
@amount(20)
def test_settings(method, data):
    """Any value for any parameter, `seed` too; steps, rows and widths that would only take long left out."""
    name = data.draw(st.sampled_from(sorted(set(settings_of(method)) - {"method"})))
    whole = [
        v for v in ABSURD if isinstance(v, int)
    ]  # other kinds of seed stop at the type checks of the tests
    few = [v for v in ABSURD if v != 10**6 or name in ("threads", "k")]
    value = data.draw(st.sampled_from(whole if name == "seed" else few))
    x, y = np.random.default_rng(0).standard_normal((2, 60, 1))
    ends_well(
        lambda a, b: infonats.mutual_information(a, b, method=method, **{**cheap(method), name: value}), x, y
    )


@pytest.mark.parametrize("method", CLOSED)
@given(recipes=tables(2, strange=False, rows=(30, 60)), exponent=st.sampled_from((-40, -3, 2, 30)))
@amount(3)
def test_units_order_and_sides_do_not_matter(method, recipes, exponent):
    """Powers of two are exact, rows come in any order, x and y may change places."""
    x, y = (recipe.build() for recipe in recipes)
    found = ends_well(lambda a, b: targets.information(a, b, method), x, y)
    if found is None:
        return
    with np.errstate(all="ignore"):
        scaled = np.ldexp(x, exponent)
        whole = np.isfinite(scaled).all() and (np.ldexp(scaled, -exponent) == x).all()
    order = np.random.default_rng(0).permutation(len(x))
    close = {"rel": 1e-6, "abs": 1e-6}
    if whole and np.abs(scaled).max() < 1e290:
        assert targets.information(scaled, y, method).value == pytest.approx(found.value, **close)
    if not _ties(x, y):  # noise that separates ties goes with the place of a row and the side
        assert targets.information(x[order], y[order], method).value == pytest.approx(found.value, **close)
        assert targets.information(y, x, method).value == pytest.approx(found.value, **close)


def _ties(x, y):
    """Whether values repeat, beside the largest of their column too: scaling makes far smaller ones equal."""
    return any(len(np.unique(column / np.abs(column).max() + 1)) < len(column) for column in (*x.T, *y.T))


@pytest.mark.parametrize(
    "dtype", ["int8", "uint8", "int64", "bool", "float16", "float32", ">f8", "longdouble", "object"]
)
@given(seed=st.integers(0, 2**16))
@amount(3)
def test_a_type_that_holds_the_numbers_changes_nothing(dtype, seed):
    whole = np.random.default_rng(seed).integers(0, 2, (2, 60)).astype(float)
    plain = infonats.mutual_information(*whole)
    cast = infonats.mutual_information(*whole.astype(dtype))
    assert (cast.value, cast.stderr, cast.interval) == (plain.value, plain.stderr, plain.interval)
