"""Negatives: which y's an x is compared with."""

from infonats.negatives.base import Negatives
from infonats.negatives.in_batch import AllPairs, Shifts

__all__ = ["AllPairs", "Negatives", "Shifts"]
