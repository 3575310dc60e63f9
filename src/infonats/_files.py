"""Files that are written whole or not at all, so that nobody ever reads half of one."""

import os
from pathlib import Path


def write_whole(target: Path, content: bytes) -> None:
    """Replace `target` by `content`, which is on the disk before it takes the name. Raises OSError."""
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
