"""``infonats demo``: the main job on the bundled protein-signalling table."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infonats.cli.output import say, show
from infonats.cli.progress import Progress, progress_bar

if TYPE_CHECKING:
    from infonats.report import Comparison

METHODS: dict[str, dict[str, Any]] = {
    "ksg": {},
    "gaussian_copula": {},
    "mine": {"patience": 5, "hidden": (64, 64)},
}
"""The methods and their settings: the network is small and stops early, so that the whole takes a minute."""
LINKED = (("raf", "mek"), ("erk", "akt"), ("pip3", "pip2"), ("pkc", "p38"), ("pkc", "jnk"))
"""Pairs joined by an edge of the consensus graph: strong ones, chosen to show the methods at work. Of the other
fifteen edges, `ksg` sees three (`benchmarks/quoted.py`)."""
DISTANT = (("pip2", "erk"), ("plc", "erk"), ("pip3", "jnk"), ("pip3", "mek"), ("pip3", "p38"), ("pip3", "raf"))
"""All pairs at least three edges apart in the consensus graph, whichever way the arrows point."""

TITLE = "Protein signalling in 853 human T cells"
LEAD = (
    "Mutual information between signalling proteins (Sachs et al. 2005, bundled with infonats), "
    "in nats with 95 % intervals. The linked pairs are five strong ones of the twenty edges of the consensus "
    "signalling graph, not a sample of them: in these cells most other edges are too weak to be seen. The "
    "pairs that are not linked are all those three edges apart."
)


@dataclasses.dataclass(frozen=True)
class DemoOptions:
    """What `infonats demo` is asked for."""

    html: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Write a report with pictures.", show_default=False)
    ] = None
    seed: Annotated[int, typer.Option(metavar="N", help="The same seed gives the same bits.")] = 0


def demo(options: DemoOptions) -> None:
    """Measure linked and unlinked proteins of a real table by three methods."""
    if options.html:
        from infonats.report import check_destination

        check_destination(options.html)
    with progress_bar("reading") as progress:
        comparisons = _measure_all(options.seed, progress)
    _print(comparisons)
    if options.html:
        from infonats.report import comparison_sections, write_report

        sections = comparison_sections(comparisons, closing(comparisons))
        say(f"report written to {write_report(options.html, TITLE, sections, LEAD)}")


def _measure_all(seed: int, progress: Progress | None) -> "list[Comparison]":
    from infonats.data import read_table, select_pairs
    from infonats.datasets import path
    from infonats.estimators import mutual_information_of
    from infonats.report import Comparison

    found, cells = [], read_table(path("sachs"))
    named = [(pair, "linked") for pair in LINKED] + [(pair, "not linked") for pair in DISTANT]
    total = len(named) * len(METHODS)
    for place, ((x, y), known) in enumerate(named):
        pairs, estimates = select_pairs(cells, x, y), []
        for turn, (method, settings) in enumerate(METHODS.items(), start=place * len(METHODS)):
            report = _share(progress, turn, total, f"{x}-{y} by {method}")
            estimates.append(
                mutual_information_of(pairs, method=method, seed=seed, progress=report, **settings)
            )
        found.append(Comparison(f"{x}-{y}", known, pairs, tuple(estimates)))
    return found


def _share(progress: Progress | None, done: int, total: int, label: str) -> Progress | None:
    """The progress of one estimate as its share of all `total`, of which `done` came before."""
    if progress is None:
        return None

    def report(step: int, of: int, message: str) -> None:
        progress(1000 * done + 1000 * step // max(of, 1), 1000 * total, label)

    report(0, 1, "")
    return report


def _print(comparisons: "list[Comparison]") -> None:
    from rich.table import Table
    from rich.text import Text

    from infonats.datasets import path
    from infonats.report import interval_text

    table = Table(
        "pair", "linked", *METHODS, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold"
    )
    for c in comparisons:
        table.add_row(c.label, "yes" if c.known == "linked" else "no", *map(interval_text, c.estimates))
    title = Text("Mutual information of proteins in 853 human T cells, nats [95 % interval]\n", style="bold")
    show(title, table, Text(f"\n{closing(comparisons)}\n"))
    x, y = LINKED[0]
    say(f"One of them by itself:\ninfonats estimate {path('sachs')} --x {x} --y {y} --method ksg")


def closing(comparisons: "list[Comparison]") -> str:
    """What the table shows, counted from its intervals, and how far to trust it."""
    linked = [c for c in comparisons if c.known == "linked"]
    others = [c for c in comparisons if c.known != "linked"]
    counts = [
        f"{_above_zero(linked, i)} of {len(linked)} linked and "
        f"{_above_zero(others, i)} of {len(others)} other pairs by {method}"
        for i, method in enumerate(METHODS)
    ]
    missed = [c.label for c in comparisons if c.estimates[1].interval[1] < c.estimates[0].interval[0]]
    short = f"The copula sees Gaussian-shaped dependence only and falls short for {', '.join(missed)}. "
    noted = [bool(e.diagnostics) for c in comparisons for e in c.estimates]
    notes = f"{sum(noted)} of the {len(noted)} estimates carry diagnostics, shown in the report. "
    return (
        f"The interval lies above zero for {'; '.join(counts)}. "
        f"{short if missed else ''}{notes if any(noted) else ''}"
        "The linked pairs are strong ones, chosen; most other edges of the graph are too weak to be seen in "
        "these cells. This shows the methods at work and proves nothing about biology."
    )


def _above_zero(comparisons: "list[Comparison]", method: int) -> int:
    return sum(c.estimates[method].interval[0] > 0 for c in comparisons)
