r"""Codes f(x) and g(y) of images and wide tables, learnt on rows that nothing else of a fold sees.

.. math:: I(f(X); g(Y)) \le I(X; Y)

holds for all f and g that are fixed before the rows are drawn (the data-processing inequality): encoders that
learn their own rows by heart only make codes that say less about others. So a fold has three parts beside its
test rows: encoders are trained on the first, stopped by the second (`validation`), and the log ratio of the
codes is fitted to the third, `Fold.train[:len(test)]`, on which they behave as they will on the test rows.

The encoders meet in an inner product and are trained by the contrastive loss both ways (`auto_scores`). Where
the log ratio is a sum over hidden causes, one term each, such as k bits in k patches, the codes span it
whatever the number of causes. Then they are made to stand side by side: canonical directions (H. Hotelling,
Biometrika 28, 321-377, 1936) align f with g, independent components (A. Hyvarinen 1999,
doi:10.1109/72.761722) separate the causes, and those whose correlation on the third part is no more than
chance are left out.
"""

import dataclasses
import math
import warnings

import numpy as np
import torch
from jaxtyping import Float
from sklearn.decomposition import FastICA
from sklearn.exceptions import ConvergenceWarning
from torch import Tensor, nn

from infonats._random import torch_generator
from infonats.callbacks import History
from infonats.data import Pairs, Standardize
from infonats.data.grids import Grid
from infonats.estimators.auto_contest import Fold
from infonats.estimators.auto_critic import BothWays
from infonats.nn import PatchPyramid, ResidualMLP, seeded
from infonats.train import train
from infonats.train_config import TrainConfig
from infonats.watch import Watch

LEVELS = ((4, 8), (2, 32), (2, 64))
"""Widths and channels of the convolutions: patches of 16 x 16 pixels before the affine maps."""
WIDTH, DROPOUT, FAR = 128, 0.2, 10.0
AT_ONCE = 1000
BY_CHANCE, RIDGE, ROUNDS = 3.0, 1e-6, 500
"""Standard errors that a correlation must exceed; the least share of the largest variance that is inverted;
iterations of the component analysis.
"""
Sides = tuple[np.ndarray, np.ndarray]
Maps = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Centre (k,) and matrix (k, q) for each side."""


@dataclasses.dataclass(frozen=True)
class EncoderConfig:
    """How long encoders train at most, rows in a batch, numbers in a code."""

    steps: int = 400
    batch: int = 256
    rank: int = 32

    def train(self, n: int) -> TrainConfig:
        """The settings of the loop for n rows."""
        return TrainConfig(
            max_steps=self.steps,
            batch_size=min(self.batch, max(n // 4, 2)),
            learning_rate=2e-3,
            averaging=0.97,
            clip=1.0,
            evaluate_every=50 if self.steps > 200 else 25,
            patience=3,
        )


class Encoder(nn.Module):
    """Rows (n, d) -> codes (n, rank): of images put back into their shape, or of columns."""

    def __init__(self, d: int, rank: int, grid: Grid | None) -> None:
        super().__init__()
        self.width, self.grid = d, grid
        if grid is None:
            self.net: ResidualMLP | PatchPyramid = ResidualMLP(d, rank, WIDTH, 1, DROPOUT)
        else:
            *channels, h, w = grid.shape
            self.shape = (math.prod(channels), h, w)
            self.kept = torch.from_numpy(grid.kept)
            self.net = PatchPyramid(self.shape, rank, LEVELS, WIDTH, DROPOUT)

    def forward(
        self, x: Float[Tensor, "n d"], generator: torch.Generator | None = None
    ) -> Float[Tensor, "n k"]:
        """The codes; with a generator, units are dropped at random."""
        if self.grid is None:
            return self.net(x, generator)
        full = x.new_zeros(len(x), math.prod(self.shape)).index_copy(1, self.kept, x)
        return self.net(full.view(-1, *self.shape), generator)


class Encoders(nn.Module):
    """f(x)'g(y) / sqrt(rank) of every x with every y."""

    def __init__(self, widths: tuple[int, int], grids: tuple[Grid | None, Grid | None], rank: int) -> None:
        super().__init__()
        self.of_x, self.of_y = (Encoder(d, rank, grid) for d, grid in zip(widths, grids, strict=True))
        self.scale = 1 / math.sqrt(rank)

    def all_pairs(
        self, x: Float[Tensor, "n d"], y: Float[Tensor, "m e"], generator: torch.Generator | None = None
    ) -> Float[Tensor, "n m"]:
        """The inner products."""
        return self.scale * self.of_x(x, generator) @ self.of_y(y, generator).mT


@dataclasses.dataclass(frozen=True, eq=False)
class Scaling:
    """Rows before the encoder: standardised, all `pixels` of images alike, and cut at ten deviations."""

    map: Standardize
    pixels: bool

    @classmethod
    def of(cls, rows: np.ndarray, grid: Grid | None) -> "Scaling":
        """Of training rows (n, d)."""
        pixels = grid is not None
        return cls(Standardize.fit(rows.reshape(-1, 1) if pixels else rows), pixels)

    def __call__(self, rows: np.ndarray) -> Tensor:
        """As float32."""
        scaled = self.map(rows.reshape(-1, 1)).reshape(rows.shape) if self.pixels else self.map(rows)
        return torch.from_numpy(np.clip(scaled, -FAR, FAR).astype(np.float32))


@dataclasses.dataclass(frozen=True, eq=False)
class Codes:
    """Trained encoders, and the affine maps (centre, matrix) that make their codes stand side by side."""

    scalings: tuple[Scaling, Scaling]
    encoders: Encoders
    maps: Maps

    def raw(self, x: np.ndarray, y: np.ndarray) -> Sides:
        """The encoders' own codes (n, rank) of both sides."""
        sides = zip((x, y), self.scalings, (self.encoders.of_x, self.encoders.of_y), strict=True)
        u, v = (_encoded(net, scaling, rows) for rows, scaling, net in sides)
        return u, v

    def __call__(self, x: np.ndarray, y: np.ndarray) -> Sides:
        """The codes (n, q), the j-th of x beside the j-th of y."""
        return mapped(self.raw(x, y), self.maps)


@torch.no_grad()
def _encoded(net: Encoder, scaling: Scaling, rows: np.ndarray) -> np.ndarray:
    parts = [net(scaling(rows[i : i + AT_ONCE])) for i in range(0, len(rows), AT_ONCE)]
    return torch.cat(parts).double().numpy()


def parts_of(fold: Fold) -> tuple[np.ndarray, np.ndarray]:
    """The rows to train encoders on, and those to fit the ratio of codes to."""
    few = len(fold.test)
    return fold.train[few:], np.concatenate([fold.train[:few], fold.validation])


def fit_codes(pairs: Pairs, fold: Fold, config: EncoderConfig, watch: Watch) -> tuple[Codes, History]:
    """Train encoders on their part of a fold; the codes are as they come."""
    own = parts_of(fold)[0]
    generator, grids = torch_generator(fold.seed), (pairs.x_grid, pairs.y_grid)
    scalings = Scaling.of(pairs.x[own], grids[0]), Scaling.of(pairs.y[own], grids[1])
    data, validation = (
        (scalings[0](pairs.x[rows]), scalings[1](pairs.y[rows])) for rows in (own, fold.validation)
    )
    widths = pairs.x.shape[1], pairs.y.shape[1]
    encoders = seeded(lambda: Encoders(widths, grids, config.rank), generator)
    history = train(BothWays(encoders), data, validation, config.train(len(own)), generator, watch)
    as_they_are = np.zeros(config.rank), np.eye(config.rank)
    return Codes(scalings, encoders, (as_they_are, as_they_are)), history


def canonical(codes: Sides) -> Maps:
    """Affine maps of codes (n, k) to directions of unit variance; only the j-th of x and of y correlate."""
    centres = [side.mean(0) for side in codes]
    u, v = (side - centre for side, centre in zip(codes, centres, strict=True))
    white_u, white_v = _whitening(u), _whitening(v)
    left, _, right = np.linalg.svd((u @ white_u).T @ (v @ white_v) / len(u))
    return (centres[0], white_u @ left), (centres[1], white_v @ right.T)


def telling(codes: Sides, maps: Maps) -> Maps:
    """The directions that correlate on these codes (n, k) by more than chance, best first; at least one."""
    u, v = (side - side.mean(0) for side in mapped(codes, maps))
    spread = np.sqrt((u**2).sum(0) * (v**2).sum(0))
    rho = (u * v).sum(0) / np.maximum(spread, np.finfo(float).tiny)
    kept = np.argsort(-rho)[: max(1, int((rho > BY_CHANCE / math.sqrt(len(u))).sum()))]
    return first(maps, kept)


def first(maps: Maps, kept: slice | np.ndarray) -> Maps:
    """Some of the directions."""
    (a, p), (b, q) = maps
    return (a, p[:, kept]), (b, q[:, kept])


def separated(codes: Sides, maps: Maps, seed: int) -> Maps:
    """The same directions turned to independent components, those of x and of y alike."""
    (a, p), (b, q) = maps
    if p.shape[1] == 1:
        return maps
    u, v = mapped(codes, maps)
    found = FastICA(whiten="unit-variance", max_iter=ROUNDS, random_state=seed % 2**32)
    with warnings.catch_warnings():  # Gaussian codes have no independent components to converge to
        warnings.simplefilter("ignore", ConvergenceWarning)
        found.fit(u + v)
    return (a, p @ found.components_.T), (b, q @ found.components_.T)


def mapped(codes: Sides, maps: Maps) -> Sides:
    """Codes (n, k) by their maps, (n, q)."""
    u, v = ((side - centre) @ matrix for side, (centre, matrix) in zip(codes, maps, strict=True))
    return u, v


def _whitening(rows: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(rows.T @ rows / len(rows))
    floor = max(RIDGE * values[-1], np.finfo(float).tiny)
    return vectors / np.sqrt(np.maximum(values, floor)) @ vectors.T
