"""Critics: networks that score pairs. `CRITICS` names those that take (dx, dy, hidden, act)."""

from collections.abc import Callable

from infonats.critics.base import Critic
from infonats.critics.baseline import Baseline
from infonats.critics.bilinear import BilinearCritic
from infonats.critics.joint import JointCritic
from infonats.critics.offset import Offset
from infonats.critics.separable import SeparableCritic

CRITICS: dict[str, Callable[..., Critic]] = {
    "joint": JointCritic,
    "separable": SeparableCritic,
    "bilinear": BilinearCritic,
}

__all__ = ["CRITICS", "Baseline", "BilinearCritic", "Critic", "JointCritic", "Offset", "SeparableCritic"]
