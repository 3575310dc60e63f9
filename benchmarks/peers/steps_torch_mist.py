"""Steps of torch_mist's `train_mi_estimator`, for benchmarks/engine.py. Reads jobs from stdin, one a line.

A job is JSON: method, batch, hidden, steps. The answer is the CPU seconds of one step. Its loop is at its
quickest: no validation, no logger, no progress bar.
"""

import json
import logging
import sys
import time
import warnings

import torch
from torch_mist.estimators.factories import instantiate_estimator
from torch_mist.utils.train.mi_estimator import train_mi_estimator

SETTINGS = {
    "mine": {"neg_samples": 1},
    "nwj": {"neg_samples": 1},
    "smile": {"neg_samples": 1},
    "infonce": {"neg_samples": 0, "critic_type": "separable"},
    "infonce, joint": {"neg_samples": 0},
    "doe": {},
}


def seconds(x, y, method, batch, hidden, steps):
    estimator = instantiate_estimator(
        method.partition(",")[0], x_dim=x.shape[1], y_dim=y.shape[1], hidden_dims=hidden, **SETTINGS[method]
    )
    start = time.process_time()
    train_mi_estimator(
        estimator,
        (x, y),
        valid_percentage=0,
        batch_size=batch,
        max_iterations=steps,
        verbose=False,
        logger=False,
    )
    return (time.process_time() - start) / steps


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    rows = torch.randn(2, 8000, 5)
    for line in sys.stdin:
        job = json.loads(line)
        answer = seconds(rows[0], 0.8 * rows[0] + 0.6 * rows[1], **job)
        print("answer", json.dumps(answer), flush=True)
