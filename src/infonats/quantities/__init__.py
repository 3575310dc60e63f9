"""Quantities made of entropies: conditional information, dependence among many variables, series, matrices.

Every function returns an `Estimate` in nats (signed, with its error, `provenance["quantity"]` naming it)
unless it says otherwise, and takes `method`, `seed`, `drop_missing`, `progress` and the parameters of the
method. Nothing here imports torch until a method needs it.
"""

from infonats.quantities.capacity import Capacity, capacity_of_samples, channel_capacity
from infonats.quantities.conditional import conditional_mutual_information, pointwise_mutual_information
from infonats.quantities.discoveries import benjamini_hochberg, benjamini_yekutieli
from infonats.quantities.entropy import entropy
from infonats.quantities.extrapolation import extrapolate
from infonats.quantities.lags import LagProfile, lag_profile
from infonats.quantities.matrix import MatrixWork, mi_matrix
from infonats.quantities.matrix_result import MatrixResult, PairRecord
from infonats.quantities.multivariate import (
    dual_total_correlation,
    interaction_information,
    o_information,
    total_correlation,
)
from infonats.quantities.normalised import normalised_mutual_information
from infonats.quantities.permutation import permutation_test
from infonats.quantities.recovery import Recovery, average_precision, read_edges, recovery
from infonats.quantities.series import Embedding, effective_transfer_entropy, transfer_entropy

__all__ = [
    "Capacity",
    "Embedding",
    "LagProfile",
    "MatrixResult",
    "MatrixWork",
    "PairRecord",
    "Recovery",
    "average_precision",
    "benjamini_hochberg",
    "benjamini_yekutieli",
    "capacity_of_samples",
    "channel_capacity",
    "conditional_mutual_information",
    "dual_total_correlation",
    "effective_transfer_entropy",
    "entropy",
    "extrapolate",
    "interaction_information",
    "lag_profile",
    "mi_matrix",
    "normalised_mutual_information",
    "o_information",
    "permutation_test",
    "pointwise_mutual_information",
    "read_edges",
    "recovery",
    "total_correlation",
    "transfer_entropy",
]
