"""By how much the memory of this process rose at most, where the system tells."""

import contextlib
from pathlib import Path

HIGH_WATER, RESIDENT = "VmHWM:", "VmRSS:"
RESET = "5"
"""What Linux takes as: forget the peak so far (proc(5), clear_refs)."""


class PeakMemory:
    """Starts to watch when it is made. Linux only: elsewhere the peak of a single cell is not to be had."""

    def __init__(self) -> None:
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text(RESET)
        self._before = _kilobytes(RESIDENT)

    def risen(self) -> int | None:
        """Bytes between the resident memory at the start and its peak since; None where it is unknown."""
        peak = _kilobytes(HIGH_WATER)
        if peak is None or self._before is None:
            return None
        return max(0, peak - self._before) * 1024


def _kilobytes(name: str) -> int | None:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), None)
