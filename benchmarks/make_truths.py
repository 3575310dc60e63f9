"""Write src/infonats/tasks/truths.json: the list of tasks, and the Monte Carlo truths with their errors.

    python benchmarks/make_truths.py              keep the Monte Carlo truths that the table holds already
    python benchmarks/make_truths.py --all        measure every one again (some minutes on one core)
    python benchmarks/make_truths.py NAME ...     measure these again

Monte Carlo stops at a standard error of 0.001 nats (0.0019 where ratios take long). The same seed gives the
same table.
"""

import json
import sys

from infonats.tasks.base import Task, Truth, monte_carlo
from infonats.tasks.catalogue import CATALOGUE, PATH
from infonats.tasks.registry import SUITES, TASKS, build
from infonats.tasks.transformed import Transformed

TARGET = 0.001
SLOW, LESS = ("polynomial", "roots", "digits"), 0.0019
"""Tasks whose ratios take long, by the first word of their names, stop earlier."""


def truth(name: str, task: Task, again: bool) -> Truth:
    """The exact truth, the one in the table, or a new one."""
    if task.exact:
        return Truth(task.mutual_information)
    if isinstance(task, Transformed) and task.base.name in TASKS:
        return truth(task.base.name, task.base, again)
    if name in CATALOGUE and not again:
        return Truth(CATALOGUE[name].mutual_information, CATALOGUE[name].stderr)
    found = monte_carlo(task, LESS if name.startswith(SLOW) else TARGET)
    print(f"{name}: {found.value:.4f} +- {found.stderr:.4f}", flush=True)
    return found


def row(name: str, again: bool, measure: bool = True) -> dict[str, object]:
    """One line of the table; without `measure`, null for a truth that would have to be measured."""
    task = build(name)
    known = truth(name, task, again) if measure or task.exact or name in CATALOGUE else None
    return {
        "name": name,
        "suites": [suite for suite, names in SUITES.items() if name in names],
        "dim_x": task.dim_x,
        "dim_y": task.dim_y,
        "mutual_information": known.value if known else None,
        "stderr": known.stderr if known else None,
        "hard": task.hard,
    }


def main(given: list[str]) -> None:
    """Write the table, one task a line; after each truth that was measured too, so that nothing is lost."""
    rows = {name: row(name, again=False, measure=False) for name in TASKS}
    for name in TASKS:
        again = "--all" in given or name in given
        if again or rows[name]["mutual_information"] is None:
            rows[name] = row(name, again)
            write([entry for entry in rows.values() if entry["mutual_information"] is not None])
    write(list(rows.values()))
    print(f"{len(rows)} tasks written to {PATH.name}")


def write(rows: list[dict[str, object]]) -> None:
    """Replace the table."""
    lines = ",\n".join(json.dumps(row) for row in rows)
    PATH.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
