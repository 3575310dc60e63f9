"""Open .npy and .npz files as memory maps. Nothing is ever unpickled."""

import math
import os
import struct
import zipfile
from io import BufferedIOBase
from pathlib import Path
from tokenize import TokenError
from typing import cast

import numpy as np
from numpy.lib import format as npy

from infonats.data.sizes import check_size
from infonats.errors import InputError

_LOCAL_HEADER = struct.Struct("<4s22xHH")
"""Of a member's local header: signature, length of the file name, length of the extra field."""

UNPARSED = (SyntaxError, TokenError, TypeError, KeyError, RecursionError, MemoryError, OverflowError)
"""What NumPy raises, besides ValueError, over the literal that a header should be."""


def open_npy(path: Path) -> dict[str, np.ndarray]:
    """The array of an .npy file, memory-mapped, under the name "" (a structured array by its fields).

    Raises InputError for arrays of Python objects, ValueError, EOFError or OSError for corrupt files.
    """
    with open(path, "rb") as file:
        array = _map(path, file, os.path.getsize(path), path.name)
    return {field: array[field] for field in array.dtype.names} if array.dtype.names else {"": array}


def open_npz(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an .npz file by name: memory-mapped where stored plainly, read where compressed.

    Raises InputError for arrays of Python objects; ValueError, EOFError, OSError, zipfile.BadZipFile,
    zlib.error, RuntimeError or NotImplementedError for corrupt, encrypted or exotic archives.
    """
    with zipfile.ZipFile(path) as archive, open(path, "rb") as file:
        return {
            member.filename.removesuffix(".npy"): _member(path, archive, member, file)
            for member in archive.infolist()
            if member.filename.endswith(".npy")
        }


def _member(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, file: BufferedIOBase) -> np.ndarray:
    name = f"{path.name}: {member.filename}"
    if member.compress_type == zipfile.ZIP_STORED and not member.flag_bits & 1:
        start = _data_offset(file, member)
        file.seek(start)
        return _map(path, file, start + member.file_size, name)
    with archive.open(member) as stream:
        shape, fortran, dtype = _header(cast(BufferedIOBase, stream), name)
        count = math.prod(shape)
        check_size(count * dtype.itemsize, name)
        data = stream.read(count * dtype.itemsize)
    if len(data) < count * dtype.itemsize:
        raise EOFError("the data ends early")
    return np.frombuffer(data, dtype, count).reshape(shape, order="F" if fortran else "C")


def _data_offset(file: BufferedIOBase, member: zipfile.ZipInfo) -> int:
    """Where the data of a member begins. The local header repeats the name with an extra field of its own."""
    file.seek(member.header_offset)
    header = file.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size:
        raise EOFError("a member starts behind the end")
    signature, name_length, extra_length = _LOCAL_HEADER.unpack(header)
    if signature != b"PK\x03\x04":
        raise ValueError("a member has no local header")
    return member.header_offset + _LOCAL_HEADER.size + name_length + extra_length


def _map(path: Path, file: BufferedIOBase, end: int, name: str) -> np.ndarray:
    """Map the array whose .npy header starts where `file` stands and whose data must end by `end`."""
    shape, fortran, dtype = _header(file, name)
    if 0 in shape or dtype.itemsize == 0:
        return np.empty(shape, dtype)  # an empty map is an error of the operating system
    if file.tell() + math.prod(shape) * dtype.itemsize > end:
        raise EOFError("the data ends early")
    return np.memmap(path, dtype, "r", file.tell(), shape, "F" if fortran else "C")


def _header(stream: BufferedIOBase, name: str) -> tuple[tuple[int, ...], bool, np.dtype]:
    version = npy.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"version {version} of the .npy format is not supported")
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    try:
        shape, fortran, dtype = read(stream)
    except UNPARSED as error:
        raise ValueError(f"its header is no description of an array: {error}") from error
    if any(length < 0 for length in shape):
        raise ValueError(f"its header claims the shape {shape}")
    if dtype.hasobject:
        raise InputError(
            f"{name} holds Python objects, which are never unpickled; save numbers, for instance with "
            "numpy.save(path, array.astype(float))."
        )
    return shape, fortran, dtype
