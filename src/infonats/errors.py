"""Exceptions and warnings. Every message says what was given, what is allowed and what to do."""

import difflib
from collections.abc import Iterable, Mapping, Sequence


class InfonatsError(Exception):
    """Base of every error that this library raises on purpose."""


class InputError(InfonatsError, ValueError):
    """The data or a parameter cannot be used as given; the message says what to change."""


class ColumnError(InputError):
    """One column cannot be used: number `index` of the side `side` ("x" or "y"), and what is wrong with it.

    Closed forms see arrays without names; whoever knows the names raises `called(names)` instead.
    """

    def __init__(self, side: str, index: int, problem: str) -> None:
        super().__init__(side, index, problem)

    def __str__(self) -> str:
        side, index, problem = self.args
        return f"Column {index} of {side} {problem}"

    def called(self, names: Mapping[str, Sequence[str]]) -> InputError:
        """The same with the column's name among the `names` of its side."""
        side, index, problem = self.args
        return InputError(f"Column '{names[side][index]}' {problem}") if side in names else self


class KindError(InputError, TypeError):
    """The data are of a kind that cannot be used at all, such as text where numbers are needed."""


class UnknownNameError(InputError, LookupError):
    """A method, column or option that does not exist; the message names the nearest that does."""


class EstimationError(InfonatsError, ArithmeticError):
    """The computation broke down (divergence, a singular matrix); the message says what to try."""


class CheckpointError(InfonatsError, OSError):
    """A saved file cannot be read back: truncated, foreign or of another version."""


class Interrupted(KeyboardInterrupt):
    """Training was asked to stop and its state was saved; the message says where, and how to go on."""


class StoreError(InfonatsError, OSError):
    """A results store cannot be used: foreign, locked, of another version, or on a full disk."""


class InfonatsWarning(UserWarning):
    """Base of every warning that this library issues."""


class CheckpointWarning(InfonatsWarning):
    """A checkpoint cannot be written; training goes on without it."""


def unknown_name(kind: str, given: str, allowed: Iterable[str], where: str = "") -> UnknownNameError:
    """Build the error for a `given` name of a `kind` that is not among `allowed`, with a suggestion."""
    names = list(allowed)
    folded = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(str(given).casefold(), folded, n=1, cutoff=0.5)
    hint = f" Did you mean '{folded[close[0]]}'?" if close else ""
    listed = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
    return UnknownNameError(f"There is no {kind} '{given}'{where}.{hint} Allowed: {listed}.")
