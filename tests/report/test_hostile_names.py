"""Names from a stranger's table stay names in every report, where a real browser has run it."""

import re

import numpy as np
import polars
import pytest
from typer.testing import CliRunner

from infonats.benchmark import Record
from infonats.benchmark.store import Store
from infonats.cli.app import app
from infonats.report import page
from infonats.report.task import TaskPicture, task_sections

from .browser import actors, dom_of

SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror="document.title=\'stolen\'">'
LINK = "</td></svg><a href='javascript:alert(1)'>x</a>"
FILE = "<img src=x onerror=document.title='stolen'>.csv"
FORMULA = "$x_{</text><script>alert(1)</script>"


@pytest.fixture
def table(tmp_path):
    """A table whose columns and whose own name are all hostile."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 4))
    x[:, 1] += x[:, 0]
    path = tmp_path / FILE
    polars.DataFrame(x, schema=[SCRIPT, IMAGE, LINK, FORMULA]).write_csv(path)
    return path


def run(*words):
    done = CliRunner().invoke(app, [str(word) for word in words], prog_name="infonats")
    assert done.exit_code == 0, done.output


def assert_harmless(path, tmp_path, ours=()):
    """Nothing acts in the page but the scripts that are `ours`, and the names are there to be read."""
    dom = dom_of(path, tmp_path / "profile")
    found, title = actors(dom)
    strange = [actor for actor in found if not (actor[0] == "script" and actor[1].strip() in ours)]
    assert strange == []
    assert title != "stolen"
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in dom


COMMANDS = {
    "estimate": ("--x", "0", "--y", "1,2,3", "--method", "ksg"),
    "matrix": ("--method", "gaussian_copula", "--jobs", "1"),
    "lags": ("--x", "0,2", "--y", "1", "--lags", "0:2", "--method", "gaussian"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_report_of_a_hostile_table_does_nothing(command, table, tmp_path):
    target = tmp_path / "report.html"
    run(command, table, *COMMANDS[command], "--html", target)
    assert_harmless(target, tmp_path)


def test_a_page_of_a_task_does_nothing(tmp_path):
    x, y = np.random.default_rng(0).normal(size=(2, 50, 1))
    drawn = TaskPicture(x, y, (x * y)[:, 0], 0.1)
    target = tmp_path / "task.html"
    target.write_text(page(SCRIPT, task_sections([(IMAGE, SCRIPT), (LINK, FORMULA)], drawn), lead=IMAGE))
    assert_harmless(target, tmp_path)


def test_a_leaderboard_of_a_strangers_store_does_nothing(tmp_path):
    with Store(tmp_path / "results.db") as store:
        for seed, (task, method) in enumerate([(SCRIPT, IMAGE), (LINK, FORMULA)]):
            store.add(Record(task, method, 100, seed, "ok", 1, 2, 2.0, 0.0, 2.5, 0.1, 2.0, 3.0))
            store.add(Record(task, method, 100, seed + 9, "failed", reason=SCRIPT))
    target = tmp_path / "board.html"
    run("bench", "report", tmp_path / "results.db", "--html", target)
    text = target.read_text(encoding="utf-8")
    ours = {s.strip() for s in re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL)}
    assert len(ours) == 2  # the program and its data
    assert_harmless(target, tmp_path, ours)


def test_the_check_itself_sees_what_acts():
    acting = f"<title>a</title>{SCRIPT}<p title='{IMAGE[2:]}'><img src=x onerror='f()'>{LINK}"
    found, title = actors(acting)
    assert title == "a"
    assert {actor[0] for actor in found} >= {"script", "img", "a"}
