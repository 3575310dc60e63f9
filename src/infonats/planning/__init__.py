"""Before measuring: how many rows a question needs, and which answers a method cannot give."""

from infonats.planning.ceilings import Ceiling, ceilings
from infonats.planning.pilot import Pilot, Row, Simulator, Trial, simulate
from infonats.planning.theorem import CriticFamily, rows_by_theorem

__all__ = [
    "Ceiling",
    "CriticFamily",
    "Pilot",
    "Row",
    "Simulator",
    "Trial",
    "ceilings",
    "rows_by_theorem",
    "simulate",
]
