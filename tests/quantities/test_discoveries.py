"""False discovery rates by hand, and how well a ranking recovers known links."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from infonats.errors import InputError, UnknownNameError
from infonats.quantities import (
    MatrixResult,
    PairRecord,
    average_precision,
    benjamini_hochberg,
    benjamini_yekutieli,
    mi_matrix,
    read_edges,
    recovery,
)

P = np.array([0.01, np.nan, 0.04, 0.03, 0.005])


def test_rates_by_hand():
    """Sorted .005 .01 .03 .04 of 4: 4 p / rank is .02 .02 .04 .04; c(4) = 1 + 1/2 + 1/3 + 1/4 = 25/12."""
    np.testing.assert_allclose(benjamini_hochberg(P), [0.02, np.nan, 0.04, 0.04, 0.02], atol=1e-15)
    by = np.array([0.02, np.nan, 0.04, 0.04, 0.02]) * 25 / 12
    np.testing.assert_allclose(benjamini_yekutieli(P), by, atol=1e-15)


def test_a_rate_is_at_most_one_and_never_falls_with_p():
    p = np.random.default_rng(0).random(50)
    for rates in (benjamini_hochberg(p), benjamini_yekutieli(p)):
        assert rates.max() <= 1
        assert (np.diff(rates[np.argsort(p)]) >= 0).all()
    assert benjamini_yekutieli(np.full(3, np.nan)).tolist() != [0.0, 0.0, 0.0]


def test_yekutieli_controls_the_rate_where_hochberg_need_not():
    """q_by is q times c(m) wherever neither is cut off at 1."""
    p = np.random.default_rng(1).random(20) / 100
    np.testing.assert_allclose(benjamini_yekutieli(p), benjamini_hochberg(p) * (1 / np.arange(1, 21)).sum())


def test_average_precision_by_hand():
    """Linked at places 1 and 3 of 4: (1/1 + 2/3) / 2 = 5/6; equal scores are one step of precision 1/2."""
    linked = np.array([True, False, True, False])
    assert average_precision(np.array([4.0, 3.0, 2.0, 1.0]), linked) == pytest.approx(5 / 6, abs=1e-15)
    assert average_precision(np.zeros(4), linked) == pytest.approx(1 / 2, abs=1e-15)


def test_average_precision_is_that_of_scikit_learn():
    rng = np.random.default_rng(2)
    for _ in range(20):
        scores, linked = rng.integers(0, 8, 30) / 3.0, rng.random(30) < 0.3
        linked[0] = True
        expected = average_precision_score(linked, scores)
        assert average_precision(scores, linked) == pytest.approx(expected, abs=1e-12)


def result(values):
    names = ("a", "b", "c", "d")
    pairs = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    records = tuple(PairRecord(*p, 0, 9, v) for p, v in zip(pairs, values, strict=True))
    return MatrixResult(names, (0,), "ksg", records)


def test_recovery_of_a_graph():
    found = recovery(result([0.9, 0.1, None, 0.8, 0.0, 0.7]), [("B", "a"), ("c", "b")])
    assert (found.area, found.linked, found.pairs, found.chance) == (1.0, 2, 5, 0.4)
    assert found.interval[0] <= 1.0 == found.interval[1]
    assert "2 of 5 pairs are linked, so that chance gives 0.400" in str(found)
    assert found == recovery(result([0.9, 0.1, None, 0.8, 0.0, 0.7]), [("B", "a"), ("c", "b")])


def test_recovery_says_what_is_wrong():
    with pytest.raises(UnknownNameError, match="no column 'e' to be linked"):
        recovery(result([float(v) for v in range(6)]), [("a", "e")])
    with pytest.raises(InputError, match="No pair that has a value is known to be linked"):
        recovery(result([float(v) for v in range(6)]), [])
    x = np.random.default_rng(0).normal(size=(40, 2))
    with pytest.raises(InputError, match="The matrix has 2 lags"):
        recovery(mi_matrix(x, method="gaussian", lags=(0, 1), n_jobs=1), [("x0", "x1")])


@pytest.mark.parametrize(
    ("text", "edges"),
    [
        ("Graph Nodes:\na;b;c\n\nGraph Edges:\n1. a --> b\n2. c -- b\n", [("a", "b"), ("c", "b")]),
        ('"Cause","Effect"\n"a","b"\n"b","c"\n', [("a", "b"), ("b", "c")]),
        ("a\tb\t0.4\nb\tc\t0.1\n", [("a", "b"), ("b", "c")]),
        ("a,b\nb,c\n", [("a", "b"), ("b", "c")]),
        ("a -> b", [("a", "b")]),
    ],
)
def test_links_are_read_as_they_are_written(tmp_path, text, edges):
    (tmp_path / "edges.txt").write_text(text)
    assert read_edges(tmp_path / "edges.txt") == edges


def test_files_without_links_are_refused(tmp_path):
    (tmp_path / "none.txt").write_text("nothing\nhere\n")
    with pytest.raises(InputError, match="holds no links; write one in each line"):
        read_edges(tmp_path / "none.txt")
    with pytest.raises(InputError, match="cannot be read"):
        read_edges(tmp_path / "missing.txt")


@pytest.mark.parametrize("method", ["gaussian_copula", "ksg"])
def test_pairs_against_one_column_are_those_of_the_whole_matrix(method):
    x = np.random.default_rng(0).normal(size=(60, 4))
    table = {name: x[:, i] for i, name in enumerate("abcd")}
    whole = mi_matrix(table, method=method, n_jobs=1, lags=(0, 2))
    part = mi_matrix(table, method=method, n_jobs=1, lags=(0, 2), against=["c"])
    assert part.records == tuple(r for r in whole.records if 2 in (r.x, r.y))
    assert part.provenance["against"] == ["c"]
    with pytest.raises(UnknownNameError, match="no column 'e' to measure pairs against"):
        mi_matrix(table, method=method, n_jobs=1, against=["e"])
    with pytest.raises(InputError, match="against is 'c'"):
        mi_matrix(table, method=method, n_jobs=1, against="c")


def test_a_matrix_counts_what_it_found():
    x = np.random.default_rng(0).normal(size=(80, 3))
    x[:, 1] += 2 * x[:, 0]
    found = mi_matrix(x, method="gaussian", permutations=99, n_jobs=1)
    assert (found.q_by[0, 1], found.q[0, 1]) == (pytest.approx(0.03 * 11 / 6), pytest.approx(0.03))
    assert found.discoveries.startswith(
        "Of 3 pairs 1 are found at a false discovery rate of 0.05 (Benjamini and"
    )
    assert "q_by" in found.to_frame().columns
    assert mi_matrix(x, method="gaussian", n_jobs=1).discoveries == ""


def test_a_matrix_of_a_series_says_so():
    steps = np.random.default_rng(0).normal(size=(200, 3))
    walk = np.cumsum(steps, axis=0)
    said = mi_matrix({"a": walk[:, 0], "b": walk[:, 1], "c": steps[:, 2]}, method="gaussian", n_jobs=1)
    assert "Rows that follow each other are alike" in said.provenance["order"]
    assert "'c'" not in said.provenance["order"]
    assert "order" not in mi_matrix(steps, method="gaussian", n_jobs=1).provenance
    assert "order" not in mi_matrix(np.c_[walk[:, 0], steps], method="gaussian", n_jobs=1).provenance
