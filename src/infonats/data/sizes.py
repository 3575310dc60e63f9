"""How much may be unpacked from a file: what the machine can hold, and not what the file claims."""

import gzip
import os
from pathlib import Path

from infonats.errors import InputError

EXPANSION = 1032
"""The most that deflate makes of a byte (RFC 1951: 258 bytes from a code of two bits)."""
AT_ONCE = 2**24


def most_bytes() -> int:
    """Half of the memory of this machine; 8 GB where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, OSError, ValueError):
        return 2**33


def check_size(size: int, name: str) -> None:
    """Raise InputError where `size` bytes, unpacked from the file called `name`, are more than may be."""
    if size > most_bytes():
        raise InputError(
            f"{name} would unpack to {size / 1e9:,.1f} GB, and at most {most_bytes() / 1e9:,.1f} GB are read "
            "into memory here. Save it uncompressed as .npy, or as .parquet: of those only the columns that "
            "are used are read."
        )


def check_gzip(path: Path) -> None:
    """Raise InputError where a .gz file unpacks to more than may be. Only one that could is unpacked for it.

    Raises OSError, EOFError or zlib.error where the file is corrupt.
    """
    if path.stat().st_size * EXPANSION <= most_bytes():
        return
    size = 0
    with gzip.open(path) as file:
        while part := file.read(AT_ONCE):
            size += len(part)
            check_size(size, path.name)
