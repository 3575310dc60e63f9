"""A joint critic: one network sees both sides.

    T(x, y) = c x'By + f(A_x x + A_y y),   c <= 1

The first layer is split: x and y are projected once each and added by broadcasting, so that all pairs
of a batch cost no first layer and no concatenated copies. The bilinear path carries linear dependence,
which a network learns slowly in many dimensions; both terms start at zero, so training starts at
"independent" and can only be led away from there by data.
"""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from infonats.critics.base import Critic, at_once
from infonats.critics.terms import Inner, Meeting, Terms, form_scale
from infonats.nn import MLP, activation


class JointCritic(Critic):
    """T(x, y) from a network over (x, y) with `hidden` widths, plus an optional bilinear path.

    The latter is multiplied by `form_scale`.
    """

    def __init__(
        self, dx: int, dy: int, hidden: Sequence[int] = (128, 128), act: str = "silu", bilinear: bool = True
    ) -> None:
        super().__init__()
        self.project_x = nn.Linear(dx, hidden[0])
        self.project_y = nn.Linear(dy, hidden[0], bias=False)
        self.trunk = nn.Sequential(activation(act), MLP(hidden[0], 1, hidden[1:], act, zero_last=True))
        self.form = nn.Linear(dx, dy, bias=False) if bilinear else None
        if self.form is not None:
            nn.init.zeros_(self.form.weight)
        self.form_scale = form_scale(dx, dy)

    def forward(self, x: Float[Tensor, "*#b dx"], y: Float[Tensor, "*#b dy"]) -> Float[Tensor, "*b"]:
        """f(A_x x + A_y y) + c x'By, broadcasting over leading dimensions."""
        t = self.trunk(self.project_x(x) + self.project_y(y)).squeeze(-1)
        return t if self.form is None else t + self.form_scale * (self.form(x) * y).sum(-1)

    def all_pairs(self, x: Float[Tensor, "*b n dx"], y: Float[Tensor, "*b m dy"]) -> Float[Tensor, "*b n m"]:
        """The projections once for each row, and tiles of pairs that stay in the cache."""
        a, b = self.project_x(x).unsqueeze(-2), self.project_y(y).unsqueeze(-3)
        side = max(1, math.isqrt(at_once(self, max(a.shape[-3], b.shape[-2]) ** 2)))
        strips = [[self.trunk(r + c).squeeze(-1) for c in b.split(side, -2)] for r in a.split(side, -3)]
        t = torch.cat([torch.cat(tiles, -1) for tiles in strips], -2)
        return t if self.form is None else t + self.form_scale * self.form(x) @ y.mT

    def terms(self) -> Terms:
        """The network, and the bilinear path where there is one."""
        network = Meeting(self.project_x, self.project_y, self.trunk)
        return Terms((network,) if self.form is None else (network, Inner(self.form, None, self.form_scale)))
