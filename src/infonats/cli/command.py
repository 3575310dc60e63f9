"""From a function of one frozen dataclass to a typer command whose errors are sentences."""

import contextlib
import dataclasses
import inspect
import warnings
from collections.abc import Callable, Iterator
from typing import Any, get_args

import typer

from infonats.cli import INTERRUPTED
from infonats.cli.output import complain, say
from infonats.errors import InfonatsError, InfonatsWarning


def command(run: Callable[[Any], None], options: type) -> Callable[..., None]:
    """A typer command that calls `run(options(...))`: the fields of the dataclass are its options.

    An InfonatsError becomes ``error: ...`` on stderr with exit status 2, a warning of ours ``warning: ...``.
    Ctrl-C becomes exit status 130, of which `infonats.cli.main` says ``interrupted``, after what was done about
    it. None shows a traceback.
    """

    def wrapped(**given: Any) -> None:
        try:
            with _warnings_said():
                run(options(**given))
        except InfonatsError as error:
            complain("error", str(error))
            raise typer.Exit(2) from None
        except KeyboardInterrupt as stop:
            if str(stop):
                say(str(stop), error=True)
            raise typer.Exit(INTERRUPTED) from None

    parameters = [_parameter(field) for field in dataclasses.fields(options)]
    wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    wrapped.__name__, wrapped.__doc__ = run.__name__, run.__doc__
    return wrapped


@contextlib.contextmanager
def _warnings_said() -> Iterator[None]:
    """Within the block the library's warnings are lines ``warning: ...`` on stderr."""

    def show(message: Warning | str, category: type[Warning], *place: Any) -> None:
        if issubclass(category, InfonatsWarning):
            complain("warning", str(message))
        else:
            shown_before(message, category, *place)

    with warnings.catch_warnings():
        warnings.simplefilter("always", InfonatsWarning)
        shown_before, warnings.showwarning = warnings.showwarning, show
        yield


def group_command(run: Callable[[Any], None], options: type) -> Callable[..., None]:
    """As `command`, for the callback of a group: runs where no command of the group was named."""
    inner = command(run, options)

    def wrapped(**given: Any) -> None:
        if given.pop("context").invoked_subcommand is None:
            inner(**given)

    context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    parameters = [context, *inspect.signature(inner).parameters.values()]
    wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    wrapped.__name__, wrapped.__doc__ = run.__name__, run.__doc__
    return wrapped


def _parameter(field: dataclasses.Field[Any]) -> inspect.Parameter:
    """The parameter of an option; a flag takes no value, so that its help names none."""
    kind, *options = get_args(field.type) or (field.type,)
    if kind is bool and options:
        options[0].metavar = ""
    default = inspect.Parameter.empty if field.default is dataclasses.MISSING else field.default
    return inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=field.type)
