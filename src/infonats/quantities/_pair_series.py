"""One pair of columns of a table whose rows stand in order of time."""

import dataclasses

import numpy as np

from infonats.estimate import Estimate
from infonats.estimators.choice import CHOICES
from infonats.estimators.serial import SERIES
from infonats.quantities._measure import TEXT_NOTE
from infonats.quantities._screens import BINS, equal_count_bins
from infonats.quantities._variables import Variables
from infonats.quantities.matrix_result import PairRecord
from infonats.quantities.permutation import tested
from infonats.quantities.settings import Settings


def in_order(
    pair: tuple[int, int, int], variables: Variables, settings: Settings, permutations: int, exceedances: int
) -> PairRecord:
    """What `permutation_test` says of the two `variables`: the error of blocks, the p-value of circular shifts.

    Rows that lack a value were left out before, and those on both sides of a gap count as successive. Raises
    InputError where the rows have no room for the blocks.
    """
    named = settings.method
    if named == "binned":
        bins = settings.parameters.get("bins", BINS)
        codes = tuple(equal_count_bins(side, bins).astype(np.float64) for side in variables.blocks)
        variables = dataclasses.replace(variables, blocks=codes)
        settings = dataclasses.replace(settings, method="discrete", parameters={})
    elif named in CHOICES:
        settings = dataclasses.replace(settings, method="auto-closed")
    pairs = variables.pairs((0,), (1,))
    found = tested(pairs, settings, permutations, exceedances)
    method = named if named == "binned" else found.method
    note = " ".join(_notes(found, variables))
    p, block = found.provenance.get("p_value"), found.provenance["block"]
    return PairRecord(*pair, len(pairs), found.value, found.stderr, p, method, note, block)


def _notes(found: Estimate, variables: Variables) -> tuple[str, ...]:
    """What the method says of its value, without what the data shows, and what every pair is told of blocks."""
    known = variables.look(found.method)
    return tuple(d for d in found.diagnostics if d not in known and not d.startswith((SERIES, TEXT_NOTE)))
