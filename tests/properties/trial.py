"""One trial, and how much is tried: a little that is always the same, or with INFONATS_FUZZ=N, N inputs.

`make fuzz` sets it. Then the inputs are new at each call, N for each target, and the number tried is said.
"""

import collections
import contextlib
import os
import signal
import warnings

from hypothesis import HealthCheck, settings

from infonats.errors import InfonatsError

from .verdict import snapshot, sound

LONG = int(os.environ.get("INFONATS_FUZZ", "0"))
SECONDS = 30
TRIED: collections.Counter[str] = collections.Counter()


def amount(few):
    """The settings of a property: `few` derandomised examples, or as many new ones as were asked for."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    if LONG:
        return settings(max_examples=LONG, deadline=None, database=None, suppress_health_check=checks)
    return settings(
        max_examples=few, derandomize=True, deadline=None, database=None, suppress_health_check=checks
    )


@contextlib.contextmanager
def within(seconds=SECONDS):
    """Fail what takes longer, wherever it is."""

    def late(*_):
        raise TimeoutError(f"no answer within {seconds} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def ends_well(measure, *inputs):
    """`measure(*inputs)` ends in a sound value or an error of ours with words, and leaves its inputs alone.

    Returns the value, or None.
    """
    before = [snapshot(given) for given in inputs]
    found, said = None, ""
    try:
        with within(), warnings.catch_warnings():
            warnings.simplefilter("error")
            found = measure(*inputs)
    except InfonatsError as error:
        said = str(error)
    TRIED["were refused" if said else "ended in a value"] += 1
    assert not said or len(said) > 20, f"'{said}' says too little"
    assert sound(found) == ""
    assert [snapshot(given) for given in inputs] == before, "the inputs were changed"
    return found
