import json

import polars
import pytest

from infonats.tasks.catalogue import CATALOGUE


def test_the_list_names_every_task_once_a_suite_and_fits(run):
    result = run("tasks")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    listed = [line.split()[0] for line in lines if line.startswith("    ")]
    assert listed == [e.name for s in suites() for e in CATALOGUE.values() if s in e.suites]
    assert all(len(line) <= 80 for line in lines)
    assert "    correlated-normal-mixture-5" in result.stdout
    assert "6.85" in result.stdout


def suites():
    return list(dict.fromkeys(s for entry in CATALOGUE.values() for s in entry.suites))


def test_one_suite_as_json(run):
    found = json.loads(run("tasks", "--suite", "beyond-normal", "--json").stdout)
    assert len(found) == 40
    assert set(found[0]) == {"name", "suites", "dim_x", "dim_y", "mutual_information", "stderr", "hard"}


def test_an_unknown_suite(run):
    result = run("tasks", "--suite", "beyond-normall")
    assert result.exit_code == 2
    assert "error: There is no suite 'beyond-normall'. Did you mean 'beyond-normal'?" in result.stderr


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("2v1-galaxy-0.5-3.0", "coloured by y"),
        ("coupled-logistic-0.4-0.1", "no log ratio pair by pair"),
        ("digits-stitched-2", "Pairs of images"),
    ],
)
def test_show_writes_a_page(run, tmp_path, name, shown):
    result = run("tasks", "show", name, "-n", 200, "--html", tmp_path / "task.html")
    assert result.exit_code == 0, result.output
    page = (tmp_path / "task.html").read_text(encoding="utf-8")
    assert name in result.stdout
    assert shown in page
    assert CATALOGUE[name].suites[0] in page


def test_show_says_what_x_tells_of_the_next_y(run):
    shown = run("tasks", "show", "coupled-autoregression-0.5-0.5-1.0").stdout
    assert "transfer entropy  0.3826 nats, x to y" in shown
    assert "0.4012 nats (exact)" in shown


def test_show_an_unknown_task(run):
    result = run("tasks", "show", "galaxy")
    assert result.exit_code == 2
    assert "error: There is no task 'galaxy'" in result.stderr
    assert "Did you mean '2v1-galaxy-0.5-3.0'?" in result.stderr


@pytest.mark.parametrize(("suffix", "read"), [(".csv", polars.read_csv), (".parquet", polars.read_parquet)])
def test_sample_writes_a_table_that_the_seed_repeats(run, tmp_path, suffix, read):
    paths = [tmp_path / f"{k}{suffix}" for k in range(2)]
    for path in paths:
        result = run("tasks", "sample", "2v1-waves-12-5.0-3.0", "-n", 30, "--seed", 4, "--out", path)
        assert result.exit_code == 0, result.output
    assert "30 pairs of '2v1-waves-12-5.0-3.0'" in result.stdout
    one, two = map(read, paths)
    assert one.columns == ["x0", "x1", "y0"]
    assert one.shape == (30, 3)
    assert one.equals(two)


def test_sample_refuses_what_it_cannot_write(run, tmp_path):
    result = run("tasks", "sample", "1v1-AI", "--out", tmp_path / "pairs.txt")
    assert result.exit_code == 2
    assert "name a .csv or .parquet file" in " ".join(result.stderr.split())
