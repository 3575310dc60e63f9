"""Every command with odd words for its options, on odd files: it answers, or says what is wrong."""

import contextlib
import warnings

import numpy as np
import polars
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from infonats.cli.app import app

from .trial import amount, tried, within

pytestmark = pytest.mark.fuzz

WORDS = (
    "0",
    "1",
    "-1",
    "2.5",
    "nan",
    "inf",
    "1e400",
    "",
    " ",
    "x",
    "a",
    "a,b",
    "0:2",
    ":",
    "9" * 30,
    "auto",
    "\0",
)
WORDS += (
    "ksg",
    "gaussian",
    "no such",
    "k=3",
    "k=",
    "=",
    "k=nan",
    "None",
    "--help",
    "../..",
    "täst",
    "'",
    '"',
    "%s",
)
FILES = (
    "whole.csv",
    "latin.csv",
    "empty.csv",
    "words.csv",
    "holes.csv",
    "one.csv",
    "whole.npy",
    "folder",
    "none",
)
LONG = {
    "demo": "a minute of training",
    "run": "starts worker processes, tests/benchmark fuzzes what it is given",
}
"""Commands of which only the refusals are tried, because of what they do where nothing is wrong."""


def commands(group, words=()):
    """Every command with the words that call it, subcommands too."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*words, name))
        else:
            yield (*words, name), command


COMMANDS = dict(commands(typer.main.get_command(app)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("cli")
    rng = np.random.default_rng(0)
    frame = polars.DataFrame(rng.standard_normal((60, 3)), schema=["a", "b", "<c>"])
    frame.write_csv(made / "whole.csv")
    frame.with_columns(c=polars.when(polars.col("a") > 1).then(None).otherwise(1.0)).write_csv(
        made / "holes.csv"
    )
    frame.head(1).write_csv(made / "one.csv")
    (made / "latin.csv").write_bytes("grün,b\n1.5,2\n".encode("latin-1") * 9)
    (made / "empty.csv").write_text("")
    (made / "words.csv").write_text("a,b\n" + "red,1\nblue,2\n" * 20)
    np.save(made / "whole.npy", frame.to_numpy())
    (made / "folder").mkdir()
    return made


@st.composite
def calls(draw, command):
    """A command line: an odd file or word for each argument, and odd words for a few options."""
    options = [p for p in command.params if p.param_type_name == "option"]
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    words = [draw(st.sampled_from(FILES)) if p.name in ("file", "store") else draw(word) for p in arguments]
    needed = [option for option in options if option.required]
    some = draw(st.lists(st.sampled_from(options), max_size=3, unique_by=id)) if options else []
    for option in {id(o): o for o in (*needed, *some)}.values():
        words += [option.opts[0]] if option.is_flag else [option.opts[0], draw(word)]
    return words


word = st.sampled_from(WORDS)


@pytest.mark.parametrize("name", COMMANDS, ids=" ".join)
@given(data=st.data())
@amount(8)
def test_commands(name, data, folder):
    words = data.draw(calls(COMMANDS[name]))
    words = [str(folder / word) if word in FILES else word for word in words]
    words += ["--jobs", "1"] if name[-1] == "matrix" else []
    words += ["--repeats", "2", "--n", "20"] if name[-1] == "plan" else []
    if name[-1] in LONG:
        words += ["--seed", "-1"] if name[-1] == "demo" else ["--seeds", "0"]
    with (
        contextlib.chdir(folder),
        within(60),
        warnings.catch_warnings(),
    ):  # words name files
        warnings.simplefilter("error")
        done = CliRunner().invoke(app, [*name, *words], prog_name="infonats")
    tried(done.exit_code)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    assert done.exit_code in (0, 2), done.output
    assert "Traceback" not in done.output
    if done.exit_code:
        assert "error" in done.stderr.casefold(), done.output


def test_the_commands_that_are_only_refused_exist():
    assert {name[-1] for name in COMMANDS} >= set(LONG)
