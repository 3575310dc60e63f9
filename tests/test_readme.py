"""README.md and docs/ say what is so: code runs, commands print what is shown, names and links exist."""

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest
import torch
import typer
from typer.testing import CliRunner

import infonats
from infonats.cli.app import app
from infonats.estimators import METHODS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SITE = [page for page in (ROOT / "docs").rglob("*.md") if page.parent.name != "generated"]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(SITE)]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [(match[1], match[2], README[: match.start()].count("\n") + 2) for match in BLOCK.finditer(README)]
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def at(*languages):
    return [pytest.param(code, line, id=f"line {line}") for found, code, line in BLOCKS if found in languages]


def commands():
    """Every command of the console blocks with the output printed below it."""
    for language, code, line in BLOCKS:
        if language == "console":
            for entry in re.split(r"^\$ ", code, flags=re.MULTILINE)[1:]:
                command, _, output = entry.partition("\n")
                yield pytest.param(command, output, id=f"line {line}: {command}")


def assert_same(shown, real):
    """The same words; the same numbers, up to one unit of the last digit that is shown."""
    words, numbers = " ".join(NUMBER.sub("#", shown).split()), NUMBER.findall(shown)
    assert words == " ".join(NUMBER.sub("#", real).split()), f"it prints:\n{real}"
    for a, b in zip(numbers, NUMBER.findall(real), strict=True):
        unit = 10.0 ** -len(a.partition(".")[2]) if "." in a else 0.0
        assert abs(float(a) - float(b)) <= 1.01 * unit, f"it prints:\n{real}"


@pytest.mark.parametrize(("code", "line"), at("python"))
def test_examples_run_and_print_what_is_shown(code, line):
    said = io.StringIO()
    # As a reader would paste it: its networks draw their weights from the global generator.
    with contextlib.redirect_stdout(said), torch.random.fork_rng(devices=[]):
        torch.random.default_generator.manual_seed(0)
        exec(compile("\n" * (line - 1) + code, "README.md", "exec"), {"__name__": "__main__"})
    following = [(language, text) for language, text, at in BLOCKS if at > line][:1]
    if following and following[0][0] == "text":
        assert_same(following[0][1], said.getvalue())
    elif "InfoNCE" in code:
        assert 1.7 < float(NUMBER.search(said.getvalue())[0]) < 2.12


@pytest.mark.parametrize(("command", "output"), list(commands()))
def test_commands_print_what_is_shown(command, output, monkeypatch):
    program, *arguments = shlex.split(command)
    if program == "make":
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in arguments)
        return
    assert program == "infonats"
    if not output:
        group = typer.main.get_command(app)
        group.commands[arguments[0]].make_context(arguments[0], arguments[1:])
        return
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")
    found = CliRunner().invoke(app, arguments, prog_name="infonats")
    assert_same(output, found.stdout + found.stderr)


def test_every_command_shows_its_output_or_is_make():
    assert all(output or command.startswith("make ") for command, output in (p.values for p in commands()))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_files_exist(page):
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)[^)]*\)", BLOCK.sub("", text))
    assert all((page.parent / target).exists() for target in targets), targets


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "docs/choosing.md"], ids=lambda page: page.name)
def test_tables_name_methods_that_exist(page):
    """A row of a table whose header has a column `method` names methods of the registry there."""
    found = set()
    for table in re.findall(r"(?:^\|.*\n)+", page.read_text(encoding="utf-8"), re.MULTILINE):
        header, _, *rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
        if "method" in header:
            found |= {name for row in rows for name in re.findall(r"`(\w+)`", row[header.index("method")])}
    assert found
    assert found <= set(METHODS), f"not methods: {found - set(METHODS)}"


def test_the_version_to_cite_is_this_one():
    assert f"version = {{{infonats.__version__}}}" in README
