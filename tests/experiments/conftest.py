"""What tests of several experiments need."""

import gzip
import hashlib
import struct

import pytest
import torch


@pytest.fixture
def idx_folder(tmp_path, monkeypatch):
    """Write twelve random images of 28 x 28 as the idx files of a data set, whose md5 is then theirs.

    idx_folder(images, name, missing=()) -> folder and pixels; `images` is the experiments' module _images.
    """
    pixels = torch.randint(0, 256, (12, 28, 28), generator=torch.Generator().manual_seed(0)).to(torch.uint8)

    def written(images, name, missing=()):
        digests = {}
        for file in images.MD5[name]:
            rank, body = (3, pixels.numpy().tobytes()) if "idx3" in file else (1, bytes(12))
            sizes = struct.pack(f">{rank}I", *(12, 28, 28)[:rank])
            raw = gzip.compress(struct.pack(">I", 0x800 + rank) + sizes + body)
            digests[file] = hashlib.md5(raw, usedforsecurity=False).hexdigest()
            if file not in missing:
                (tmp_path / file).write_bytes(raw)
        monkeypatch.setitem(images.MD5, name, digests)
        return tmp_path, pixels

    return written
