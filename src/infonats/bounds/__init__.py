"""Bounds: one file each. A new one is registered by standing in `BOUNDS`, or in `GENERATIVE`."""

from infonats.bounds.base import Bound
from infonats.bounds.club import CLUB
from infonats.bounds.dv import DV
from infonats.bounds.infonce import InfoNCE
from infonats.bounds.l1out import L1Out
from infonats.bounds.mine import MINE
from infonats.bounds.nwj import NWJ

BOUNDS: tuple[type[Bound], ...] = (DV, MINE, NWJ, InfoNCE)

GENERATIVE: tuple[type[Bound], ...] = (CLUB, L1Out)
"""Functionals of the scores log q(y|x) of a density: no critic trains on them."""

__all__ = ["BOUNDS", "CLUB", "DV", "GENERATIVE", "MINE", "NWJ", "Bound", "InfoNCE", "L1Out"]
