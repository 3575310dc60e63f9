r"""Bottlenecks without labels: two views of one thing, or one series at two times, say what is worth keeping.

.. math::
   \text{MIB: } & \min -I(Z_1;Z_2) + \tfrac{\beta}{2} E[KL(q(z|v_1) \| q(z|v_2)) + KL(q(z|v_2) \| q(z|v_1))] \\
   \text{TIB: } & \min -I(Z_t;Z_{t+\tau}) + \beta \, E[\log q(z_{t+\tau}|x_{t+\tau}) - \log b(z_{t+\tau}|z_t)]

What only one view holds makes the two laws of its code differ, and is paid for. M. Federici et al. (2020),
arXiv 2002.07017 (MIB); M. Federici et al. (2024), arXiv 2309.07200 (TIB).
"""

from typing import final

import torch
from torch import Tensor

from infonats.densities import Density
from infonats.learn._checks import check_beta, check_generator
from infonats.learn.codes import GaussianEncoder
from infonats.objectives.base import Objective, Step


@final
class MultiViewBottleneck(Objective):
    """MIB: I(Z1;Z2) by `objective`, less beta times the symmetric divergence of the two laws of the code.

    The divergence bounds the superfluous I(X1;Z1|X2) from above, for both views on average. The value is the
    objective's, of draws of the codes. One encoder serves both views x (n, ...) and y (n, ...).
    """

    def __init__(self, encoder: GaussianEncoder, objective: Objective, beta: float) -> None:
        super().__init__()
        self.encoder, self.objective, self.beta = encoder, objective, check_beta(beta)

    def forward(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Step:
        """Loss and value of two views. Raises InputError without a generator."""
        first, second = self.encoder(x), self.encoder(y)
        source = check_generator(generator)
        step = self.objective(first.draw(source), second.draw(source), source)
        surplus = (first.kl(second) + second.kl(first)).mean() / 2
        return Step(step.loss + self.beta * surplus, step.value)


@final
class TimeLaggedBottleneck(Objective):
    """TIB: I(Z_t; Z_t+lag) by `objective`, less beta times what of the later code its past does not tell.

    `transition` is a density b(z'|z) with dx = dy = k, trained along; E log q - log b is an upper bound of
    I(X_t+lag; Z_t+lag | Z_t) for every b. x and y are the earlier and the later rows, (n, ...).
    """

    def __init__(
        self, encoder: GaussianEncoder, objective: Objective, transition: Density, beta: float
    ) -> None:
        super().__init__()
        self.encoder, self.objective, self.transition = encoder, objective, transition
        self.beta = check_beta(beta)

    def forward(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Step:
        """Loss and value of rows and later rows. Raises InputError without a generator."""
        source, later = check_generator(generator), self.encoder(y)
        z, after = self.encoder(x).draw(source), later.draw(source)
        step = self.objective(z, after, source)
        surplus = (later.log_prob(after) - self.transition.log_prob(after, z)).mean()
        return Step(step.loss + self.beta * surplus, step.value)
