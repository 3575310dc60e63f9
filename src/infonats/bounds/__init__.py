"""Bounds: one file each. A new one is registered by standing in `BOUNDS`."""

from infonats.bounds.base import Bound
from infonats.bounds.dv import DV
from infonats.bounds.infonce import InfoNCE
from infonats.bounds.mine import MINE
from infonats.bounds.nwj import NWJ

BOUNDS: tuple[type[Bound], ...] = (DV, MINE, NWJ, InfoNCE)

__all__ = ["BOUNDS", "DV", "MINE", "NWJ", "Bound", "InfoNCE"]
