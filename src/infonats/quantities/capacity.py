r"""The capacity of a discrete memoryless channel by the algorithm of Blahut and Arimoto, with a certified gap.

.. math:: C = \max_p I(X;Y), \qquad d_x = \sum_y W(y|x) \log \frac{W(y|x)}{\sum_{x'} p(x') W(y|x')}, \qquad
          p(x) \leftarrow \frac{p(x) e^{d_x}}{\sum_{x'} p(x') e^{d_{x'}}}

At every step log sum_x p(x) e^{d_x} <= C <= max_x d_x, so the iteration stops where the two meet to the
tolerance that was asked for, and says so.

References: R. E. Blahut, "Computation of channel capacity and rate-distortion functions", IEEE Transactions on
Information Theory 18, 460-473 (1972), doi:10.1109/TIT.1972.1054855; S. Arimoto, ibid. 14-20 (1972),
doi:10.1109/TIT.1972.1054753.
"""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Float64
from scipy.special import xlogy

from infonats.data.foreign import refused_as_input
from infonats.errors import EstimationError, InputError

MOST_STEPS = 1_000_000


@dataclasses.dataclass(frozen=True, eq=False)
class Capacity:
    """`lower` <= C <= `upper` in nats; `inputs` is the distribution of X that attains it."""

    lower: float
    upper: float
    inputs: np.ndarray
    steps: int

    @property
    def value(self) -> float:
        """The capacity in nats, within half of upper - lower."""
        return (self.lower + self.upper) / 2

    @property
    def bits(self) -> float:
        """The value in bits: nats divided by log 2."""
        return self.value / float(np.log(2.0))

    def __str__(self) -> str:
        p = ", ".join(f"{share:.4f}" for share in self.inputs[:8]) + ", ..." * (len(self.inputs) > 8)
        return f"C = {self.value:.6g} nats, within {(self.upper - self.lower) / 2:.1e}, at p(x) = [{p}]."


def channel_capacity(channel: Any, *, tolerance: float = 1e-9, steps: int = MOST_STEPS) -> Capacity:
    """The capacity of `channel` (inputs, outputs), whose rows are the distributions W(y|x).

    Raises InputError where a row is no distribution, or `tolerance` (nats) is not above 1e-14,
    EstimationError where upper - lower stays above `tolerance` after `steps` iterations; the message says how
    far it came.
    """
    w = _checked(channel)
    if not tolerance > 1e-14:
        raise InputError(f"tolerance is {tolerance!r}; it must be above 1e-14 nats, such as 1e-9.")
    own = xlogy(w, w).sum(1)
    p = np.full(len(w), 1.0 / len(w))
    low, high = -np.inf, np.inf
    for step in range(1, steps + 1):
        low, high, raised = _step(w, own, p)
        if high - low <= tolerance:
            return Capacity(low, high, p, step)
        p = raised
    raise EstimationError(
        f"After {steps} steps the capacity lies in [{low:.9g}, {high:.9g}] nats, wider than tolerance = "
        f"{tolerance}. "
        "Allow more steps or a wider tolerance."
    )


def capacity_of_samples(x: Any, y: Any, *, tolerance: float = 1e-9) -> Capacity:
    """The capacity of the channel from discrete x (n,) to discrete y (n,), its rows the observed frequencies.

    The plug-in is biased upwards by about (outputs - 1)(inputs - 1) / 2n nats and more: it holds no error of
    sampling. Raises InputError as `infonats.mutual_information` does, and where a column does not look
    discrete.
    """
    from infonats.closedform._columns import codes
    from infonats.data import discrete_columns
    from infonats.quantities._variables import gather

    variables = gather({"x": x, "y": y})
    if variables.columns != 2 or not all(discrete_columns(block) for block in variables.blocks):
        raise InputError("x and y must be one discrete column each; bin a continuous output first.")
    a, b = map(codes, variables.blocks)
    table = np.bincount(a * (b.max() + 1) + b, minlength=int((a.max() + 1) * (b.max() + 1)))
    counts = table.reshape(-1, int(b.max()) + 1).astype(np.float64)
    return channel_capacity(counts / counts.sum(1, keepdims=True), tolerance=tolerance)


def _step(
    w: Float64[np.ndarray, "a b"], own: Float64[np.ndarray, "a"], p: Float64[np.ndarray, "a"]
) -> tuple[float, float, np.ndarray]:
    """The bounds at p and the next p. Outputs that no input reaches have W = 0 and add nothing."""
    output = p @ w
    reached = output > 0
    d = own - w[:, reached] @ np.log(output[reached])
    top = float(d.max())
    weights = p * np.exp(d - top)
    total = float(weights.sum())
    return top + float(np.log(total)), top, weights / total


def _checked(channel: Any) -> np.ndarray:
    with refused_as_input("Give the channel as a matrix (inputs, outputs) of probabilities."):
        w = np.asarray(channel, dtype=np.float64)
    if w.ndim != 2 or not w.size or not np.isfinite(w).all() or (w < 0).any():
        raise InputError(
            f"The channel has shape {w.shape}; give a matrix (inputs, outputs) of probabilities W(y|x) of at "
            "least 0."
        )
    sums = w.sum(1)
    worst = int(np.argmax(np.abs(sums - 1)))
    if abs(sums[worst] - 1) > 1e-9:
        raise InputError(
            f"Row {worst} of the channel sums to {sums[worst]:.9g}; each row is the distribution of the "
            "output for "
            "one input and must sum to 1. Transpose the matrix, or divide each row by its sum."
        )
    return w / sums[:, None]
