"""What a report shows: one estimate in full, or several methods side by side."""

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from infonats import _display
from infonats.report.html import Section, details, paragraph, table
from infonats.report.pictures import curve, forest, scatter

if TYPE_CHECKING:
    from infonats.data import Pairs
    from infonats.estimate import Estimate


@dataclasses.dataclass(frozen=True)
class Comparison:
    """One pair of variables measured by several methods; `known` says what is known of it, in a few words."""

    label: str
    known: str
    pairs: "Pairs"
    estimates: tuple["Estimate", ...]


def estimate_section(estimate: "Estimate", pairs: "Pairs") -> Section:
    """An estimate in full: its card, the data, the training curve, diagnostics and provenance."""
    interval = forest([(estimate.method, [estimate])]) if not estimate.history else ""
    body = _card(estimate) + _data(pairs) + curve(estimate) + interval
    return Section(_display.symbol(estimate), body + _provenance(estimate))


def comparison_sections(comparisons: list[Comparison], remark: str = "") -> list[Section]:
    """All pairs in one table and one picture with a remark, then each pair with its data, curves and cards."""
    methods = list(dict.fromkeys(e.method for c in comparisons for e in c.estimates))
    rows = [(c.label, c.known, *map(interval_text, c.estimates)) for c in comparisons]
    picture = forest([(f"{c.label}\n{c.known}", c.estimates) for c in comparisons])
    note = paragraph(f"Estimates in nats, each with its 95 % interval. {remark}".strip())
    overview = Section("All pairs", picture + table(("pair", "known", *methods), rows) + note)
    return [overview, *map(_one_comparison, comparisons)]


def interval_text(estimate: "Estimate", digits: int = 2) -> str:
    """Value and interval in nats, short enough for a table cell: ``0.45 [0.38, 0.52]``."""
    value, lo, hi = (f"{t:z.{digits}f}" for t in (estimate.value, *estimate.interval))
    return f"{value} [{lo}, {hi}]"


def _one_comparison(comparison: Comparison) -> Section:
    body = _data(comparison.pairs)
    for estimate in comparison.estimates:
        inside = _card(estimate) + curve(estimate) + _provenance(estimate)
        body += details(f"{estimate.method}: {interval_text(estimate, 4)} nats", inside)
    return Section(f"{comparison.label} ({comparison.known})", body)


def _card(estimate: "Estimate") -> str:
    return f"<div class='card'>{_display.card(estimate)}</div>"


def _data(pairs: "Pairs") -> str:
    wide = pairs.x.shape[1] + pairs.y.shape[1] > 2
    note = paragraph("The picture shows the first column of each side; the estimate uses all.") if wide else ""
    return f"<div class='clouds'>{scatter(pairs)}</div>{note}"


def _provenance(estimate: "Estimate") -> str:
    rows = [(name, _words(value)) for name, value in estimate.provenance.items()]
    return details("How this number was made", table(("what", "value"), rows, prose=True)) if rows else ""


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {_words(inner)}" for name, inner in value.items())
    return ", ".join(map(_words, value)) if isinstance(value, list | tuple) else str(value)
