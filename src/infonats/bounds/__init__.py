"""Bounds: one file each. A new one is registered by standing in `BOUNDS`, or in `GENERATIVE`."""

from infonats.bounds.alpha_tuba import AlphaTUBA
from infonats.bounds.base import Bound
from infonats.bounds.club import CLUB
from infonats.bounds.dv import DV
from infonats.bounds.fdime_gan import FDimeGAN
from infonats.bounds.fdime_hd import FDimeHD
from infonats.bounds.fdime_kl import FDimeKL
from infonats.bounds.flo import FLO
from infonats.bounds.infonce import InfoNCE
from infonats.bounds.infonce_anchor import InfoNCEAnchor
from infonats.bounds.infonce_decoupled import InfoNCEDecoupled
from infonats.bounds.js import JS
from infonats.bounds.jsd_lb import JSDLB
from infonats.bounds.l1out import L1Out
from infonats.bounds.mine import MINE
from infonats.bounds.nce import NCE
from infonats.bounds.nwj import NWJ
from infonats.bounds.smile import SMILE
from infonats.bounds.tuba import TUBA

BOUNDS: tuple[type[Bound], ...] = (
    DV,
    MINE,
    NWJ,
    TUBA,
    AlphaTUBA,
    FLO,
    InfoNCE,
    InfoNCEDecoupled,
    InfoNCEAnchor,
    JS,
    SMILE,
    JSDLB,
    FDimeKL,
    FDimeGAN,
    FDimeHD,
    NCE,
)

GENERATIVE: tuple[type[Bound], ...] = (CLUB, L1Out)
"""Functionals of the scores log q(y|x) of a density: no critic trains on them."""

__all__ = [
    "BOUNDS",
    "CLUB",
    "DV",
    "FLO",
    "GENERATIVE",
    "JS",
    "JSDLB",
    "MINE",
    "NCE",
    "NWJ",
    "SMILE",
    "TUBA",
    "AlphaTUBA",
    "Bound",
    "FDimeGAN",
    "FDimeHD",
    "FDimeKL",
    "InfoNCE",
    "InfoNCEAnchor",
    "InfoNCEDecoupled",
    "L1Out",
]
