"""KSG variant 1 among the rows of two sides that have been made ready: one radius for each row (see `ksg`)."""

import dataclasses
from typing import Self

import numpy as np
from scipy.special import digamma

from infonats.closedform._influence import Marginal, neighbour_error
from infonats.closedform._ready import Ready
from infonats.closedform.neighbours import below, nearest, psi, reach


@dataclasses.dataclass(frozen=True)
class OneRadius:
    """Of each row: its `local` value in nats, of how many rows it is a neighbour, its counts in x and y."""

    local: np.ndarray
    near: np.ndarray
    x: Marginal
    y: Marginal
    k: int

    @classmethod
    def of(cls, x: Ready, y: Ready, k: int, error: bool = True) -> Self:
        """Find them; `near` is left out, shape (0,), where no `error` is asked for."""
        rows = x.rows, y.rows
        n = len(rows[0])
        if x.single and y.single:
            radius, near = reach(x.single, y.single, k, error)
        else:
            joint = np.hstack(rows)
            distance, row, _ = nearest(joint, joint, k)
            radius, near = distance[:, -1], np.bincount(row.ravel() if error else [], minlength=n * error)
        closer = below(radius)  # strictly closer than the k-th neighbour; the row itself makes n_x + 1
        in_x, in_y = (
            Marginal.counted(own, own, closer, 0, side.single) for own, side in zip(rows, (x, y), strict=True)
        )
        psi_x, psi_y = psi(in_x.count, in_y.count)
        return cls(digamma(k) + digamma(n) - psi_x - psi_y, near, in_x, in_y, k)

    @property
    def radius(self) -> np.ndarray:
        """Within which rows were counted, shape (n,): just below the distance of the k-th neighbour."""
        return self.x.radius

    @property
    def error(self) -> float:
        """The standard error in nats of the mean of the local values."""
        return neighbour_error(self.local, self.near / self.k, self.x, self.y)
