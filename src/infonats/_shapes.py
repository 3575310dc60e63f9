"""Shape aliases. The letters: n pairs in a batch, m negatives for each, d features.

What is written `*k` is nothing, or one dimension of members that are trained side by side.
"""

from typing import TypeAlias

from jaxtyping import Float
from torch import Tensor

Scalar: TypeAlias = Float[Tensor, ""]
Each: TypeAlias = Float[Tensor, "*k"]
Joint: TypeAlias = Float[Tensor, "*k n"]
Product: TypeAlias = Float[Tensor, "*k n m"]
