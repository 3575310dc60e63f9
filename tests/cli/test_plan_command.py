"""`infonats plan` in a pipe of 80 columns."""

import json

import pytest

from infonats.datasets import path


def test_a_pilot_is_tried_at_several_sizes(run):
    given = ("plan", path("sachs"), "--x", "raf", "--y", "mek", "--method", "gaussian", "--repeats", "3")
    said = run(*given, "--sizes", "100,400,2000")
    assert said.exit_code == 0
    assert "gaussian on 3 draws of n rows, nats; the pilot has 853" in said.stdout
    assert "2000 simulator" in " ".join(said.stdout.split())
    assert "For +- 0.1 nats about" in said.stdout
    assert "No ceiling is known of gaussian at 2000 rows." in said.stdout
    told = json.loads(run(*given, "--sizes", "100,400,2000", "--json").stdout)
    assert [row["n"] for row in told["pilot"]["rows"]] == [100, 400, 2000]
    assert (told["ceilings"], told["rows_by_theorem"]) == ([], None)


def test_a_pilot_with_gaps(run, tmp_path):
    (tmp_path / "gaps.csv").write_text("a,b\n" + "".join(f"{i % 7},{i * i % 11}\n" for i in range(80)) + ",1\n")
    given = ("plan", tmp_path / "gaps.csv", "--x", "a", "--y", "b", "--method", "gaussian", "--repeats", "2")
    assert "'a' has 1 NaN" in (said := run(*given).stderr)
    assert "--drop-missing on the command line" in said
    assert "the pilot has 80" in run(*given, "--drop-missing").stdout


def test_ceilings_and_the_theorem_need_no_data(run):
    said = run("plan", "--method", "infonce", "--sizes", "3000").stdout
    assert "infonce cannot exceed 6.40 nats: the bound's own with 599 held-out negatives" in said
    assert "infonce should not exceed 6.40 nats: log of the 600 rows" in said
    said = run("plan", "--critic-parameters", "4", "--critic-bound", "1", "--error", "1").stdout
    assert "52 rows keep any such critic within 1 nats" in said
    told = json.loads(
        run("plan", "--critic-parameters", "4", "--critic-bound", "1", "--error", "1", "--json").stdout
    )
    assert told["rows_by_theorem"] == 52


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Nothing to plan: give a pilot table"),
        ((path("sachs"),), "A pilot needs to know what to relate: give --x and --y."),
        (("--method", "ksq", "--sizes", "100"), "There is no method 'ksq'"),
        (("--critic-parameters", "0"), "parameters is 0"),
    ],
)
def test_mistakes_are_sentences(run, arguments, message):
    found = run("plan", *arguments)
    assert found.exit_code == 2
    assert message in found.stderr
