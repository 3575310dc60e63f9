r"""Every quantity as a signed sum of mutual informations, and so of entropies.

.. math:: I(A;B) = H(A) + H(B) - H(AB)

Variables are numbered; a set of them is a tuple of numbers. Each function returns what its docstring's
formula says, and `entropies` expands it. One table of formulas serves every method: counts, log-determinants
and neighbours add the entropies up; methods that know only I(A;B) add the informations up.
"""

import dataclasses
import itertools
from collections import Counter
from collections.abc import Sequence

Set = tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Information:
    """sign * I(A;B) for disjoint sets A and B."""

    sign: int
    a: Set
    b: Set


Terms = tuple[Information, ...]


def conditional(a: Set, b: Set, c: Set = ()) -> Terms:
    """I(A;B|C) = I(A;BC) - I(A;C)."""
    joint = Information(1, a, (*b, *c))
    return (joint, Information(-1, a, c)) if c else (joint,)


def total_correlation(m: int) -> Terms:
    """T = sum_i H(X_i) - H(X_1..m) = sum_i I(X_i; X_1..i-1) (Watanabe 1960)."""
    return tuple(Information(1, (i,), tuple(range(i))) for i in range(1, m))


def dual_total_correlation(m: int) -> Terms:
    """D = H(X_1..m) - sum_i H(X_i | others) = sum_i I(X_1..i-1; X_i | X_i+1..m) (Han 1975)."""
    return tuple(t for i in range(1, m) for t in conditional(tuple(range(i)), (i,), tuple(range(i + 1, m))))


def interaction(m: int) -> Terms:
    """II(X_1..m) = II(X_1..m-1 | X_m) - II(X_1..m-1), and II(X_1, X_2) = I(X_1;X_2) (McGill 1954)."""
    terms: list[Information] = []
    for size in range(m - 1):
        for given in itertools.combinations(range(2, m), size):
            terms += (
                negated(conditional((0,), (1,), given)) if (m - size) % 2 else conditional((0,), (1,), given)
            )
    return tuple(terms)


def o_information(m: int) -> Terms:
    """Omega = T - D (Rosas et al. 2019): positive where redundancy prevails, negative where synergy does."""
    return (*total_correlation(m), *negated(dual_total_correlation(m)))


def negated(terms: Sequence[Information]) -> Terms:
    """The terms with their signs reversed."""
    return tuple(dataclasses.replace(term, sign=-term.sign) for term in terms)


def entropies(terms: Sequence[Information]) -> dict[Set, int]:
    """The coefficients c_A of sum_A c_A H(A), those that cancel left out, smaller sets first."""
    total: Counter[Set] = Counter()
    for term in terms:
        for members, count in ((term.a, 1), (term.b, 1), ((*term.a, *term.b), -1)):
            total[tuple(sorted(members))] += term.sign * count
    return {members: total[members] for members in sorted(total, key=lambda s: (len(s), s)) if total[members]}
