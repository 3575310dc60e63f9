"""One cell, measured: draw the sample, run the method, note the number and what it cost."""

import contextlib
import dataclasses
import functools
import json
import math
import time
from collections.abc import Iterable, Sequence

import numpy as np

from infonats._random import torch_generator
from infonats.benchmark._memory import PeakMemory
from infonats.benchmark.cell import Cell
from infonats.benchmark.methods import as_numbers, parse, resolve
from infonats.benchmark.record import Record, failure, now
from infonats.tasks import Task, make

made = functools.cache(make)
"""A task by name, built once in a process: its truth may take a while."""

FEW = 40

known = functools.cache(resolve)


@functools.cache
def warm(method: str) -> None:
    """Let a closed form load and compile what it needs, so that the first cell costs what the others do.

    A method that trains is left alone: that would take longer than it explains.
    """
    if ":" in method or method == "auto":
        return
    from infonats.estimators import make as make_estimator

    if make_estimator(parse(method)[0]).trains:
        return
    x, y = np.random.default_rng(0).standard_normal((2, FEW, 1))
    with contextlib.suppress(Exception):
        known(method)(x, y, 0)


def measure(cell: Cell) -> Record:
    """The record of a cell; whatever the method raises becomes its reason, and stops nothing else."""
    try:
        task, method = made(cell.task), known(cell.method)
        (x, y), left_out = _sides(task, cell)
        warm(cell.method)
        memory, cpu, wall = PeakMemory(), time.process_time(), time.perf_counter()
        result = method(x, y, cell.method_seed)
        spent = {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
        return _record(cell, task, {**spent, "peak_bytes": memory.risen(), **as_numbers(result)}, left_out)
    except MemoryError:
        return failure(cell, "The method ran out of memory.")
    except Exception as error:
        return failure(cell, f"{type(error).__name__}: {error}")


def _sides(task: Task, cell: Cell) -> tuple[list[np.ndarray], tuple[str, ...]]:
    """The sample. Our methods get a picture as an image, and say themselves what they leave out."""
    sides = [side.numpy() for side in task.sample(cell.n, torch_generator(cell.data_seed))]
    if task.picture is None or ":" in cell.method:
        return _varying(sides)
    return [
        side.reshape(-1, *task.picture) if side.shape[1] == math.prod(task.picture) else side for side in sides
    ], ()


def _varying(sides: Sequence[np.ndarray]) -> tuple[list[np.ndarray], tuple[str, ...]]:
    """The columns that vary in this sample, and what was left out: the border of an image carries nothing.

    A side whose columns are all constant stays, so that the method says of it what it says to everyone.
    """
    kept, notes = [], []
    for name, side in zip("xy", sides, strict=True):
        varies = (side != side[:1]).any(axis=0)
        if varies.all() or not varies.any():
            kept.append(side)
            continue
        kept.append(np.ascontiguousarray(side[:, varies]))
        notes.append(
            f"{(~varies).sum()} of {len(varies)} columns of {name} are constant here and were left out."
        )
    return kept, tuple(notes)


def _record(cell: Cell, task: Task, numbers: dict[str, object], left_out: tuple[str, ...]) -> Record:
    notes, versions = numbers.pop("diagnostics", ()), numbers.pop("versions", {})
    said = (*left_out, *map(str, notes if isinstance(notes, Iterable) else ()))
    return dataclasses.replace(
        failure(cell, "", "ok"),
        dim_x=task.dim_x,
        dim_y=task.dim_y,
        truth=task.mutual_information,
        truth_stderr=task.mutual_information_stderr,
        diagnostics="\n".join(said),
        versions=json.dumps(versions),
        finished=now(),
        **{name: _plain(value) for name, value in numbers.items()},
    )


def _plain(value: object) -> object:
    """A number as Python has it: SQLite keeps NumPy's as bytes."""
    return value.item() if isinstance(value, np.generic) else value
