"""What is said of errors and coverage fits the registry and the page that measured it."""

from pathlib import Path

import numpy as np
import pytest

from infonats.estimators import METHODS, make
from infonats.estimators.uncertainty import Coverage, coverages

PAGE = Path(__file__).parents[2] / "docs" / "coverage.md"


def test_how_the_error_is_known_stands_in_the_provenance():
    x, y = np.random.default_rng(0).normal(size=(2, 60))
    for name, error in (("ksg", "infinitesimal jackknife"), ("gm", "spread of held-out terms")):
        assert make(name).fit(x, y).estimate_.provenance["error"] == error


def test_the_counts_are_those_of_the_page():
    """A row of the page is a method, its error, a task or a number of rows, samples and shares.

    They sum up to the counts; hybrids, which are in no registry, stand on the page alone.
    """
    rows = [
        line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")
    ]
    assert {row[0].strip("| `") for row in rows} & set(METHODS) == set(coverages())
    for name, found in coverages().items():
        own = [row for row in rows if row[0].strip("| `") == name]
        samples = [int(row[3]) for row in own]
        inside = sum(n * float(row[4]) for n, row in zip(samples, own, strict=True))
        assert sum(samples) == found.samples
        assert len(own) == (len(found.rows) if own[0][2].isdigit() else found.tasks)
        assert inside == pytest.approx(found.inside, abs=0.005 * found.samples + 1e-9)
        assert all(row[1] == METHODS[name]().info.error for row in own)


@pytest.mark.parametrize(
    ("inside", "below", "says"), [(95, 97, ""), (50, 95, "read it from below only"), (50, 60, "too short")]
)
def test_what_is_said_of_an_interval(inside, below, says):
    words = str(Coverage(100, inside, below, 5, (200,)))
    assert words.startswith(f"95 % interval held the truth in {inside} of 100 samples of 5 tasks, began below")
    assert words.endswith(says or f"in {below}")
