"""Our loop until its held-out value stays near the truth, for time_to_accuracy.py; see reach_torch_mist.py.

Its validation and average of parameters count; the state that it evaluates is what is held out to it.
"""

import json
import sys

import numpy as np
import torch
from _reach import Reached, donsker_varadhan

from infonats.bounds import BOUNDS
from infonats.critics import JointCritic
from infonats.estimators import VariationalConfig
from infonats.negatives import Shifts
from infonats.nn import seeded
from infonats.objectives import Contrastive
from infonats.run import Run
from infonats.train import TrainConfig


def main(job, sample):
    x, y, a, b = (torch.from_numpy(sample[name]) for name in ("x", "y", "a", "b"))
    build = {"hidden": job["hidden"], "act": job["act"], "bilinear": job["bilinear"]}
    generator = torch.Generator().manual_seed(job["seed"])
    critic = seeded(lambda: JointCritic(x.shape[1], y.shape[1], **build), generator)
    bound = {bound.name: bound for bound in BOUNDS}[job["method"]]()
    objective = Contrastive(critic, bound, Shifts(job["negatives"]), Shifts(max(64, job["negatives"])))
    config = TrainConfig(
        max_steps=10**9,
        batch_size=job["batch"],
        learning_rate=job["rate"],
        patience=10**9,
        validation_rows=1000,
        clip=VariationalConfig().train.clip,
    )
    run = Run(objective, (x[1000:], y[1000:]), config, generator)

    @torch.no_grad()
    def value():
        def score(u, v):
            return torch.cat([critic(*pair) for pair in zip(u.split(4096), v.split(4096), strict=True)])

        with run.average.applied():
            return donsker_varadhan(lambda i: score(a, b.roll(i, 0)).numpy())

    clock = Reached(job["truth"], job["within"], job["cap"], job["every"])

    def pause():
        clock.step(value)
        return False

    with clock:
        while True:
            run.evaluate((x[:1000], y[:1000]), lambda _: None) if run.due else run.advance(pause)
    print(json.dumps(clock.answer()))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(json.loads(sys.argv[1]), np.load(sys.argv[2]))
