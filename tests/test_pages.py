"""The examples of docs/quantities.md run and print what is shown; its commands parse."""

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest
import typer

from infonats.cli.app import app

PAGE = (Path(__file__).parents[1] / "docs" / "quantities.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = [(code, BLOCKS[i + 1][1]) for i, (language, code) in enumerate(BLOCKS) if language == "python"]
COMMANDS = [line[2:] for language, text in BLOCKS if language == "console" for line in text.splitlines()]
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@pytest.mark.parametrize(("code", "shown"), EXAMPLES)
def test_examples_print_what_is_shown(code, shown):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(code, "quantities.md", "exec"), {"__name__": "__main__"})
    real = said.getvalue()
    assert NUMBER.sub("#", shown).split() == NUMBER.sub("#", real).split(), real
    for a, b in zip(NUMBER.findall(shown), NUMBER.findall(real), strict=True):
        unit = 10.0 ** -len(a.partition(".")[2]) if "." in a else 0.0
        assert abs(float(a) - float(b)) <= 1.01 * unit, real


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_parse(command):
    program, name, *arguments = shlex.split(command)
    assert program == "infonats"
    typer.main.get_command(app).commands[name].make_context(name, arguments)
