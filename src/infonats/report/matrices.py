"""What a report shows of many pairs: heat maps, ranked tables, lag profiles."""

from typing import TYPE_CHECKING

from infonats.estimate import normal_interval
from infonats.report.html import Section, details, paragraph, table
from infonats.report.pictures import figure_image

if TYPE_CHECKING:
    from infonats.quantities import LagProfile, MatrixResult, PairRecord

MOST_ROWS = 200
MOST_MAPS = 4


def matrix_sections(result: "MatrixResult", skipped: tuple[str, ...] = ()) -> list[Section]:
    """A heat map for each of the first lags, the ranked table, and the notes."""
    maps = "".join(
        (paragraph(f"lag {lag}") if len(result.lags) > 1 else "")
        + figure_image(result.plot(lag=lag), f"Mutual information of all pairs at lag {lag}")
        for lag in result.lags[:MOST_MAPS]
    )
    ranked = result.ranked()
    shown = matrix_rows(result, MOST_ROWS)
    cut = f"The first {len(shown)} of {len(ranked)}." if len(shown) < len(ranked) else f"All {len(shown)}."
    head = matrix_header(result)
    resolution = paragraph(f"{result.discoveries} {result.resolution}") if result.resolution else ""
    blocks = paragraph(said) if (said := matrix_block_sentence(result)) else ""
    sections = [
        Section("Heat map", maps + paragraph("Nats; zero and below is white, grey has no value.")),
        Section("Ranked pairs", paragraph(cut) + table(head, shown) + resolution + blocks),
    ]
    notes = [(*_ends(result, r), str(r.lag), r.note) for r, _ in ranked if r.note]
    order = paragraph(result.provenance["order"]) if "order" in result.provenance else ""
    if notes or skipped or order:
        left = (
            paragraph(f"Left out, holding neither numbers nor words that repeat: {', '.join(skipped)}.")
            if skipped
            else ""
        )
        listed = table(("x", "y", "lag", "note"), notes[:MOST_ROWS], prose=True)
        folded = details(f"{len(notes)} pairs with a note", listed) if notes else ""
        sections.append(Section("Notes", order + left + folded))
    return sections


def matrix_header(result: "MatrixResult") -> tuple[str, ...]:
    """The columns that a ranked table needs: lag, method, p and q only where they tell."""
    tested = any(record.p is not None for record in result.records)
    lag = ("lag",) if result.lags != (0,) else ()
    mixed = ("method",) if len({record.method for record in result.records}) > 1 else ()
    return ("x", "y", *lag, "nats", "95 % interval", "rows", *mixed, *(("p", "q") if tested else ()))


def matrix_rows(result: "MatrixResult", most: int) -> list[tuple[str, ...]]:
    """The cells of the `most` largest values, under `matrix_header`."""
    head = matrix_header(result)
    found = [(record, q) for record, q in result.ranked() if record.value is not None][:most]
    return [tuple(_cells(result, record, q)[name] for name in head) for record, q in found]


def _cells(result: "MatrixResult", record: "PairRecord", q: float) -> dict[str, str]:
    low, high = normal_interval(record.value or 0.0, record.stderr or 0.0)
    x, y = _ends(result, record)
    return {
        "x": x,
        "y": y,
        "lag": str(record.lag),
        "nats": f"{record.value:z.4f}",
        "95 % interval": f"[{low:z.3f}, {high:z.3f}]",
        "rows": str(record.n),
        "method": record.method,
        "p": "" if record.p is None else f"{record.p:.3g}",
        "q": f"{q:.3g}",
    }


def notes_by_kind(result: "MatrixResult") -> list[tuple[list[str], str]]:
    """The notes on pairs, each with all pairs of which it says the same but for the names of columns."""
    found: dict[str, tuple[list[str], str]] = {}
    for record, _ in result.ranked():
        x, y = _ends(result, record)
        kind = record.note.replace(f"'{x}', '{y}'", "x").replace(f"'{x}'", "x").replace(f"'{y}'", "x")
        pair = f"{x} - {y}" + (f", lag {record.lag}" if result.lags != (0,) else "")
        if record.note:
            found.setdefault(kind, ([], record.note))[0].append(pair)
    return list(found.values())


def block_sentence(profile: "LagProfile") -> str:
    """Over how many rows the errors take the series to depend on itself."""
    return _of_blocks([e.provenance["block"] for _, _, e in profile.ranked() if "block" in e.provenance])


def matrix_block_sentence(result: "MatrixResult") -> str:
    """The same of the pairs of a matrix; empty where rows were taken for independent."""
    found = [record.block for record in result.records if record.value is not None]
    return _of_blocks(found) if "block" in result.provenance else ""


def _of_blocks(blocks: list[int]) -> str:
    if max(blocks, default=1) == 1:
        return "The errors are those of independent rows: too small where the series is slow."
    return f"The errors are those of blocks of {min(blocks)} to {max(blocks)} rows that depend on each other."


def lag_sections(profile: "LagProfile") -> list[Section]:
    """The lines against lag, a heat map where there are several columns, and the ranked table."""
    from infonats.quantities import _drawing
    from infonats.report.sections import interval_text

    body = figure_image(profile.plot(), "Nats against lag")
    if len(profile.names) > 1:
        lags = [str(lag) for lag in profile.lags]
        body += figure_image(_drawing.heat_map(profile.values, profile.names, lags), "Nats by column and lag")
    note = paragraph(f"{profile.n} rows at every lag; bands and intervals are 95 %. {block_sentence(profile)}")
    rows = [(name, str(lag), interval_text(e, 4), e.method) for name, lag, e in profile.ranked()[:MOST_ROWS]]
    missing = [(name, str(lag), text) for (name, lag), text in profile.notes.items()]
    listed = (
        details("Lags without a value", table(("x", "lag", "note"), missing, prose=True)) if missing else ""
    )
    ranked = table(("x", "lag", "nats [95 % interval]", "method"), rows)
    return [Section("Against lag", body + note), Section("Ranked lags", ranked + listed)]


def _ends(result: "MatrixResult", record: "PairRecord") -> tuple[str, str]:
    return result.names[record.x], result.names[record.y]
