"""Pairs of MNIST or Fashion-MNIST images with known mutual information, from a folder of yours."""

import math
import os
from collections.abc import Iterator, Sequence
from functools import cache
from typing import final

import torch
from torch import Tensor

from infonats.errors import InputError
from infonats.tasks.base import Task, Truth
from infonats.tasks.images import Images, Labels, read_idx

SIDE = 28
FOLDERS = {"mnist": "INFONATS_MNIST", "fashion": "INFONATS_FASHION_MNIST"}
"""The environment variable that names the folder of each set."""


PARTS = {"all": ("train", "t10k"), "train": ("train",), "t10k": ("t10k",)}


@cache
def _read(folder: str, part: str) -> tuple[Images, Labels]:
    images, labels = zip(*(read_idx(folder, each) for each in PARTS[part]), strict=True)
    return torch.cat(images), torch.cat(labels)


def images_of(which: str, part: str = "all") -> tuple[Images, Labels]:
    """The images of ``mnist`` or ``fashion``, all 70 000 of them, or those of ``train`` or of ``t10k`` alone.

    Raises InputError where the environment variable is not set, and as `read_idx` does.
    """
    folder = os.environ.get(FOLDERS[which])
    if not folder:
        raise InputError(
            f"{FOLDERS[which]} is not set: it names the folder with the images of {which}, the files "
            "train-images-idx3-ubyte, train-labels-idx1-ubyte and the same of t10k, gzipped or not. Set it, or "
            "take the tasks of scikit-learn's digits, whose names begin with digits."
        )
    return _read(folder, part)


@final
class ClassPairs(Task):
    """X is `patches` images stitched below each other; in Y each is another of its class. Exact.

    With chance `shuffled` a patch of Y has a class of its own. The m `classes` are equally likely; an image
    tells its class, so with s = `shuffled` the ratio p(x,y)/p(x)p(y) of a patch is s + (1-s) m within a class
    and s across classes, and the patches add up.

    How pairs are drawn: of each class one half of the images serves X, the other Y, so that none stands on
    both sides. Each is taken once before any is taken again, in a random order: rows share no image while the
    rows times the patches of a class are fewer than its images (some 3000 of a digit on a side), and what is
    learnt on some rows meets new images on the others. Beyond that images repeat, each about equally often,
    and part of what looks like seeing a class may be knowing an image; pairs of images still do not repeat.
    The set is read when the first pair is drawn.
    """

    has_pointwise = False

    def __init__(
        self,
        which: str,
        classes: Sequence[int],
        shuffled: float = 0.0,
        patches: int = 1,
        name: str = "class-pairs",
        part: str = "all",
    ) -> None:
        if part not in PARTS:
            raise InputError(f"part is '{part}'; give one of {', '.join(PARTS)}.")
        if which not in FOLDERS or not 0 <= shuffled <= 1 or patches < 1 or len(set(classes)) < 2:
            raise InputError(
                f"The set is '{which}', classes are {tuple(classes)}, shuffled is {shuffled}, patches is "
                f"{patches}; give one of {', '.join(FOLDERS)}, two classes or more, a chance in [0, 1] and 1 "
                "patch or more."
            )
        self.which, self.classes, self.shuffled, self.patches = which, tuple(classes), shuffled, patches
        self.part, self.name, self.hard = part, name, f"images from the folder that {FOLDERS[which]} names"
        self.dim_x = self.dim_y = patches * SIDE**2
        self.picture = (patches * SIDE, SIDE)

    def _truth(self) -> Truth:
        m, s = len(self.classes), self.shuffled
        same = (1 - s + s / m) * math.log(s + (1 - s) * m)
        return Truth(self.patches * (same + (s * (1 - 1 / m) * math.log(s) if s else 0.0)))

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        images, labels = images_of(self.which, self.part)
        members = [(labels == c).nonzero()[:, 0] for c in self.classes]
        count, m = n * self.patches, len(self.classes)
        c, other = torch.randint(m, (2, count), generator=generator)
        mixed = torch.rand(count, generator=generator, dtype=torch.float64) < self.shuffled
        sides = (
            (c, [half[0::2] for half in members]),
            (torch.where(mixed, other, c), [h[1::2] for h in members]),
        )
        rows = [_each_once(kinds, pools, generator) for kinds, pools in sides]
        x, y = (images[r].double().view(n, -1) / 255 for r in rows)
        return x, y


def _each_once(kinds: Tensor, pools: Sequence[Tensor], generator: torch.Generator) -> Tensor:
    """For each kind a member of its pool, none again before all were taken."""
    rows = torch.empty_like(kinds)
    for kind, pool in enumerate(pools):
        mine = kinds == kind
        count = int(mine.sum())
        rows[mine] = torch.cat(list(_passes(pool, count, generator)))[:count]
    return rows


def _passes(pool: Tensor, count: int, generator: torch.Generator) -> Iterator[Tensor]:
    """The pool in a random order, as often as makes `count`."""
    yield pool[:0]
    for _ in range(-(-count // max(len(pool), 1))):
        yield pool[torch.randperm(len(pool), generator=generator)]
