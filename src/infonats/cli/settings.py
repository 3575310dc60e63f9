"""``--set NAME=VALUE``: method parameters from text."""

import math
from collections.abc import Iterable

from infonats.errors import InputError

Scalar = int | float | bool | str | None
Value = Scalar | tuple[Scalar, ...]

_WORDS: dict[str, Scalar] = {"true": True, "false": False, "none": None}
_OPTIONS = {name: f"--{name}" for name in ("method", "seed", "stream", "checkpoint", "track")}


def parse_settings(settings: Iterable[str]) -> dict[str, Value]:
    """Parse ``name=value`` texts to parameters: integers, floats, true, false, none, tuples, else text.

    Raises InputError for a text without ``=``, a name that no parameter can have, or one given twice.
    """
    parameters: dict[str, Value] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        _check(setting, name := name.strip().replace("-", "_"), bool(equals))
        if name in parameters:
            raise InputError(f"--set gives '{name}' twice; give it once.")
        parameters[name] = parse_value(text.strip())
    return parameters


def parse_value(text: str) -> Value:
    """Read a value: several between commas, as in ``64,64``, make a tuple."""
    if "," not in text:
        return _parse_scalar(text)
    return tuple(_parse_scalar(part.strip()) for part in text.split(",") if part.strip())


def _parse_scalar(text: str) -> Scalar:
    if text.casefold() in _WORDS:
        return _WORDS[text.casefold()]
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def _check(setting: str, name: str, has_equals: bool) -> None:
    if not has_equals or not name.isidentifier():
        raise InputError(
            f"--set {setting} is not understood; write NAME=VALUE without spaces, such as --set k=5."
        )
    if name in _OPTIONS:
        raise InputError(f"--set {setting}: this is an option of its own; write {_OPTIONS[name]} instead.")
