"""Bias and spread of methods against the true information: the staircases of Poole et al., Song and Ermon.

    python benchmarks/staircase.py [--workers 2] [--store staircase.db]

Measures what the store lacks, then writes docs/images/staircase.png and the table of docs/staircase.md. The
tasks are 20 + 20 Gaussian columns with 2 to 10 nats, and the same with y cubed, which keeps the information.
"""

import argparse
from pathlib import Path

import kept
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infonats.benchmark import RunConfig, Store, frame, grid, run

DOCS = Path(__file__).parents[1] / "docs"
LEVELS = (2, 4, 6, 8, 10)
TASKS = {"Gaussian": "gaussian-20-{}", "cubic": "cubic-gaussian-20-{}"}
SHORT = "max_steps=1000"
METHODS = {
    "discriminative": ("infonce", "infonce_anchor", "nwj", "mine", "smile"),
    "generative, hybrid": ("doe", "doe+mine", "doe+infonce"),
    "closed form": ("ksg", "gaussian_copula"),
}
ROWS, SEEDS = 3000, 2
COLOURS = ("#1f6fb4", "#d9822b", "#117a5a", "#8e44ad", "#c0392b")


def spelled(method: str, family: str) -> str:
    """The method as the benchmark takes it: those that train, for a thousand steps."""
    return method if family == "closed form" else f"{method}({SHORT})"


def measured(store: Path, workers: int) -> pl.DataFrame:
    """Every cell of the grid as a table."""
    tasks = [name.format(level) for name in TASKS.values() for level in LEVELS]
    methods = [spelled(method, family) for family, some in METHODS.items() for method in some]
    cells = grid(tasks, methods, [ROWS], range(SEEDS))
    with Store(store) as kept:
        run(
            cells,
            kept,
            RunConfig(workers),
            lambda done, total, what: print(f"{done}/{total} {what}", flush=True),
        )
        return frame([record for record in kept.records() if record.cell in set(cells)])


def steps(axes: Axes, table: pl.DataFrame, task: str, family: str) -> None:
    """One panel: the mean over seeds and the range, by method, against the truth."""
    axes.plot((0, 11), (0, 11), color="#1c2127", lw=1, ls=(0, (4, 3)))
    for colour, method in zip(COLOURS, METHODS[family], strict=False):
        rows = [
            table.filter(pl.col("task") == task.format(level), pl.col("method") == spelled(method, family))[
                "value"
            ]
            for level in LEVELS
        ]
        # What is far off the scale leaves the panel: the table has its number.
        axes.plot(LEVELS, [row.mean() for row in rows], "o-", color=colour, ms=4, lw=1.5, label=method)
        axes.vlines(
            LEVELS, [row.min() for row in rows], [row.max() for row in rows], color=colour, lw=4, alpha=0.3
        )
    axes.set(xlim=(1, 11), ylim=(-1, 13), xticks=LEVELS)
    axes.spines[["top", "right"]].set_visible(False)


def draw(table: pl.DataFrame) -> None:
    """The figure: a row for each distribution, a column for each family."""
    figure = Figure(figsize=(10, 6), layout="constrained", facecolor="white")
    panels = figure.subplots(len(TASKS), len(METHODS), sharex=True, sharey=True)
    for row, (name, task) in zip(panels, TASKS.items(), strict=True):
        for axes, family in zip(row, METHODS, strict=True):
            steps(axes, table, task, family)
            axes.set_title(f"{name}, {family}", loc="left", fontsize="medium")
    for axes in panels[-1]:
        axes.set_xlabel("truth, nats")
        axes.legend(frameon=False, fontsize="small", loc="upper left")
    for axes in panels[:, 0]:
        axes.set_ylabel("estimate, nats")
    figure.savefig(DOCS / "images" / "staircase.png", dpi=120, metadata={"Software": None})


def lines(table: pl.DataFrame) -> list[str]:
    """The table in Markdown: mean over seeds with the mean standard error."""
    head = ["| method | " + " | ".join(f"{name} {level}" for name in TASKS for level in LEVELS) + " |"]
    head.append("| --- |" + " ---: |" * (len(TASKS) * len(LEVELS)))
    for family, methods in METHODS.items():
        for method in methods:
            cells = []
            for task in (name.format(level) for name in TASKS.values() for level in LEVELS):
                rows = table.filter(pl.col("task") == task, pl.col("method") == spelled(method, family))
                cells.append(f"{rows['value'].mean():.2f} ± {rows['stderr'].mean():.2f}")
            head.append(f"| `{method}` | " + " | ".join(cells) + " |")
    return head


def main() -> None:
    """Measure, draw, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--store", type=Path, default=Path("staircase.db"))
    asked = parser.parse_args()
    table = measured(asked.store, asked.workers)
    draw(table)
    kept.between(DOCS / "staircase.md", "table", lines(table))


if __name__ == "__main__":
    main()
