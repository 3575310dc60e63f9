"""Who watches a training run, and where it is kept: one value that travels from the caller to the loop."""

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

from infonats._types import Progress
from infonats.callbacks import Callback, View


class Pace:
    """How long the steps that are left will take, by those taken since the run began or went on."""

    def __init__(self) -> None:
        self.started: tuple[int, float] | None = None

    def begin(self, step: int) -> None:
        """Steps are taken from `step` on; only the first call counts."""
        self.started = self.started or (step, time.monotonic())

    def seconds_left(self, step: int, total: int) -> float | None:
        """From `step` to `total`; None before the first step."""
        if self.started is None or step == self.started[0]:
            return None
        return (time.monotonic() - self.started[1]) / (step - self.started[0]) * (total - step)


@dataclasses.dataclass(frozen=True, eq=False)
class Watch:
    """Stands wherever a `Progress` may stand: calling it reports to `progress`.

    `callbacks` see the run at every evaluation. `checkpoint` is the folder that keeps it, written every
    `every` seconds, on SIGTERM and Ctrl-C, and at the end; `track` the folder of its TensorBoard log (extra
    `tracking`). Of a run in parts each part has a folder of its own in both. `warned` is what the parts have
    complained of, so that it is said once; `member` is what one of several objectives is called.
    """

    progress: Progress | None = None
    callbacks: tuple[Callback, ...] = ()
    checkpoint: Path | None = None
    track: Path | None = None
    every: float = 30.0
    member: str = "member"
    warned: set[str] = dataclasses.field(default_factory=set)

    def __call__(self, step: int, total: int, message: str) -> None:
        """Report progress, where anybody listens."""
        if self.progress:
            self.progress(step, total, message)

    @classmethod
    def of(cls, given: "Progress | Watch | None") -> "Watch":
        """`given` if it is a Watch, else one that reports to it alone."""
        return given if isinstance(given, Watch) else cls(given)

    @property
    def keeps(self) -> bool:
        """Whether it wants more than to be told of progress."""
        return bool(self.callbacks or self.checkpoint or self.track)

    def part(self, part: int, parts: int, name: str) -> Self:
        """That of one of several equal parts: progress as a share of the whole, folders `name`-1, ..."""
        if parts == 1:
            return self
        return dataclasses.replace(self.under(f"{name}-{part + 1}"), progress=self._share(part, parts, name))

    def under(self, name: str) -> Self:
        """The same with folders called `name` inside those of the whole."""
        kept, tracked = (folder and folder / name for folder in (self.checkpoint, self.track))
        return dataclasses.replace(self, checkpoint=kept, track=tracked)

    @contextlib.contextmanager
    def opened(self, step: int) -> Iterator[Callable[[View], None]]:
        """Within the block, tell everybody of an evaluation; `step` is where the run starts or goes on."""
        with contextlib.ExitStack() as stack:
            callbacks = [*self.callbacks, *([] if self.track is None else [_tensorboard(self.track, step)])]
            for callback in callbacks:
                stack.callback(callback.close)
            yield lambda view: self._tell(view, callbacks)

    def _tell(self, view: View, callbacks: list[Callback]) -> None:
        for callback in callbacks:
            callback(view)
        self(view.step, view.total, f"estimate {view.best_value:.3f}, validation {view.value:.3f} nats")

    def _share(self, part: int, parts: int, name: str) -> Progress | None:
        progress = self.progress
        if progress is None:
            return None
        return lambda step, total, message: progress(
            part * total + step, parts * total, f"{name} {part + 1} of {parts}, {message}"
        )


def _tensorboard(folder: Path, step: int) -> Callback:
    from infonats.tracking import TensorBoard

    return TensorBoard(folder, step)
