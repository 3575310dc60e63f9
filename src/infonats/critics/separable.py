"""A separable critic: two networks meet in an inner product.

    T(x, y) = c x'By + g(x)'h(y) / sqrt(k),   g: X -> R^k,   h: Y -> R^k,   c <= 1

All n^2 pairs of a batch cost 2n forward passes and one matrix product.
"""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from infonats.critics.base import Critic
from infonats.critics.terms import Inner, Terms, form_scale
from infonats.nn import MLP


class SeparableCritic(Critic):
    """T(x, y) = c x'By + g(x)'h(y) / sqrt(k) with k `features`; B and h start at zero, so T does.

    The bilinear path carries linear dependence, which the networks learn slowly; c is `form_scale`.
    """

    def __init__(
        self, dx: int, dy: int, hidden: Sequence[int] = (128, 128), act: str = "silu", features: int = 32
    ) -> None:
        super().__init__()
        self.embed_x = MLP(dx, features, hidden, act)
        self.embed_y = MLP(dy, features, hidden, act, zero_last=True)
        self.form = nn.Linear(dx, dy, bias=False)
        nn.init.zeros_(self.form.weight)
        self.scale, self.form_scale = 1 / math.sqrt(features), form_scale(dx, dy)

    def forward(self, x: Float[Tensor, "*#b dx"], y: Float[Tensor, "*#b dy"]) -> Float[Tensor, "*b"]:
        """The two inner products, broadcasting over leading dimensions."""
        bilinear = self.form_scale * (self.form(x) * y).sum(-1)
        return self.scale * (self.embed_x(x) * self.embed_y(y)).sum(-1) + bilinear

    def factors(
        self, x: Float[Tensor, "*b n dx"], y: Float[Tensor, "*b m dy"]
    ) -> tuple[Float[Tensor, "*b n k"], Float[Tensor, "*b m k"]]:
        """a(x) and b(y) with T(x, y) = a(x)'b(y): the features, and the columns of the linear path."""
        a = torch.cat([self.scale * self.embed_x(x), self.form_scale * self.form(x)], -1)
        return a, torch.cat([self.embed_y(y), y], -1)

    def all_pairs(self, x: Float[Tensor, "*b n dx"], y: Float[Tensor, "*b m dy"]) -> Float[Tensor, "*b n m"]:
        """One matrix product of the n and m embeddings, and one of the linear path."""
        bilinear = self.form_scale * self.form(x) @ y.mT
        return self.scale * self.embed_x(x) @ self.embed_y(y).mT + bilinear

    def terms(self) -> Terms:
        """The two inner products."""
        return Terms((Inner(self.embed_x, self.embed_y, self.scale), Inner(self.form, None, self.form_scale)))
