"""Images from idx files in a folder, checked by md5; scikit-learn's digits where there is no folder."""

import dataclasses
import gzip
import hashlib
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor

MD5 = {
    "mnist": {
        "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
        "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
    },
    "fashion_mnist": {
        "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
        "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
        "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
    },
}
IMAGES = {"train-images-idx3-ubyte.gz": "training", "t10k-images-idx3-ubyte.gz": "test"}


@dataclasses.dataclass(frozen=True, eq=False)
class Images:
    """Pixels in [-1, 1], (n, d), and classes (n,), to train on and to test on."""

    name: str
    train: tuple[Tensor, Tensor]
    test: tuple[Tensor, Tensor]


def images(folder: Path | None, rows: int | None = None) -> Images:
    """MNIST or Fashion-MNIST from the four .gz files in `folder`, or the 1797 digits of scikit-learn for None.

    `rows`: the first so many to train on. Raises ValueError for a file that is missing or another one.
    """
    if folder is None:
        pixels, labels = load_digits(return_X_y=True)
        order = np.random.default_rng(0).permutation(len(pixels))
        x = torch.as_tensor(pixels[order] / 8 - 1, dtype=torch.float32)
        y = torch.as_tensor(labels[order])
        return Images("digits", (x[:1200][:rows], y[:1200][:rows]), (x[1200:], y[1200:]))
    name = _which(folder, tuple(MD5["mnist"]))
    x, y, t, u = (_read(folder / file) for file in MD5[name])
    labels = torch.as_tensor(y[:rows]).long(), torch.as_tensor(u).long()
    return Images(name, (_pixels(x)[:rows], labels[0]), (_pixels(t), labels[1]))


def unlabelled(folder: Path, rows: int) -> tuple[str, Tensor, str]:
    """Name, the first `rows` images in [-1, 1], and what they are: for who needs no labels and no test.

    Of the training set, or of the test set where the training images are missing. Raises as `images`.
    """
    kept = {file: kind for file, kind in IMAGES.items() if (folder / file).exists()}
    file, kind = next(iter(kept.items()), (next(iter(IMAGES)), ""))
    name = _which(folder, (file,))
    x = _pixels(_read(folder / file))[:rows]
    return name, x, f"the first {len(x)} {kind} images"


def _pixels(raw: np.ndarray) -> Tensor:
    return 2 * torch.as_tensor(raw).flatten(1).float() / 255 - 1


def _which(folder: Path, files: Sequence[str]) -> str:
    found = {}
    for file in files:
        if not (folder / file).exists():
            raise ValueError(
                f"{folder} has no {file}. Give a folder with the four .gz files of MNIST or Fashion-MNIST "
                f"({', '.join(MD5['mnist'])}), or leave --data-dir out to use scikit-learn's digits."
            )
        found[file] = hashlib.md5((folder / file).read_bytes(), usedforsecurity=False).hexdigest()
    for name, expected in MD5.items():
        if all(expected[file] == digest for file, digest in found.items()):
            return name
    wrong = [file for file in found if all(found[file] != expected[file] for expected in MD5.values())]
    raise ValueError(f"In {folder} these are not the original files, by their md5: {wrong or list(found)}.")


def _read(file: Path) -> np.ndarray:
    """An idx file of unsigned bytes: magic 0x0000 08 rank, the sizes in big-endian order, the bytes."""
    raw = gzip.decompress(file.read_bytes())
    rank = raw[3]
    shape = struct.unpack(f">{rank}I", raw[4 : 4 + 4 * rank])
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape).copy()
