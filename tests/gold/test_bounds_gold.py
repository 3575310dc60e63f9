"""Gold rows of the bounds: values worked out by hand at 1e-12. A bound without a row fails."""

import math
import tomllib
from pathlib import Path

import pytest
import torch

from infonats.bounds import BOUNDS
from infonats.scores import Scores

FILE = Path(__file__).with_name("bounds.toml")
GOLD = tomllib.loads(FILE.read_text())


def log_of(ratios):
    return torch.tensor(ratios, dtype=torch.float64).log()


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.name)
def test_gold(bound):
    rows = GOLD.get(bound.name, [])
    assert rows, f"add a row [[{bound.name}]] with a value worked out by hand to tests/gold/{FILE.name}"
    for row in rows:
        baseline = log_of(row["baseline"]) if "baseline" in row else None
        scores = Scores(log_of(row["joint"]), log_of(row["product"]), baseline)
        assert bound().value(scores).item() == pytest.approx(row["value"], abs=1e-12)
        if "loss" in row:
            assert bound().eval().loss(scores).item() == pytest.approx(row["loss"], abs=1e-12)


def test_no_row_without_a_bound():
    assert set(GOLD) <= {bound.name for bound in BOUNDS}


@pytest.mark.parametrize("name", GOLD)
def test_rows_tell_terms_apart(name):
    """Two rows at least, of different shapes: a wrong divisor or axis cannot agree with both."""
    shapes = {(len(row["product"]), len(row["product"][0])) for row in GOLD[name]}
    assert len(shapes) > 1
    assert all(math.isfinite(row["value"]) for row in GOLD[name])
