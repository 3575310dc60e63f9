"""Compiled and plain paths give the same numbers, and the compiled one is taken only when it pays."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infonats.closedform import _fast, _plane, _tree, ksg, ksg_error, mixed_ksg_error
from infonats.closedform._sorted import Sorted
from infonats.closedform.neighbours import below, count_within, nearest, reach

ENGINES = (_plane._engine, _tree._engine)


@pytest.fixture(scope="module", autouse=True)
def kernels():
    """All kernels, loaded once."""
    return [engine.after(np.inf) for engine in ENGINES]


def both(call):
    """What `call` returns by compiled code, and by SciPy and scikit-learn."""
    fast = call()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_fast.Engine, "after", lambda self, seconds: None)
        return fast, call()


def rows_of(kind, n, d, seed):
    """Rows with and without ties, far from zero, of every size."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((n, d))
    match kind:
        case "lattice":
            return rng.integers(0, 7, (n, d)) * 0.1
        case "copies":
            return rows[rng.integers(0, n // 2, n)]
        case "atom and rest":
            return np.where(rng.random((n, 1)) < 0.5, 0.25, rows)
        case "offset":
            return rows + 1e9
        case "heavy tails":
            return rng.standard_cauchy((n, d)) ** 3
        case "a line":
            return rows[:, :1] + 1e-9 * rows
        case "a constant column":
            return np.where(np.arange(d) == 0, 2.0, rows) if d > 1 else rows
        case _:
            return rows


KINDS = ["normal", "lattice", "copies", "atom and rest", "offset", "heavy tails", "a line", "a constant column"]
SAMPLES = {
    "kind": st.sampled_from(KINDS),
    "n": st.integers(6, 400),
    "d": st.integers(1, 6),
    "seed": st.integers(0, 10**6),
    "exponent": st.sampled_from([-150, -3, 0, 4, 150]),
}
OFTEN = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@OFTEN
@given(k=st.integers(1, 5), foreign=st.booleans(), **SAMPLES)
def test_the_same_neighbours(kind, n, d, seed, exponent, k, foreign):
    rows = rows_of(kind, n, d, seed) * 10.0**exponent
    points = rows_of(kind, 50, d, seed + 1) * 10.0**exponent if foreign else rows
    fast, plain = both(lambda: nearest(rows, points, k))
    np.testing.assert_array_equal(fast[0], plain[0])
    np.testing.assert_array_equal(fast[2], plain[2])
    apart = fast[0] > 0  # rows at distance 0 may stand in any order
    np.testing.assert_array_equal(fast[1][apart], plain[1][apart])
    there = np.abs(rows[fast[1]] - points[:, None]).max(2)
    np.testing.assert_array_equal(there, fast[0])


@OFTEN
@given(foreign=st.booleans(), **SAMPLES)
def test_the_same_counts(kind, n, d, seed, exponent, foreign):
    rng = np.random.default_rng(seed)
    rows = rows_of(kind, n, d, seed) * 10.0**exponent
    points = rows_of(kind, 50, d, seed + 1) * 10.0**exponent if foreign else rows
    radius = np.abs(points - rows[rng.integers(0, n, len(points))]).max(1)  # each reaches a row exactly
    for size in (radius, below(radius), 0 * radius, 2 * radius):
        fast, plain = both(lambda size=size: count_within(rows, points, size))
        np.testing.assert_array_equal(fast, plain)
        scan = (np.abs(points[:, None] - rows).max(2) <= size[:, None]).sum(1)
        np.testing.assert_array_equal(fast, scan)


@OFTEN
@given(k=st.integers(1, 9), **SAMPLES)
def test_the_same_reach(kind, n, d, seed, exponent, k):
    rows = rows_of(kind, n, 2, seed) * 10.0**exponent
    k = min(k, n - 1)
    columns = [Sorted.of(column) for column in rows.T]
    fast, plain = both(lambda: reach(*columns, k, True))
    distance, row, _ = nearest(rows, rows, k)
    np.testing.assert_array_equal(fast[0], plain[0])
    np.testing.assert_array_equal(fast[0], distance[:, -1])
    if fast[0].all():  # rows at distance 0 may stand in any order
        np.testing.assert_array_equal(fast[1], plain[1])
        if distance.all():
            np.testing.assert_array_equal(fast[1], np.bincount(row.ravel(), minlength=n))
    for radius, times in both(lambda: reach(*columns, k, False)):
        np.testing.assert_array_equal(radius, fast[0])
        assert times.shape == (0,)


def test_of_equally_far_rows_the_lower_number_is_chosen():
    x = Sorted.of(np.array([0.0, 1.0, -1.0, 5.0]))
    y = Sorted.of(np.array([0.0, 0.5, 0.25, 5.0]))
    fast, plain = both(lambda: reach(x, y, 1, True))
    for radius, times in (fast, plain):  # 1 and 2 are as far from 0; 1 is the nearest of 3
        assert radius.tolist() == [1.0, 1.0, 1.0, 4.5]
        assert times.tolist() == [2, 2, 0, 0]


@pytest.mark.parametrize("d", [1, 2, 5])
def test_many_rows(d):
    rows = np.random.default_rng(d).standard_normal((6000, d))
    fast, plain = both(lambda: nearest(rows, rows, 4))
    for ours, theirs in zip(fast, plain, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    fast, plain = both(lambda: count_within(rows, rows, below(fast[0][:, -1])))
    np.testing.assert_array_equal(fast, plain)


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize(("dx", "dy"), [(1, 1), (2, 1), (3, 2)])
def test_the_same_estimates(variant, dx, dy):
    rng = np.random.default_rng(dx)
    x, y = rng.standard_normal((300, dx)), rng.standard_normal((300, dy))
    y = (y + x[:, :1]).round(2)
    fast, plain = both(lambda: ksg_error(x, y, variant=variant))
    np.testing.assert_array_equal(fast[0], plain[0])
    assert fast[1] == plain[1]


@pytest.mark.parametrize("levels", [3, 40])
def test_the_same_estimates_with_atoms(levels):
    rng = np.random.default_rng(levels)
    x, y = rng.integers(0, levels, (2, 300, 1)).astype(float)
    y[::2] += rng.standard_normal((150, 1))
    fast, plain = both(lambda: mixed_ksg_error(x, y))
    np.testing.assert_array_equal(fast[0], plain[0])
    assert fast[1] == pytest.approx(plain[1], rel=1e-12)


@pytest.mark.parametrize("d", [1, 2, 4])
def test_threads_change_nothing(d, monkeypatch):
    rows = np.random.default_rng(0).standard_normal((500, d))
    alone = nearest(rows, rows, 3)
    counted = count_within(rows, rows, alone[0][:, -1])
    monkeypatch.setattr(_fast, "workers", lambda points: 3)
    for ours, theirs in zip(nearest(rows, rows, 3), alone, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(count_within(rows, rows, alone[0][:, -1]), counted)


def test_threads_reach_the_same(monkeypatch):
    x, y = (Sorted.of(column) for column in np.random.default_rng(0).standard_normal((2, 3000)).round(2))
    alone = reach(x, y, 3, True)
    monkeypatch.setattr(_fast, "workers", lambda points: 3)
    for ours, theirs in zip(reach(x, y, 3, True), alone, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_threads_are_as_many_as_allowed(monkeypatch):
    monkeypatch.setattr(_fast.os, "sched_getaffinity", lambda pid: range(8), raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert [_fast.workers(n) for n in (10, 10 * _fast.SHARE, 3 * _fast.SHARE)] == [1, 8, 3]
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert _fast.workers(10 * _fast.SHARE) == 2


def test_rent_until_the_price(monkeypatch):
    loaded = []
    engine = _fast.Engine("kernels")
    monkeypatch.setattr(_fast.Engine, "_price", lambda self: 1.0)
    monkeypatch.setattr(_fast.importlib, "import_module", lambda name: loaded.append(name) or _tree)
    assert [engine.after(0.4) for _ in range(4)] == [None, None, _tree, _tree]
    assert loaded == ["infonats.closedform.kernels"]


def test_without_numba_the_plain_path_goes_on(monkeypatch):
    def missing(name):
        raise ImportError(name)

    engine = _fast.Engine("kernels")
    monkeypatch.setattr(_fast.importlib, "import_module", missing)
    assert engine.after(100.0) is None
    monkeypatch.setattr(_fast.importlib, "import_module", lambda name: pytest.fail("asked again"))
    assert engine.after(100.0) is None


def test_a_cache_is_priced_by_being_there():
    assert _fast.Engine("no_such_kernels")._price() == _fast.UNCACHED


def test_without_a_place_for_the_cache_it_compiles_quietly(monkeypatch):
    import numba

    from infonats.closedform._compile import compiled

    original = numba.njit

    def njit(**options):
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return original(**options)

    monkeypatch.setattr(numba, "njit", njit)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compiled(lambda a: a + 1)(1) == 2


SMALL = """
import sys
import numpy as np
from infonats.closedform import ksg_error
x, y = np.random.default_rng(0).standard_normal((2, 5000, 1))
ksg_error(x, y)
print("numba" in sys.modules)
"""


def test_small_work_never_loads_numba():
    done = subprocess.run([sys.executable, "-c", SMALL], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_memory_is_linear():
    import tracemalloc

    def peak(n):
        x, y = np.random.default_rng(0).standard_normal((2, n, 1))
        tracemalloc.start()
        ksg(x, y)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(1000)
    assert peak(40_000) < 5 * peak(10_000)
