"""Neighbours beside the winner of `Auto`, of few columns or of radii, believed where they find more."""

import dataclasses
import math

import numpy as np

from infonats.closedform._columns import codes
from infonats.closedform._stderr import standard_error
from infonats.closedform.gaussian_copula import normal_scores
from infonats.closedform.ksg import ksg_local
from infonats.closedform.ksg_copula import ksg_copula_error
from infonats.data import Pairs
from infonats.data.blocks import inflation
from infonats.estimate import Z_95
from infonats.estimators.auto_copulas import whitening
from infonats.estimators.auto_reading import SURE, Reading, believed
from infonats.estimators.auto_rounds import Contest

FEW_COLUMNS = 3
"""Up to so many columns neighbours are asked too."""
NEIGHBOURS, RADII, K = "neighbours", "neighbours of the radii", 3
"""How they are called, and how many are asked."""
STEPS = ((K, 12), (K, 6), (1, K))
"""Numbers of neighbours that are compared in turn: far apart, which shows least losses, then near none."""
SURE_OF_COPULAS, SURE_OF_RADII = 2.0, 3.0
"""Standard errors that neighbours must find more than a copula, and those of radii than anything."""


def with_neighbours(reading: Reading, contest: Contest, seed: int, errors: float) -> Reading:
    """Neighbours, or those of the radii, where they find more than `reading`: in few columns by so many errors.

    Codes of images and of tables have no columns for them to look at.
    """
    if not contest.copulas:
        return reading
    if sum(contest.widths) <= FEW_COLUMNS:
        return believed(reading, neighbours(contest.pairs, seed), errors)
    return rounded(reading, contest.pairs, seed)


def neighbours(pairs: Pairs, seed: int) -> Reading:
    """`ksg_copula` of all rows, and what it loses where the density is uneven within k neighbours.

    That loss grows with k. Where many neighbours find surely less than few, the loss of three is read off the
    difference as if it were linear in k, from ever fewer neighbours as long as these differ surely too. It
    grows more slowly than k where it is large and at edges, so that the line gives back too little: the
    interval reaches up by the difference once more, sure or not.
    """
    local, stderr = ksg_copula_error(pairs.x, pairs.y, k=K, seed=seed)
    stderr *= inflation(local, int(pairs.block))
    lost, error, more = _lost(pairs, seed)
    stderr = math.hypot(stderr, error)
    reach = Z_95 * stderr, Z_95 * stderr + more
    return Reading(NEIGHBOURS, float(local.mean()) + lost, stderr, reach)


def rounded(reading: Reading, pairs: Pairs, seed: int) -> Reading:
    """Neighbours of the radii of both sides, where they find surely more than `reading`.

    A radius is the distance from the middle in units of a side's own spread; a single column is taken as it is.
    No function of x and of y knows more than x and y do, and in two columns neighbours lose little: what they
    find more, the winner missed. One look without corrections comes first, for it nearly always suffices.
    """
    x, y = _radius(pairs.x), _radius(pairs.y)
    if ksg_local(normal_scores(x), normal_scores(y), k=K, seed=seed).mean() < reading.value:
        return reading
    alone = dataclasses.replace(pairs, x=x, y=y, x_names=("x",), y_names=("y",), x_grid=None, y_grid=None)
    return believed(reading, dataclasses.replace(neighbours(alone, seed), name=RADII), SURE_OF_RADII)


def _radius(side: np.ndarray) -> np.ndarray:
    """The norm (n, 1) of the whitened normal scores of a side (n, d); one column stays as it is."""
    if side.shape[1] == 1:
        return side
    scores = normal_scores(side)
    return np.linalg.norm(scores @ whitening(scores), axis=1, keepdims=True)


def _lost(pairs: Pairs, seed: int) -> tuple[float, float, float]:
    """Nats that K neighbours lose, the standard error of that, and the difference it is read off.

    A first difference that is not sure takes part as the last of these alone.
    """
    x, y = normal_scores(pairs.x), normal_scores(pairs.y)
    found = 0.0, 0.0, 0.0
    copies = int(np.bincount(codes(np.hstack([pairs.x, pairs.y]))).max())
    for few, many in STEPS:
        if few < copies:  # among as many copies the neighbour lies at no distance, and tells nothing
            break
        less = ksg_local(x, y, k=few, seed=seed) - ksg_local(x, y, k=many, seed=seed)
        gap, error = float(less.mean()), standard_error(less) * inflation(less, int(pairs.block))
        if gap < SURE * error:
            return found if any(found) else (0.0, 0.0, max(gap, 0.0))
        found = K / (many - few) * gap, K / (many - few) * error, gap
    return found
