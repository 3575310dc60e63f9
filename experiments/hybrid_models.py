"""The models of `hybrid.py`: five estimators at the published settings, one at better ones, and the data."""

import copy
import dataclasses
import math

import torch
from torch import Tensor

from infonats.bounds import JS, MINE
from infonats.critics import JointCritic
from infonats.densities import Categorical, ColumnMixture, Density, DensityConfig, Flow, Gaussian, GaussianForm
from infonats.negatives import Proposal, SameCode, Shifts, Table
from infonats.nn import seeded
from infonats.objectives import PQ, Contrastive, DoE, Likelihood, Objective, OverRows
from infonats.quantizers import KMeans
from infonats.train import TrainConfig, train
from infonats.watch import Watch

D, DELTA, EPSILON, VARIANCE, CORRELATION = 5, 1.5, 0.15, 0.1, 0.95
PUBLISHED = ("DoE", "PQ", "MINE", "PQ+MINE", "DoE+MINE")
BETTER, AVERAGED = "Mixtures+JS", "DoE+MINE averaged"
MODELS = (*PUBLISHED, "Mixtures", BETTER, AVERAGED)
RELU = DensityConfig(hidden=(256, 128), act="relu")
Rows = tuple[Tensor, Tensor]


class Mixture:
    """Five independent pairs, each an equal mixture of four bivariate normals (Federici et al. 2023).

    Covariance .1 [[1, .95], [.95, 1]]; means (d+e, d-e), (-d-e, -d+e), (-d+e, -d-e), (d-e, d+e) with d = 1.5
    and e = .15.
    """

    def __init__(self) -> None:
        d, e = DELTA, EPSILON
        peaks = [[d + e, d - e], [-d - e, -d + e], [-d + e, -d - e], [d - e, d + e]]
        self.means = torch.tensor(peaks, dtype=torch.float64)

    def sample(self, n: int, generator: torch.Generator) -> Rows:
        """Rows x, y (n, 5) in float64."""
        mean = self.means[torch.randint(4, (n, D), generator=generator)]
        a, b = torch.randn((2, n, D), generator=generator, dtype=torch.float64) * math.sqrt(VARIANCE)
        return mean[..., 0] + a, mean[..., 1] + CORRELATION * a + math.sqrt(1 - CORRELATION**2) * b

    def log_joint(self, x: Tensor, y: Tensor) -> Tensor:
        """The log p(x, y) of each pair of columns, (n, 5)."""
        a, b = x.double()[..., None] - self.means[:, 0], y.double()[..., None] - self.means[:, 1]
        rest = 1 - CORRELATION**2
        squares = (a * a - 2 * CORRELATION * a * b + b * b) / (VARIANCE * rest)
        return torch.logsumexp(-0.5 * squares, -1) - math.log(8 * math.pi * VARIANCE * math.sqrt(rest))

    def pointwise(self, x: Tensor, y: Tensor) -> Tensor:
        """The log p(x, y) / p(x) p(y) of each row in nats, (n,)."""
        return (self.log_joint(x, y) - self._log_marginal(x, 0) - self._log_marginal(y, 1)).sum(-1)

    def _log_marginal(self, z: Tensor, side: int) -> Tensor:
        squares = (z.double()[..., None] - self.means[:, side]).square() / VARIANCE
        return torch.logsumexp(-0.5 * squares, -1) - math.log(4 * math.sqrt(2 * math.pi * VARIANCE))


@dataclasses.dataclass(frozen=True)
class Size:
    """How much of everything: the published size by default."""

    samples: int = 100_000
    epochs: int = 20
    held_out: int = 10_000
    hidden: tuple[int, ...] = (256, 128)
    batch: int = 64
    draws: int = 64

    @property
    def coffee(self) -> bool:
        """Whether it is smaller than published."""
        return self != Size()


def settings(name: str, size: Size) -> TrainConfig:
    """Adam at 5e-4 without weight decay, clipping or, but for `AVERAGED`, averaging; an epoch is a period.

    Mixtures take batches four times as large, at twice the rate, with averaged parameters, and stop early,
    after twice the epochs at most; the critic that corrects them gets half of the epochs.
    """
    steps = size.samples // size.batch
    plain = TrainConfig(
        max_steps=steps * size.epochs,
        batch_size=size.batch,
        learning_rate=5e-4,
        weight_decay=0.0,
        averaging=0.999 if name == AVERAGED else 0.0,
        clip=1e9,
        evaluate_every=steps,
        patience=size.epochs + 1,
    )
    if not name.startswith("Mixtures"):
        return plain
    steps = size.samples // (4 * size.batch)
    return dataclasses.replace(
        plain,
        max_steps=steps * (max(1, size.epochs // 2) if "+" in name else 2 * size.epochs),
        batch_size=4 * size.batch,
        learning_rate=1e-3,
        averaging=0.999,
        clip=10.0,
        evaluate_every=steps,
        patience=3,
    )


@dataclasses.dataclass(frozen=True, eq=False)
class Model:
    """What is trained (`objective`), and what is measured: a fitted `base`, a `correction`, or both."""

    objective: Objective
    base: DoE | PQ | None = None
    correction: Contrastive | None = None


def build(name: str, size: Size, data: tuple[Rows, Rows], earlier: dict[str, Model], seed: int) -> Model:
    """The model `name` before training, a function of the seed, the data and the `earlier` models."""
    generator = torch.Generator().manual_seed(seed)
    if "+" in name:
        return _hybrid(earlier[name.partition("+")[0]].base, earlier["MINE"].correction, data, generator)
    if name == "MINE":
        critic = seeded(lambda: JointCritic(D, D, size.hidden, "relu", bilinear=False), generator)
        mine = Contrastive(critic, MINE(), Shifts(1), Shifts(16))
        return Model(mine, correction=mine)
    if name == "PQ":
        quantizer = KMeans.fit(data[0][1], 32, seed)
        laws = [seeded(lambda d=d: Categorical(d, quantizer.codes, RELU), generator) for d in (D, 0)]
        ratio = PQ(*laws, quantizer)
        return Model(ratio, base=ratio)
    if name == "Mixtures":
        conditional, marginal = seeded(_mixtures, generator), earlier["DoE"].base.marginal
        conditional.start(data[0][1], generator)
    else:
        conditional, marginal = seeded(_normal, generator), seeded(lambda: Flow(0, D, RELU), generator)
    return Model(Likelihood(conditional), base=DoE(conditional, marginal))


def _hybrid(base: DoE | PQ, mine: Contrastive, data: tuple[Rows, Rows], generator: torch.Generator) -> Model:
    """MINE goes on against negatives of the same code, or draws; mixtures get a critic of their own."""
    if isinstance(base, DoE) and isinstance(base.conditional, ColumnMixture):
        critic = seeded(lambda: JointCritic(D, D, (256, 256), "silu"), generator)
        correction = Contrastive(critic, JS(), Proposal(base.conditional, 4), Proposal(base.conditional, 16))
        return Model(correction, base, correction)
    critic = copy.deepcopy(mine.critic)
    if isinstance(base, DoE):
        correction = Contrastive(critic, MINE(), Proposal(base.conditional, 1), Proposal(base.conditional, 16))
        return Model(correction, base, correction)
    correction = Contrastive(critic, MINE())
    tables = [same_code(base, rows, m) for rows, m in zip(data, (1, 16), strict=True)]
    return Model(OverRows(correction, *tables), base, correction)


def same_code(base: PQ, rows: Rows, m: int) -> Table:
    """The rows among themselves, each with m others of its code."""
    return Table(*rows, rows[1], SameCode.within(base.quantizer(rows[1])), m)


def fit_marginal(
    marginal: Density, size: Size, data: tuple[Rows, Rows], generator: torch.Generator, watch: Watch
) -> None:
    """Fit r(y) first, in large batches until it no longer improves: no critic depends on it."""
    config = TrainConfig(max_steps=size.samples // 25, weight_decay=0.0, evaluate_every=100, patience=5)
    train(Likelihood(marginal), *data, config, generator, watch)
    marginal.requires_grad_(False)


def _normal() -> Gaussian:
    """Mean and scale of each y by a network of x."""
    return Gaussian(D, D, RELU, GaussianForm(correlation="none"))


def _mixtures() -> ColumnMixture:
    """Eight normals for each column of y, given x."""
    return ColumnMixture(D, D, DensityConfig(hidden=(256, 128), act="silu"))
