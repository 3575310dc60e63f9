"""Which method suits the data, by a rule short enough to be said in one sentence."""

import numpy as np

from infonats.closedform._ties import refuse_discrete, refuse_discrete_columns
from infonats.data import Pairs, Stream, discrete_columns
from infonats.data.categories import Levels
from infonats.errors import InputError

FEW_COLUMNS = 4
NEIGHBOURS = 3
CONTEST_ROWS = 100
WIDE, ENCODER_ROWS = 100, 300
"""Columns of a side, and rows, from which encoders are tried."""
ATOM = 0.05
"""The share of the rows from which one value is an atom."""
CHOICES = ("auto", "auto-closed")
"""Names that stand for a choice among the methods; the second makes it among those without training."""


def choose(pairs: Pairs | Stream, among: str = "auto") -> tuple[str, str]:
    """The name of a method and why: a clause that completes "method: ...".

    Discrete columns and text on both sides are counted; where one side is of them alone and the other has
    none, neighbours within classes; where a side mixes both, neighbours that allow for atoms; up to four
    continuous columns, neighbours. Images, and a hundred columns or more of any kind on a side, go to the
    contest of `Auto` from three hundred rows on. Where the values of a continuous column repeat so often that
    these refuse it or, with atoms, read far too much, neighbours on values spread over what rounds to them.
    Continuous columns without such repetition: from a hundred rows on, the contest of `Auto`; with fewer,
    neighbours, or beyond four columns, where these are biased towards zero, a trained critic with the
    steadiest of the bounds. "auto-closed" takes neighbours up to four columns and the t copula beyond. Rows
    that stay in their files: a trained critic, without a look at them. Raises InputError where these are to
    be measured without training.
    """
    if isinstance(pairs, Stream):
        return _of_stream(among)
    if among == "auto" and wide(pairs):
        images = pairs.x_grid is not None or pairs.y_grid is not None
        return "auto", f"chosen because there are {'images' if images else f'{WIDE} columns or more'}"
    sides = (pairs.x, pairs.x_levels), (pairs.y, pairs.y_levels)
    labels = [labelled(*side) for side in sides]
    discrete, widths = [len(found) for found in labels], [pairs.x.shape[1], pairs.y.shape[1]]
    if discrete == widths:
        return "discrete", "chosen because every column looks discrete"
    if any(discrete):
        apart = 0 in discrete and any(map(int.__eq__, discrete, widths))
        kinds = "one side looks discrete" if apart else "some columns look discrete"
        beside = [np.delete(values, list(found), 1) for (values, _), found in zip(sides, labels, strict=True)]
        if any(map(rounded_off, beside)):
            return "rounded_ksg", f"chosen because {kinds} and values of the others repeat as if rounded"
        if apart:
            return "ross", f"chosen because {kinds} and the other continuous"
        if any(map(ties_beside_atoms, beside)):
            return "rounded_ksg", f"chosen because {kinds} and values of the others repeat as if rounded"
        return "mixed_ksg", f"chosen because {kinds} and some continuous"
    return _continuous(pairs, among, sum(widths))


def _of_stream(among: str) -> tuple[str, str]:
    if among == "auto":
        return "infonce", "chosen because the rows stay in their files: a critic, by the steadiest bound"
    raise InputError(
        f"{among} chooses among methods that need all rows in memory together; for a stream choose one that "
        "trains a critic, such as infonce, or read the file whole."
    )


def _continuous(pairs: Pairs, among: str, columns: int) -> tuple[str, str]:
    if among == "auto" and len(pairs) >= CONTEST_ROWS and not _repeats(pairs) and _full_rank(pairs):
        return "auto", "chosen because the columns are continuous"
    if columns > FEW_COLUMNS:
        many = f"chosen because {columns} continuous columns are many for nearest neighbours"
        closed = ("t_copula", f"{many}; it is blind to dependence that is not monotone")
        return closed if among == "auto-closed" else ("infonce", many)
    if _repeats(pairs):
        return "rounded_ksg", "chosen because values repeat too often for ksg"
    return "ksg", f"chosen because the {columns} columns are continuous and few"


def labelled(values: np.ndarray, levels: Levels) -> set[int]:
    """The columns of `values` (n, d) that look discrete or held text."""
    return {j for j, words in enumerate(levels) if words}.union(discrete_columns(values))


def rounded_off(values: np.ndarray) -> bool:
    """Whether values of a column (n, d) repeat so often that nearest neighbours refuse it."""
    try:
        refuse_discrete_columns("x", values)
    except InputError:
        return True
    return False


def ties_beside_atoms(values: np.ndarray) -> bool:
    """Whether values of a column (n, d) repeat in half of the rows, those of few frequent values left out.

    Such are counts and rounded measurements. `mixed_ksg` takes each of their cells for an atom, of however
    few rows, and reads far too much; a column with a few atoms beside continuous values is its own.
    """
    for column in values.T:
        code, counts = np.unique(column, return_inverse=True, return_counts=True)[1:]
        held = counts[code.reshape(-1)]
        beside = held <= ATOM * len(column)
        if beside.any() and 2 * (held[beside] > 1).sum() >= beside.sum():
            return True
    return False


def wide(pairs: Pairs) -> bool:
    """Whether a side is an image or has columns in the hundreds, with rows enough to learn an encoder."""
    sides = ((pairs.x, pairs.x_grid), (pairs.y, pairs.y_grid))
    large = any(grid is not None or side.shape[1] >= WIDE for side, grid in sides)
    return large and len(pairs) >= ENCODER_ROWS and not pairs.text


def plain(pairs: Pairs) -> bool:
    """Whether every column is continuous, and a copula of them all can be fitted."""
    discrete = any(discrete_columns(side) for side in (pairs.x, pairs.y))
    return not discrete and not _repeats(pairs) and _full_rank(pairs)


def _full_rank(pairs: Pairs) -> bool:
    """Whether a copula can be fitted: more rows than columns, and no column that others make up."""
    n, columns = len(pairs), pairs.x.shape[1] + pairs.y.shape[1]
    if n <= 2 * columns:
        return False
    ranks = np.hstack([np.argsort(np.argsort(side, axis=0), axis=0) for side in (pairs.x, pairs.y)])
    return bool(np.linalg.matrix_rank(np.corrcoef(ranks.T), tol=1e-9) == columns)


def _repeats(pairs: Pairs) -> bool:
    """Whether `ksg` would refuse the pairs for their ties."""
    try:
        refuse_discrete(pairs.x, pairs.y, NEIGHBOURS)
    except InputError:
        return True
    return False
