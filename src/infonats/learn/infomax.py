"""InfoMax as a scikit-learn transformer: columns in, a few informative ones out."""

import dataclasses
from typing import Any, Self, final

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import nn

from infonats._random import check_seed, spawn, torch_generator
from infonats._types import Progress
from infonats.bounds import BOUNDS
from infonats.critics import SeparableCritic
from infonats.data import Standardize
from infonats.data.foreign import refused_as_input
from infonats.data.pairs import check_extent
from infonats.errors import InputError, unknown_name
from infonats.learn.maximise import Learning, encode, maximise
from infonats.learn.pairings import Code, Gaussian, Pairing, TInfoMax, Views
from infonats.nn import MLP, seeded
from infonats.objectives import Contrastive
from infonats.train import TrainConfig
from infonats.watch import Watch

PAIRINGS = ("views", "code", "lagged")
LEAST = 10
ADVICE = "Give X as a table (n, d) of finite numbers."


@dataclasses.dataclass(frozen=True)
class InfoMaxConfig:
    """The rest: widths of the encoder (none: linear), the bound by name, and the loop's settings."""

    hidden: tuple[int, ...] = (64,)
    bound: str = "infonce"
    act: str = "silu"
    train: TrainConfig = TrainConfig(max_steps=1000, patience=10)


@final
class InfoMax(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """X (n, d) to the `n_components` functions of it that keep the most mutual information.

    pairing: "views", two copies of the standardised X with fresh noise of deviation `noise`, I(f(V1); f(V2));
    "code", I(X; f(X) + noise eps) with f of unit variance; "lagged", I(f(x_t); f(x_t+lag)) of a series,
    whose code is used at `noise` too. Codes have mean 0 and variance 1 on the training rows. `noise` is the
    scale below which differences do not count: without it the question has no finite answer. seed: same seed,
    same bits. Fitted: `history_`, `score_` (the objective's held-out value in nats, by which the state was
    chosen, so a little optimistic), `encoder_`. Raises InputError for parameters it does not know and fewer
    than 10 rows.
    """

    def __init__(
        self,
        n_components: Any = 2,  # like scikit-learn's own: stored unchanged whatever it is, checked by `fit`
        pairing: Any = "views",
        noise: Any = 0.2,
        lag: Any = 1,
        seed: Any = 0,
        config: Any = None,
    ) -> None:
        self.n_components = n_components
        self.pairing = pairing
        self.noise = noise
        self.lag = lag
        self.seed = seed
        self.config = config

    def fit(self, X: Any, y: Any = None, progress: Watch | Progress | None = None) -> Self:
        """Learn from X (n, d) alone; y is ignored, so that a pipeline may pass it on."""
        with refused_as_input(ADVICE):
            X = validate_data(self, X, dtype=np.float64, ensure_min_samples=LEAST)
        names = [f"X{j}" for j in range(X.shape[1])]
        check_extent("X", names, (X.min(0), X.max(0)), len(X), varying=False)
        pairing = self._checked()
        self.scaling_ = Standardize.fit(X)
        rows = torch.as_tensor(self.scaling_(X), dtype=torch.float32)
        start, run = spawn(self.seed, 2)
        source, k = torch_generator(start), int(self.n_components)
        encoder = seeded(lambda: self._network(rows.shape[1], k), source)
        objective = self._objective(rows.shape[1] if self.pairing == "code" else k, k, source)
        learning = Learning(self._settings.train, seed=run)
        self.history_ = maximise(encoder, objective, rows, pairing, learning, progress)
        self.score_ = self.history_.validation_values[self.history_.steps.index(self.history_.best_step)]
        self.encoder_ = encoder.double()
        return self

    def transform(self, X: Any) -> np.ndarray:
        """The codes of X (n, d), (n, n_components), without noise."""
        check_is_fitted(self, "encoder_")
        with refused_as_input(ADVICE):
            X = validate_data(self, X, dtype=np.float64, reset=False)
        return encode(self.encoder_, torch.as_tensor(self.scaling_(X))).numpy()

    @property
    def _n_features_out(self) -> int:
        return int(self.n_components)

    @property
    def _settings(self) -> InfoMaxConfig:
        return self.config or InfoMaxConfig()

    def _network(self, d: int, k: int) -> nn.Module:
        return nn.Sequential(
            MLP(d, k, self._settings.hidden, self._settings.act), nn.BatchNorm1d(k, affine=False)
        )

    def _objective(self, da: int, db: int, source: torch.Generator) -> Contrastive:
        bounds = {bound.name: bound for bound in BOUNDS}
        if self._settings.bound not in bounds:
            raise unknown_name("bound", str(self._settings.bound), bounds)
        return Contrastive(
            seeded(lambda: SeparableCritic(da, db, (64,)), source), bounds[self._settings.bound]()
        )

    def _checked(self) -> Pairing:
        check_seed(self.seed)
        for name, least in (("n_components", 1), ("lag", 1)):
            value = getattr(self, name)
            if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
                raise InputError(f"{name} is {value!r}; it must be a whole number of at least {least}.")
        if not self.noise > 0:
            raise InputError(f"noise is {self.noise!r}; it must be positive, or the information is infinite.")
        if self.pairing not in PAIRINGS:
            raise unknown_name("pairing", str(self.pairing), PAIRINGS)
        if self.pairing == "views":
            return Views(Gaussian(self.noise))
        return Code(self.noise) if self.pairing == "code" else TInfoMax(int(self.lag), self.noise)
