"""A process of our own for cells, one after another: one that hangs or dies takes nothing with it."""

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading

from infonats.benchmark.cell import Cell
from infonats.benchmark.record import Record, failure

SINGLE = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
"""One thread for each worker: several workers use the cores, and times mean the same for every method."""
LAST_WORDS = 500
PATIENCE = 5.0


class Worker:
    """Measures cells in a child process, which is started at the first one and after each that it lost."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[str] | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker

    def measure(self, cell: Cell, timeout: float | None = None) -> Record:
        """The cell's record. After `timeout` seconds, or where the child dies, one that says so."""
        child = self._running()
        late = threading.Event()
        timer = threading.Timer(timeout or 0, lambda: (late.set(), child.kill()))
        if timeout:
            timer.start()
        try:
            answer = _ask(child, cell)
        finally:
            timer.cancel()
        if answer:
            return Record(**json.loads(answer))
        return self._lost(cell, timeout if late.is_set() else None)

    def close(self) -> None:
        """End the child, whatever it is doing."""
        self._end()
        self._errors.close()

    def _running(self) -> subprocess.Popen[str]:
        if self._child is None or self._child.poll() is not None:
            self._end()
            paths = os.pathsep.join(filter(None, [*sys.path, os.getcwd()]))
            environment = {**os.environ, **dict.fromkeys(SINGLE, "1"), "PYTHONPATH": paths}
            self._child = subprocess.Popen(
                [sys.executable, "-m", "infonats.benchmark._serve"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=environment,
                text=True,
                encoding="utf-8",
            )
            _answer(self._child)  # that it is ready
        return self._child

    def _lost(self, cell: Cell, timeout: float | None) -> Record:
        with contextlib.suppress(subprocess.TimeoutExpired):
            if self._child:
                self._child.wait(PATIENCE)  # its last word is its own, not that of our kill
        code = self._end()
        if timeout:
            return failure(cell, f"It took longer than {timeout:g} seconds.", "timeout")
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        hint = " (out of memory, perhaps)" if code == -signal.SIGKILL else ""
        return failure(cell, f"The worker {how}{hint}. {self._last_words()}".rstrip())

    def _end(self) -> int:
        """Make sure that the child is gone, and return how it ended."""
        child, self._child = self._child, None
        if child is None:
            return 0
        child.kill()
        child.communicate()
        return child.returncode

    def _last_words(self) -> str:
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - LAST_WORDS))
        return self._errors.read().decode("utf-8", "replace").strip()


def _ask(child: subprocess.Popen[str], cell: Cell) -> str:
    """The line that the child answers; empty where it died."""
    try:
        if child.stdin:
            child.stdin.write(json.dumps(dataclasses.asdict(cell)) + "\n")
            child.stdin.flush()
    except OSError:
        return ""
    return _answer(child)


def _answer(child: subprocess.Popen[str]) -> str:
    return child.stdout.readline() if child.stdout else ""
