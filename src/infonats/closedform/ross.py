r"""Mutual information of a discrete and a continuous variable by nearest neighbours within each class: Ross.

Let row i have one of the labels, N_i the number of rows with the same label, and d_i the max-norm distance
from its continuous part to the k-th nearest of these. With m_i rows of any label closer than d_i,

.. math:: I = \psi(N) + \langle \psi(k_i) - \psi(N_i) - \psi(m_i) \rangle, \qquad k_i = \min(k, N_i - 1),

where N_i and m_i count the row itself. Rows whose label no other row has are left out of every count, N
included: they have no neighbour.

Reference: B. C. Ross, "Mutual information between discrete and continuous data sets", PLoS ONE 9, e87357
(2014), doi:10.1371/journal.pone.0087357. scikit-learn's `mutual_info_classif` is the same for one column,
apart from its noise and its clipping at zero.

Assumes independent rows, and a density of the continuous side within each class. Guarantees neither a lower
nor an upper bound. Bias: as that of `ksg` in many columns; towards zero where classes have few rows, and
where I is close to the entropy of the labels. The standard error is that of `ksg`, with the classes fixed.

Columns of the continuous side are divided by their standard deviations, and ties in them are separated, as
`ksg` does. New points (`at`) count as one more sample row, and a point that is a reference row is that row.
"""

import dataclasses
from collections.abc import Iterator
from typing import Self

import numpy as np
from jaxtyping import Float64
from scipy.special import digamma

from infonats.closedform._columns import Rows, Scale, codes, paired
from infonats.closedform._influence import Marginal, neighbour_error
from infonats.closedform._ties import refuse_discrete_columns, separate, twins
from infonats.closedform.neighbours import below, check_k, nearest
from infonats.data.checks import discrete_columns
from infonats.errors import InputError

NOT_BESIDE_LABELS = (
    "ross has the labels on the other side. Use discrete where both sides take few values, or rounded_ksg "
    "where rounding made these values repeat."
)


def ross(
    x: Float64[np.ndarray, "n dx"],
    y: Float64[np.ndarray, "n dy"],
    *,
    k: int = 3,
    seed: int = 0,
    labels: str = "auto",
) -> float:
    """I(X;Y) in nats of labels on one side and continuous columns on the other; `seed` is of the tie noise.

    labels: "x" or "y", the side whose distinct rows are the labels; "auto" takes the side whose columns all
    look discrete, and where both or neither do, the one with fewer distinct rows. Raises InputError where no
    label occurs twice, where the other side has heavy ties, and for k below 1.
    """
    return float(np.mean(ross_error(x, y, k=k, seed=seed, labels=labels)[0]))


def ross_local(
    x: Float64[np.ndarray, "n dx"],
    y: Float64[np.ndarray, "n dy"],
    *,
    k: int = 3,
    seed: int = 0,
    labels: str = "auto",
    at: tuple[Rows, Rows] | None = None,
) -> Float64[np.ndarray, "m"]:
    """The local values in nats, whose mean over rows with a repeated label is the estimate.

    Without `at`, only those rows. With `at`, new rows: raises InputError for labels of fewer than two rows.
    """
    classes = Classes.of(x, y, k, seed, labels)
    return classes.counted(classes.label, classes.rows).local if at is None else classes.local(*at)


def ross_error(
    x: Float64[np.ndarray, "n dx"],
    y: Float64[np.ndarray, "n dy"],
    *,
    k: int = 3,
    seed: int = 0,
    labels: str = "auto",
) -> tuple[Float64[np.ndarray, "m"], float]:
    """The local values of the rows with a repeated label, and the standard error of their mean, in nats."""
    classes = Classes.of(x, y, k, seed, labels)
    found = classes.counted(classes.label, classes.rows)
    joint = np.zeros(len(classes.rows))
    np.add.at(joint, found.neighbour, found.share)
    return found.local, neighbour_error(found.local, joint, found.among_all)


@dataclasses.dataclass(frozen=True)
class _Counted:
    """Of each point its local value and its count; of each neighbour its row and what it adds, 1 / k."""

    local: np.ndarray
    among_all: Marginal
    neighbour: np.ndarray
    share: np.ndarray


@dataclasses.dataclass(frozen=True)
class Classes:
    """The rows with a repeated label: label (n,), scaled continuous rows (n, d), and how new ones are read.

    `flipped` says that the labels are y's. `symbol` (labels, columns) is the row that each label stands for.
    """

    label: np.ndarray
    rows: np.ndarray
    symbol: np.ndarray
    scale: Scale
    raw: np.ndarray
    flipped: bool
    k: int

    @classmethod
    def of(cls, x: Rows, y: Rows, k: int, seed: int, labels: str) -> Self:
        """Find the labels and prepare both sides. Raises InputError as `ross` does."""
        x, y = paired(x, y)
        k = check_k(k)
        flipped = _labels_are_y(x, y, labels)
        named, values, side = (y, x, "x") if flipped else (x, y, "y")
        code = codes(named)
        kept = np.bincount(code)[code] > 1
        if not kept.any():
            raise InputError(
                f"No row of {'y' if flipped else 'x'} occurs twice, so there are no classes. Use ksg where "
                "both sides are continuous, merge rare labels, or leave out a column that only names the rows."
            )
        symbol, label = np.unique(named[kept], axis=0, return_inverse=True)
        if len(symbol) == 1 and not kept.all():
            raise InputError(
                f"Of {'y' if flipped else 'x'} one label alone occurs in several rows, {kept.sum()} of "
                f"{len(kept)}, and within it there is nothing to tell apart. Use ksg where both sides are "
                "continuous, or merge rare labels."
            )
        refuse_discrete_columns(side, values, NOT_BESIDE_LABELS)
        scale = Scale.of(values, side)
        rows = separate(scale(values), seed)[kept]
        return cls(label.reshape(-1), rows, symbol, scale, values[kept], flipped, k)

    def local(self, x: Rows, y: Rows) -> np.ndarray:
        """The local values in nats at new rows x (m, dx) and y (m, dy)."""
        named, values = reversed(paired(x, y)) if self.flipped else paired(x, y)
        met = twins(self.raw, values)
        points = np.where(met[:, None] >= 0, self.rows[met], self.scale(values))
        return self.counted(self._read(named), points).local

    def counted(self, label: np.ndarray, points: np.ndarray) -> _Counted:
        """Neighbours of `points` (m, d) among the rows with the same label, and counts among all."""
        n, m = len(self.rows), len(points)
        radius, value = np.empty(m), np.empty(m)
        neighbour, share, itself = [], [], np.zeros(m, dtype=np.int64)
        for mine, members in self._by_label(label):
            k = min(self.k, len(members) - 1)
            distance, row, same = nearest(self.rows[members], points[mine], k)
            radius[mine], itself[mine] = below(distance[:, -1]), same
            value[mine] = digamma(k) - digamma(len(members) + 1 - same)
            neighbour.append(members[row].ravel())
            share.append(np.full(row.size, 1.0 / k))
        among_all = Marginal.counted(self.rows, points, radius, 1 - itself)
        local = value + digamma(n + 1 - itself) - digamma(among_all.count)
        return _Counted(local, among_all, np.concatenate(neighbour), np.concatenate(share))

    def _by_label(self, label: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """For each label that occurs, its points and its rows."""
        for each in np.unique(label):
            yield np.flatnonzero(label == each), np.flatnonzero(self.label == each)

    def _read(self, named: np.ndarray) -> np.ndarray:
        code = codes(np.vstack([self.symbol, named]))
        known = np.full(len(code), -1)
        known[code[: len(self.symbol)]] = np.arange(len(self.symbol))
        label = known[code[len(self.symbol) :]]
        if (label < 0).any():
            raise InputError(
                f"{int((label < 0).sum())} of the new rows have a label that fewer than two rows of the sample "
                "had, so that it has no neighbours. Leave these rows out, or fit on data with every label."
            )
        return label


def _labels_are_y(x: Rows, y: Rows, labels: str) -> bool:
    if labels not in ("auto", "x", "y"):
        raise InputError(f"labels is {labels!r}; give the side that holds them, 'x' or 'y', or 'auto'.")
    if labels != "auto":
        return labels == "y"
    in_x, in_y = (len(discrete_columns(side)) == side.shape[1] for side in (x, y))
    return in_y if in_x != in_y else int(codes(y).max()) < int(codes(x).max())
