"""From a function of one frozen dataclass to a typer command whose errors are sentences."""

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

import typer

from infonats.cli import INTERRUPTED
from infonats.cli.output import complain
from infonats.errors import InfonatsError


def command(run: Callable[[Any], None], options: type) -> Callable[..., None]:
    """A typer command that calls `run(options(...))`: the fields of the dataclass are its options.

    An InfonatsError becomes ``error: ...`` on stderr with exit status 2, Ctrl-C becomes exit status
    130, of which `infonats.cli.main` says ``interrupted``; neither shows a traceback.
    """

    def wrapped(**given: Any) -> None:
        try:
            run(options(**given))
        except InfonatsError as error:
            complain("error", str(error))
            raise typer.Exit(2) from None
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None

    parameters = [_parameter(field) for field in dataclasses.fields(options)]
    wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    wrapped.__name__, wrapped.__doc__ = run.__name__, run.__doc__
    return wrapped


def _parameter(field: dataclasses.Field[Any]) -> inspect.Parameter:
    default = inspect.Parameter.empty if field.default is dataclasses.MISSING else field.default
    return inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=field.type)
