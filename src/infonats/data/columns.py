"""Which columns a specification such as ``PKA,Jnk`` or ``2:5`` means."""

import csv
import dataclasses
import functools
import re
from collections import Counter
from collections.abc import Iterable, Mapping

from infonats.data._words import counted, quoted
from infonats.errors import InputError, unknown_name

_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)


@dataclasses.dataclass(frozen=True)
class Columns:
    """The column names of a table, in order, and names of `groups` of neighbouring columns."""

    names: tuple[str, ...]
    groups: Mapping[str, range] = dataclasses.field(default_factory=dict)

    @functools.cached_property
    def _known(self) -> dict[str, range]:
        """What each name stands for: columns before groups, the first of equal names."""
        known: dict[str, range] = {}
        for i, name in enumerate(self.names):
            known.setdefault(name, range(i, i + 1))
        return known | {name: group for name, group in self.groups.items() if name not in known}

    @functools.cached_property
    def _alike(self) -> dict[str, list[str]]:
        """The names that are equal but for case and outer blanks."""
        alike: dict[str, list[str]] = {}
        for name in self._known:
            alike.setdefault(name.strip().casefold(), []).append(name)
        return alike

    def find(self, spec: str) -> tuple[int, ...]:
        """The positions of the columns that `spec` names, in its order.

        spec: items separated by commas. Each item is the first of these that fits:
        a column name (put it in double quotes where it contains a comma) or the name of a group;
        the only name that differs in case alone; a whole number, counted from 0, or from the
        end where negative; a range ``a:b`` of numbers, without b, as in Python; a range of names, with
        both ends.
        Raises UnknownNameError for a name that does not exist, else InputError.
        """
        if not spec.strip():
            raise InputError(f"No column is named in '{spec}'; give at least one of {quoted(self.names)}.")
        found = [position for item in _items(spec) for position in self._item(item)]
        repeated = [self.names[p] for p, count in Counter(found).items() if count > 1]
        if repeated:
            raise InputError(f"'{spec}' names {quoted(repeated)} more than once; name each column once.")
        return tuple(found)

    def _item(self, item: str) -> Iterable[int]:
        named = self._named(item)
        if named is None and _INTEGER.fullmatch(item):
            return (self._index(int(item), item),)
        if named is None and ":" in item:
            named = self._range(item)
        if named is None:
            raise unknown_name("column", item, (*self.groups, *self.names), self._range_meant(item))
        return named

    def _range_meant(self, item: str) -> str:
        """How to write the range that ``a-b`` may have meant; empty where its ends are no columns."""
        cuts = ((item[: m.start()], item[m.end() :]) for m in re.finditer(r"\s*(?:-|\.\.+)\s*", item))
        ends = next(((a, b) for a, b in cuts if a and b and self._ends(a, b)), None)
        return f"; a range of columns is written {ends[0]}:{ends[1]}" if ends else ""

    def _named(self, item: str) -> range | None:
        """The columns of that very name, else of the only name that differs in case; None if there is none."""
        if item in self._known:
            return self._known[item]
        alike = self._alike.get(item.casefold(), [])
        if len(alike) > 1:
            raise InputError(f"Column '{item}' could be any of {quoted(alike)}; spell it exactly.")
        return self._known[alike[0]] if alike else None

    def _index(self, index: int, item: str) -> int:
        n = len(self.names)
        if not -n <= index < n:
            raise InputError(
                f"Column index {index} in '{item}' is out of range; the table has "
                f"{counted(n, 'column')}, {-n} to {n - 1}: {quoted(self.names)}."
            )
        return index % n

    def _range(self, item: str) -> range | None:
        """Numbers come first, so that ``0:3`` means the same in a table whose names are numbers."""
        for colon in re.finditer(":", item):
            a, b = item[: colon.start()].strip(), item[colon.end() :].strip()
            found = self._numbers(a, b, item) if _is_number(a) and _is_number(b) else self._ends(a, b)
            if found is not None and not found:
                raise InputError(
                    f"The range '{item}' holds no column; give its ends in the order of the table."
                )
            if found is not None:
                return found
        return None

    def _numbers(self, a: str, b: str, item: str) -> range:
        n = len(self.names)
        start = self._index(int(a), item) if a else 0
        stop = n if not b or int(b) == n else self._index(int(b), item)
        return range(start, stop)

    def _ends(self, a: str, b: str) -> range | None:
        first = self._named(a) if a else range(1)
        last = self._named(b) if b else range(len(self.names))
        return None if first is None or last is None else range(first.start, last.stop)


def _is_number(text: str) -> bool:
    return not text or _INTEGER.fullmatch(text) is not None


def _items(spec: str) -> list[str]:
    """Split at commas outside double quotes."""
    try:
        items = next(csv.reader([spec.strip()], skipinitialspace=True))
    except csv.Error as error:
        raise InputError(
            f"'{spec}' cannot be read as column names ({error}); separate names by commas."
        ) from error
    items = [item.strip() for item in items]
    if "" in items:
        raise InputError(
            f"'{spec}' has an empty item; separate names by single commas. Unnamed columns have an index."
        )
    return items
