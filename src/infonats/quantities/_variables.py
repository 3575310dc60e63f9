"""Several variables whose rows belong together: validated, named, described."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from infonats.data import Pairs, discrete_columns, fingerprint, look
from infonats.data._words import quoted
from infonats.data.categories import Levels, category_note, indicators, text_columns
from infonats.data.convert import Named, as_named
from infonats.data.pairs import line_up
from infonats.errors import InputError
from infonats.estimators import info_of

Set = tuple[int, ...]

ENTROPY_ONLY = "knn"
"""The neighbours of `entropy`, which assume no equal values: of no I(X;Y), and so of no registry."""


@dataclasses.dataclass(frozen=True, eq=False)
class Variables:
    """m variables of n rows each: `blocks[i]` is float64 (n, d_i), its columns called `names[i]`."""

    blocks: tuple[np.ndarray, ...]
    names: tuple[tuple[str, ...], ...]
    levels: tuple[Levels, ...] = ()
    """The words of columns of text, one entry for each variable; empty where none held text."""

    def __len__(self) -> int:
        return len(self.blocks[0])

    @property
    def columns(self) -> int:
        """The number of columns of all variables together."""
        return sum(block.shape[1] for block in self.blocks)

    def joint(self, members: Set) -> np.ndarray:
        """The columns of the variables in `members` side by side."""
        return np.hstack([self.blocks[i] for i in members])

    def labels(self, members: Set) -> tuple[str, ...]:
        """The names of these columns."""
        return tuple(name for i in members for name in self.names[i])

    def pairs(self, a: Set, b: Set) -> Pairs:
        """The variables in `a` against those in `b`, for an estimator of I(A;B)."""
        levels = self._words(a), self._words(b)
        return Pairs(self.joint(a), self.joint(b), self.labels(a), self.labels(b), *levels)

    def _words(self, members: Set) -> Levels:
        """The words of the columns of `members`; empty where none of them holds text."""
        parts = [(self.levels[i] if self.levels else ()) or (None,) * len(self.names[i]) for i in members]
        words = tuple(level for part in parts for level in part)
        return words if any(words) else ()

    @property
    def text(self) -> str:
        """The columns that held text, with their words; empty where there is none."""
        everything = tuple(range(len(self.blocks)))
        return category_note(self.labels(everything), self._words(everything))

    def discrete(self, i: int) -> int:
        """How many columns of variable i look discrete or held text."""
        text = {j for j, words in enumerate(self._words((i,))) if words}
        return len(text.union(discrete_columns(self.blocks[i])))

    def indicated(self) -> "Variables":
        """The variables with every column of text as indicators of its words (see `indicators`)."""
        if not self.levels:
            return self
        text = (text_columns(self._words((i,)), b.shape[1]) for i, b in enumerate(self.blocks))
        blocks = tuple(indicators(b, words, b) for b, words in zip(self.blocks, text, strict=True))
        return dataclasses.replace(self, blocks=blocks, levels=())

    def columns_of(self, i: int) -> Iterator[tuple[np.ndarray, str]]:
        """Each column of variable i with its name."""
        return zip(self.blocks[i].T, self.names[i], strict=True)

    def fingerprint(self) -> str:
        """Equal data, equal fingerprint (see `infonats.data.fingerprint`)."""
        rest = tuple(range(1, len(self.blocks)))
        y = self.joint(rest) if rest else self.blocks[0][:, :0]
        return fingerprint(Pairs(self.blocks[0], y, self.names[0], self.labels(rest)))

    def look(self, method: str) -> tuple[str, ...]:
        """What an analyst should know of the data before believing `method` (see `infonats.data.look`)."""
        if len(self.blocks) < 2:
            return ()
        values = "untied" if method == ENTROPY_ONLY else info_of(method).values
        return look(self.pairs((0,), tuple(range(1, len(self.blocks)))), method, values)


def gather(data: Mapping[str, Any], *, drop_missing: bool = False) -> Variables:
    """Check labelled variables, each anything of shape (n,) or (n, d), as `as_pairs` checks x and y.

    Raises InputError as `as_pairs` does.
    """
    return gather_named(
        {label: as_named(part, label, text=True) for label, part in data.items()}, drop_missing=drop_missing
    )


def gather_named(sides: Mapping[str, Named], *, drop_missing: bool = False) -> Variables:
    """As `gather`, for matrices that are already float64 and named."""
    found = line_up(sides, varying=True, drop_missing=drop_missing)
    levels = tuple(side.levels for side in found)
    return Variables(
        tuple(side.values for side in found), tuple(side.names for side in found), levels if any(levels) else ()
    )


def refuse_shared(variables: Variables, given: int, labels: Sequence[str]) -> None:
    """Raise InputError where the variable numbered `given` holds a column of another one."""
    held = {np.ascontiguousarray(column).tobytes(): name for column, name in variables.columns_of(given)}
    for i in sorted(set(range(len(variables.blocks))) - {given}):
        for column, name in variables.columns_of(i):
            same = held.get(np.ascontiguousarray(column).tobytes())
            if same is not None:
                raise InputError(
                    f"{labels[given]} contains {labels[i]}: column {quoted([same])} equals {quoted([name])} in "
                    "every row. Given a variable itself there is nothing left to share (0 by definition); "
                    "shared "
                    "with itself it is its entropy, infinite where it is continuous. Leave the column out of "
                    f"{labels[given]} or of {labels[i]}."
                )
