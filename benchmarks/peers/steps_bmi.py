"""Steps of benchmark-mi's training loops, for benchmarks/engine.py. Reads jobs from stdin, one a line.

A job is JSON: method, batch, hidden, steps. The answer is the CPU seconds of one step: the difference of a long
and a short training, so that compilation and the final evaluation, which both have, are not counted.
"""

import json
import os
import sys
import time

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import bmi.estimators as estimators
import numpy as np

KINDS = {"mine": estimators.MINEEstimator, "infonce": estimators.InfoNCEEstimator}


def seconds(x, y, method, batch, hidden, steps):
    def whole(count):
        estimator = KINDS[method](
            batch_size=batch,
            hidden_layers=tuple(hidden),
            max_n_steps=count,
            test_every_n_steps=10**6,
            verbose=False,
        )
        start = time.process_time()
        estimator.estimate(x, y)
        return time.process_time() - start

    short = whole(100)
    return (whole(100 + steps) - short) / steps


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    x, noise = rng.standard_normal((2, 8000, 5))
    for line in sys.stdin:
        job = json.loads(line)
        print("answer", json.dumps(seconds(x, 0.8 * x + 0.6 * noise, **job)), flush=True)
