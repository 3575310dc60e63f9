"""MNIST and Fashion-MNIST by name: they need the folder that an environment variable names."""

from functools import partial

from infonats.tasks.folders import FOLDERS, ClassPairs

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
PATCHES = tuple(range(1, 11))
TWO = (0, 1)
"""Zeros and ones of MNIST; of Fashion-MNIST T-shirts and trousers."""

BASES = {
    name: partial(ClassPairs, which, classes, shuffled, patches, name)
    for which in FOLDERS
    for name, classes, shuffled, patches in (
        *((f"{which}-binary-{s}", TWO, s, 1) for s in SHARES),
        *((f"{which}-same-class-{s}", tuple(range(10)), s, 1) for s in SHARES),
        *((f"{which}-stitched-{k}", TWO, 0.0, k) for k in PATCHES),
    )
}
SUITES = {which: tuple(name for name in BASES if name.startswith(which)) for which in FOLDERS}
