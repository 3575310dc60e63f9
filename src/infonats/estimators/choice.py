"""Which method suits the data, by a rule short enough to be said in one sentence."""

from infonats.data import Pairs, discrete_columns

FEW_COLUMNS = 4


def choose(pairs: Pairs) -> tuple[str, str]:
    """The name of a method and why: a clause that completes "method: ...".

    Discrete columns on both sides are counted; on one side, neighbours that allow for atoms; up to four
    continuous columns, neighbours; beyond, where neighbours are biased towards zero, the Gaussian copula,
    which sees monotone dependence only.
    """
    discrete = [len(discrete_columns(side)) == side.shape[1] for side in (pairs.x, pairs.y)]
    columns = pairs.x.shape[1] + pairs.y.shape[1]
    if all(discrete):
        return "discrete", "chosen because every column looks discrete"
    if any(len(discrete_columns(side)) for side in (pairs.x, pairs.y)):
        return "mixed_ksg", "chosen because some columns look discrete and some continuous"
    if columns <= FEW_COLUMNS:
        return "ksg", f"chosen because the {columns} columns are continuous and few"
    return "infonce", f"chosen because {columns} continuous columns are many for nearest neighbours"
