r"""Signed sums of entropies by k nearest neighbours that share one radius.

Let eps_i be the max-norm distance from row i to its k-th neighbour in the space of all m variables, and
n_{A,i} the number of rows strictly closer than eps_i in the columns of A, row i itself included. The
entropies of Kozachenko and Leonenko at this one radius,

.. math:: H(A) = \psi(n) - \langle \psi(n_{A,i}) \rangle + d_A \langle \log 2 \epsilon_i \rangle, \qquad
          H(X_{1..m}) = \psi(n) - \psi(k) + d \langle \log 2 \epsilon_i \rangle,

have errors that largely cancel, and where every variable's coefficients sum to zero, so do the logarithms.
For I(X;Y) this is the first estimator of Kraskov et al., for the total correlation their equation 23, and
for I(X;Y|Z) that of Frenzel and Pompe:

.. math:: I(X;Y|Z) = \psi(k) - \langle \psi(n_{xz}) + \psi(n_{yz}) - \psi(n_z) \rangle

Rows on an atom (`mixed`: eps_i = 0) replace k by the number of rows on it (Mesner and Shalizi).

References: A. Kraskov, H. Stögbauer, P. Grassberger (2004), doi:10.1103/PhysRevE.69.066138; S. Frenzel,
B. Pompe, "Partial mutual information for coupling analysis of multivariate time series", Physical Review
Letters 99, 204101 (2007), doi:10.1103/PhysRevLett.99.204101; O. C. Mesner, C. R. Shalizi, "Conditional mutual
information estimation for mixed, discrete and continuous data", IEEE Transactions on Information Theory 67,
464-484 (2021), arXiv:1912.03387, whose value is clipped at zero; this one is not.

Assumes independent rows. Guarantees neither a lower nor an upper bound. Biased towards zero where dependence
is strong or columns are many; conditioning adds columns.
"""

import dataclasses
import itertools
from collections.abc import Mapping

import numpy as np
from scipy.special import digamma

from infonats.closedform._columns import Scale
from infonats.closedform._influence import FEWEST, MOST, PAIRS, Marginal
from infonats.closedform._ties import refuse_discrete, separate
from infonats.closedform.neighbours import below, check_k, count_within, nearest
from infonats.closedform.rounded_ksg import averaged, spread
from infonats.errors import ColumnError, InputError
from infonats.estimators.rounded_ksg import spread_notes
from infonats.quantities._locals import Local
from infonats.quantities._variables import Set, Variables

_CLOSER = 1.0 - 1e-12
"""As in `infonats.closedform.mixed_ksg`: lattice distances are equal only up to rounding."""


@dataclasses.dataclass(frozen=True, eq=False)
class Neighbourhood:
    """The joint space of all variables and what surrounds each row in it."""

    rows: np.ndarray
    columns: tuple[slice, ...]
    k: np.ndarray
    radius: np.ndarray
    row: np.ndarray
    distance: np.ndarray

    @classmethod
    def of(cls, variables: Variables, k: int, mixed: bool, seed: int) -> "Neighbourhood":
        """Find the k neighbours of every row. Raises InputError as `infonats.closedform.ksg` does."""
        k = check_k(k, len(variables))
        edges = np.cumsum([0, *(block.shape[1] for block in variables.blocks)])
        columns = tuple(slice(a, b) for a, b in itertools.pairwise(edges))
        joint = variables.joint(tuple(range(len(columns))))
        rows = Scale.of(joint, "the data")(joint)
        if not mixed:
            _refuse_discrete(variables, k)
            rows = separate(rows, seed)
        distance, row, _ = nearest(rows, rows, k)
        rho = distance[:, -1]
        radius = _CLOSER * rho if mixed else below(rho)
        on_atom = rho == 0.0
        k_each = np.where(on_atom, count_within(rows, rows, np.zeros_like(rho)), k) if on_atom.any() else k
        return cls(rows, columns, np.broadcast_to(k_each, rho.shape), radius, row, rho)

    def marginal(self, members: Set) -> Marginal:
        """The columns of `members`, with the radius and the count of each row in them."""
        rows = np.hstack([self.rows[:, self.columns[i]] for i in members])
        return Marginal.counted(rows, rows, self.radius, 0)


def by_neighbours(
    variables: Variables, coefficients: Mapping[Set, int], *, k: int = 3, mixed: bool = False, seed: int = 0
) -> Local:
    """The signed sum by k nearest neighbours; with atoms and repeated values allowed where `mixed` is true.

    `seed` is that of the noise which separates ties. Raises InputError where n <= k, or columns look discrete.
    """
    variables = variables.indicated() if mixed else variables
    near, everything = Neighbourhood.of(variables, k, mixed, seed), tuple(range(len(variables.blocks)))
    whole = coefficients[everything]
    marginals = [(c, near.marginal(members)) for members, c in coefficients.items() if members != everything]
    local = sum(coefficients.values()) * digamma(len(variables)) - whole * digamma(near.k)
    for c, marginal in marginals:
        local = local - c * digamma(marginal.count)
    return Local(local, _error(local, near, whole, marginals))


def by_spread(
    variables: Variables, coefficients: Mapping[Set, int], *, k: int = 3, draws: int = 4, seed: int = 0
) -> Local:
    """The signed sum by k nearest neighbours on values spread over what rounds to them, over `draws` draws.

    As `infonats.closedform.rounded_ksg`, which it is for I(X;Y). Raises InputError as that does.
    """
    found = [
        by_neighbours(dataclasses.replace(variables, blocks=drawn, levels=()), coefficients, k=k)
        for drawn in spread(variables.blocks, k, draws, seed)
    ]
    local, stderr = averaged([(each.local, each.stderr) for each in found])
    return Local(local, stderr, tuple(spread_notes(zip(variables.names, variables.blocks, strict=True))))


def _error(local: np.ndarray, near: Neighbourhood, whole: int, marginals: list[tuple[int, Marginal]]) -> float:
    """The infinitesimal jackknife of `infonats.closedform._influence`, with the signs of the sum."""
    n, atom = len(local), near.distance == 0.0
    quick = all(marginal.rows.shape[1] == 1 for _, marginal in marginals)
    chosen = np.unique(
        np.linspace(0, n - 1, n if quick else min(n, int(np.clip(PAIRS / n, FEWEST, MOST)))).astype(int)
    )
    joint = np.bincount(near.row[~atom].ravel(), minlength=n) / near.row.shape[1]
    influence = local - whole * (joint + np.where(atom, 1.0 - 1.0 / near.k, 0.0))
    influence = influence[chosen]
    for c, marginal in marginals:
        influence = influence - c * marginal.burden(chosen)
    return float(np.sqrt(np.var(influence, ddof=1) / n))


def _refuse_discrete(variables: Variables, k: int) -> None:
    everything = variables.joint(tuple(range(len(variables.blocks))))
    names = variables.labels(tuple(range(len(variables.blocks))))
    try:
        refuse_discrete(everything[:, :1], everything[:, 1:], k)
    except ColumnError as error:
        raise error.called({"x": names[:1], "y": names[1:]}) from None
    except InputError as error:
        raise InputError(f"Of the columns x = {names[0]}, y = {', '.join(names[1:])}: {error}") from None
