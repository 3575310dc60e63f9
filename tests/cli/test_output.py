import io
import sys

import pytest

from infonats._display import rows
from infonats.cli.output import block, complain
from infonats.cli.progress import progress_bar
from infonats.estimate import Estimate


@pytest.fixture
def made():
    notes = (
        "A sentence that is long enough to be wrapped when the terminal has only eighty columns.",
        "Short.",
    )
    names = {"x": ["[red]a[/red]"], "y": ["b"], "choice": "chosen because it is a test"}
    return Estimate(0.5, 0.1, "ksg", "none", 20, (0.3, 0.7), diagnostics=notes, provenance=names)


def test_block_wraps_diagnostics_under_their_bullets(made, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    block(made)
    out = capsys.readouterr().out
    assert out.startswith("I([red]a[/red]; b) = 0.5000 nats = 0.7213 bits\n")
    assert "diagnostics     - A sentence that is long enough to be wrapped when the terminal\n" in out
    assert "\n                  has only eighty columns.\n                - Short.\n" in out
    assert "chosen because it is a test" in out


def test_block_without_diagnostics_says_so(capsys):
    block(Estimate(0.5, 0.1, "ksg", "none", 20, (0.3, 0.7)))
    assert "diagnostics     nothing suspicious was seen\n" in capsys.readouterr().out


def test_rows_lead_with_the_unit_asked_for(made):
    assert dict(rows(made, "bits"))["standard error"] == "0.1443 bits = 0.1000 nats"


def test_errors_in_a_pipe_stay_on_one_line(capsys):
    complain("error", "word " * 40)
    assert capsys.readouterr().err.count("\n") == 1


def test_no_progress_in_a_pipe(capsys):
    with progress_bar("reading") as progress:
        assert progress is None
    assert capsys.readouterr() == ("", "")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_on_a_terminal_is_on_stderr_and_goes_away(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with progress_bar("reading") as progress:
        progress(3, 10, "training")
    shown = terminal.getvalue()
    assert "training" in shown
    assert shown.endswith("\x1b[2K")  # the line is erased
    assert capsys.readouterr().out == ""
