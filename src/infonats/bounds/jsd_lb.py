"""The largest lower bound of mutual information that the cross-entropy of a classifier allows.

    I(X;Y) >= Xi(log 2 - CE),   CE = (E_p(x,y)[sp(-T)] + E_p(x)p(y)[sp(T)]) / 2,   sp(t) = log(1 + e^t)

    Xi is the inverse of I -> D_JS(Bern(1), Bern(e^-I)) = log 2 - (sp(-I) + e^-I sp(I)) / 2, increasing and
    convex; log 2 - CE <= D_JS(p(x,y), p(x)p(y)). Below zero Xi is continued by its tangent.
R. Dorent, P. Golland and W. Wells III (2025), arXiv 2510.20644.
"""

import torch
from torch.nn.functional import softplus

from infonats._math import LOG_2
from infonats._shapes import Scalar
from infonats.bounds.base import Bound
from infonats.bounds.js import js
from infonats.references import Reference
from infonats.scores import Scores

STEPS = 12


def jsd_lb(scores: Scores) -> Scalar:
    """Xi(log 2 - CE) in nats (Dorent et al. 2025)."""
    ce = -js(scores) / 2
    independent = 2 / LOG_2 * (LOG_2 - ce)
    return torch.where(ce < LOG_2, xi(ce.clamp(max=LOG_2)), independent)


def xi(ce: Scalar) -> Scalar:
    """The I >= 0 with (sp(-I) + e^-I sp(I)) / 2 = ce, in nats, for 0 < ce <= log 2.

    Newton's method on the logarithm of both sides. The last two steps carry gradients, which makes the
    first and second derivatives those of the inverse function.
    """
    with torch.no_grad():
        i = -(ce / LOG_2).log()
        for _ in range(STEPS):
            i = _newton(i, ce)
    return _newton(_newton(i, ce), ce)


def _newton(i: Scalar, ce: Scalar) -> Scalar:
    tail = (-i).exp() * softplus(i) / 2
    found = softplus(-i) / 2 + tail
    return i + (found.log() - ce.log()) * found / tail


class JSDLB(Bound):
    """Dorent et al. 2025, arXiv 2510.20644. Guarantee: none for the plug-in value.

    The population value is a lower bound, of small variance at any I. It costs tightness: a Gaussian pair of
    .51 nats gives .40 at best, one of 1.96 nats 1.70. Xi is convex, which biases the value upward by an O(1/n);
    it exceeds I where the bound is tight, which is where p(x,y)/p(x)p(y) is constant or zero: for ten equal
    symbols by .5 nats in batches of 4, by .001 in batches of 64.
    """

    name = "jsd_lb"
    side = "none"
    invariance = "none"
    consistent = False
    summary = "lower bound, up to O(1/n), from a classifier's cross-entropy; very stable, not tight"
    reference = Reference(
        key="dorent2025connecting",
        authors=("Dorent, Reuben", "Golland, Polina", "Wells III, William"),
        title="Connecting Jensen-Shannon and Kullback-Leibler Divergences: "
        "A New Bound for Representation Learning",
        year=2025,
        venue="Advances in Neural Information Processing Systems",
        arxiv="2510.20644",
    )

    def value(self, scores: Scores) -> Scalar:
        """As `jsd_lb`."""
        return jsd_lb(scores)

    def loss(self, scores: Scores) -> Scalar:
        """-`infonats.functional.js`, twice the cross-entropy."""
        return -js(scores)
