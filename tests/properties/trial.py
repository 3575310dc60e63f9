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
WAITING = 10
"""By the clock so many times as long: other programs may share the cores."""
TRIED: collections.Counter[str] = collections.Counter()
"""How the inputs ended."""
KINDS: collections.Counter[str] = collections.Counter()
"""How many inputs each test, all its targets together, was given."""


def tried(refused):
    """Count an input, of the test that runs, as refused or not."""
    TRIED["were refused" if refused else "ended in a value"] += 1
    KINDS[os.environ["PYTEST_CURRENT_TEST"].split("::")[-1].split("[")[0].split(" ")[0]] += 1


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
    """Fail what takes more of the processor, or waits for very long, wherever it is."""

    def late(*_):
        raise TimeoutError(f"no answer within {seconds} seconds")

    kinds = {
        signal.SIGPROF: (signal.ITIMER_PROF, seconds),
        signal.SIGALRM: (signal.ITIMER_REAL, WAITING * seconds),
    }
    before = {kind: signal.signal(kind, late) for kind in kinds}
    for timer, limit in kinds.values():
        signal.setitimer(timer, limit)
    try:
        yield
    finally:
        for timer, _ in kinds.values():
            signal.setitimer(timer, 0)
        for kind, handler in before.items():
            signal.signal(kind, handler)


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
    tried(said)
    assert not said or len(said) > 20, f"'{said}' says too little"
    assert sound(found) == ""
    assert [snapshot(given) for given in inputs] == before, "the inputs were changed"
    return found
