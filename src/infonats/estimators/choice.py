"""Which method suits the data, by a rule short enough to be said in one sentence."""

from infonats.closedform._ties import refuse_discrete
from infonats.data import Pairs, discrete_columns
from infonats.errors import InputError

FEW_COLUMNS = 4
NEIGHBOURS = 3


def choose(pairs: Pairs) -> tuple[str, str]:
    """The name of a method and why: a clause that completes "method: ...".

    Discrete columns on both sides are counted; on one side, or where values repeat so often that `ksg`
    refuses them, neighbours that allow for atoms; up to four continuous columns, neighbours; beyond, where
    neighbours are biased towards zero, a trained critic with the steadiest of the bounds.
    """
    discrete = [len(discrete_columns(side)) for side in (pairs.x, pairs.y)]
    columns = pairs.x.shape[1] + pairs.y.shape[1]
    if sum(discrete) == columns:
        return "discrete", "chosen because every column looks discrete"
    if any(discrete):
        return "mixed_ksg", "chosen because some columns look discrete and some continuous"
    if columns > FEW_COLUMNS:
        return "infonce", f"chosen because {columns} continuous columns are many for nearest neighbours"
    if _repeats(pairs):
        return "mixed_ksg", "chosen because values repeat too often for ksg"
    return "ksg", f"chosen because the {columns} columns are continuous and few"


def _repeats(pairs: Pairs) -> bool:
    """Whether `ksg` would refuse the pairs for their ties."""
    try:
        refuse_discrete(pairs.x, pairs.y, NEIGHBOURS)
    except InputError:
        return True
    return False
