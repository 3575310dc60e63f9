"""One cell of a benchmark: a task, a method, a number of rows, a seed; and the grid of them."""

import dataclasses
import hashlib
import itertools
from collections.abc import Iterable

from infonats._random import check_seed
from infonats.errors import InputError


@dataclasses.dataclass(frozen=True, order=True)
class Cell:
    """What is measured. `method` is a name, a name with parameters, or a function: see `methods.resolve`."""

    task: str
    method: str
    n: int
    seed: int

    @property
    def data_seed(self) -> int:
        """The seed of the sample: the same for every method, so that methods are compared on the same rows."""
        return _digest(self.task, self.n, self.seed)

    @property
    def method_seed(self) -> int:
        """The seed of the method, independent of that of the sample."""
        return _digest(self.task, self.method, self.n, self.seed)

    def __str__(self) -> str:
        return f"{self.method} on {self.task}, n = {self.n}, seed {self.seed}"


def grid(tasks: Iterable[str], methods: Iterable[str], ns: Iterable[int], seeds: Iterable[int]) -> list[Cell]:
    """Every combination, each once. Raises InputError for fewer than 2 rows, or a grid of nothing."""
    counts = list(dict.fromkeys(ns))
    if any(isinstance(n, bool) or not isinstance(n, int) or n < 2 for n in counts):
        raise InputError(f"n is {counts}; give numbers of rows, each 2 or more, such as 1000 and 10000.")
    places = itertools.product(dict.fromkeys(tasks), dict.fromkeys(methods))
    numbers = list(itertools.product(counts, [check_seed(seed) for seed in dict.fromkeys(seeds)]))
    cells = [Cell(task, method, n, seed) for task, method in places for n, seed in numbers]
    if not cells:
        raise InputError("The grid is empty; give one or more tasks, methods, numbers of rows and seeds.")
    return cells


def _digest(*what: object) -> int:
    """A seed from words: stable across processes, versions and machines."""
    text = "\n".join(map(str, what)).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "little") >> 1
