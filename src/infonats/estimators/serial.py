"""Rows in order of time: how far apart parts have to stand, and the error of what depends on its neighbours."""

import dataclasses

import numpy as np

from infonats.data import Pairs
from infonats.data.blocks import block_length, check_block, inflation, memory
from infonats.data.order import FOLLOWING
from infonats.errors import InputError
from infonats.estimate import Estimate, normal_interval
from infonats.inference import groups_of

PART = 4
"""Of the smallest part held out a block is at most one in so many: what is between parts is lost twice."""
FEW_GROUPS = 10

SERIES = "The rows of a time series"
RUNS = f"{SERIES} depend on each other"
ALONE = (
    f"{SERIES} may depend on each other; here the terms of successive rows show none, and the "
    "standard error is that of independent rows."
)
INDEPENDENT = (
    f"{SERIES} may depend on each other; here x and y show no common memory, and the rows are taken for "
    "independent."
)
BEYOND = "It knows nothing of dependence over more rows."


def block_error(local: np.ndarray, block: int | str) -> tuple[int, float, str]:
    """The rows of a block ("auto": by the rule), the factor on the standard error of a mean, and a sentence."""
    rows = block_length(local[:, None]) if block == "auto" else int(block)
    factor = inflation(local, rows)
    return (rows, factor, ALONE if rows == 1 else _blocks(rows, factor))


def _blocks(rows: int, factor: float) -> str:
    said = f"the standard error is that of blocks of {rows} rows, {factor:.2g} times that of independent rows"
    return f"{RUNS}: {said}. {BEYOND}"


def in_blocks(estimate: Estimate, local: np.ndarray, block: int | str) -> Estimate:
    """The estimate, a mean of the terms `local` (n,), with the error of rows that stand in blocks."""
    rows, factor, note = block_error(local, block)
    stderr = factor * estimate.stderr
    return dataclasses.replace(
        estimate.noting(block=rows),
        stderr=stderr,
        interval=normal_interval(estimate.value, stderr),
        diagnostics=(*without_following(estimate.diagnostics), note),
    )


def without_following(diagnostics: tuple[str, ...]) -> tuple[str, ...]:
    """The sentences but for that on rows like those before them: no news where they stand in blocks."""
    return tuple(sentence for sentence in diagnostics if not sentence.startswith(FOLLOWING))


def resolved(pairs: Pairs, share: float, name: str) -> tuple[Pairs, int]:
    """The pairs with a number of rows for `block`, and how many rows the rule asks for where that is too many.

    `share` is that of the rows in the smallest part held out, `name` the method's. Raises InputError where the
    block that was given is too long for it.
    """
    most = max(1, int(len(pairs) * share / PART))
    asked = memory(pairs.x, pairs.y) if pairs.block == "auto" else int(pairs.block)
    if asked > most and pairs.block != "auto":
        raise InputError(
            f"block is {asked} for {len(pairs)} rows; {name} holds rows out, with as many left out before and "
            f"behind them, and takes at most {most}. Give a longer series, or a method without training, such "
            "as auto-closed."
        )
    return dataclasses.replace(pairs, block=min(asked, most)), max(asked, 1)


def apart_notes(block: int, asked: int, tested: int) -> tuple[str, ...]:
    """Sentences on parts held apart by `block` rows, where the rule `asked` for as many or more, and on the
    number of rows `tested`.
    """
    if asked == 1:
        return (INDEPENDENT,)
    notes = [
        f"{RUNS}: the parts that train and test are runs of rows, more than {block} rows apart, and the "
        f"standard error is that of runs of at least as many. {BEYOND}"
    ]
    if asked > block:
        notes.append(
            f"By the rule x and y depend on their own past over {asked} rows; so few rows leave room for "
            f"{block} between the parts. The interval is too short; give a longer series."
        )
    groups = groups_of(tested, block)
    if groups < FEW_GROUPS:
        notes.append(
            f"The error is that of {groups} runs of rows to test on, and itself uncertain; with folds=5 every "
            "row is tested once."
        )
    return tuple(notes)


def refuse_blocks(block: int | str) -> None:
    """Raise InputError unless `block` is 1: rows that stay in their files are held out at random."""
    if check_block(block) != 1:
        raise InputError(
            f"block is {block!r}, and a stream holds rows out at random, so that rows to train on stand next "
            "to rows to test on. Read the file whole, or leave block out where rows are independent."
        )
