"""Data, critics and recipes of the experiment in maximise.py."""

import dataclasses
from collections.abc import Callable

import numpy as np
import torch
from sklearn.linear_model import LinearRegression, RidgeCV
from torch import Tensor, nn

from infonats import densities
from infonats._random import spawn, torch_generator
from infonats.critics import Critic, JointCritic
from infonats.learn import Code, Gaussian, Learning, Pairing, Views, encode, maximise
from infonats.negatives import Shifts
from infonats.nn import MLP, seeded
from infonats.objectives import BA, MINE, Objective
from infonats.train import TrainConfig
from infonats.watch import Watch

ROOTS: dict[str, Callable[[Tensor], Tensor]] = {
    "sin": torch.sin,
    "cos": torch.cos,
    "log(2 + x)": lambda x: (2 + x).log(),
    "x^2": torch.square,
    "sinh": torch.sinh,
    "cosh": torch.cosh,
    "tanh": torch.tanh,
}
LINEAR = densities.GaussianForm(mean="linear", scale="constant", correlation="none")
RIDGES = np.logspace(-4, 3, 29)


def differences(r: Tensor, n: int, whole: bool = True) -> Tensor:
    """[r - r^2, r^2 - r^3, ..., r^(n-1) - r^n, r^n]: n coordinates whose sum is r; n - 1 without the last."""
    powers = torch.stack([r**k for k in range(1, n + 1)], -1)
    gaps = powers[..., :-1] - powers[..., 1:]
    return torch.cat([gaps, powers[..., -1:]], -1) if whole else gaps


def polynomial(n: int) -> Callable[[Tensor], Tensor]:
    """Give the map from x to the n coordinates of `differences`."""
    return lambda x: differences(x, n)


def family(x: Tensor) -> Tensor:
    """The 133 coordinates g - g^2, ..., g^19 - g^20 of each of the seven root functions g."""
    return torch.cat([differences(g(x), 20, whole=False) for g in ROOTS.values()], -1)


def uniform(n: int, generator: torch.Generator, scale: float = 1.0, shift: float = 0.0) -> Tensor:
    """Draw n numbers, uniform on [shift - scale, shift + scale]."""
    return shift + scale * (2 * torch.rand(n, generator=generator) - 1)


def noisy(features: Tensor, noise: float, generator: torch.Generator) -> Tensor:
    """The features, each with independent noise."""
    return features + noise * torch.randn(features.shape, generator=generator)


class Linear(Critic):
    """T(x, y) = a x + b y, and + c where there is a `bias`."""

    def __init__(self, bias: bool) -> None:
        super().__init__()
        self.a, self.b = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))
        self.c = nn.Parameter(torch.zeros(1)) if bias else None

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """The score of paired rows."""
        score = (self.a * x + self.b * y).squeeze(-1)
        return score if self.c is None else score + self.c


class Compressed(nn.Module):
    """u -> asinh(u / noise): columns in units of their noise, linear where it is felt, and large ones tamed."""

    def __init__(self, noise: float) -> None:
        super().__init__()
        self.noise = noise

    def forward(self, u: Tensor) -> Tensor:
        """Element by element."""
        return torch.asinh(u / self.noise)


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How an encoder is trained, for so many `outputs` and `steps`.

    Published (`renoise` 0): I(X; f(X)) of a deterministic code is maximised by MINE. Ours: the information that
    the code of one re-noised view holds about another view, by the bound of Barber and Agakov with a density
    whose mean is linear in the code. The other view's noise makes it finite, and the linear mean asks for
    a code off which the columns can be read linearly.
    """

    outputs: int
    steps: int
    renoise: float = 0.0

    def encoders(self, d: int, generator: torch.Generator) -> tuple[nn.Module, nn.Module]:
        """The untrained encoder of d columns, and what becomes of the second view."""
        if not self.renoise:
            published = seeded(lambda: MLP(d, self.outputs, (64,), "relu"), generator)
            return published, published
        units = nn.Sequential(Compressed(self.renoise), nn.BatchNorm1d(d, affine=False))
        network = seeded(lambda: MLP(d, self.outputs, (128,), "silu"), generator)
        return nn.Sequential(units, network, nn.BatchNorm1d(self.outputs, affine=False)), units

    def objective(self, d: int, generator: torch.Generator) -> Objective:
        """The bound and its critic, or its density."""
        k = self.outputs
        if not self.renoise:
            critic = seeded(lambda: JointCritic(d, k, (64, 64), "relu", bilinear=False), generator)
            return MINE(critic, Shifts(8))
        return BA(seeded(lambda: densities.Gaussian(k, d, form=LINEAR), generator), entropy=0.0)

    @property
    def pairing(self) -> Pairing:
        """What is made informative about what."""
        return Views(Gaussian(self.renoise)) if self.renoise else Code(0.0)

    @property
    def config(self) -> TrainConfig:
        """Ours at a rate that halves five times."""
        plain = TrainConfig(
            max_steps=self.steps,
            learning_rate=2e-3,
            evaluate_every=min(50, self.steps),
            patience=self.steps,
            weight_decay=0.0,
        )
        falling = {"learning_rate": 3e-3, "decay": 0.5, "decay_every": max(1, self.steps // 6)}
        return dataclasses.replace(plain, **falling) if self.renoise else plain


def learned(recipe: Recipe, rows: Tensor, seed: int, watch: Watch | None = None) -> nn.Module:
    """The encoder that the recipe learns from unlabelled rows (n, d)."""
    start, run = spawn(seed, 2)
    generator = torch_generator(start)
    encoders = recipe.encoders(rows.shape[1], generator)
    objective = recipe.objective(rows.shape[1], generator)
    maximise(encoders, objective, rows, recipe.pairing, Learning(recipe.config, seed=run), watch)
    return encoders[0]


def regression_error(fit: tuple[Tensor, Tensor], test: tuple[Tensor, Tensor], ridge: bool = False) -> float:
    """Mean squared error on `test` of a linear regression fitted to `fit`, each (features (n, d), x (n,)).

    The ridge penalty is chosen by leave-one-out on the rows that fit.
    """
    model = RidgeCV(RIDGES) if ridge else LinearRegression()
    (a, x), (b, t) = ((features.double().numpy(), target.double().numpy()) for features, target in (fit, test))
    return float(((model.fit(a, x).predict(b) - t) ** 2).mean())


def code_error(encoder: nn.Module, fit: tuple[Tensor, Tensor], test: tuple[Tensor, Tensor]) -> float:
    """The error of a plain linear regression on the code."""
    return regression_error((encode(encoder, fit[0]), fit[1]), (encode(encoder, test[0]), test[1]))


def bayes_error(features: Callable[[Tensor], Tensor], noise: float, n: int = 2000) -> float:
    """E (x - E[x | features + noise])^2 for x uniform on [-1, 1], by a grid of 2001 points and n draws."""
    generator, grid = torch_generator(0), torch.linspace(-1, 1, 2001, dtype=torch.float64)
    clean, x = features(grid), 2 * torch.rand(n, generator=generator, dtype=torch.float64) - 1
    seen = features(x)
    seen = seen + noise * torch.randn(seen.shape, generator=generator, dtype=torch.float64)
    weights = torch.softmax(-torch.cdist(seen, clean).square() / (2 * noise**2), 1)
    return (weights @ grid - x).square().mean().item()
