"""Conditional mutual information I(X;Y|Z), row by row and in the mean, and a test of independence given Z."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from infonats.data.convert import Named
from infonats.errors import InputError
from infonats.estimate import Estimate
from infonats.quantities._measure import complete, locals_of
from infonats.quantities._variables import Variables, gather, gather_named, refuse_shared
from infonats.quantities.definitions import conditional
from infonats.quantities.independence import check_permutations, local_permutations, p_value
from infonats.quantities.series import null_values
from infonats.quantities.settings import NATIVE, Settings

X, Y, Z = (0,), (1,), (2,)


def conditional_mutual_information(
    x: Any, y: Any, z: Any, *, method: str = "auto", permutations: int = 0, **parameters: Any
) -> Estimate:
    r"""Estimate I(X;Y|Z) in nats from n rows: x (n,) or (n, dx), y and z likewise.

    .. math:: I(X;Y|Z) = E \log \frac{p(x, y | z)}{p(x | z)\, p(y | z)} = I(X; YZ) - I(X; Z)

    `method` "ksg" is that of Frenzel and Pompe (2007), "mixed_ksg" that of Mesner and Shalizi (2021),
    "gaussian" and "gaussian_copula" use log-determinants, "discrete" counts; any other name of `infonats
    methods`
    goes by the chain rule on the right. "auto" chooses and says why. With `permutations` (at least 19) the
    provenance holds the `p_value` of independence given z, by local permutation (Runge 2018; see
    `independence`). Rows of a series: `block="auto"`, or over how many rows they depend on each other, gives
    the standard error of blocks and tests by circular shifts of x, which also break what x shares with z, so
    that the test is approximate (see `blocks`). Further keywords: `seed`, `drop_missing`, `progress`, and the
    parameters of the method.

    Guarantees neither a lower nor an upper bound. Raises InputError as `infonats.mutual_information` does, and
    where z contains a column of x or y.
    """
    variables = gather({"x": x, "y": y, "z": z}, drop_missing=bool(parameters.get("drop_missing", False)))
    return conditional_of(variables, Settings.of(method, parameters), permutations)


def conditional_of(variables: Variables, settings: Settings, permutations: int = 0) -> Estimate:
    """As `conditional_mutual_information`, for three variables that were gathered."""
    refuse_shared(variables, 2, ("x", "y", "z"))
    settings = settings.chosen(variables)
    terms = conditional(X, Y, Z)
    found = locals_of(terms, variables, settings)
    more: dict[str, Any] = {}
    if permutations:
        nulls = _nulls(variables, settings, check_permutations(permutations))
        more = {"p_value": p_value(found.value, nulls), "permutations": permutations}
    return complete(_symbol(variables), found, variables, settings, more)


def _nulls(variables: Variables, settings: Settings, count: int) -> list[float]:
    """The values with x permuted near each z; of a series (`block` not 1), with x shifted circularly."""
    terms = conditional(X, Y, Z)
    if settings.block != 1:
        return null_values(terms, variables, settings, count)
    shuffled = local_permutations(variables, count, settings.seed)
    return [locals_of(terms, each, settings).value for each in shuffled]


def conditional_of_columns(
    sides: Mapping[str, Named], settings: Settings, permutations: int = 0
) -> tuple[Variables, Estimate]:
    """As `conditional_of`, for the columns "x", "y" and "z" of a table; also what was measured."""
    variables = gather_named(sides, drop_missing=settings.drop_missing)
    return variables, conditional_of(variables, settings, permutations)


def pointwise_mutual_information(
    x: Any, y: Any, given: Any = None, *, method: str = "auto", **parameters: Any
) -> np.ndarray:
    """The terms, in nats and of shape (n,), whose mean estimates I(X;Y), or I(X;Y|Z) where `given` is z.

    A term estimates log p(x,y|z) / p(x|z) p(y|z) at its row; one may be negative (the row misinforms). Takes
    the methods that add entropies (ksg, mixed_ksg, rounded_ksg, gaussian, gaussian_copula, discrete), and for
    I(X;Y) every closed form; the others have `pointwise` of their fitted estimators. Raises InputError for
    another method, and as `conditional_mutual_information` does.
    """
    parts = {"x": x, "y": y} | ({} if given is None else {"z": given})
    variables = gather(parts, drop_missing=bool(parameters.get("drop_missing", False)))
    if given is not None:
        refuse_shared(variables, 2, ("x", "y", "z"))
    settings = Settings.of(method, parameters).chosen(variables)
    if settings.native() is None:
        estimator = settings.estimator()
        if given is None and estimator.info.family == "closed form":
            pairs = variables.pairs(X, Y)
            return estimator.fit_pairs(pairs, settings.progress).pointwise_pairs(pairs)
        raise InputError(
            f"{method} gives no value for each row here; use {', '.join(NATIVE)}, or "
            f"make(...).fit(x, y).pointwise(x, y) of infonats.estimators for I(X;Y) by {method}."
        )
    return locals_of(conditional(X, Y, Z if given is not None else ()), variables, settings).local


def _symbol(variables: Variables) -> str:
    x, y, z = (", ".join(names[:4]) + ", ..." * (len(names) > 4) for names in variables.names)
    return f"I({x}; {y} | {z})"
