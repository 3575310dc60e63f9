r"""Entropy, joint entropy (of several columns) and conditional entropy, in nats.

.. math:: H(X) = -E \log p(x), \qquad H(X|Z) = H(XZ) - H(Z)

"discrete" counts distinct rows; H is then never negative but by its correction. "knn" (Kozachenko and
Leonenko 1987; see `infonats.closedform.kl_entropy`) and "gaussian" give the differential entropy, which
depends on the units of x, h(a X) = h(X) + log|a|, and may be negative. For H(X|Z) "knn" uses one radius for
both terms,

.. math:: h(X|Z) = \langle \psi(n_z) \rangle - \psi(k) + d_x \langle \log 2 \epsilon_i \rangle,

so that their errors cancel (A. Kraskov, H. Stögbauer, P. Grassberger 2004, doi:10.1103/PhysRevE.69.066138).
"""

from typing import Any

import numpy as np
from scipy.special import digamma

from infonats.closedform._columns import Scale
from infonats.closedform._stderr import standard_error
from infonats.data import discrete_columns
from infonats.errors import InputError, unknown_name
from infonats.estimate import Estimate
from infonats.quantities._counts import by_counts
from infonats.quantities._determinants import by_determinants
from infonats.quantities._locals import Local
from infonats.quantities._measure import complete
from infonats.quantities._neighbours import Neighbourhood
from infonats.quantities._variables import Variables, gather
from infonats.quantities.settings import Settings

METHODS = ("auto", "discrete", "knn", "gaussian")


def entropy(x: Any, given: Any = None, *, method: str = "auto", **parameters: Any) -> Estimate:
    """H(X) in nats of x (n,) or (n, d), joint over its columns; H(X|Z) where `given` is z.

    `method` is "discrete", "knn", "gaussian" or "auto": counts where every column looks discrete, neighbours
    where none does. Keywords: `k` (3) of knn, `correction` of discrete, `bias_correction` of gaussian,
    `seed`, `drop_missing`. Raises InputError for data that cannot be used and for a mixture of discrete and
    continuous columns, which has neither entropy; UnknownNameError for another method.
    """
    parts = {"x": x} | ({} if given is None else {"z": given})
    variables = gather(parts, drop_missing=bool(parameters.get("drop_missing", False)))
    settings = _chosen(Settings.of(method, parameters), variables)
    found = _locals(variables, settings)
    names = [", ".join(side[:4]) + ", ..." * (len(side) > 4) for side in variables.names]
    return complete(f"H({' | '.join(names)})", found, variables, settings)


def _chosen(settings: Settings, variables: Variables) -> Settings:
    if settings.method not in METHODS:
        raise unknown_name("method of entropy", settings.method, METHODS)
    if settings.method != "auto":
        return settings
    discrete = sum(len(discrete_columns(block)) for block in variables.blocks)
    if 0 < discrete < variables.columns:
        raise InputError(
            f"{discrete} of {variables.columns} columns look discrete and the others continuous; such a "
            "mixture has "
            "neither a discrete nor a differential entropy. Give columns of one kind, or name the method."
        )
    kind = "discrete" if discrete else "continuous"
    why = f"chosen because every column looks {kind}"
    return Settings("discrete" if discrete else "knn", settings.parameters, settings.seed, why=why)


def _locals(variables: Variables, settings: Settings) -> Local:
    coefficients = {(0,): 1} if len(variables.blocks) == 1 else {(1,): -1, (0, 1): 1}
    how = dict(settings.parameters)
    unknown = set(how) - {{"knn": "k", "discrete": "correction"}.get(settings.method, "bias_correction")}
    if unknown:
        allowed = {"knn": ["k"], "discrete": ["correction"], "gaussian": ["bias_correction"]}[settings.method]
        raise unknown_name("parameter", sorted(unknown)[0], allowed, f" of the entropy by {settings.method}")
    if settings.method == "discrete":
        return by_counts(variables, coefficients, **how)
    if settings.method == "gaussian":
        return by_determinants(variables, coefficients, **how)
    return _by_neighbours(variables, settings.seed, **how)


def _by_neighbours(variables: Variables, seed: int, k: int = 3) -> Local:
    near = Neighbourhood.of(variables, k, mixed=False, seed=seed)
    scale = Scale.of(variables.blocks[0], "x")
    units = float(np.sum(np.log(scale.spread) + scale.exponent * np.log(2.0)))
    d = variables.blocks[0].shape[1]
    condition = (
        near.marginal((1,)).count if len(variables.blocks) > 1 else np.full(len(variables), len(variables))
    )
    local = digamma(condition) - digamma(k) + d * np.log(2.0 * near.distance) + units
    return Local(local, standard_error(local))
