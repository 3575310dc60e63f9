"""An objective behind encoders: loss and value of the codes instead of the data."""

from collections.abc import Iterable
from typing import final

import torch
from torch import Tensor, nn

from infonats.errors import InputError
from infonats.learn._checks import check_generator
from infonats.learn.pairings import Pairing
from infonats.objectives.base import Objective, Step


@final
class Encoded(Objective):
    """The mean over the pairs of `pairing` of the objective on the codes of an encoder.

        loss = mean_k objective_k(a_k, b_k).loss,   (a_k, b_k) the pairs that the pairing makes of a batch

    Its gradient reaches the encoder's parameters and the critic's at once: both minimise the same loss, as both
    want the bound high. `encoder` serves both sides, or (f, g) one each; `objective` every pair, or several the
    pairs one by one. The value is the mean value in nats. A generator is needed: pairings are random.
    """

    def __init__(
        self,
        encoder: nn.Module | tuple[nn.Module, nn.Module],
        objective: Objective | Iterable[Objective],
        pairing: Pairing,
    ) -> None:
        super().__init__()
        f, g = encoder if isinstance(encoder, tuple) else (encoder, encoder)
        several = [objective] if isinstance(objective, Objective) else objective
        self.f, self.g, self.objectives, self.pairing = f, g, nn.ModuleList(several), pairing

    def forward(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Step:
        """Loss and value of a batch. Raises InputError without a generator."""
        generator = check_generator(generator)
        pairs = self.pairing.pairs((self.f, self.g), x, y, generator)
        steps = [o(a, b, generator) for o, (a, b) in zip(self._each(len(pairs)), pairs, strict=True)]
        return Step(torch.stack([s.loss for s in steps]).mean(), torch.stack([s.value for s in steps]).mean())

    def _each(self, count: int) -> list[nn.Module]:
        objectives = list(self.objectives)
        if len(objectives) == 1:
            return objectives * count
        if len(objectives) != count:
            raise InputError(
                f"{len(objectives)} objectives were given for {count} pairs; give one, or one for each pair."
            )
        return objectives
