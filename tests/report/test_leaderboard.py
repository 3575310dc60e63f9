"""The page of a leaderboard: harmless whatever the names are, and right where a browser runs it."""

import dataclasses
import json
import re

import numpy as np
import pytest

from infonats.benchmark import Record, frame, summarise
from infonats.report import page
from infonats.report.leaderboard import COLUMNS, leaderboard_sections

from .browser import dom_of

NASTY = "</script><script>document.title='stolen'</script>"


def records():
    """Three methods on two tasks, unevenly drawn, with failures and missing numbers."""
    rng = np.random.default_rng(0)
    made = []
    for method in ("ksg", "mine(hidden=(64, 64))", NASTY):
        for task, truth in (("a", 0.0), ("b & c", 2.0)):
            for seed in range(int(rng.integers(2, 5))):
                value = truth + rng.normal(0, 0.2)
                numbers = (1, 2, truth, 0.001, value, 0.1, value - 0.2, value + 0.2)
                cost = {"seconds": float(rng.uniform(0, 3)), "peak_bytes": 2**20 * seed}
                made.append(Record(task, method, 100, seed, "ok", *numbers, **cost))
    made.append(Record("a", "ksg", 100, 9, "failed", reason=NASTY))
    made.append(Record("b & c", "alone", 100, 0, "ok", 1, 2, 2.0, 0.0, 2.5))
    return made


def html():
    sections = leaderboard_sections(map(dataclasses.asdict, records()), {"first": ["a"], NASTY: ["b & c"]})
    return page("Leaderboard", sections)


def test_the_page_needs_nothing_from_elsewhere():
    text = html().replace("http://www.w3.org/2000/svg", "")
    assert not re.search(
        r"https?://|src=|@import|fetch\(|innerHTML|insertAdjacentHTML|document\.write|eval\(", text
    )


def test_names_cannot_leave_the_data():
    text = html()
    assert "stolen" in text
    assert "<script>document" not in text
    data = json.loads(re.search(r"id='data'>(.*?)</script>", text, re.S)[1])
    assert data["rows"][0][: len(COLUMNS)][1] == "ksg"
    assert NASTY in {row[1] for row in data["rows"]}
    assert len(data["rows"]) == len(records())


def test_what_is_not_finite_is_left_out():
    strange = dataclasses.asdict(dataclasses.replace(records()[0], seconds=float("inf"), low=float("nan")))
    data = re.search(r"id='data'>(.*?)</script>", page("t", leaderboard_sections([strange], {})), re.S)[1]
    row = dict(zip(COLUMNS, json.loads(data)["rows"][0], strict=True))
    assert (row["seconds"], row["low"]) == (None, None)


@pytest.fixture(scope="module")
def dom(tmp_path_factory):
    """The page after a browser ran it."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "page.html").write_text(html(), encoding="utf-8")
    return dom_of(folder / "page.html", folder / "profile")


def test_the_browser_agrees_with_the_summary(dom):
    """Page and `summarise` define each column twice, in two languages: they must give the same numbers."""
    columns = {"mae": "mae", "median": "median", "bias": "bias", "rmse": "rmse", "coverage": "coverage"}
    columns |= {"width": "width", "rank": "rank", "seconds": "seconds", "cells": "cells", "failed": "failed"}
    shown = {}
    for method, row in re.findall(r'<tr data-method="([^"]*)">(.*?)</tr>', dom, re.S):
        name = method.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        shown[name] = dict(re.findall(r'data-key="(\w+)" data-value="([^"]*)"', row))
    expected = {row["method"]: row for row in summarise(frame(records())).iter_rows(named=True)}
    assert set(shown) == set(expected)
    for method, row in expected.items():
        for ours, theirs in columns.items():
            text = shown[method][theirs]
            value = None if text == "" else float(text)
            # The page keeps six digits of each number: a difference of two below ten is off by 1e-5 at most.
            assert value == (None if row[ours] is None else pytest.approx(row[ours], rel=1e-5, abs=1e-5)), (
                method,
                ours,
            )


def test_standard_errors_agree_too(dom):
    expected = {row["method"]: row["mae_stderr"] for row in summarise(frame(records())).iter_rows(named=True)}
    found = re.search(r'data-method="ksg">.*?class="se"> ± ([\d.]+)<', dom, re.S)
    assert float(found[1]) == pytest.approx(expected["ksg"], abs=5.1e-4)
    assert expected["alone"] is None


def test_names_did_no_harm_in_the_browser(dom):
    assert "<title>Leaderboard</title>" in dom
    assert "stolen" in dom


def test_everything_is_drawn(dom):
    assert dom.count("<svg") == 2
    assert len(re.findall(r"<circle", dom)) > len(records())
    assert re.search(r'<table id="heat".*?<td style="background', dom, re.S)
    assert "</script>&lt;script" not in dom.split('id="failures"')[0]
    assert re.search(r'id="failures".*?<td>ksg</td><td>a</td><td>100</td><td>9</td><td>failed</td>', dom, re.S)
