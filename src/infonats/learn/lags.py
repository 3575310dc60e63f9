"""How long a series remembers: I(z_t; z_{t+lag}) by lag, of rows or of learned codes."""

from collections.abc import Sequence
from typing import Any

from infonats.data.convert import as_named
from infonats.errors import InputError
from infonats.estimate import Estimate
from infonats.estimators import mutual_information

LEAST = 10


def information_by_lag(
    z: Any, lags: Sequence[int], *, method: str = "auto-closed", seed: int = 0
) -> dict[int, Estimate]:
    """I(z_t; z_{t+lag}) in nats at each of `lags`, of all columns of z (n,) or (n, k) together.

    Every lag uses the same number of rows, so that what falls with the lag is the memory and not the sample.
    `infonats.lag_profile` does the same column by column. Standard errors assume independent rows, which those
    of a series are not. Raises InputError for lags that are not positive or leave fewer than 10 rows.
    """
    values, wanted = as_named(z, "z").values, tuple(lags)
    if not wanted or min(wanted) < 1 or len(values) - max(wanted, default=0) < LEAST:
        raise InputError(
            f"lags are {wanted} for {len(values)} rows; give whole numbers from 1 to {len(values) - LEAST}."
        )
    n = len(values) - max(wanted)
    return {
        lag: mutual_information(values[:n], values[lag : lag + n], method=method, seed=seed) for lag in wanted
    }
