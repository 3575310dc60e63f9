"""Ways in which a file may be damaged or forged, as recipes: what, where, how much."""

import copy
import dataclasses
import math

from hypothesis import strategies as st

INSERTED = (
    b"\0",
    b"\xff\xfe",
    b'"',
    b"\n",
    b"\r",
    b",,,",
    b"\xef\xbb\xbf",
    b"-1",
    b"9" * 40,
    b"NaN",
    b"[" * 5000,
    b"{}",
    b"null",
    b"\x80\x04\x95",
)
"""Bytes that mean something to one reader or another: zeros, marks of encodings, quotes, depths, pickles."""
HUGE = (2**60, 2**63 - 1, 2**64 - 1, 2**31, 0, 10**12)
"""Sizes that a header may claim."""


@dataclasses.dataclass(frozen=True)
class Damage:
    """One change of the bytes: `how` at the share `place` of the file, with `what`."""

    how: str
    place: float
    what: int

    def __call__(self, whole: bytes, other: bytes) -> bytes:
        """The damaged bytes; `other` is another whole file, to exchange parts with."""
        at = int(self.place * len(whole))
        match self.how:
            case "cut":
                return whole[:at]
            case "flip":
                return (
                    whole[:at] + bytes([whole[at] ^ (1 << self.what % 8)]) + whole[at + 1 :] if whole else whole
                )
            case "insert":
                return whole[:at] + INSERTED[self.what % len(INSERTED)] + whole[at:]
            case "replace":
                new = INSERTED[self.what % len(INSERTED)]
                return whole[:at] + new + whole[at + len(new) :]
            case "size":
                order = "little" if self.what % 2 else "big"
                return whole[:at] + HUGE[self.what % len(HUGE)].to_bytes(8, order) + whole[at + 8 :]
            case "digit":
                digits = [i for i, byte in enumerate(whole) if 48 <= byte < 58] or [0]
                at = digits[int(self.place * len(digits))]
                return whole[:at] + str(self.what).encode() + whole[at + 1 :]
            case "drop":
                return whole[:at] + whole[at + 1 + self.what % 40 :]
            case "twice":
                return whole[:at] + whole[max(0, at - self.what % 40) :]
            case "head":
                return other[: self.what % 64] + whole[self.what % 64 :]
            case _:
                return whole[:at] + other[at:]


HOW = ("cut", "flip", "insert", "replace", "size", "digit", "drop", "twice", "head", "tail")
damages = st.lists(
    st.builds(
        Damage,
        st.sampled_from(HOW),
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 10**6),
    ),
    min_size=1,
    max_size=3,
)


def damaged(whole: bytes, other: bytes, changes: list[Damage]) -> bytes:
    """The bytes after all `changes`, one after the other."""
    for change in changes:
        whole = change(whole, other)
    return whole


ODD = (None, True, -1, 0, 3, 10**30, 1e300, -0.5, math.nan, "", "x", [], {}, [[]], [1, "a", None], {"a": [1]})
"""What may stand in a file of JSON in the place of anything else."""


def places(tree, path=()):
    """The way to every node of a tree of JSON, by keys and indices."""
    yield path
    branches = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, branch in branches:
        yield from places(branch, (*path, key))


def forged(tree, share, odd, drop):
    """The tree with the node at the `share` of its places replaced by number `odd` of `ODD`, or dropped."""
    *way, last = list(places(tree))[1:][int(share * (sum(1 for _ in places(tree)) - 1))]
    whole = node = copy.deepcopy(tree)
    for key in way:
        node = node[key]
    if drop:
        del node[last]
    else:
        node[last] = ODD[odd]
    return whole


forgeries = st.tuples(
    st.floats(0, 1, exclude_max=True), st.integers(0, len(ODD) - 1), st.sampled_from([False] * 5 + [True])
)
"""The arguments of `forged` after the tree."""
