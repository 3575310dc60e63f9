import json

import pytest

from infonats.estimators import METHODS


def test_every_method_is_listed_within_80_columns(run):
    result = run("methods")
    assert result.exit_code == 0
    assert all(len(line) <= 80 for line in result.stdout.splitlines())
    flat = " ".join(result.stdout.split())
    for make in METHODS.values():
        info = make().info
        assert all(text in flat for text in (info.name, info.family, " ".join(info.summary.split())))


def test_json_lists_every_method_with_its_source(run):
    listed = json.loads(run("methods", "--json").stdout)
    assert [entry["name"] for entry in listed] == list(METHODS)
    own = {"name", "family", "side", "reference", "summary", "also", "columns", "text", "values", "bias"}
    assert set(listed[0]) == own | {"error", "coverage"}
    assert listed[0]["reference"]["title"]


@pytest.mark.parametrize("name", METHODS)
def test_cite_prints_the_bibtex(run, name):
    assert run("cite", name).stdout.startswith(METHODS[name]().info.reference.bibtex + "\n")


def test_cite_names_the_pieces_too(run):
    printed = run("cite", "ksg_copula").stdout
    keys = ("kraskov2004estimating", "ince2017statistical", "efron1986bootstrap")
    assert [line for line in printed.splitlines() if line.startswith("@")] == [f"@article{{{k}," for k in keys]


def test_cite_an_unknown_method(run):
    result = run("cite", "mime")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: There is no method 'mime'. Did you mean 'mine'?")


def test_cite_a_hybrid_prints_every_source(run):
    printed = run("cite", "doe+mine").stdout
    keys = ("mcallester2020formal", "belghazi2018mine", "federici2023effectiveness")
    assert [line for line in printed.splitlines() if line.startswith("@")] == [f"@article{{{k}," for k in keys]


def test_the_list_says_how_hybrids_are_named(run):
    assert "Hybrids: one of ba to pq, a plus, one of dv to nce" in " ".join(run("methods").stdout.split())


def test_the_long_list_says_how_the_error_is_known_and_how_far_to_trust_it(run):
    printed = run("methods", "--long").stdout
    assert all(len(line) <= 80 for line in printed.splitlines())
    flat = " ".join(printed.split())
    assert "error by infinitesimal jackknife; 95 % interval held the truth in" in flat
    assert "error by jackknife of held-out groups" in flat
    assert "docs/coverage.md" in flat
