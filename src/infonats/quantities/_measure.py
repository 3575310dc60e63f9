"""From a signed sum of informations to an `Estimate`, by whatever method."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from infonats._types import Progress
from infonats.data import Pairs
from infonats.estimate import Estimate, normal_interval, versions
from infonats.estimators.base import Estimator
from infonats.estimators.serial import RUNS, block_error, without_following
from infonats.quantities._locals import Local
from infonats.quantities._variables import Variables
from infonats.quantities.definitions import Information, Terms, entropies
from infonats.quantities.settings import Settings

TEXT_NOTE = "Text was taken as categories"


def measure(symbol: str, terms: Terms, variables: Variables, settings: Settings) -> Estimate:
    """The signed sum `terms` of the variables, called `symbol` where it is shown."""
    settings = settings.chosen(variables)
    found = locals_of(terms, variables, settings)
    return complete(symbol, found, variables, settings)


def locals_of(terms: Terms, variables: Variables, settings: Settings) -> Local:
    """The same, row by row, without describing it."""
    native = settings.native()
    if native is not None:
        return native(variables, entropies(terms))
    return _by_informations(terms, variables, settings)


def complete(
    symbol: str, found: Local, variables: Variables, settings: Settings, more: Mapping[str, Any] | None = None
) -> Estimate:
    """An `Estimate` of what was `found`; `more` is added to its provenance."""
    found, blocks = _in_blocks(found, settings)
    parameters = {name: list(v) if isinstance(v, tuple) else v for name, v in settings.parameters.items()}
    provenance = versions() | {"quantity": symbol, "parameters": parameters, "data": variables.fingerprint()}
    sides = dict(zip(("x", "y", "given"), map(list, variables.names), strict=False))
    several = {"variables": list(map(list, variables.names))} if len(variables.blocks) > 3 else sides
    provenance |= several | ({"choice": settings.why} if settings.why else {}) | blocks | dict(more or {})
    return Estimate(
        value=found.value,
        stderr=found.stderr,
        method=settings.method,
        side="none",
        n_test=len(variables),
        interval=normal_interval(found.value, found.stderr),
        seed=None if settings.method in ("discrete", "gaussian", "gaussian_copula") else settings.seed,
        diagnostics=(*_text_note(variables), *_seen(variables, settings), *found.notes),
        provenance=provenance,
    )


def _in_blocks(found: Local, settings: Settings) -> tuple[Local, dict[str, int]]:
    """The error of rows that stand in blocks, with a sentence on it."""
    if settings.block == 1:
        return found, {}
    if not np.ptp(found.local):
        return found, {}  # what trained has told the error of blocks already
    block, factor, note = block_error(found.local, settings.block)
    return Local(found.local, factor * found.stderr, (*found.notes, note)), {"block": block}


def _seen(variables: Variables, settings: Settings) -> tuple[str, ...]:
    """What the data shows; that rows are alike is no news where they stand in blocks."""
    seen = variables.look(settings.method)
    return seen if settings.block == 1 else without_following(seen)


def _text_note(variables: Variables) -> tuple[str, ...]:
    return (f"{TEXT_NOTE}: {variables.text}.",) if variables.text else ()


def _by_informations(terms: Terms, variables: Variables, settings: Settings) -> Local:
    """Each I(A;B) by an estimator of its own, on the same rows and the same splits.

    Where every row has its own value on the rows that give the estimate (closed forms), the errors of the
    terms cancel as they should: the error is that of the mean of the signed sum. Elsewhere the errors are
    added as if independent, and a note says so.
    """
    if len(terms) == 1:
        return _one_information(terms[0], variables, settings)
    total, variance, paired, notes, runs = np.zeros(len(variables)), 0.0, True, [], ()
    for place, term in enumerate(terms):
        estimator = settings.estimator()
        pairs = _pairs(term, variables, estimator, settings)
        estimate = estimator.fit_pairs(pairs, _share(settings.progress, place, len(terms))).estimate_
        paired &= estimator.info.family == "closed form"
        local = estimator.pointwise_pairs(pairs) if paired else np.zeros(len(variables))
        total += term.sign * (local - local.mean() + estimate.value)
        variance += estimate.stderr**2
        runs = tuple(note for note in estimate.diagnostics if note.startswith(RUNS))
        notes.append(f"{_name(term, variables)} = {estimate.value:z.4f} +- {estimate.stderr:.4f}")
    if paired:
        return Local(total, float(total.std(ddof=1) / math.sqrt(len(total))), (_sum_note(notes),))
    apart = " Their errors are added as if independent, which overstates the error where they move together."
    return Local(total, math.sqrt(variance), (_sum_note(notes) + apart, *runs))


def _one_information(term: Information, variables: Variables, settings: Settings) -> Local:
    """A single I(A;B), with what its estimator says of it and `complete` does not."""
    estimator = settings.estimator()
    pairs = _pairs(term, variables, estimator, settings)
    estimate = estimator.fit_pairs(pairs, settings.progress).estimate_
    known = variables.look(settings.method)
    notes = [d for d in estimate.diagnostics if d not in known and not d.startswith(TEXT_NOTE)]
    terms = np.full(len(variables), estimate.value)
    if settings.block != 1 and estimator.info.family == "closed form":  # what a block's error is made of
        local = estimator.pointwise_pairs(pairs)
        terms += local - local.mean()
    return Local(term.sign * terms, estimate.stderr, tuple(notes))


def _pairs(term: Information, variables: Variables, estimator: Estimator, settings: Settings) -> Pairs:
    """The sides of a term; what trains knows that they stand in blocks, and gives the error of these itself."""
    pairs = variables.pairs(term.a, term.b)
    return pairs.in_blocks(settings.block) if estimator.trains else pairs


def _sum_note(notes: list[str]) -> str:
    return (
        f"Computed as a signed sum of {len(notes)} estimates: "
        f"{'; '.join(notes[:4])}{'; ...' * (len(notes) > 4)}. "
        "Their biases do not cancel unless they are equal; compare with a method that adds entropies (ksg, "
        "gaussian_copula, discrete)."
    )


def _name(term: Information, variables: Variables) -> str:
    a, b = (", ".join(variables.labels(side)[:3]) for side in (term.a, term.b))
    return f"{'-' if term.sign < 0 else ''}I({a}; {b})"


def _share(progress: Progress | None, place: int, count: int) -> Callable[[int, int, str], None] | None:
    """The progress of one term as its share of all."""
    if progress is None:
        return None
    return lambda step, total, message: progress(
        1000 * place + 1000 * step // max(total, 1), 1000 * count, message
    )
