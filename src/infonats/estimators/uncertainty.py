"""How each method knows its error, and how often its 95 % interval held the truth where that is known.

The counts in `coverage.json` are those that `python benchmarks/interval_coverage.py --write` made, with
docs/coverage.md: samples of a few tasks, on which the methods were not tuned. An interval is about sampling;
where a method loses to bias in many columns, or bounds from below, its upper end means little, and its lower
end may still hold.
"""

import dataclasses
import functools
import importlib.resources
import json

INFLUENCE = "infinitesimal jackknife"
DELTA = "delta method"
ERRORS = {
    "ksg": INFLUENCE,
    "mixed_ksg": INFLUENCE,
    "rounded_ksg": INFLUENCE,
    "lnc": INFLUENCE,
    "ross": INFLUENCE,
    "ksg_copula": f"{INFLUENCE} and {DELTA}",
    "wkl": "jackknife",
    "kde": DELTA,
    "gaussian": DELTA,
    "gaussian_copula": DELTA,
    "t_copula": DELTA,
    "discrete": DELTA,
    "histogram": DELTA,
    "club": "jackknife of held-out groups",
    "l1out": "jackknife of held-out groups",
    "auto": "held-out terms and what fitting gained",
}
"""Of closed forms and single methods; of the others the family tells."""
FAMILIES = {
    "discriminative": "jackknife of held-out groups",
    "hybrid": "jackknife of held-out groups",
    "generative": "spread of held-out terms",
}
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


@dataclasses.dataclass(frozen=True)
class Uncertainty:
    """The method of the standard error, and the coverage where it was measured."""

    error: str
    coverage: Coverage | None


def uncertainty(name: str, family: str) -> Uncertainty:
    """What is known of the error of the method called `name`, of that `family` (see `MethodInfo`)."""
    return Uncertainty(error_of(name, family), coverages().get(name))


def error_of(name: str, family: str) -> str:
    """By what the method's standard error is computed."""
    return ERRORS.get(name) or FAMILIES.get(family, DELTA)


@functools.cache
def coverages() -> dict[str, Coverage]:
    """The measured coverage by method."""
    text = importlib.resources.files("infonats.estimators").joinpath("coverage.json").read_text("utf-8")
    return {name: Coverage(**{**row, "rows": tuple(row["rows"])}) for name, row in json.loads(text).items()}
