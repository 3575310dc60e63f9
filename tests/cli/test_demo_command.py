import itertools

import infonats.estimators
from infonats.cli import demo
from infonats.datasets import SACHS_GRAPH
from infonats.estimate import Estimate

EDGES = {frozenset(edge) for edge in SACHS_GRAPH}


def distance(start, end):
    """Edges between two nodes of the graph, whichever way the arrows point."""
    reached = {start}
    for steps in itertools.count():
        if end in reached:
            return steps
        reached |= {node for edge in EDGES for node in edge if edge & reached}


def test_pairs_are_what_the_demo_says_of_them():
    assert all(distance(*pair) == 1 for pair in demo.LINKED)
    proteins = sorted({node for edge in EDGES for node in edge})
    distant = {frozenset(pair) for pair in itertools.combinations(proteins, 2) if distance(*pair) >= 3}
    assert {frozenset(pair) for pair in demo.DISTANT} == distant


def fake(pairs, *, method, seed, progress, **_):
    value = {"ksg": 0.4, "gaussian_copula": 0.1, "mine": 0.3}[method] * (pairs.x_names[0] != "pip3")
    if progress:
        progress(5, 10, "half")
    return Estimate(
        value,
        0.05,
        method,
        "none",
        len(pairs),
        (value - 0.1, value + 0.1),
        diagnostics=("Note.",) * (method == "ksg"),
    )


def test_demo_prints_a_row_a_pair_and_an_honest_count(run, monkeypatch, tmp_path):
    monkeypatch.setattr(infonats.estimators, "mutual_information_of", fake)
    monkeypatch.setattr(demo, "LINKED", (("raf", "mek"), ("pip3", "pip2")))
    monkeypatch.setattr(demo, "DISTANT", (("pip3", "raf"),))
    result = run("demo", "--html", tmp_path / "demo.html")
    assert result.exit_code == 0, result.output
    flat = " ".join(result.stdout.split())
    assert "raf-mek yes 0.40 [0.30, 0.50] 0.10 [0.00, 0.20] 0.30 [0.20, 0.40]" in flat
    assert "pip3-raf no 0.00 [-0.10, 0.10]" in flat
    assert "1 of 2 linked and 0 of 1 other pairs by ksg" in flat
    assert "0 of 2 linked and 0 of 1 other pairs by gaussian_copula" in flat
    assert "falls short for raf-mek." in flat
    assert "3 of the 9 estimates carry diagnostics" in flat
    assert "sachs.csv --x raf --y mek" in flat
    table = [line for line in result.stdout.splitlines() if "/" not in line]
    assert all(len(line) <= 80 for line in table)
    assert "All pairs" in (tmp_path / "demo.html").read_text(encoding="utf-8")


def test_progress_of_one_estimate_is_its_share_of_all():
    seen = []
    demo._share(lambda *report: seen.append(report), 2, 4, "a-b by ksg")(5, 10, "half")
    assert seen == [(2000, 4000, "a-b by ksg"), (2500, 4000, "a-b by ksg")]
