r"""Dependence among many variables: total correlation, its dual, interaction information, O-information.

.. math::
   T &= \sum_i H(X_i) - H(X_{1..m}) \\
   D &= H(X_{1..m}) - \sum_i H(X_i | X_{-i}) \\
   II &= I(X_1;X_2|X_3) - I(X_1;X_2) \quad (m = 3), \qquad \Omega = T - D

T and D are zero only where all variables are independent. For three variables Omega = -II. A positive Omega
says that the variables repeat each other (redundancy), a negative one that they say together what no part of
them says (synergy); the parity Z = X xor Y of fair bits has II = log 2 and Omega = -log 2.

References: S. Watanabe, "Information theoretical analysis of multivariate correlation", IBM Journal of
Research and Development 4, 66-82 (1960), doi:10.1147/rd.41.0066; T. S. Han, "Linear dependence structure of
the entropy space", Information and Control 29, 337-368 (1975), doi:10.1016/S0019-9958(75)80004-0; W. J.
McGill, "Multivariate information transmission", Psychometrika 19, 97-116 (1954), doi:10.1007/BF02289159; F.
E. Rosas, P. A. M. Mediano, M. Gastpar, H. J. Jensen, "Quantifying high-order interdependencies via
multivariate extensions of the mutual information", Physical Review E 100, 032305 (2019),
doi:10.1103/PhysRevE.100.032305.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from infonats.errors import InputError
from infonats.estimate import Estimate
from infonats.quantities import definitions
from infonats.quantities._measure import measure
from infonats.quantities._variables import gather
from infonats.quantities.definitions import Terms
from infonats.quantities.settings import Settings

MOST_INTERACTING = 10


def total_correlation(variables: Any, *, method: str = "auto", **parameters: Any) -> Estimate:
    """T = sum_i H(X_i) - H(X_1..m) in nats, of m >= 2 variables of n rows each. Never negative but by error.

    Each variable is (n,) or (n, d); a matrix (n, m) is m variables. Methods and keywords are those of
    `conditional_mutual_information`. Raises InputError for fewer than two variables, and as it does.
    """
    return _of(variables, "T", definitions.total_correlation, method, parameters)


def dual_total_correlation(variables: Any, *, method: str = "auto", **parameters: Any) -> Estimate:
    """D = H(X_1..m) - sum_i H(X_i | others) in nats: what is shared by at least two of the variables.

    Takes and raises what `total_correlation` does. Never negative but by error.
    """
    return _of(variables, "D", definitions.dual_total_correlation, method, parameters)


def interaction_information(variables: Any, *, method: str = "auto", **parameters: Any) -> Estimate:
    """II in nats, with McGill's sign for three variables: I(X;Y|Z) - I(X;Y), positive for synergy.

    For m variables II(X_1..m) = II(X_1..m-1 | X_m) - II(X_1..m-1); the co-information is (-1)^m II. Takes and
    raises what `total_correlation` does; at most ten variables, because the terms number 2^m.
    """
    return _of(variables, "II", definitions.interaction, method, parameters)


def o_information(variables: Any, *, method: str = "auto", **parameters: Any) -> Estimate:
    """Omega = T - D in nats, of m >= 3 variables: positive for redundancy, negative for synergy.

    Takes and raises what `total_correlation` does.
    """
    return _of(variables, "Omega", definitions.o_information, method, parameters)


def _of(
    variables: Any, name: str, terms: Callable[[int], Terms], method: str, parameters: dict[str, Any]
) -> Estimate:
    parts = _parts(variables)
    fewest, most = (3 if name == "Omega" else 2), (MOST_INTERACTING if name == "II" else len(parts))
    if not fewest <= len(parts) <= max(most, fewest):
        limit = f" and at most {MOST_INTERACTING}" if name == "II" else ""
        raise InputError(
            f"{name} was given {len(parts)} variables; it needs at least {fewest}{limit}. Give a list of "
            "arrays of "
            "shape (n,) or (n, d), or a matrix (n, m) whose columns are the variables."
        )
    gathered = gather(parts, drop_missing=bool(parameters.get("drop_missing", False)))
    shown = ["/".join(names[:3]) for names in gathered.names]
    symbol = f"{name}({'; '.join(shown[:5])}{'; ...' * (len(shown) > 5)})"
    return measure(symbol, terms(len(parts)), gathered, Settings.of(method, parameters))


def _parts(variables: Any) -> dict[str, Any]:
    """The variables by label: items of a list or mapping, columns of a frame or matrix."""
    if hasattr(variables, "columns"):
        names = list(variables.columns)
        return {str(name): variables[name] for name in names}
    if isinstance(variables, dict):
        return dict(variables)
    if isinstance(variables, list | tuple):
        return {f"x{i}": part for i, part in enumerate(variables)}
    matrix = np.asarray(variables)
    columns = matrix.T if matrix.ndim == 2 else [matrix]
    return {f"x{i}": column for i, column in enumerate(columns)}
