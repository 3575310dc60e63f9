"""Columns of text as categories: numbered in alphabetical order, with the words kept beside the numbers."""

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
from jaxtyping import Float64

from infonats.data._words import listing, shown
from infonats.errors import InputError

Words = tuple[str, ...]
"""The different texts of a column in the order of their numbers."""
Levels = tuple[Words | None, ...]
"""Of each column its words, None where it holds numbers. Empty where no column holds text."""


def words_in(values: Iterable[Any]) -> np.ndarray | None:
    """Values as an array of texts and None, if they are nothing but texts and missing; else None.

    Missing are None, NaN and what pandas means by NA. Values that are all missing are no text.
    """
    found = np.array([value if isinstance(value, str) else _missing(value) for value in values], dtype=object)
    return None if any(v is False for v in found) or all(v is None for v in found) else found


def _missing(value: Any) -> bool | None:
    """None for a missing value, False for any other."""
    if value is None or type(value).__name__ == "NAType":
        return None
    return None if isinstance(value, float) and value != value else False


def code_words(words: np.ndarray, what: str) -> tuple[Float64[np.ndarray, "n"], Words]:
    """The number of each text among the sorted different ones, NaN where it is missing; and those.

    Raises InputError where most of the different texts are numbers, because then a few stray cells, decimal
    commas, or separators of thousands have made text of a column of numbers; and where all are numbers with
    one unit, or dates or times, too many different ones for classes. `what` names the column.
    """
    present = np.array([word is not None for word in words])
    levels, code = np.unique(words[present].astype(str), return_inverse=True)
    strays = [level for level in levels if not _is_number(level)]
    if 2 * len(strays) < len(levels):
        example = shown(str((strays or [level for level in levels if not _is_plain(level)] or levels)[0]))
        raise InputError(
            f"{what} is text, most of it numbers (for example {example}): only real numbers or words can be "
            f"used.{_marks(levels)} Correct or empty the cells that are no numbers, and encode numbers as such."
        )
    if 5 * len(levels) > len(code):
        _refuse_ordered(levels, what)
    numbers = np.full(len(words), np.nan)
    numbers[present] = code
    return numbers, tuple(map(str, levels))


def _refuse_ordered(levels: np.ndarray, what: str) -> None:
    """Raise InputError where the texts are measurements or times, whose order categories would lose."""
    example = f"(for example {shown(str(levels[0]))}): as categories they would have no order"
    if all(_TIME.fullmatch(level) for level in levels):
        raise InputError(
            f"{what} is text, dates or times {example}. Give the time as a number, such as days since the "
            "first, or as a column the part of it that matters, such as the month or the hour."
        )
    if _measured(levels):
        raise InputError(f"{what} is text, numbers with a unit {example}. Leave the unit away from the cells.")


_GROUPED = re.compile(r"\s*[-+]?\d{1,3}(?:[ .,'\u2019\u00a0\u202f]\d{3})+(?:[.,]\d*)?\s*")
"""A number with separators of thousands."""
_DAY = r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[AaPp][Mm]|Z|[-+]\d{2}:?\d{2})?"
_TIME = re.compile(rf"\s*(?:{_DAY}|(?:{_DAY}[T ]\s*)?{_CLOCK})\s*")
"""A date, a time of day, or both."""


def _is_plain(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_number(text: str) -> bool:
    """Whether a text is a number, with a decimal comma or thousands apart too: categories have no order."""
    return _is_plain(text.replace(",", ".", 1)) or _GROUPED.fullmatch(text) is not None


def _marks(levels: np.ndarray) -> str:
    """What to do about commas and separators of thousands in these texts; both may look the same."""
    grouped = [level for level in levels if not _is_plain(level) and _GROUPED.fullmatch(level)]
    if any("," in level for level in levels if level not in grouped):
        return " Write decimal points for commas."
    if any("," in level for level in grouped):
        return " Leave out what separates thousands, and write decimal points for decimal commas."
    return " Leave out what separates thousands." if grouped else ""


def _measured(levels: np.ndarray) -> bool:
    """Whether all texts are numbers with one and the same mark: a unit behind, or a currency before."""
    found = [re.match(r"\s*([$€£¥]?)\s*[-+]?[\d.,]+(?:[eE][-+]?\d+)?(.*)", level) for level in levels]
    return all(found) and len({match.groups() for match in found if match}) == 1


def recode(values: np.ndarray, words: Levels, known: Levels) -> np.ndarray:
    """The columns (n, d) of text numbered by `words`, numbered as `known` does instead; unknown words above.

    Raises InputError where a column holds text and the known one numbers, or the reverse.
    """
    if not words and not known:
        return values
    ours = known or (None,) * values.shape[1]
    values = values.copy()
    for j, (given, mine) in enumerate(zip(words or (None,) * len(ours), ours, strict=True)):
        if (given is None) != (mine is None):
            now, then = ("numbers", "text") if given is None else ("text", "numbers")
            raise InputError(
                f"Column {j} holds {now}, and held {then} when the estimator was fitted; give {then}."
            )
        if given and mine:
            place = {word: float(code) for code, word in enumerate(mine)}
            new = np.array([place.get(word, len(mine) + i) for i, word in enumerate(given)])
            values[:, j] = new[values[:, j].astype(int)]
    return values


def text_columns(levels: Levels, d: int) -> np.ndarray:
    """Which of the d columns held text, (d,) of bool."""
    return np.array([bool(words) for words in levels or (None,) * d])


def indicators(values: Float64[np.ndarray, "n d"], text: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """The columns with each that held `text` (d,) as one of zeros and ones for every word that `seen` has.

    Two different words then lie equally far apart, whatever their numbers. Without text, `values` itself.
    """
    if not text.any():
        return values
    parts = [
        (column[:, None] == np.unique(known)).astype(np.float64) if words else column[:, None]
        for column, known, words in zip(values.T, seen.T, text, strict=True)
    ]
    return np.hstack(parts)


def refuse_unseen(values: Float64[np.ndarray, "m d"], text: np.ndarray, seen: np.ndarray) -> None:
    """Raise InputError where a column of `text` (d,) has a word that it has not in `seen` (n, d)."""
    new = np.zeros(len(values), dtype=bool)
    for j in np.flatnonzero(text):
        new |= ~np.isin(values[:, j], seen[:, j])
    if new.any():
        raise InputError(
            f"{int(new.sum())} of the new rows have a value of text that the sample never had, so nothing is "
            "known of them. Leave these rows out, or fit on data with every word."
        )


def category_note(names: Words, levels: Levels) -> str:
    """The columns of text and their words, for a sentence: ``'colour' (blue, green, red)``; empty if none.

    A word without a letter or digit, such as ``?``, is pointed out: it may mark what is missing.
    """
    found = [
        f"'{name}' ({listing(words)}{_marker(words)})"
        for name, words in zip(names, levels or (None,) * len(names), strict=True)
        if words
    ]
    return listing(found)


def _marker(words: Words) -> str:
    marks = [word for word in words if not any(map(str.isalnum, word))]
    return f"; if '{marks[0]}' marks what is missing, empty these cells" if len(marks) == 1 < len(words) else ""
