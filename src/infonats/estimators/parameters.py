"""Parameters as text and JSON hold them, and back: flat names, nested frozen configurations."""

import dataclasses
from collections.abc import Mapping
from typing import Any, get_args

import numpy as np
from sklearn.base import BaseEstimator

from infonats.errors import InputError, unknown_name


def plain_parameters(estimator: BaseEstimator) -> dict[str, Any]:
    """The parameters as JSON can hold them: nested configurations become dictionaries, tuples lists."""
    return {name: _plain(value) for name, value in estimator.get_params(deep=False).items()}


def from_plain(estimator: BaseEstimator, parameters: Mapping[str, Any]) -> None:
    """Set on an `estimator` what `plain_parameters` returned, JSON lists becoming tuples again."""
    defaults = estimator.get_params(deep=False)
    _known(parameters, defaults)
    optional = _optional(defaults)
    estimator.set_params(
        **{name: _like(name, defaults[name], value, optional) for name, value in parameters.items()}
    )


def set_flat(estimator: BaseEstimator, parameters: Mapping[str, Any]) -> None:
    """Set parameters by flat names, wherever in the nested configurations they stand, checking their types.

    Raises UnknownNameError for a name that no part has, InputError for a value of another type.
    """
    defaults = estimator.get_params(deep=False)
    flat, optional = _flat(defaults), _optional(defaults)
    _known(parameters, flat)
    given = {
        name: value if value is None and name in optional else checked(name, value, flat[name])
        for name, value in parameters.items()
    }
    estimator.set_params(**{name: _overlay(name, value, given) for name, value in defaults.items()})


def checked(name: str, value: Any, default: Any) -> Any:
    """`value` if it is of the kind of `default`; comma-separated texts become tuples of numbers.

    Raises InputError for a value of another kind.
    """
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(default, tuple):
        return _tuple(name, value, default)
    if default is None or type(value) is type(default):
        return value
    if value is None and isinstance(default, str):
        return "none"  # a name of its own, which a command line cannot tell from nothing
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    raise InputError(f"{name} is {value!r}; it must be {_kind(default)}, such as {default!r}.")


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(part) for name, part in _fields(value).items()}
    return list(value) if isinstance(value, tuple) else value


def _known(given: Mapping[str, Any], allowed: Mapping[str, Any]) -> None:
    for name in given:
        if name not in allowed:
            raise unknown_name("parameter", name, allowed)


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat |= _flat(_fields(value)) if dataclasses.is_dataclass(value) else {name: value}
    return flat


def _optional(values: Mapping[str, Any]) -> set[str]:
    """The names in nested configurations whose annotations allow None."""
    configs = [value for value in values.values() if dataclasses.is_dataclass(value)]
    fields = [field for config in configs for field in dataclasses.fields(config)]
    names = {field.name for field in fields if type(None) in get_args(field.type)}
    return names.union(*(_optional(_fields(config)) for config in configs))


def _fields(config: Any) -> dict[str, Any]:
    return {field.name: getattr(config, field.name) for field in dataclasses.fields(config)}


def _overlay(name: str, default: Any, given: Mapping[str, Any]) -> Any:
    if dataclasses.is_dataclass(default) and not isinstance(default, type):
        changed = {key: _overlay(key, value, given) for key, value in _fields(default).items()}
        return dataclasses.replace(default, **changed)
    return given.get(name, default)


def _tuple(name: str, value: Any, default: tuple) -> tuple:
    items = (
        value.split(",") if isinstance(value, str) else value if isinstance(value, tuple | list) else (value,)
    )
    if isinstance(default[0], float) and len(items) != len(default):
        raise InputError(
            f"{name} is {value!r}; it must be {len(default)} numbers, such as {_example(default)}."
        )
    try:
        return tuple(_number(item, type(default[0])) for item in items)
    except (TypeError, ValueError, OverflowError):
        raise InputError(
            f"{name} is {value!r}; it must be numbers between commas, such as {_example(default)}."
        ) from None


def _example(default: tuple) -> str:
    return ",".join(map(str, default))


def _number(item: Any, kind: type) -> Any:
    """`item` as `kind`. Raises ValueError where that would change it: half a unit is no width."""
    number = kind(item)
    if isinstance(item, bool) or (isinstance(item, float) and number != item):
        raise ValueError(item)
    return number


def _kind(default: Any) -> str:
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "a name"}
    return names.get(type(default), type(default).__name__)


def _like(name: str, default: Any, value: Any, optional: set[str]) -> Any:
    """`value` as JSON holds it, in the form and of the kind of `default`."""
    if dataclasses.is_dataclass(default) and not isinstance(default, type):
        parts = _fields(default)
        _known(value, parts)
        changed = {key: _like(key, parts[key], part, optional) for key, part in value.items()}
        return dataclasses.replace(default, **changed)
    return value if value is None and name in optional else checked(name, value, default)
