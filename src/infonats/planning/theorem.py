"""Rows that a neural estimator needs in the worst case.

    n >= 2 M^2 (d log(16 K L sqrt(d) / eps) + 2 d M + log(2 / delta)) / eps^2

|I_n - I_Theta| <= eps with probability 1 - delta, where I_Theta is the best that critics of the family can say.
M. I. Belghazi et al. (2018), arXiv 1801.04062, Theorem 3.
"""

import dataclasses
import math

from infonats.errors import InputError


@dataclasses.dataclass(frozen=True)
class CriticFamily:
    """Critics T_theta with `parameters` d, |theta| <= `radius` K, |T| <= `bound` M nats, T `lipschitz` L in
    theta.

    A critic must reach the log ratio, so M is at least the largest pointwise information that is looked for.
    """

    parameters: int
    bound: float
    lipschitz: float = 1.0
    radius: float = 1.0

    def __post_init__(self) -> None:
        for name, value in dataclasses.asdict(self).items():
            if not 0 < value < math.inf:
                raise InputError(f"{name} is {value!r}; it must be positive and finite.")


def rows_by_theorem(family: CriticFamily, error: float, delta: float = 0.05) -> int:
    """The n of Theorem 3 for an error of eps = `error` nats with probability 1 - delta.

    Guarantee: enough for any distribution, against the sampling error alone, not against what the family cannot
    express. It is a worst case, far above what most data need. Raises InputError for an error that is not
    positive, and for a delta outside (0, 1).
    """
    if not 0 < error < math.inf:
        raise InputError(f"error is {error!r}; give the nats that the estimate may be off, above 0.")
    if not 0 < delta < 1:
        raise InputError(f"delta is {delta!r}; it is the probability of missing, between 0 and 1.")
    M, d = family.bound, family.parameters
    cover = max(0.0, d * math.log(16 * family.radius * family.lipschitz * math.sqrt(d) / error))
    return math.ceil(2 * M**2 * (cover + 2 * d * M + math.log(2 / delta)) / error**2)
