"""A bilinear critic: an inner product after a learned matrix, and one network for each side alone.

    T(x, y) = c x'By + a(x) + b(y),   c <= 1

Exact for jointly Gaussian pairs, whose log ratio has quadratic a and b; blind to any dependence that
is not bilinear in the coordinates given. The fewest parameters that can see the linear part whole.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from infonats.critics.base import Critic
from infonats.critics.terms import Inner, Meeting, Terms, form_scale
from infonats.nn import MLP


class BilinearCritic(Critic):
    """T(x, y) = c x'By + a(x) + b(y), each part starting at zero; `hidden` are the widths in a and b.

    c is `form_scale`.
    """

    def __init__(self, dx: int, dy: int, hidden: Sequence[int] = (64,), act: str = "silu") -> None:
        super().__init__()
        self.form = nn.Linear(dx, dy, bias=False)
        nn.init.zeros_(self.form.weight)
        self.form_scale = form_scale(dx, dy)
        self.alone_x = MLP(dx, 1, hidden, act, zero_last=True)
        self.alone_y = MLP(dy, 1, hidden, act, zero_last=True)

    def forward(self, x: Float[Tensor, "*#b dx"], y: Float[Tensor, "*#b dy"]) -> Float[Tensor, "*b"]:
        """The three parts, broadcasting over leading dimensions."""
        alone = (self.alone_x(x) + self.alone_y(y)).squeeze(-1)
        return self.form_scale * (self.form(x) * y).sum(-1) + alone

    def factors(
        self, x: Float[Tensor, "*b n dx"], y: Float[Tensor, "*b m dy"]
    ) -> tuple[Float[Tensor, "*b n k"], Float[Tensor, "*b m k"]]:
        """a(x) and b(y) with T(x, y) = a(x)'b(y): the form, and two columns for what each side has alone."""
        alone_x, alone_y = self.alone_x(x), self.alone_y(y)
        a = torch.cat([self.form_scale * self.form(x), alone_x, torch.ones_like(alone_x)], -1)
        return a, torch.cat([y, torch.ones_like(alone_y), alone_y], -1)

    def all_pairs(self, x: Float[Tensor, "*b n dx"], y: Float[Tensor, "*b m dy"]) -> Float[Tensor, "*b n m"]:
        """One matrix product; the other parts once for each row."""
        return self.form_scale * self.form(x) @ y.mT + self.alone_x(x) + self.alone_y(y).mT

    def terms(self) -> Terms:
        """The form, and the two parts alone, whose sum is all that they do together."""
        return Terms(
            (Inner(self.form, None, self.form_scale), Meeting(self.alone_x, self.alone_y, nn.Identity()))
        )
