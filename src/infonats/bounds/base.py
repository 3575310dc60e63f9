"""The contract of a bound: from scores to one number in nats."""

import abc
import math
from typing import ClassVar

from torch import nn

from infonats._shapes import Scalar
from infonats._types import Invariance, Side
from infonats.references import Reference
from infonats.scores import Scores


class Bound(nn.Module, abc.ABC):
    """A functional of scores. Leaves declare what they guarantee; the conformance tests measure it.

    `side`: what `value` is in expectation at any fixed critic: a "lower" bound, an "upper" one, "none".
    `invariance`: which offsets of the scores leave `value` as it is: "none", a constant "shift", or any
    function of x, "row shift". The log ratio is read off up to that offset.
    `heuristic`: whether `side` holds only where the scores are the exact log p(y | x), not for any critic.
    State, if any, lives in buffers and moves only in `loss` in training mode.
    """

    name: ClassVar[str]
    side: ClassVar[Side]
    heuristic: ClassVar[bool] = False
    invariance: ClassVar[Invariance]
    reference: ClassVar[Reference]
    summary: ClassVar[str]

    @abc.abstractmethod
    def value(self, scores: Scores) -> Scalar:
        """The estimate of I(X;Y) in nats. Pure: it changes nothing."""

    def loss(self, scores: Scores) -> Scalar:
        """What training minimises: -value, unless the method's gradient is another one.

        In evaluation mode it is the criterion by which the best epoch is chosen.
        """
        return -self.value(scores)

    def ceiling(self, m: int) -> float:
        """The largest value that m negatives for each pair allow, in nats: infinite unless declared."""
        return math.inf
