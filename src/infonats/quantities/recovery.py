"""How well ranked pairs recover the links that are known: precision and recall.

Walking down the ranking, precision is the share of known links among the pairs so far, recall the share of
all known links. The area under that curve is the average precision, sum over i of (R_i - R_{i-1}) P_i: 1 where
all known links come first, about their share among all pairs for a ranking by chance. J. Davis and M. Goadrich,
"The relationship between precision-recall and ROC curves", ICML 2006, doi:10.1145/1143844.1143874.
"""

import csv
import dataclasses
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float64

from infonats._random import check_seed
from infonats.errors import InputError, unknown_name
from infonats.quantities.matrix_result import MatrixResult

RESAMPLED = 2000
_ARROW = re.compile(r"^(?:\d+[.)]\s*)?(.+?)\s*(?:<?--?>|---|--)\s*(.+)$")
Edge = tuple[str, str]


@dataclasses.dataclass(frozen=True)
class Recovery:
    """The area under the precision-recall curve, its 95 % interval over resampled pairs, and that of chance."""

    area: float
    interval: tuple[float, float]
    linked: int
    pairs: int

    @property
    def chance(self) -> float:
        """The area that a ranking by chance has in the mean, nearly: the share of linked pairs."""
        return self.linked / self.pairs

    def __str__(self) -> str:
        low, high = self.interval
        return (
            f"area under precision and recall {self.area:.3f}, 95 % [{low:.3f}, {high:.3f}] over resampled "
            f"pairs; {self.linked} of {self.pairs} pairs are linked, so that chance gives {self.chance:.3f}"
        )


def average_precision(scores: Float64[np.ndarray, "m"], linked: Bool[np.ndarray, "m"]) -> float:
    """The area under the curve of m scores, the larger the more likely linked; equal scores count as one step.

    Raises InputError where no pair is linked.
    """
    if not linked.any():
        raise InputError("No pair that has a value is known to be linked; give links between these columns.")
    order = np.argsort(-scores, kind="stable")
    found, ends = np.cumsum(linked[order]), np.append(scores[order][1:] != scores[order][:-1], True)
    hits, seen = found[ends], np.flatnonzero(ends) + 1
    return float((np.diff(hits, prepend=0) * hits / seen).sum() / linked.sum())


def recovery(result: MatrixResult, edges: Iterable[Edge], *, seed: int = 0) -> Recovery:
    """How well the pairs of a matrix at one lag, ranked by value, recover known `edges` of either direction.

    The interval is over 2000 draws of the pairs with repetition: another graph of the same kind. Raises
    UnknownNameError for a name that is no column, InputError for several lags and where no pair is linked.
    """
    if len(result.lags) > 1:
        raise InputError(f"The matrix has {len(result.lags)} lags; links are compared at one. Give one lag.")
    known = {frozenset(edge) for edge in among(result.names, edges)}
    found = [(r.value, frozenset((result.names[r.x], result.names[r.y]))) for r in result.records]
    rows = [(value, pair in known) for value, pair in found if value is not None]
    scores, linked = np.array([v for v, _ in rows]), np.array([k for _, k in rows], dtype=bool)
    interval = spread(scores, linked, seed)
    return Recovery(average_precision(scores, linked), interval, int(linked.sum()), len(rows))


def spread(
    scores: Float64[np.ndarray, "m"], linked: Bool[np.ndarray, "m"], seed: int = 0
) -> tuple[float, float]:
    """The middle 95 % of the area over draws of m pairs with repetition; draws without a link are left out."""
    rng, m = np.random.default_rng(check_seed(seed)), len(scores)
    draws = (rng.integers(0, m, m) for _ in range(RESAMPLED))
    areas = [average_precision(scores[draw], linked[draw]) for draw in draws if linked[draw].any()]
    low, high = np.quantile(areas, [0.025, 0.975]) if areas else (np.nan, np.nan)
    return float(low), float(high)


def read_edges(path: str | os.PathLike[str]) -> list[Edge]:
    """The links in a text file: lines ``a --> b`` (or --, ->, numbered or not), or two columns of a CSV.

    A first line of two names that the other lines never use is taken for a heading. Raises InputError for a
    file that cannot be read or holds no link.
    """
    file = Path(path).expanduser()
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The links in '{path}' cannot be read ({error}); give a text file.") from error
    arrows = [match.groups() for match in map(_ARROW.match, lines) if match]
    edges = [(str(a).strip(), str(b).strip()) for a, b in arrows] or _delimited(lines)
    if not edges:
        raise InputError(
            f"'{path}' holds no links; write one in each line, as raf --> mek, or as two names with a comma."
        )
    return edges


def _delimited(lines: Sequence[str]) -> list[Edge]:
    mark = "\t" if any("\t" in line for line in lines) else ","
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=mark)]
    edges = [(row[0], row[1]) for row in rows if len(row) >= 2]
    named = {name.casefold() for edge in edges[1:] for name in edge}
    heading = len(edges) > 1 and not named & {name.casefold() for name in edges[0]}
    return edges[1:] if heading else edges


def among(names: Sequence[str], edges: Iterable[Edge]) -> list[Edge]:
    """The edges in the spelling of `names`, upper and lower case aside. Raises UnknownNameError for others."""
    spelt = {name.casefold(): name for name in names}
    found = []
    for edge in edges:
        for name in edge:
            if name.casefold() not in spelt:
                raise unknown_name("column", name, names, " to be linked")
        found.append((spelt[edge[0].casefold()], spelt[edge[1].casefold()]))
    return found
