"""Objectives of densities: train by maximum likelihood, read I(X;Y) off the fitted log-probabilities.

The loss is the negative log-likelihood of every density that is trained, in nats a row; a density whose
parameters need no gradient stays as it is. The value is the printed equation on the batch. `terms` are the
values row by row where the estimate is their mean; `scores` what a bound of `infonats.bounds.GENERATIVE`
takes. Nothing here is a bound unless a density is exact or an entropy known.
"""

from collections.abc import Sequence
from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from infonats._shapes import Scalar
from infonats.bounds.club import club
from infonats.bounds.l1out import l1out
from infonats.densities import Categorical, Density
from infonats.objectives.fitting import Fit, Fitting
from infonats.quantizers import Quantizer
from infonats.scores import Scores


@final
class Likelihood(Fitting):
    """loss = -E[log r(y|x)]; the value is the mean log-likelihood. Fits one density, a marginal too."""

    def __init__(self, density: Density) -> None:
        super().__init__()
        self.density = density

    def fits(self, x: Tensor, y: Tensor) -> tuple[Fit, ...]:
        return ((self.density, y, x),)

    def read(
        self, log_probs: Sequence[Tensor], x: Tensor, y: Tensor, generator: torch.Generator | None
    ) -> Tensor:
        return log_probs[0]


@final
class DoE(Fitting):
    """Difference of entropies, E[log q(y|x)] - E[log r(y)] (McAllester and Stratos 2020, arXiv 1811.04251)."""

    def __init__(self, conditional: Density, marginal: Density) -> None:
        super().__init__()
        self.conditional, self.marginal = conditional, marginal

    def terms(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Float[Tensor, "n"]:
        """The terms log q(y_i|x_i) - log r(y_i)."""
        return self.conditional.log_prob(y, x) - self.marginal.log_prob(y)

    def all_pairs(self, x: Float[Tensor, "n dx"], y: Float[Tensor, "m dy"]) -> Float[Tensor, "n m"]:
        """The terms log q(y_j|x_i) - log r(y_j) of every row with every row."""
        return self.conditional.all_pairs(x, y) - self.marginal.log_prob(y)

    def log_ratio(self, x: Tensor, y: Tensor) -> Tensor:
        """As `terms`."""
        return self.terms(x, y)

    def information(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Scalar:
        """The mean of `terms`."""
        return self.terms(x, y).mean()

    def fits(self, x: Tensor, y: Tensor) -> tuple[Fit, ...]:
        return (self.conditional, y, x), (self.marginal, y, None)

    def read(
        self, log_probs: Sequence[Tensor], x: Tensor, y: Tensor, generator: torch.Generator | None
    ) -> Tensor:
        log_q, log_r = log_probs
        return log_q - log_r


@final
class BA(Fitting):
    """E[log q(y|x)] + H(Y), a lower bound where `entropy` is H(Y) in nats (Barber and Agakov 2003)."""

    entropy: Tensor

    def __init__(self, conditional: Density, entropy: float) -> None:
        super().__init__()
        self.conditional = conditional
        self.register_buffer("entropy", torch.tensor(float(entropy)))

    def terms(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Float[Tensor, "n"]:
        """The terms log q(y_i|x_i) + H(Y)."""
        return self.conditional.log_prob(y, x) + self.entropy

    def fits(self, x: Tensor, y: Tensor) -> tuple[Fit, ...]:
        return ((self.conditional, y, x),)

    def read(
        self, log_probs: Sequence[Tensor], x: Tensor, y: Tensor, generator: torch.Generator | None
    ) -> Tensor:
        return log_probs[0] + self.entropy


@final
class GM(Fitting):
    """E[log q(x,y)] - E[log r(x)] - E[log s(y)]: joint minus marginals (Song and Ermon 2020).

    All three are marginal densities (dx = 0); the joint one is over the columns of x, then those of y.
    """

    def __init__(self, joint: Density, marginal_x: Density, marginal_y: Density) -> None:
        super().__init__()
        self.joint, self.marginal_x, self.marginal_y = joint, marginal_x, marginal_y

    def terms(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Float[Tensor, "n"]:
        """The terms log q(x_i,y_i) - log r(x_i) - log s(y_i)."""
        log_q, log_r, log_s = (density.log_prob(rows) for density, rows, _ in self.fits(x, y))
        return log_q - log_r - log_s

    def all_pairs(self, x: Float[Tensor, "n dx"], y: Float[Tensor, "m dy"]) -> Float[Tensor, "n m"]:
        """The terms log q(x_i,y_j) - log r(x_i) - log s(y_j) of every row with every row."""
        shape = (len(x), len(y), -1)
        joint = self.joint.log_prob(torch.cat([x[:, None].expand(shape), y.expand(shape)], -1))
        return joint - self.marginal_x.log_prob(x)[:, None] - self.marginal_y.log_prob(y)

    def log_ratio(self, x: Tensor, y: Tensor) -> Tensor:
        """As `terms`."""
        return self.terms(x, y)

    def fits(self, x: Tensor, y: Tensor) -> tuple[Fit, ...]:
        return (self.joint, torch.cat([x, y], -1), None), (self.marginal_x, x, None), (self.marginal_y, y, None)

    def read(
        self, log_probs: Sequence[Tensor], x: Tensor, y: Tensor, generator: torch.Generator | None
    ) -> Tensor:
        log_q, log_r, log_s = log_probs
        return log_q - log_r - log_s


@final
class CLUB(Fitting):
    """`infonats.bounds.CLUB` of a learned q(y|x): vCLUB (Cheng et al. 2020, arXiv 2006.12013)."""

    def __init__(self, conditional: Density) -> None:
        super().__init__()
        self.conditional = conditional

    def scores(self, x: Tensor, y: Tensor) -> Scores:
        """Scores log q(y_j|x_i): of each x, with every other y."""
        return Scores.from_all_pairs(self.conditional.all_pairs(x, y))

    def fits(self, x: Tensor, y: Tensor) -> tuple[Fit, ...]:
        return ((self.conditional, y, x),)

    def read(
        self, log_probs: Sequence[Tensor], x: Tensor, y: Tensor, generator: torch.Generator | None
    ) -> Tensor:
        return club(self.scores(x, y))

    def information(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Scalar:
        """As `infonats.functional.club` of the scores."""
        return club(self.scores(x, y))


@final
class VCLUBS(Fitting):
    """vCLUB-S: CLUB of a learned q(y|x) with one shuffled x for each y (Cheng et al. 2020)."""

    def __init__(self, conditional: Density) -> None:
        super().__init__()
        self.conditional = conditional

    def terms(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Float[Tensor, "n"]:
        """The terms log q(y_i|x_i) - log q(y_i|x_(i+s)), s one random cyclic shift (1 without a generator)."""
        return self._contrast(x, y, self.conditional.log_prob(y, x), generator)

    def fits(self, x: Tensor, y: Tensor) -> tuple[Fit, ...]:
        return ((self.conditional, y, x),)

    def read(
        self, log_probs: Sequence[Tensor], x: Tensor, y: Tensor, generator: torch.Generator | None
    ) -> Tensor:
        return self._contrast(x, y, log_probs[0], generator)

    def information(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Scalar:
        """The mean of `terms`."""
        return self.terms(x, y, generator).mean()

    def _contrast(self, x: Tensor, y: Tensor, log_q: Tensor, generator: torch.Generator | None) -> Tensor:
        shift = 1
        if generator is not None:
            shift = int(torch.randint(1, len(x), (), generator=generator, device=generator.device))
        return log_q - self.conditional.log_prob(y, x.roll(shift, 0))


@final
class L1Out(Fitting):
    """`infonats.bounds.L1Out` of a learned q(y|x) (Poole et al. 2019, arXiv 1905.06922)."""

    def __init__(self, conditional: Density) -> None:
        super().__init__()
        self.conditional = conditional

    def scores(self, x: Tensor, y: Tensor) -> Scores:
        """Scores log q(y_i|x_j): of each y, with every other x."""
        return Scores.from_all_pairs(self.conditional.all_pairs(x, y).mT)

    def fits(self, x: Tensor, y: Tensor) -> tuple[Fit, ...]:
        return ((self.conditional, y, x),)

    def read(
        self, log_probs: Sequence[Tensor], x: Tensor, y: Tensor, generator: torch.Generator | None
    ) -> Tensor:
        return l1out(self.scores(x, y))

    def information(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Scalar:
        """As `infonats.functional.l1out` of the scores."""
        return l1out(self.scores(x, y))


@final
class VUB(Fitting):
    """E KL(q(y|x) || r(y)) by `draws` from q for each x (Alemi et al. 2017, arXiv 1612.00410).

    An upper bound for the exact q(y|x), whatever r is.
    """

    def __init__(self, conditional: Density, marginal: Density, draws: int = 16) -> None:
        super().__init__()
        self.conditional, self.marginal, self.draws = conditional, marginal, draws

    @torch.no_grad()
    def terms(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Float[Tensor, "n"]:
        """The terms mean_k log q(y_ik|x_i) - log r(y_ik), y_ik ~ q(y|x_i). The y given is not looked at."""
        drawn = self.conditional.sample(x, generator or torch.Generator().manual_seed(0), (self.draws,))
        return (self.conditional.log_prob(drawn, x) - self.marginal.log_prob(drawn)).mean(0)

    def fits(self, x: Tensor, y: Tensor) -> tuple[Fit, ...]:
        return (self.conditional, y, x), (self.marginal, y, None)

    def read(
        self, log_probs: Sequence[Tensor], x: Tensor, y: Tensor, generator: torch.Generator | None
    ) -> Tensor:
        return self.terms(x, y, generator)


@final
class PQ(Fitting):
    """E[log q(Q(y)|x)] - E[log p(Q(y))], Q a fixed quantiser (Federici et al. 2023, arXiv 2306.00608).

    A lower bound on I(X;Q(Y)) <= I(X;Y) for the exact p(Q(y)); never above log of the number of codes then.
    """

    def __init__(self, conditional: Categorical, marginal: Categorical, quantizer: Quantizer) -> None:
        super().__init__()
        self.conditional, self.marginal, self.quantizer = conditional, marginal, quantizer

    def codes(self, y: Tensor) -> Int64[Tensor, "n 1"]:
        """The codes of y as the densities take them, in one column."""
        return self.quantizer(y).unsqueeze(-1)

    def terms(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Float[Tensor, "n"]:
        """The terms log q(Q(y_i)|x_i) - log p(Q(y_i))."""
        code = self.codes(y)
        return self.conditional.log_prob(code, x) - self.marginal.log_prob(code)

    def all_pairs(self, x: Float[Tensor, "n dx"], y: Float[Tensor, "m dy"]) -> Float[Tensor, "n m"]:
        """The terms log q(Q(y_j)|x_i) - log p(Q(y_j)) of every row with every row."""
        code = self.codes(y)
        return self.conditional.all_pairs(x, code) - self.marginal.log_prob(code)

    def log_ratio(self, x: Tensor, y: Tensor) -> Tensor:
        """As `terms`."""
        return self.terms(x, y)

    def fits(self, x: Tensor, y: Tensor) -> tuple[Fit, ...]:
        code = self.codes(y)
        return (self.conditional, code, x), (self.marginal, code, None)

    def read(
        self, log_probs: Sequence[Tensor], x: Tensor, y: Tensor, generator: torch.Generator | None
    ) -> Tensor:
        log_q, log_p = log_probs
        return log_q - log_p
