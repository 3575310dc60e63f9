"""Checkpoints: a training run in one file, from which the same call goes on to the same bits.

The file is safetensors with JSON: nothing is unpickled. It is replaced whole or
not at all, and one that belongs to another run is refused.
"""

import abc
import contextlib
import json
import signal
import threading
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from infonats._files import write_whole
from infonats.batches import Batch
from infonats.errors import CheckpointError, CheckpointWarning, Interrupted
from infonats.member import Member
from infonats.snapshot import identity
from infonats.train_config import TrainConfig
from infonats.watch import Watch

FORMAT = "infonats run 2"
KEY = "infonats"
FILE = "run.safetensors"
REMEDY = "Give another folder, or delete the file to start anew."


@runtime_checkable
class Keepable(Protocol):
    """A training run that can be kept: of one objective, or of several at once."""

    config: TrainConfig
    step: int
    total: int

    @property
    def members(self) -> list[Member]:
        """All that is trained."""
        ...

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        ...

    def tensors(self) -> dict[str, torch.Tensor]:
        """The part of the state that is tensors."""
        ...

    def facts(self) -> dict[str, Any]:
        """The rest of the state, as JSON holds it."""
        ...

    def restore(self, kept: Mapping[str, torch.Tensor], said: Mapping[str, Any]) -> None:
        """Go on from both."""
        ...


class Keeper(abc.ABC):
    """What the loop asks between steps."""

    @abc.abstractmethod
    def due(self) -> bool:
        """Whether it wants to `look` before the next step."""

    @abc.abstractmethod
    def look(self) -> None:
        """Save the run if it is time to. Raises Interrupted where stopping was asked for."""


class Nowhere(Keeper):
    """Keeps nothing."""

    def due(self) -> bool:
        """Never."""
        return False

    def look(self) -> None:
        """Nothing to do."""


class Kept(Keeper):
    """Keeps a run in a file, every `watch.every` seconds, when asked to stop, and at its end."""

    def __init__(self, run: Keepable, validations: Sequence[Batch], watch: Watch, path: Path) -> None:
        self.run, self.watch, self.path = run, watch, path
        self.identity = identity(run.members, run.config, validations)
        self.saved_at = time.monotonic()
        self.asked = False

    def due(self) -> bool:
        """Whether stopping was asked for, or the last file is old."""
        return self.asked or time.monotonic() - self.saved_at >= self.watch.every

    def look(self) -> None:
        """Save if that is due or training has ended; then stop if asked to."""
        if self.due() or self.run.finished:
            self.save()
        if self.asked:
            raise Interrupted(
                f"Training stopped after step {self.run.step} of at most {self.run.total}; "
                f"the same call goes on from {self.path}."
            )

    def ask(self, *_: Any) -> None:
        """Stop after the present step; asked again, stop at once and save nothing more."""
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def resume(self) -> None:
        """Let the run go on from the file, if there is one. Raises CheckpointError if it is another run's."""
        if not self.path.parent.exists() or (self.path.parent.is_dir() and not self.path.exists()):
            return
        header, tensors = read(self.path)
        self._require_same(header["identity"])
        try:
            self.run.restore(tensors, header["facts"])
        except (LookupError, TypeError, ValueError, AttributeError, RuntimeError, OverflowError) as error:
            raise unreadable(self.path, error) from error
        if self.run.step > self.run.total:
            raise CheckpointError(
                f"{self.path} has taken {self.run.step} steps, and max_steps asks for {self.run.total}. "
                f"Ask for more steps. {REMEDY}"
            )

    def save(self) -> None:
        """Write the file; where that fails, warn once and go on."""
        header = {"format": FORMAT, "identity": self.identity, "facts": self.run.facts()}
        tensors = {
            name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
            for name, tensor in self.run.tensors().items()
        }
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.path, save(tensors, {KEY: json.dumps(header)}))
        except OSError as error:
            self._complain(error)
        self.saved_at = time.monotonic()

    def _require_same(self, theirs: dict[str, Any]) -> None:
        ours = self.identity
        differing = [name for name in ours if theirs.get(name) != ours[name]]
        if not differing:
            return
        was, now = theirs.get("settings"), ours["settings"]
        if not isinstance(was, dict):  # a stranger's file may hold anything there
            was = now
        changed = [f"{k} was {was.get(k)}, is {v}" for k, v in now.items() if was.get(k) != v]
        listed = ", ".join(differing) + (f" ({'; '.join(changed)})" if changed else "")
        raise CheckpointError(
            f"{self.path} keeps another run, which differs in: {listed}. To go on, repeat the call that made "
            f"it. {REMEDY}"
        )

    def _complain(self, error: OSError) -> None:
        reason = error.strerror or str(error)
        if reason not in self.watch.warned:
            self.watch.warned.add(reason)
            warnings.warn(
                f"Cannot write the checkpoint {self.path}: {reason}. Training goes on, and what is not written "
                "would be lost. Make room, or give a folder that can be written to.",
                CheckpointWarning,
                stacklevel=2,
            )


def read(path: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Header and tensors of a checkpoint. Raises CheckpointError for anything else."""
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {})[KEY])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        if header["format"] != FORMAT:
            raise ValueError(f"its format is '{header['format']}'")
        return {"identity": dict(header["identity"]), "facts": dict(header["facts"])}, tensors
    except (
        SafetensorError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        RuntimeError,
        OSError,
    ) as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: Exception) -> CheckpointError:
    """The error for a file that is no whole checkpoint."""
    return CheckpointError(
        f"{path} is no checkpoint of '{FORMAT}': truncated, foreign or of another version "
        f"({type(error).__name__}: {error}). {REMEDY}"
    )


@contextlib.contextmanager
def keeping(run: Keepable, validations: Sequence[Batch], watch: Watch) -> Iterator[Keeper]:
    """What keeps `run` where `watch` says; a run that is kept there already has gone on from it.

    Within the block SIGTERM and Ctrl-C ask to stop, if this is the main thread; then they are as before.
    """
    if watch.checkpoint is None:
        yield Nowhere()
        return
    if watch.checkpoint.is_file():
        raise CheckpointError(f"{watch.checkpoint} is a file; a checkpoint takes a folder. Name another.")
    keeper = Kept(run, validations, watch, watch.checkpoint / FILE)
    keeper.resume()
    with contextlib.ExitStack() as stack:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                stack.callback(signal.signal, number, signal.signal(number, keeper.ask))
        yield keeper
