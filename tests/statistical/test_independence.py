"""Nothing is made of nothing: every method, by default, on independent data. `make statistical`.

The tolerance is what the project asks for: 0.05 nats at 1000 rows of ten independent columns on each side.
`benchmarks/independence.py` measures the same on several seeds.
"""

import jaxtyping
import numpy as np
import pytest

from infonats.estimators import METHODS, make

pytestmark = pytest.mark.statistical

WITHIN = 0.05
HYBRIDS = ("doe+mine", "ba+smile", "club+js", "l1out+flo", "pq+mine", "pq+nwj", "gm+mine", "gm+nwj")
NOT_FOR_THIS = ("discrete", "ross", "histogram", "kde")
WIDE = [name for name in METHODS if name not in NOT_FOR_THIS and METHODS[name]().info.columns is None]


@pytest.fixture(autouse=True)
def unchecked(monkeypatch):
    """Shapes are checked in the fast tests; here they would take most of the time."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


@pytest.mark.parametrize("method", [*WIDE, *HYBRIDS])
def test_every_method_says_zero_of_independent_columns(method):
    """All but those for labels and those for few columns, which refuse these or say that they mean nothing."""
    x, y = np.random.default_rng(0).standard_normal((2, 1000, 10))
    assert abs(make(method).fit(x, y).estimate_.value) <= WITHIN
