import pytest
from typer.testing import CliRunner

from infonats.cli.app import app
from infonats.datasets import path


@pytest.fixture
def run(monkeypatch):
    """Run the command line in this process as in a pipe of 80 columns; returns its result."""
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("FORCE_COLOR", "NO_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)

    def invoke(*arguments):
        return CliRunner().invoke(app, [str(a) for a in arguments], prog_name="infonats")

    return invoke


@pytest.fixture
def estimate(run):
    """`infonats estimate` on the bundled table, raf against mek by ksg unless said otherwise."""

    def invoke(*arguments, x="raf", y="mek", method="ksg", file=None):
        return run("estimate", file or path("sachs"), "--x", x, "--y", y, "--method", method, *arguments)

    return invoke
