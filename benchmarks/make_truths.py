"""Write src/infonats/tasks/truths.json: the list of tasks, and the Monte Carlo truths with their errors.

    python benchmarks/make_truths.py              keep the Monte Carlo truths that the table holds already
    python benchmarks/make_truths.py --all        measure every one again (some minutes on one core)
    python benchmarks/make_truths.py NAME ...     measure these again

Monte Carlo stops at a standard error of 0.001 nats. The same seed gives the same table.
"""

import json
import sys

from infonats.tasks.base import Task, Truth, monte_carlo
from infonats.tasks.catalogue import CATALOGUE, PATH
from infonats.tasks.registry import SUITES, TASKS, build

TARGET = 0.001


def truth(name: str, task: Task, again: bool) -> Truth:
    """The exact truth, the one in the table, or a new one."""
    if task.exact:
        return Truth(task.mutual_information)
    if name in CATALOGUE and not again:
        return Truth(CATALOGUE[name].mutual_information, CATALOGUE[name].stderr)
    found = monte_carlo(task, TARGET)
    print(f"{name}: {found.value:.4f} +- {found.stderr:.4f}", flush=True)
    return found


def row(name: str, again: bool) -> dict[str, object]:
    """One line of the table."""
    task = build(name)
    known = truth(name, task, again)
    return {
        "name": name,
        "suites": [suite for suite, names in SUITES.items() if name in names],
        "dim_x": task.dim_x,
        "dim_y": task.dim_y,
        "mutual_information": known.value,
        "stderr": known.stderr,
        "hard": task.hard,
    }


def main(given: list[str]) -> None:
    """Write the table, one task a line."""
    rows = [row(name, "--all" in given or name in given) for name in TASKS]
    lines = ",\n".join(json.dumps(row) for row in rows)
    PATH.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(f"{len(rows)} tasks written to {PATH.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
