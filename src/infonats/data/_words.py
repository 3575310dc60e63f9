"""Turn lists, shares and values into the words of messages."""

from collections.abc import Iterable
from typing import Any

import numpy as np


def listing(items: Iterable[str], most: int = 5) -> str:
    """The first `most` items with commas, and how many more there are."""
    words = list(items)
    rest = len(words) - most
    return ", ".join(words[:most]) + (f" and {rest} more" if rest > 0 else "")


def quoted(names: Iterable[str], most: int = 5) -> str:
    """Names in quotes, as `listing` shows them."""
    return listing((f"'{name}'" for name in names), most)


def percent(share: float) -> str:
    """A share in [0, 1] as a percentage of two digits."""
    return f"{100 * share:.2g} %" if share < 0.995 else f"{100 * share:.0f} %"


def counted(count: int, noun: str) -> str:
    """A count with its noun: ``1 row``, ``2 rows``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def shown(value: Any, most: int = 40) -> str:
    """The repr of a value on one line, cut after `most` characters."""
    text = " ".join(repr(value.item() if isinstance(value, np.generic) else value).split())
    return text if len(text) <= most else text[:most] + "..."
