"""Negatives: which y's an x is compared with."""

from infonats.negatives.base import InBatch, Negatives
from infonats.negatives.derangements import Derangements
from infonats.negatives.in_batch import AllPairs, Shifts
from infonats.negatives.memory_queue import MemoryQueue
from infonats.negatives.partners import Partners, Table
from infonats.negatives.permutation import Permutation
from infonats.negatives.proposal import Proposal
from infonats.negatives.reweighted import Reweighted
from infonats.negatives.same_code import SameCode

__all__ = [
    "AllPairs",
    "Derangements",
    "InBatch",
    "MemoryQueue",
    "Negatives",
    "Partners",
    "Permutation",
    "Proposal",
    "Reweighted",
    "SameCode",
    "Shifts",
    "Table",
]
