"""A progress bar on a terminal, nothing in a pipe."""

import contextlib
import sys
from collections.abc import Callable, Iterator

Progress = Callable[[int, int, str], None]


@contextlib.contextmanager
def progress_bar(opening: str) -> Iterator[Progress | None]:
    """Show a bar on stderr while the block runs, gone afterwards; `opening` stands there at first.

    Yields the callable progress(step, total, message), or None where stderr is no terminal.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TextColumn("time left", style="dim"),
        TimeRemainingColumn(compact=True),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(opening, total=None)
        yield lambda step, total, message: bar.update(task, completed=step, total=total, description=message)
