"""A critic plus a constant: where a bound's zero of the log ratio is not the critic's."""

import dataclasses
from typing import final

from jaxtyping import Float
from torch import Tensor

from infonats.critics.base import Critic
from infonats.critics.terms import Terms, terms_of


@final
class Offset(Critic):
    """T(x, y) + offset: an untrained critic, zero everywhere, then says what a bound reads as independence."""

    def __init__(self, critic: Critic, offset: float) -> None:
        super().__init__()
        self.critic, self.offset = critic, offset

    def forward(self, x: Float[Tensor, "*#b dx"], y: Float[Tensor, "*#b dy"]) -> Float[Tensor, "*b"]:
        """T(x, y) + offset."""
        return self.critic(x, y) + self.offset

    def all_pairs(self, x: Float[Tensor, "*b n dx"], y: Float[Tensor, "*b m dy"]) -> Float[Tensor, "*b n m"]:
        """As fast as those of the critic."""
        return self.critic.all_pairs(x, y) + self.offset

    def terms(self) -> Terms | None:
        """Those of the critic, and the offset."""
        terms = terms_of(self.critic)
        return terms and dataclasses.replace(terms, offset=terms.offset + self.offset)
