"""From arrays, frames and files to validated pairs; splits and transforms that never see test data."""

from infonats.data.checks import discrete_columns, look
from infonats.data.pairs import Pairs, as_pairs, fingerprint
from infonats.data.scaling import Identity, Standardize, Transform
from infonats.data.scores import NormalScores
from infonats.data.splits import Split, k_folds, three_way
from infonats.data.streams import Stream, open_stream
from infonats.data.tables import Table, read_table, select_pairs
from infonats.data.transforms import TRANSFORMS, ByTails
from infonats.data.views import rows_of, transposed

__all__ = [
    "TRANSFORMS",
    "ByTails",
    "Identity",
    "NormalScores",
    "Pairs",
    "Split",
    "Standardize",
    "Stream",
    "Table",
    "Transform",
    "as_pairs",
    "discrete_columns",
    "fingerprint",
    "k_folds",
    "look",
    "open_stream",
    "read_table",
    "rows_of",
    "select_pairs",
    "three_way",
    "transposed",
]
