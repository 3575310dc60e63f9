"""What the experiments share: numbers measured along a run and kept beside its checkpoint, and pages."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

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


class Cells:
    """Results by name in one JSON file: what is there is read, what is not is measured and written."""

    def __init__(self, path: Path, tell: Callable[[str], None] = lambda _: None) -> None:
        self.path, self.tell = path, tell
        self.found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def __call__(self, name: str, measure: Callable[[], Any]) -> Any:
        """The result called `name`, which JSON can hold; measured at most once."""
        if name not in self.found:
            self.tell(name)
            self.found[name] = measure()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.path, json.dumps(self.found, indent=1).encode())
        return self.found[name]


def mean_spread(values: Sequence[float], digits: int = 4) -> str:
    """The mean and the standard deviation of several seeds, as text."""
    mean = sum(values) / len(values)
    if len(values) < 2:
        return f"{mean:.{digits}f}"
    spread = (sum((v - mean) ** 2 for v in values) / (len(values) - 1)) ** 0.5
    return f"{mean:.{digits}f} ± {spread:.{digits}f}"


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


def part_of(page: Path, name: str, wide: bool) -> str:
    """The name of a part of a page: that of the published widths, where they were run and the page has one."""
    own = f"{name}-wide"
    return own if wide and f"<!-- {own} -->" in page.read_text(encoding="utf-8") else name
