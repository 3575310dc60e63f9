"""How often the 95 % interval of each method held the truth, on tasks that know it.

The counts in `coverage.json` are those that `python benchmarks/interval_coverage.py --write` made, with
docs/coverage.md: samples of a few tasks, on which the methods were not tuned. An interval is about sampling;
where a method loses to bias in many columns, or bounds from below, its upper end means little, and its lower
end may still hold.
"""

import dataclasses
import functools
import importlib.resources
import json

ENOUGH = 50
HOLDS = 0.9
"""The share of the intervals that holds the truth, from which on nothing is said against them; of `ENOUGH`."""


@dataclasses.dataclass(frozen=True)
class Coverage:
    """Of `samples` of `tasks` tasks, the 95 % intervals that held the truth (`inside`), or began below it."""

    samples: int
    inside: int
    below: int
    tasks: int
    rows: tuple[int, ...]

    def __str__(self) -> str:
        only = ""
        if self.samples >= ENOUGH and self.inside < HOLDS * self.samples:
            only = "; read it from below only" if self.below >= HOLDS * self.samples else "; too short"
        return (
            f"95 % interval held the truth in {self.inside} of {self.samples} samples of {self.tasks} tasks, "
            f"began below it in {self.below}{only}"
        )


@functools.cache
def coverages() -> dict[str, Coverage]:
    """The measured coverage by method."""
    text = importlib.resources.files("infonats.estimators").joinpath("coverage.json").read_text("utf-8")
    return {name: Coverage(**{**row, "rows": tuple(row["rows"])}) for name, row in json.loads(text).items()}
