"""What takes part in a benchmark, by name: our methods, with parameters or not, and any function.

``ksg``, ``ksg(k=5)``, ``doe+mine(max_steps=500)``, ``my.module:fn``.
"""

import ast
import importlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from infonats.errors import InputError
from infonats.estimate import Estimate, normal_interval

Method = Callable[[np.ndarray, np.ndarray, int], Any]
"""(x (n, dx), y (n, dy), seed) -> a number in nats, an Estimate, or a mapping as `as_numbers` reads it."""


def resolve(method: str) -> Method:
    """The function that `method` names. Raises InputError or UnknownNameError, saying what can be named.

    ``package.module:function`` is imported: name only code that you trust.
    """
    if ":" in method:
        return _foreign(method)
    from infonats.estimators import make, mutual_information

    name, parameters = parse(method)
    if name != "auto":
        make(name, **parameters)  # so that a misspelt parameter is refused before hours of work

    def ours(x: np.ndarray, y: np.ndarray, seed: int) -> Estimate:
        return mutual_information(x, y, method=name, seed=seed, **parameters)

    return ours


def parse(method: str) -> tuple[str, dict[str, Any]]:
    """``ksg(k=5)`` as its name and parameters, which are Python literals."""
    name, bracket, rest = method.partition("(")
    if not bracket:
        return name, {}
    try:
        call = ast.parse(f"f({rest}", mode="eval").body
        if not isinstance(call, ast.Call) or call.args or any(k.arg is None for k in call.keywords):
            raise ValueError("no keywords")
        return name, {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
    except (SyntaxError, ValueError) as error:
        raise InputError(
            f"The method '{method}' is not understood; write a name, or parameters as in 'ksg(k=5)' and "
            "'mine(hidden=(64, 64))'."
        ) from error


def as_numbers(result: Any) -> dict[str, Any]:
    """The fields of a record that a method's result fills.

    A number; an Estimate; or a mapping with "value" and, where known, "stderr", "interval" (low, high),
    "seconds" (where the method ran elsewhere), "versions" and "diagnostics".
    """
    if isinstance(result, Estimate):
        versions = {name: v for name, v in result.provenance.items() if isinstance(v, str)}
        interval, notes = result.interval, result.diagnostics
        return _fields(result.value, result.stderr, interval) | {"versions": versions, "diagnostics": notes}
    if not isinstance(result, Mapping):
        return _fields(float(result), None, None)
    stderr = result.get("stderr")
    interval = result.get("interval", None if stderr is None else normal_interval(result["value"], stderr))
    kept = {name: result[name] for name in ("seconds", "versions", "diagnostics") if name in result}
    return _fields(float(result["value"]), stderr, interval) | kept


def _fields(value: float, stderr: float | None, interval: tuple[float, float] | None) -> dict[str, Any]:
    low, high = interval or (None, None)
    if not np.isfinite(value):
        raise InputError(f"The method returned {value}, which is no number to record.")
    return {"value": value, "stderr": stderr, "low": low, "high": high}


def _foreign(method: str) -> Method:
    module, _, name = method.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(
            f"The method '{method}' cannot be imported: {error}. Write package.module:function, and start "
            "where Python finds that module (PYTHONPATH, or the folder it lies in)."
        ) from error
