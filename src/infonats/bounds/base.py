"""The contract of a bound: from scores to one number in nats."""

import abc
import math
from typing import ClassVar

import torch
from torch import Tensor, nn

from infonats._declared import declares
from infonats._shapes import Scalar
from infonats._types import Invariance, Needs, Side
from infonats.bounds._slopes import Sloped
from infonats.references import Reference
from infonats.scores import Scores


class Bound(nn.Module, abc.ABC):
    """A functional of scores. Leaves declare what they guarantee; the conformance tests measure it.

    `side`: what `value` is in expectation at any fixed critic: a "lower" bound, an "upper" one, "none".
    `invariance`: which offsets of the scores leave `value` as it is: "none", a constant "shift", or any
    function of x, "row shift". The log ratio is read off up to that offset.
    `needs`: of what a learned baseline in the scores must be a function: "nothing", "x" or the "pair".
    `consistent`: whether `value` tends to I at the optimal critic as rows and negatives grow in number.
    `heuristic`: whether `side` holds only where the scores are the exact log p(y | x), not for any critic.
    State, if any, lives in buffers and moves only in `loss` in training mode.
    """

    name: ClassVar[str]
    side: ClassVar[Side]
    heuristic: ClassVar[bool] = False
    invariance: ClassVar[Invariance]
    reference: ClassVar[Reference]
    summary: ClassVar[str]
    consistent: ClassVar[bool] = True
    needs: Needs = "nothing"

    @abc.abstractmethod
    def value(self, scores: Scores) -> Scalar:
        """The estimate of I(X;Y) in nats. Pure: it changes nothing."""

    def loss(self, scores: Scores) -> Scalar:
        """What training minimises: -value, unless the method's gradient is another one.

        In evaluation mode it is the criterion by which the best epoch is chosen.
        """
        return -self.value(scores)

    def measured(self, scores: Scores) -> tuple[Scalar, Scalar]:
        """The loss, and the value without a graph."""
        if type(self).loss is Bound.loss:
            value = self.value(scores)
            return -value, value.detach()
        loss = self.loss(scores)
        with torch.no_grad():
            return loss, self.value(scores)

    def sloped(self, scores: Scores) -> Sloped | None:
        """In training mode, of scores without a graph, what `measured` gives and the gradient of that loss.

        Of one batch, or of k side by side: scores (k, n) and (k, n, m), buffers, losses and values (k,).
        None where a bound does not say it and is differentiated automatically.
        """
        return None

    @property
    def knows_slopes(self) -> bool:
        """Whether `sloped` says something, and of the loss that this class has."""
        return declares(type(self), "sloped", "loss", "measured", "value")

    def ceiling(self, m: int) -> float:
        """The largest value that m negatives for each pair allow, in nats: infinite unless declared."""
        return math.inf

    def log_ratio(self, t: Tensor, baseline: Tensor | None = None) -> Tensor:
        """Log p(x,y) / p(x)p(y) in nats from scores t at the optimum, up to what `invariance` leaves open.

        Element by element, with the `baseline` of the same pairs for a bound that needs one.
        """
        return t
