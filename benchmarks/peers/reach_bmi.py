"""benchmark-mi's MINE until its held-out value stays near the truth, for time_to_accuracy.py.

    python reach_bmi.py JOB SAMPLE     JOB is JSON, SAMPLE an .npz; prints one line of JSON

Its own loop and step; only what it calls to evaluate and to log is replaced. Compilation counts: a user waits
for it.
"""

import json
import os
import sys

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import bmi.estimators.neural._mine_estimator as mine
import jax
import numpy as np
from _reach import Reached, donsker_varadhan
from bmi.estimators.neural._critics import MLP


def main(job, sample):
    x, y, a, b = (jax.numpy.asarray(sample[name]) for name in ("x", "y", "a", "b"))
    clock = Reached(job["truth"], job["within"], job["cap"], job["every"])

    class Log(mine.TrainingLog):
        def log_test_mi(self, n_step, value):
            pass

    score = jax.jit(lambda critic, u, v: jax.vmap(critic, in_axes=(0, 0))(u, v))
    sampled = mine._sample_paired_unpaired
    latest = {}

    def value(f, **_):
        latest["critic"] = f
        return 0.0

    def counted(*args, **kwargs):
        critic = latest.pop("critic", None)
        if critic is not None:
            clock.step(
                lambda: donsker_varadhan(lambda i: np.asarray(score(critic, a, jax.numpy.roll(b, i, 0))))
            )
        else:
            clock.steps += 1
        return sampled(*args, **kwargs)

    mine.TrainingLog, mine._mine_value, mine._sample_paired_unpaired = Log, value, counted
    key, build = jax.random.split(jax.random.PRNGKey(job["seed"]))
    critic = MLP(dim_x=x.shape[1], dim_y=y.shape[1], key=build, hidden_layers=job["hidden"])
    with clock:
        mine.mine_training(
            key,
            critic,
            x,
            y,
            a[:2],
            b[:2],
            batch_size=job["batch"],
            learning_rate=job["rate"],
            test_every_n_steps=job["every"],
            max_n_steps=2_000_000,
            early_stopping=False,
        )
    print(json.dumps(clock.answer()))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), np.load(sys.argv[2]))
