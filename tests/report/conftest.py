import numpy as np
import pytest

from infonats.data import Pairs
from infonats.estimate import Estimate

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def pairs():
    rng = np.random.default_rng(0)
    return Pairs(rng.normal(size=(60, 2)), rng.normal(size=(60, 1)), (HOSTILE, "b$_x$"), ("c & d",))


@pytest.fixture
def closed_form():
    return Estimate(
        0.42,
        0.03,
        "ksg",
        "none",
        60,
        (0.36, 0.48),
        diagnostics=(f"{HOSTILE} looks discrete.",),
        provenance={"x": [HOSTILE, "b$_x$"], "y": ["c & d"], "parameters": {"k": 3, "label": HOSTILE}},
    )


@pytest.fixture
def trained():
    history = {"step": (0.0, 10.0, 20.0), "train": (-0.1, 0.3, 0.5), "validation": (-0.2, 0.2, 0.4)}
    return Estimate(0.4, 0.1, "mine", "lower", 12, (0.2, 0.6), 36, 12, 0, history=history)
