"""What a method knows of sum_A c_A H(A): its value row by row, its error."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True, eq=False)
class Local:
    """The terms (n,) whose mean is the value, in nats, and the standard error of that mean.

    `notes` are sentences for the analyst.
    """

    local: np.ndarray
    stderr: float
    notes: tuple[str, ...] = ()

    @property
    def value(self) -> float:
        """The estimate in nats."""
        return float(self.local.mean())
