"""The leaderboard: records of a benchmark as one page that sorts and filters itself, offline.

The page carries the records and aggregates them in the browser (`leaderboard.js`), by the definitions of
`infonats.benchmark.summarise`; a test compares the two.
"""

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from infonats.report.html import Section, paragraph

COLUMNS = (
    "task",
    "method",
    "n",
    "seed",
    "status",
    "dim_x",
    "dim_y",
    "truth",
    "truth_stderr",
    "value",
    "low",
    "high",
    "seconds",
    "peak_bytes",
)
SIGNIFICANT = 6
"""Digits kept of each number: the page shows three."""

NOTE = (
    "Errors in nats, value minus truth. MAE is the mean absolute error: the mean over tasks of each task's "
    "mean over its samples, with the standard error that comes from drawing them (none where a task was "
    "drawn once). Coverage is the share of 95 % intervals that contain the truth. Rank is the mean place among "
    "the methods shown. Seconds are medians and contain no drawing of samples. Cells that gave no number count "
    "as failed and nowhere else. Click a heading to sort, a method to show or hide it in the pictures."
)


def leaderboard_sections(
    records: Iterable[Mapping[str, Any]], suites: Mapping[str, Iterable[str]], lead: str = ""
) -> list[Section]:
    """The sections of the page: the table with its filters, the heat map, the two pictures, the failures.

    `records` map the names in `COLUMNS` (others are left out, but for "reason") to plain values; `suites` map
    the name of a suite to its tasks. Names are shown as text, whatever they contain.
    """
    rows = list(records)
    data = {
        "columns": COLUMNS,
        "rows": [[_short(row[name]) for name in COLUMNS] for row in rows],
        "suites": {name: list(tasks) for name, tasks in suites.items()},
        "failures": [
            [*(row[name] for name in ("method", "task", "n", "seed", "status", "reason"))]
            for row in rows
            if row["status"] != "ok"
        ],
    }
    carried = (
        f"<style>{_asset('leaderboard.css')}</style>"
        f"<script type='application/json' id='data'>{_inert(data)}</script>"
    )
    script = f"<script>{_asset('leaderboard.js')}</script>"
    return [
        Section("Methods", f"{carried}{paragraph(lead) if lead else ''}{FILTERS}{TABLE}{paragraph(NOTE)}"),
        Section("Error by task and method", HEAT),
        Section("Estimates against the truth", PICTURES[0]),
        Section("Cost against accuracy", PICTURES[1]),
        Section("Cells without a number", f"<div id='failures' class='wide'></div>{script}"),
    ]


FILTERS = (
    "<div class='filters'>"
    + "".join(
        f"<label>{name}<select id='{key}'></select></label>"
        for key, name in (
            ("suite", "Suite"),
            ("n", "Rows"),
            ("dims", "Columns, x and y together"),
            ("level", "True MI, nats"),
        )
    )
    + "</div>"
)
TABLE = "<div class='wide'><table id='board' class='numbers'></table></div>"
HEAT = (
    "<p>Mean of value minus truth; blue is below the truth, red above it, white within .02 nats.</p>"
    "<div class='wide'><table id='heat' class='numbers'></table></div>"
)
PICTURES = ("<div id='scatter'></div>", "<div id='cost'></div>")


def _asset(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _inert(data: Mapping[str, Any]) -> str:
    """JSON that no browser can take for markup, whatever the names in it are."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("&", "\\u0026")


def _short(value: Any) -> Any:
    """A number with six significant digits, for a smaller page; what is not finite is not there."""
    if not isinstance(value, float):
        return value
    return float(f"{value:.{SIGNIFICANT}g}") if math.isfinite(value) else None
