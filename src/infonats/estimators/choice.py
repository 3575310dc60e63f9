"""Which method suits the data, by a rule short enough to be said in one sentence."""

import numpy as np

from infonats.closedform._ties import refuse_discrete
from infonats.data import Pairs, discrete_columns
from infonats.data.categories import Levels
from infonats.errors import InputError

FEW_COLUMNS = 4
NEIGHBOURS = 3
CHOICES = ("auto", "auto-closed")
"""Names that stand for a choice among the methods; the second makes it among those without training."""


def choose(pairs: Pairs, among: str = "auto") -> tuple[str, str]:
    """The name of a method and why: a clause that completes "method: ...".

    Discrete columns and text on both sides are counted; where one side is of them alone and the other has
    none, neighbours within classes; where a side mixes both, neighbours that allow for atoms; up to
    four continuous columns, neighbours, on values spread over what rounds to them where they repeat so often
    that `ksg` refuses them; beyond, where neighbours
    are biased towards zero, a trained critic with the steadiest of the bounds, or for "auto-closed" the
    t copula, which becomes the Gaussian one where the data say so.
    """
    discrete = [_discrete(pairs.x, pairs.x_levels), _discrete(pairs.y, pairs.y_levels)]
    widths = [pairs.x.shape[1], pairs.y.shape[1]]
    if discrete == widths:
        return "discrete", "chosen because every column looks discrete"
    if 0 in discrete and any(found == width for found, width in zip(discrete, widths, strict=True)):
        return "ross", "chosen because one side looks discrete and the other continuous"
    if any(discrete):
        return "mixed_ksg", "chosen because some columns look discrete and some continuous"
    return _continuous(pairs, among, sum(widths))


def _continuous(pairs: Pairs, among: str, columns: int) -> tuple[str, str]:
    if columns > FEW_COLUMNS:
        many = f"chosen because {columns} continuous columns are many for nearest neighbours"
        closed = ("t_copula", f"{many}; it is blind to dependence that is not monotone")
        return closed if among == "auto-closed" else ("infonce", many)
    if _repeats(pairs):
        return "rounded_ksg", "chosen because values repeat too often for ksg"
    return "ksg", f"chosen because the {columns} columns are continuous and few"


def _discrete(values: np.ndarray, levels: Levels) -> int:
    """How many columns look discrete or held text."""
    text = {j for j, words in enumerate(levels) if words}
    return len(text.union(discrete_columns(values)))


def _repeats(pairs: Pairs) -> bool:
    """Whether `ksg` would refuse the pairs for their ties."""
    try:
        refuse_discrete(pairs.x, pairs.y, NEIGHBOURS)
    except InputError:
        return True
    return False
