"""What benchmarks that take long share: results kept line by line, and a table put into its page."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

Cell = tuple[Any, ...]


def options(doc: str | None, store: str, argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line of such a benchmark: `store`, `only` (methods, or none), `write`, `no_run`."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--store", type=Path, default=Path(store), help="the file of the results")
    parser.add_argument("--only", default="", help="methods, between commas")
    parser.add_argument("--write", action="store_true", help="write the table into its page")
    parser.add_argument("--no-run", action="store_true", help="measure nothing; use what is stored")
    found = parser.parse_args(argv)
    found.only = found.only.split(",") if found.only else []
    return found


def results(
    store: Path, cells: Iterable[Cell], measure: Callable[[Cell], dict[str, object]]
) -> list[dict[str, Any]]:
    """The lines of the store, after measuring the cells that it lacks; each is kept at once."""
    lines = store.read_text(encoding="utf-8").splitlines() if store.exists() else []
    found = {json.dumps(row["cell"]): row for row in map(json.loads, lines)}
    left = [cell for cell in cells if json.dumps(cell) not in found]
    with store.open("a", encoding="utf-8") as file:
        for place, cell in enumerate(left, 1):
            line = json.dumps({"cell": cell, **measure(cell)})
            found[json.dumps(cell)] = json.loads(line)
            print(line, file=file, flush=True)
            print(f"{place} of {len(left)}: {cell}", file=sys.stderr, flush=True)
    return list(found.values())


def write(page: Path, head: str, lines: Iterable[str]) -> None:
    """Put the table into its page, where one whose first line begins with `head` stands."""
    before, _, after = page.read_text(encoding="utf-8").partition(f"\n{head}")
    rows = after.splitlines()[1:]
    last = next((place for place, row in enumerate(rows) if not row.startswith("|")), len(rows))
    page.write_text("\n".join((before, *lines, *rows[last:])) + "\n", encoding="utf-8")


def between(page: Path, name: str, lines: Iterable[str]) -> None:
    """Put the table into its page, between `<!-- name -->` and `<!-- /name -->`."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, rest = page.read_text(encoding="utf-8").split(begin)
    page.write_text("\n".join((before + begin.rstrip(), *lines, end + rest.split(end)[1])), encoding="utf-8")
