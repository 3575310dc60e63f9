"""When a training has reached the truth: the same rule for everybody. The standard library and NumPy only."""

import math
import time

import numpy as np

SHIFTS = 4


def donsker_varadhan(scores):
    """Mean T_ii - log mean e^T_ij in nats; scores(i) are those of the rows with y's moved on by i places."""
    joint = scores(0).astype(float).mean()
    apart = np.concatenate([scores(i).astype(float).ravel() for i in range(1, 1 + SHIFTS)])
    top = apart.max()
    return float(joint - top - np.log(np.exp(apart - top).mean()))


class Reached:
    """A clock of CPU seconds, without those of held-out evaluations, and the end of a `with` block.

    It ends at `cap` seconds, or once the value has been within `within` of `truth` at every evaluation for as
    long as it took to come there, and for 2000 steps at least.
    """

    def __init__(self, truth, within, cap, every):
        self.truth, self.within, self.cap, self.every = truth, within, cap, every
        self.steps, self.entered, self.curve, self.aside = 0, None, [], 0.0

    def __enter__(self):
        self.started = time.process_time()
        return self

    def __exit__(self, kind, *rest):
        return kind is StopIteration

    def step(self, value):
        """Before every step; evaluates by `value()` now and then. Raises StopIteration at the end."""
        if self.steps and self.steps % self.every == 0:
            before = time.process_time()
            self.look(before - self.started - self.aside, value())
            self.aside += time.process_time() - before
        self.steps += 1

    def look(self, seconds, value):
        """Count one evaluation."""
        self.curve.append((seconds, self.steps, value))
        if not abs(value - self.truth) <= self.within:
            self.entered = None
        elif self.entered is None:
            self.entered = (seconds, self.steps)
        stayed = self.entered and seconds >= 2 * self.entered[0] and self.steps >= self.entered[1] + 2000
        if stayed or seconds >= self.cap or not math.isfinite(value):
            raise StopIteration

    def answer(self):
        """What there is to say of it."""
        nearest = min(self.curve, key=lambda point: abs(point[2] - self.truth), default=(0, 0, math.nan))
        last = self.curve[-1] if self.curve else nearest
        return {"reached": self.entered, "nearest": nearest, "last": last}
