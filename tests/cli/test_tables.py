"""Ranked tables in a narrow terminal."""

import typer
from typer.testing import CliRunner

from infonats.cli.tables import ranked_table


def test_numbers_are_never_cut(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    app = typer.Typer()
    header = ("x", "y", "lag", "nats", "95 % interval", "rows", "p", "q")
    row = (
        "free_sulfur_dioxide",
        "total_sulfur_dioxide",
        "0",
        "0.4412",
        "[0.410, 0.472]",
        "1599",
        "0.0476",
        "0.0787",
    )

    @app.command()
    def show() -> None:
        ranked_table("pairs", header, [row])

    words = CliRunner().invoke(app).output
    assert "…" not in words
    assert all(number in words for number in row[2:])
    assert max(map(len, words.splitlines())) <= 60
