"""Shape aliases. The letters: n pairs in a batch, m negatives for each, d features."""

from typing import TypeAlias

from jaxtyping import Float
from torch import Tensor

Scalar: TypeAlias = Float[Tensor, ""]
Joint: TypeAlias = Float[Tensor, "n"]
Product: TypeAlias = Float[Tensor, "n m"]
