"""The examples of the documentation run and print what is shown; its commands run; the site is whole."""

import contextlib
import importlib.util
import io
import re
import shlex
from pathlib import Path

import pytest
import torch
import typer
from typer.testing import CliRunner

from infonats.cli.app import app

DOCS = Path(__file__).parents[1] / "docs"
TUTORIALS = sorted((DOCS / "tutorials").glob("*.md"))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def blocks(page):
    """The code blocks of a page: language and text."""
    return BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))


BLOCKS = blocks("quantities.md")
EXAMPLES = [(code, BLOCKS[i + 1][1]) for i, (language, code) in enumerate(BLOCKS) if language == "python"]
COMMANDS = [line[2:] for language, text in BLOCKS if language == "console" for line in text.splitlines()]


def said_by(code, names):
    """What the code prints, run with `names`."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(code, "page.md", "exec"), names)
    return said.getvalue()


def assert_same(shown, real):
    """The same words; the same numbers, up to one unit of the last digit that is shown."""
    assert NUMBER.sub("#", shown).split() == NUMBER.sub("#", real).split(), real
    for a, b in zip(NUMBER.findall(shown), NUMBER.findall(real), strict=True):
        unit = 10.0 ** -len(a.partition(".")[2]) if "." in a else 0.0
        assert abs(float(a) - float(b)) <= 1.01 * unit, real


def parse(command):
    """Check that the command exists and takes what it is given."""
    program, *arguments = shlex.split(command)
    assert program == "infonats"
    group = typer.main.get_command(app)
    while arguments[0] in getattr(group, "commands", {}):
        group = group.commands[arguments.pop(0)]
    group.make_context(command, arguments)


@pytest.mark.parametrize(("code", "shown"), EXAMPLES)
def test_examples_print_what_is_shown(code, shown):
    assert_same(shown, said_by(code, {"__name__": "__main__"}))


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_parse(command):
    parse(command)


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_tutorials_run_line_by_line(page, tmp_path, monkeypatch):
    """As pasted into one session: a block may use what stands above it, a command the files written there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    names, printed = {"__name__": "__main__"}, ""
    with torch.random.fork_rng(devices=[]):
        torch.random.default_generator.manual_seed(0)
        for language, text in blocks(page):
            if language == "python":
                assert not printed, f"the page does not show:\n{printed}"
                printed = said_by(text, names)
            elif language == "text":
                assert_same(text, printed)
                printed = ""
            else:
                assert language == "console"
                run(text.splitlines())
    assert not printed, f"the page does not show:\n{printed}"


def run(lines):
    """Run each command whose table exists; of the others, tables of the reader, check that they parse."""
    for line in lines:
        command = line.removeprefix("$ ")
        files = [word for word in shlex.split(command) if word.endswith(".csv") and word != "pairs.csv"]
        if all(Path(file).exists() for file in files):
            done = CliRunner().invoke(app, shlex.split(command)[1:], prog_name="infonats")
            assert done.exit_code == 0, done.output
        else:
            parse(command)


def test_the_start_page_runs():
    for language, text in blocks("start.md"):
        if language == "python":
            assert "nats" in said_by(text, {"__name__": "__main__"})
        for line in text.splitlines() if language == "console" else ():
            if line.startswith("$ infonats"):
                parse(line[2:])


def module_of(name):
    """A program of docs/ as a module."""
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def api():
    return module_of("api_pages")


def test_the_tables_of_the_reference_hold_the_registries(api):
    from infonats.bounds import BOUNDS
    from infonats.estimators import METHODS
    from infonats.tasks import TASKS

    for page, names in (
        (api.methods_page(), METHODS),
        (api.bounds_page(), [bound.name for bound in BOUNDS]),
        (api.tasks_page(), TASKS),
    ):
        assert set(names) <= set(re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE))


def test_the_reference_names_everything_public(api):
    import infonats

    page = api.page_of("infonats")
    functions = [name for name in infonats.__all__ if name not in infonats._MODULES]
    assert re.findall(r"^### (\S+)", page, re.MULTILINE) == [
        api.words(name) for name in sorted(functions, key=str.lower)
    ]
    assert set(infonats._MODULES) <= set(api.MODULES)


def test_docstrings_keep_their_formulas(api):
    doc = "First *line* with `code_x` and a_b.\n\n    I = H(X) - H(X|Y)\n    more\n\nLast <b>."
    assert api.prose(doc) == (
        "First \\*line\\* with `code_x` and a\\_b.\n\n```text\nI = H(X) - H(X|Y)\nmore\n```\n\nLast \\<b\\>."
    )


def test_dead_links_of_a_site_are_found(tmp_path):
    links = '<p id="here"><a href="#here"><a href="b.html#there"><a href="https://x.org"><img src="c.png">'
    (tmp_path / "a.html").write_text(links + '<a href="#gone"><a href="b.html?v=1">')
    (tmp_path / "b.html").write_text('<p id="elsewhere">')
    assert list(module_of("check_links").dead(tmp_path)) == [
        "a.html: b.html#there",
        "a.html: c.png",
        "a.html: #gone",
    ]


def test_the_site_has_every_page():
    """A page that the menu of docs/index.md does not name cannot be found by readers of the site."""
    menu = set(re.findall(r"^([\w/-]+)$", (DOCS / "index.md").read_text(encoding="utf-8"), re.MULTILINE))
    pages = {
        p.relative_to(DOCS).with_suffix("").as_posix() for p in DOCS.rglob("*.md") if "generated" not in p.parts
    }
    assert pages - {"index"} <= menu
