"""`estimate --given`, `matrix`, `lags` and `transfer` in a pipe of 80 columns."""

import json
import os
import re

import numpy as np
import polars
import pytest

from infonats.cli.tables import whole_numbers
from infonats.datasets import path
from infonats.errors import InputError
from infonats.estimate import Estimate
from infonats.quantities import MatrixResult


@pytest.fixture
def series(tmp_path):
    """A table in order of time: b follows a by two rows; c is noise; the first column is text."""
    rng = np.random.default_rng(0)
    a = rng.normal(size=200)
    b = np.roll(a, 2) + 0.3 * rng.normal(size=200)
    frame = polars.DataFrame(
        {"when": [f"day {i}" for i in range(200)], "a": a, "b": b, "<b>c": rng.normal(size=200)}
    )
    frame.write_csv(tmp_path / "series.csv")
    return tmp_path / "series.csv"


def narrow(text):
    return all(len(line) <= 80 and line == line.rstrip() for line in text.splitlines())


def test_estimate_given_prints_the_conditional_information(run):
    result = run(
        "estimate",
        path("sachs"),
        "--x",
        "raf",
        "--y",
        "erk",
        "--given",
        "mek",
        "--permutations",
        19,
        "--method",
        "gaussian_copula",
    )
    assert result.exit_code == 0, result.output
    assert re.match(r"I\(raf; erk \| mek\) = -?\d\.\d{4} nats = ", result.stdout)
    assert re.search(r"^p-value +0\.\d+ by 19 permutations$", result.stdout, re.MULTILINE)
    assert narrow(result.stdout)


def test_estimate_given_as_json_and_html(run, tmp_path):
    options = ("--x", "raf", "--y", "erk", "--given", "mek", "--method", "gaussian")
    result = run("estimate", path("sachs"), *options, "--json", "--html", tmp_path / "r.html")
    assert Estimate.from_json(result.stdout).provenance["given"] == ["mek"]
    assert "I(raf; erk | mek)" in (tmp_path / "r.html").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--x", "raf", "--y", "erk", "--given", "raf"), "error: x and z both hold 'raf'"),
        (("--x", "raf", "--y", "erk", "--permutations", 3), "error: permutations is 3; it must be a whole"),
        (
            ("--x", "raf", "--y", "erk", "--given", "mek", "--exceedances", 5),
            "error: --exceedances is for tests",
        ),
        (
            ("--x", "raf", "--y", "erk", "--given", "mak"),
            "error: There is no column 'mak'.* Did you mean 'mek'",
        ),
    ],
)
def test_estimate_given_answers_mistakes(run, options, message):
    result = run("estimate", path("sachs"), *options)
    assert result.exit_code == 2
    assert re.search(message, result.stderr)


def test_matrix_ranks_the_pairs(run, tmp_path):
    result = run(
        "matrix",
        path("sachs"),
        "--method",
        "gaussian_copula",
        "--top",
        5,
        "--html",
        tmp_path / "m.html",
        "--out",
        tmp_path / "m.csv",
    )
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "55 pairs of 11 columns by gaussian_copula, nats"
    assert lines[2].split() == ["x", "y", "nats", "95", "%", "interval", "rows"]
    assert lines[3].split()[:2] == ["erk", "akt"]
    assert lines[8] == "... and 50 more: --top N prints, --out PATH writes them"
    assert narrow("\n".join(lines[:9]))
    assert len(polars.read_csv(tmp_path / "m.csv")) == 55
    page = (tmp_path / "m.html").read_text()
    assert "Heat map" in page
    assert "<script" not in page
    assert "http" not in re.sub(r"data:image/svg\+xml;base64,[^']*", "", page)


def test_matrix_leaves_out_text_and_escapes_names(run, series, tmp_path):
    result = run(
        "matrix", series, "--method", "gaussian", "--jobs", 1, "--lags", "0:2", "--html", tmp_path / "m.html"
    )
    assert "left out, holding neither numbers nor words that repeat: when" in result.stdout
    assert result.stdout.splitlines()[3].split()[:3] == ["a", "b", "2"]
    page = (tmp_path / "m.html").read_text()
    assert "&lt;b&gt;c" in page
    assert "<b>c" not in page


def test_matrix_takes_text_where_words_repeat(run, tmp_path):
    rng = np.random.default_rng(0)
    kind = rng.choice(["a", "b"], 60)
    frame = {"kind": kind, "size": rng.normal(size=60) + (kind == "a"), "id": [f"r{i}" for i in range(60)]}
    polars.DataFrame(frame).write_csv(tmp_path / "t.csv")
    result = run("matrix", tmp_path / "t.csv", "--jobs", 1, "--permutations", 19)
    assert "kind" in result.stdout.splitlines()[3]
    assert "that repeat: id" in result.stdout
    assert "p is never below 1 / 20 = 0.05 with 19 permutations" in " ".join(result.stdout.split())
    early = run("matrix", tmp_path / "t.csv", "--jobs", 1, "--permutations", 19, "--exceedances", 2, "--json")
    assert json.loads(early.stdout)["provenance"]["exceedances"] == 2
    resumed = ("--jobs", 1, "--resume", tmp_path / "r.jsonl", "--json")
    assert (
        run("matrix", tmp_path / "t.csv", *resumed).stdout == run("matrix", tmp_path / "t.csv", *resumed).stdout
    )
    alone = run("matrix", tmp_path / "t.csv", "--method", "ksg")
    assert "has 1 column that ksg can use; a matrix needs at least 2" in " ".join(alone.stderr.split())


def test_matrix_as_json_resumed(run, series, tmp_path):
    options = ("--columns", "a,b", "--jobs", 1, "--json", "--resume", tmp_path / "m.jsonl", "--set", "k=4")
    first = run("matrix", series, "--method", "ksg", *options)
    assert MatrixResult.from_json(first.stdout).provenance["parameters"] == {"k": 4}
    assert run("matrix", series, "--method", "ksg", *options).stdout == first.stdout


def test_matrix_in_blocks_says_so(run, tmp_path):
    noise = np.random.default_rng(0).normal(size=(219, 3))
    slow = [np.convolve(column, np.ones(20), "valid") for column in noise.T]
    polars.DataFrame(dict(zip("abc", slow, strict=True))).write_csv(tmp_path / "t.csv")
    options = ("matrix", tmp_path / "t.csv", "--method", "gaussian", "--jobs", 1, "--permutations", 19)
    plain = " ".join(run(*options).stdout.split())
    assert "use block='auto' (--block auto), or infonats lags" in plain
    result = run(*options, "--block", "auto", "--html", tmp_path / "m.html")
    flat = " ".join(result.stdout.split())
    found = re.search(r"The errors are those of blocks of (\d+) to (\d+) rows that depend on each other", flat)
    assert found
    assert 1 < int(found[1]) <= int(found[2])
    assert found[0] in (tmp_path / "m.html").read_text()
    assert "Rows that follow" not in flat
    assert narrow(result.stdout.partition("report written")[0])
    fixed = run(*options, "--block", 25, "--json")
    assert {record.block for record in MatrixResult.from_json(fixed.stdout).records} == {25}
    assert "error: block is 110 for 200 rows" in run(*options, "--block", 110).stderr
    assert "error: block is 'often'" in run(*options, "--block", "often").stderr


def test_matrix_notes_what_it_could_not_measure(run, tmp_path):
    rng = np.random.default_rng(0)
    holes = np.where(np.arange(100) < 95, np.nan, rng.normal(size=100))
    polars.DataFrame({"a": rng.normal(size=100), "b": holes, "c": np.ones(100)}).write_parquet(
        tmp_path / "t.parquet"
    )
    result = run("matrix", tmp_path / "t.parquet", "--jobs", 1)
    assert result.exit_code == 0
    flat = " ".join(result.stdout.split())
    assert "note: a - b and 1 more: only 5 of 100 rows have both values" in flat
    assert "note: a - c: Constant in all 100 rows" in flat


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--method", "ksq"), "error: There is no method 'ksq'"),
        (("--columns", "a"), "error: The table has 1 column"),
        (("--lags", "0:x"), "error: --lags 0:x is not understood"),
        (("--lags", "500"), "error: The lags 500 to 500 leave 0 of 200 rows"),
        (("--out", "absent/m.csv"), "error: .*cannot be written to 'absent/m.csv'"),
        (("--out", "m.xlsx"), "error: .*name a file ending in .csv, .parquet or .json"),
    ],
)
def test_matrix_answers_mistakes(run, series, options, message, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    result = run("matrix", series, "--jobs", 1, *options)
    assert result.exit_code == 2
    assert re.search(message, result.stderr)
    assert "Traceback" not in result.output
    assert result.stdout == ""  # before the work


def test_lags_in_blocks_with_a_test_of_each(run, series):
    options = ("--x", "a", "--y", "b", "--max-lag", 2, "--method", "gaussian", "--permutations", 19)
    printed = run("lags", series, *options, "--block", 10).stdout
    assert "blocks of 10 to 10 rows" in " ".join(printed.split())
    assert "a at 2: p = 0.05" in " ".join(printed.split())
    rows = json.loads(run("lags", series, *options, "--json").stdout)["rows"]
    assert rows[0]["p_value"] == 0.05
    refused = run("lags", series, *options, "--block", "often")
    assert "error: block is 'often'; it must be a whole number of rows" in refused.stderr


def test_lags_prints_a_row_for_each_lag(run, series, tmp_path):
    result = run(
        "lags",
        series,
        "--x",
        "a,2",
        "--y",
        "b",
        "--max-lag",
        4,
        "--method",
        "gaussian",
        "--html",
        tmp_path / "l.html",
    )
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[2].split() == ["lag", "a", "b"]
    assert lines[5].startswith("  2") or lines[5].split()[0] == "2"
    assert lines[5].count("*") >= 1
    assert "note: b, lag 0: b is 'b' itself" in result.stdout
    assert "Against lag" in (tmp_path / "l.html").read_text()
    assert os.listdir(tmp_path).count("l.html") == 1


def test_lags_given_as_json(run, series):
    result = run(
        "lags",
        series,
        "--x",
        "a",
        "--y",
        "b",
        "--lags",
        "-2:2:2",
        "--given",
        "3",
        "--method",
        "gaussian",
        "--json",
    )
    found = json.loads(result.stdout)
    assert (found["lags"], found["given"], found["n"]) == ([-2, 0, 2], "<b>c", 196)
    assert found["rows"][0]["lag"] == 2


def test_a_greatest_lag_below_zero(run, series):
    result = run("lags", series, "--x", "a", "--y", "b", "--max-lag", -3)
    assert result.exit_code == 2
    assert "--max-lag is -3; give 0 or more, or lags of either sign: --lags=-6:6" in result.stderr


def test_lags_longer_than_the_table(run, series):
    result = run("lags", series, "--x", "a", "--y", "b", "--max-lag", 300)
    assert result.exit_code == 2
    assert "error: The lags 0 to 300 leave 0 of 200 rows" in result.stderr


def test_transfer_prints_the_effective_value_and_the_test(run, series):
    result = run(
        "transfer",
        series,
        "--source",
        "a",
        "--target",
        "b",
        "--delay",
        2,
        "--method",
        "gaussian",
        "--surrogates",
        19,
    )
    assert result.exit_code == 0, result.output
    assert re.match(r"T\(a -> b\) = \d\.\d{4} nats = ", result.stdout)
    assert re.search(r"^effective +\d\.\d{4} nats = ", result.stdout, re.MULTILINE)
    assert re.search(r"^p-value +0\.05 by 19 permutations$", result.stdout, re.MULTILINE)
    assert narrow(result.stdout)
    read = Estimate.from_json(
        run("transfer", series, "--source", "a", "--target", "b", "--given", "3", "--json").stdout
    )
    assert read.provenance["quantity"] == "T(a -> b | <b>c)"


def test_transfer_answers_mistakes(run, series):
    assert (
        "error: delay is 0; it must be"
        in run("transfer", series, "--source", "a", "--target", "b", "--delay", 0).stderr
    )
    assert (
        "error: source and target both hold 'a'"
        in run("transfer", series, "--source", "a", "--target", "a").stderr
    )


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0", (0,)),
        ("0,2,2", (0, 2)),
        ("0:3", (0, 1, 2, 3)),
        ("-4:4:4", (-4, 0, 4)),
        ("3:1:-1", (3, 2, 1)),
        ("0:1,24", (0, 1, 24)),
    ],
)
def test_whole_numbers(text, numbers):
    assert whole_numbers(text, "--lags") == numbers


@pytest.mark.parametrize("text", ["", "a", "1:2:3:4", "3:1", "1:2:0", "1.5"])
def test_whole_numbers_refuses_the_rest(text):
    with pytest.raises(InputError, match=r"--lags .* is not understood; write whole numbers"):
        whole_numbers(text, "--lags")


def test_estimate_tests_independence_and_knows_series(run, series):
    sides = ("--x", "a", "--y", "b", "--method", "ksg")
    result = run("estimate", series, *sides, "--permutations", 19, "--block", 5)
    assert re.search(r"^p-value +0\.\d+ by 19 permutations$", result.stdout, re.MULTILINE)
    assert "blocks of 5 rows" in " ".join(result.stdout.split())
    assert narrow(result.stdout)
    early = json.loads(
        run("estimate", series, *sides, "--permutations", 39, "--exceedances", 1, "--json").stdout
    )
    p, drawn = (early["provenance"][name] for name in ("p_value", "permutations"))
    assert p == (1 / drawn if drawn < 39 else 1 / 40)
    kept = run("estimate", series, *sides, "--permutations", 19, "--checkpoint", "folder")
    assert "error: --checkpoint and --track keep one training" in kept.stderr


def test_rows_and_turned_tables_are_for_every_command(run, series, tmp_path):
    frame = polars.read_csv(series)
    turned = frame.select("a", "b", "<b>c").transpose(include_header=True, header_name="name")
    turned.write_csv(tmp_path / "turned.csv")
    sides, method = ("--x", "a", "--y", "b"), ("--method", "gaussian")
    straight = run("estimate", series, *sides, *method, "--rows", "0:100")
    again = run("estimate", tmp_path / "turned.csv", "--transpose", *sides, *method, "--rows", ":100")
    assert "100 samples" in straight.stdout
    assert straight.stdout == again.stdout
    for options in (
        ("matrix",),
        ("lags", *sides, "--max-lag", 1),
        ("transfer", "--source", "a", "--target", "b"),
    ):
        command, *rest = options
        result = run(command, series, *rest, *method, "--rows", "0:100")
        assert result.exit_code == 0, result.output
        assert (
            result.exit_code == run(command, tmp_path / "turned.csv", "--transpose", *rest, *method).exit_code
        )
    assert "error: The rows '1-5' are not understood" in run("matrix", series, "--rows", "1-5").stderr


def test_a_wrong_link_is_told_before_the_work(run, series, tmp_path):
    (tmp_path / "edges.txt").write_text("1. a --> raf\n")
    result = run("matrix", series, "--method", "gaussian", "--known", tmp_path / "edges.txt", "--jobs", 1)
    assert "There is no column 'raf' to be linked" in result.stderr
    assert (result.stdout, result.exit_code) == ("", 2)


def test_a_matrix_says_why_no_column_is_left(run, tmp_path):
    (tmp_path / "commas.csv").write_text("a;b\n" + "".join(f"{i},5;{i},25\n" for i in range(30)))
    said = " ".join(run("matrix", tmp_path / "commas.csv").stderr.split())
    assert "commas.csv has 0 columns that auto can use; a matrix needs at least 2. Column 'a' is text" in said
    assert "Write decimal points for commas." in said


def test_transfer_with_gaps(run, tmp_path):
    rows = "".join(f"{'' if i == 9 else i * i % 13},{i * 7 % 11}\n" for i in range(80))
    (tmp_path / "gaps.csv").write_text("a,b\n" + rows)
    given = ("transfer", tmp_path / "gaps.csv", "--source", "a", "--target", "b", "--method", "gaussian")
    assert "--drop-missing" in run(*given).stderr
    assert "samples 78 samples" in " ".join(run(*given, "--drop-missing").stdout.split())


def test_matrix_against_known_links(run, series, tmp_path):
    (tmp_path / "edges.txt").write_text("1. a --> b\n")
    options = ("--method", "gaussian", "--known", tmp_path / "edges.txt", "--jobs", 1)
    result = run("matrix", series, *options, "--lags", "0")
    assert "1 of 3 pairs are linked, so that chance gives 0.333" in " ".join(result.stdout.split())
    part = run("matrix", series, "--against", "b", "--method", "gaussian", "--jobs", 1)
    assert part.stdout.startswith("2 pairs of 3 columns by gaussian")
    assert "left out, holding neither numbers nor words that repeat: when" in part.stdout
    both = run("matrix", series, "--columns", "b", "--against", "a", "--method", "gaussian", "--json")
    assert MatrixResult.from_json(both.stdout).names == ("a", "b")
    asked = run("matrix", series, "--columns", "a-b")
    assert "a range of columns is written a:b" in asked.stderr


def test_notes_that_say_the_same_are_said_once(run):
    columns = ("--columns", "raf,mek,plc", "--method", "rounded_ksg", "--jobs", 1)
    printed = run("matrix", path("sachs"), *columns).stdout
    assert len(re.findall("^note: ", printed, re.MULTILINE)) == 1
    assert re.search(r"^note: raf - mek and 2 more: Values of", printed, re.MULTILINE)


def test_lags_of_many_columns_stay_within_the_width(run, tmp_path):
    frame = polars.DataFrame(np.random.default_rng(0).normal(size=(80, 7)), schema=list("abcdefg"))
    frame.write_csv(tmp_path / "many.csv")
    options = ("--y", "g", "--max-lag", 2, "--method", "gaussian")
    some = run("lags", tmp_path / "many.csv", "--x", "a:f", *options, "--permutations", 19).stdout
    assert re.search(r"^lag +a +b +c +d +e +f$", some, re.MULTILINE)
    assert re.search(r"^x +lag +nats +95 % interval +p +q$", some, re.MULTILINE)
    assert narrow(some)
