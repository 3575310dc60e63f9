"""One pass over a stream: which rows are held out, and what all the others say together.

held out: a uniformly random part of all rows, kept in memory
every other row: to train on, never in memory together
"""

import dataclasses
import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Int64

from infonats._types import Progress
from infonats.data._words import counted
from infonats.data.pairs import Pairs, check_extent
from infonats.data.scaling import Moments
from infonats.data.streams import NUMBERS, Stream
from infonats.errors import InputError


@dataclasses.dataclass(frozen=True, eq=False)
class Survey:
    """What one pass over a stream learns: the parts held out, in memory, and the moments of all other rows.

    `held` are the numbers of the rows held out, ascending; `n_train` how many are left; `moments` those of x
    and of y, by parts; `fingerprint` names the data, otherwise than that of pairs in memory. Both parts
    held out are in a random order, whatever that of the file.
    """

    held: Int64[np.ndarray, "k"]
    validation: Pairs
    test: Pairs
    n_train: int
    moments: tuple[Sequence[Moments], Sequence[Moments]]
    fingerprint: str


def survey(stream: Stream, validation: int, test: int, seed: int, progress: Progress | None = None) -> Survey:
    """Read every row once: hold out `validation` and `test` rows drawn from all, a function of `seed` alone.

    Raises InputError for values that cannot be used, and for columns that are constant.
    """
    n, dx = len(stream), len(stream.x)
    rng = np.random.default_rng(seed)
    drawn = rng.choice(n, validation + test, replace=False)
    held, tested = np.sort(drawn), np.sort(drawn[:test])
    digest, moments, kept, numbers = hashlib.sha256(), [], [], []
    low, high = np.full(stream.columns, np.inf), np.full(stream.columns, -np.inf)
    for rows, values in _pass(stream, progress):
        digest.update(np.ascontiguousarray(values, "<f8").data)
        low, high = np.minimum(low, values.min(0)), np.maximum(high, values.max(0))
        out = among(rows, held)
        kept.append(values[out])
        numbers.append(rows[out])
        if not out.all():
            moments.append(Moments.of(values[~out]))
    if not moments:
        raise InputError(f"None of {counted(n, 'row')} is left to train on; give rows without missing values.")
    for label, names, side in (("x", stream.x_names, slice(dx)), ("y", stream.y_names, slice(dx, None))):
        check_extent(label, names, (low[side], high[side]), n)
    found, in_test = np.concatenate(kept), among(np.concatenate(numbers), tested)
    order = rng.permutation(len(found))
    found, in_test = found[order], in_test[order]
    return Survey(
        held,
        stream.pairs(found[~in_test]),
        stream.pairs(found[in_test]),
        sum(part.n for part in moments),
        (
            tuple(part.of_columns(slice(dx)) for part in moments),
            tuple(part.of_columns(slice(dx, None)) for part in moments),
        ),
        digest.hexdigest()[:16],
    )


def among(numbers: Int64[np.ndarray, "m"], held: Int64[np.ndarray, "k"]) -> np.ndarray:
    """Which of these ascending numbers are in `held`, ascending too."""
    places = np.searchsorted(held, numbers)
    return held[np.minimum(places, len(held) - 1)] == numbers


def _pass(stream: Stream, progress: Progress | None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """All rows in order, in parts that are quick to read; those of which nothing is left are passed over."""
    n, size = len(stream), max(stream.block_rows, NUMBERS // stream.columns)
    for start in range(0, n, size):
        rows, values = stream.read(start, start + size)
        if len(rows):
            yield rows, values
        if progress:
            progress(min(n, start + size), n, "reading all rows once")
