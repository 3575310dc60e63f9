"""What the experiments share: numbers measured along a run and kept beside its checkpoint, and pages."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from infonats._files import write_whole
from infonats.callbacks import Callback, View

Measure = Callable[[View], Mapping[str, float]]


class Recorded(Callback):
    """Measures at every evaluation and keeps the numbers by step in a JSON file.

    Written before the checkpoint of the same step, so that a run that goes on finds every earlier number.
    """

    def __init__(self, path: Path, measure: Measure) -> None:
        self.path, self.measure = path, measure
        kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        self.rows: dict[int, dict[str, float]] = {int(step): row for step, row in kept.items()}

    def __call__(self, view: View) -> None:
        """Measure and write."""
        self.rows[view.step] = dict(self.measure(view))
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.path, json.dumps(self.rows, indent=1).encode())

    def curve(self, name: str, last: int) -> dict[int, float]:
        """One number by step, up to the step `last`."""
        return {step: self.rows[step][name] for step in sorted(self.rows) if step <= last}


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Markdown, its columns aligned so that it reads as well in a terminal."""
    lines = [header, ["---:"] * len(header), *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    return "\n".join(
        "| " + " | ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in lines
    )


def write_between(page: Path, name: str, text: str) -> None:
    """Replace what stands between ``<!-- name -->`` and ``<!-- /name -->`` of a page."""
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, _, rest = page.read_text(encoding="utf-8").partition(start)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{page} has no {start.strip()} ... {end}")
    page.write_text(f"{before}{start}{text}\n{end}{after}", encoding="utf-8")
