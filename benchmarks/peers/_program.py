"""What the programs of all peers share. Runs in their environments: the standard library and NumPy only."""

import importlib.metadata
import json
import sys
import time

import numpy as np


def answer(method, package, warm_up=True):
    """Read the sample named on the command line, run method(name, x, y, seed), print value and seconds.

    A first run on forty rows, not counted, takes lazy imports and compilation out of the time.
    """
    name, path, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
    sample = np.load(path)
    x, y = sample["x"], sample["y"]
    if warm_up:
        method(name, x[:40], y[:40], seed)
    start = time.perf_counter()
    value = float(method(name, x, y, seed))
    seconds = time.perf_counter() - start
    versions = {package: importlib.metadata.version(package)}
    print(json.dumps({"value": value, "seconds": seconds, "versions": versions}))
