"""Hybrids by name: "doe+mine" and every other pair."""

from infonats.critics import CRITICS
from infonats.densities import DENSITIES
from infonats.errors import InputError, unknown_name
from infonats.estimators.generative_laws import GenerativeRecipe
from infonats.estimators.generative_methods import FEDERICI, GENERATIVE_METHODS
from infonats.estimators.hybrid_config import HybridConfig
from infonats.estimators.variational import BOUND_NAMES
from infonats.references import Reference

NO_DRAWS = {
    "gm": "it fits a joint density, from which y given x cannot be drawn",
    "pq": "it predicts codes of y, from which y itself cannot be drawn",
}
OFFERED = dict.fromkeys(GENERATIVE_METHODS, ("resample", "reweight"))
OFFERED |= {"gm": ("reweight",), "pq": ("same_code", "reweight")}
"""How the negatives of each method's critic may be found; the first is its default."""


def halves(name: str) -> tuple[str, str]:
    """The two methods of "doe+mine", spaces aside. Raises as `check_halves`."""
    generative, _, discriminative = (part.strip() for part in name.partition("+"))
    check_halves(generative, discriminative, f" in '{name}'")
    return generative, discriminative


def check_halves(generative: str, discriminative: str, where: str = "") -> None:
    """Raise UnknownNameError for a name that is none."""
    if generative not in GENERATIVE_METHODS:
        raise unknown_name("generative method", str(generative), GENERATIVE_METHODS, where)
    if discriminative not in BOUND_NAMES:
        raise unknown_name("bound", str(discriminative), BOUND_NAMES, where)


def correction_of(generative: str, config: HybridConfig) -> str:
    """How negatives are found. Raises InputError where the method or the training does not allow it."""
    allowed = OFFERED[generative]
    chosen = allowed[0] if config.correction == "default" else config.correction
    if chosen not in allowed:
        why = f": {NO_DRAWS[generative]}" if chosen == "resample" else ", whose y's have no codes"
        raise InputError(f"correction is '{chosen}' for '{generative}'{why}. Available: {', '.join(allowed)}.")
    if config.training == "joint" and chosen != "resample":
        raise InputError(
            f"training is 'joint' and correction '{chosen}', which looks up what frozen densities said of each "
            "row. Use training 'frozen', or correction 'resample' where the method offers it (doe)."
        )
    return chosen


def hybrid_references(name: str) -> tuple[Reference, ...]:
    """The sources of both methods of a hybrid and of their combination, each once."""
    generative, discriminative = halves(name)
    found = (GENERATIVE_METHODS[generative].reference, BOUND_NAMES[discriminative].reference, FEDERICI)
    return tuple(dict.fromkeys(found))


def generative_recipe(method: str, config: HybridConfig) -> GenerativeRecipe:
    """What the generative half trains. Raises UnknownNameError for a density or a critic that is none."""
    marginal = config.conditional if config.marginal == "same" else config.marginal
    for density in (config.conditional, marginal):
        if density not in DENSITIES:
            raise unknown_name("density", str(density), [*DENSITIES, "same"])
    if config.critic not in CRITICS:
        raise unknown_name("critic", str(config.critic), CRITICS)
    return GenerativeRecipe(method, config.conditional, marginal, config.generative)
