"""torch_mist's `train_mi_estimator` until its held-out value stays near the truth, for time_to_accuracy.py.

    python reach_torch_mist.py JOB SAMPLE     JOB is JSON, SAMPLE an .npz; prints one line of JSON

No validation, logger or progress bar: held-out scores are taken by a hook in its loss, and are not counted.
"""

import json
import logging
import sys
import warnings

import numpy as np
import torch
from _reach import Reached, donsker_varadhan
from torch_mist.estimators.factories import instantiate_estimator
from torch_mist.utils.train.mi_estimator import train_mi_estimator


def main(job, sample):
    torch.manual_seed(job["seed"])
    x, y, a, b = (torch.from_numpy(sample[name]) for name in ("x", "y", "a", "b"))
    estimator = instantiate_estimator(
        job["method"],
        x_dim=x.shape[1],
        y_dim=y.shape[1],
        hidden_dims=job["hidden"],
        neg_samples=job["negatives"],
    )

    @torch.no_grad()
    def value():
        def score(u, v):
            return torch.cat([estimator.critic(*p) for p in zip(u.split(4096), v.split(4096), strict=True)])

        return donsker_varadhan(lambda i: score(a, b.roll(i, 0)).numpy())

    clock = Reached(job["truth"], job["within"], job["cap"], job["every"])
    loss = estimator.loss

    def counted(*args, **kwargs):
        clock.step(value)
        return loss(*args, **kwargs)

    estimator.loss = counted
    settings = {"batch_size": job["batch"], "max_iterations": 10**9, "verbose": False, "logger": False}
    with clock:
        train_mi_estimator(estimator, (x, y), valid_percentage=0, **settings)
    print(json.dumps(clock.answer()))


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    main(json.loads(sys.argv[1]), np.load(sys.argv[2]))
