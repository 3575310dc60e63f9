"""LMI: nearest neighbours on codes of autoencoders that predict each other (`lmi_net`), Gowri et al. 2024."""

import dataclasses
import math
from collections.abc import Iterable, Sequence
from typing import Any, Self, final

import numpy as np
import torch

from infonats._random import check_seed, torch_generator
from infonats._threads import check_threads
from infonats._types import Progress
from infonats.closedform.ksg import ksg_error, ksg_local
from infonats.closedform.neighbours import check_k
from infonats.data import Pairs, Split, Standardize
from infonats.data.blocks import inflation
from infonats.errors import EstimationError, InputError
from infonats.estimate import normal_interval
from infonats.estimators.base import MethodInfo
from infonats.estimators.cross_fit import one_by_one
from infonats.estimators.cross_fitted import CrossFitted, Fit
from infonats.estimators.fold import under
from infonats.estimators.ksg import INFO as KSG
from infonats.estimators.lmi_net import CrossPredictive
from infonats.inference import MeanHeldOut
from infonats.nn import seeded
from infonats.references import Reference
from infonats.train import train
from infonats.train_config import TrainConfig
from infonats.watch import Watch

FAR = 10.0
"""Standard deviations at which columns are cut."""
DIGITS = 10
"""Decimals of a code: fewer than arithmetic has, so that a row has one code in whatever company it comes."""

INFO = MethodInfo(
    name="lmi",
    family="combined",
    side="none",
    reference=Reference(
        key="gowri2024approximating",
        authors=("Gowri, Gokul", "Lun, Xiao-Kang", "Klein, Allon M.", "Yin, Peng"),
        title="Approximating mutual information of high-dimensional variables using learned representations",
        year=2024,
        venue="Advances in Neural Information Processing Systems",
        arxiv="2409.02732",
    ),
    summary="neighbours on codes of cross-predicting autoencoders; hundreds of columns that hide few causes",
    also=(KSG.reference,),
    error="infinitesimal jackknife",
)


@dataclasses.dataclass(frozen=True)
class LMIConfig:
    """How the autoencoders are built and trained: by the authors' numbers, in passes over the training rows.

    `hidden` are the widths of the encoders, mirrored in the decoders; `learning_rate` is Adam's, `patience`
    counts passes without a better loss on the rows left out. The authors widen the first layer beyond 2048
    columns; here it stays as it is given. `fractions` of the rows train, validate and are measured where
    `folds` is 1; `threads` as elsewhere.
    """

    hidden: tuple[int, ...] = (1024, 512, 256)
    passes: int = 300
    batch_size: int = 512
    learning_rate: float = 1e-4
    patience: int = 30
    fractions: tuple[float, float, float] = (0.4, 0.1, 0.5)
    threads: int | None = 1

    def __post_init__(self) -> None:
        if not self.hidden or not all(isinstance(width, int) and width > 0 for width in self.hidden):
            raise InputError(f"hidden is {self.hidden!r}; give positive widths, such as (1024, 512, 256).")
        check_threads(self.threads)

    def train(self, n: int) -> TrainConfig:
        """The settings of the loop for n training rows: an evaluation after every pass."""
        batch = max(2, min(self.batch_size, n))
        steps = math.ceil(n / batch)
        return TrainConfig(
            max_steps=self.passes * steps,
            batch_size=batch,
            learning_rate=self.learning_rate,
            weight_decay=0.0,
            averaging=0.0,
            clip=1e9,
            evaluate_every=steps,
            patience=self.patience,
            validation_rows=1_000_000,
        )


@dataclasses.dataclass(frozen=True, eq=False)
class LMIFold:
    """Trained autoencoders between the maps of the columns, and the codes (n, dims) of the rows measured on."""

    net: CrossPredictive
    maps: tuple[Standardize, Standardize]
    k: int
    reference: tuple[np.ndarray, np.ndarray] = (np.empty((0, 1)), np.empty((0, 1)))

    @torch.no_grad()
    def codes(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The codes of both sides, (n, dims)."""
        sides = zip((self.net.of_x, self.net.of_y), self.maps, (x, y), strict=True)
        u, v = (net(_cut(scale, rows, torch.float64)).numpy().round(DIGITS) for net, scale, rows in sides)
        return u, v

    def keeping(self, x: np.ndarray, y: np.ndarray) -> Self:
        """The same with these rows to be neighbours of."""
        return dataclasses.replace(self, reference=self.codes(x, y))

    def measure(self, x: np.ndarray, y: np.ndarray, block: int = 1) -> MeanHeldOut:
        """KSG of the codes of rows that this fold has not seen; its error where they stand in a `block`."""
        try:
            local, stderr = ksg_error(*self.codes(x, y), k=self.k)
        except InputError as error:
            raise EstimationError(
                "The codes of the held-out rows cannot be measured by neighbours: they repeat values or are "
                "constant. Give columns that vary continuously, or choose auto."
            ) from error
        value, stderr = float(local.mean()), stderr * inflation(local, block)
        return MeanHeldOut(value, stderr, normal_interval(value, stderr), len(x))

    def log_ratio(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The terms of KSG of new rows among those measured on."""
        return ksg_local(*self.reference, k=self.k, at=self.codes(x, y))

    def state(self) -> dict[str, np.ndarray]:
        """Every array that `LMI` needs to restore it."""
        parts = {f"net/{name}": tensor.numpy() for name, tensor in self.net.state_dict().items()}
        for side, scale, codes in zip("xy", self.maps, self.reference, strict=True):
            parts |= {f"{side}/{name}": array for name, array in scale.state().items()} | {
                f"codes/{side}": codes
            }
        return parts


@final
class LMI(CrossFitted):
    """I(X;Y) in nats by neighbours on learnt codes. Neither a lower nor an upper bound.

    dims: numbers in a code. k: neighbours. folds: 1 trains on some rows and measures half of them, 3 or more
    measure every row. seed: of split, weights and batches; the same seed gives the same bits. `config` has
    widths and training. Two departures from the authors' package: what stops the training is not measured on
    (there one half does both), and codes are divided by their standard deviations. Codes keep what few
    numbers can rebuild: what is shared by small parts of many columns is lost. Raises EstimationError where
    codes repeat values, as those of discrete columns do.
    """

    def __init__(
        self, dims: int = 8, k: int = 3, folds: int = 1, config: LMIConfig = LMIConfig(), seed: int = 0
    ) -> None:
        self.dims = dims
        self.k = k
        self.folds = folds
        self.config = config
        self.seed = seed

    @property
    def info(self) -> MethodInfo:
        """Name, family, guarantee, source."""
        return INFO

    def _settings(self) -> LMIConfig:
        if isinstance(self.dims, bool) or not isinstance(self.dims, int) or self.dims < 1:
            raise InputError(f"dims is {self.dims!r}; give how many numbers a code has, 1 or more.")
        check_k(self.k)
        check_seed(self.seed)
        return self.config

    def _fit_folds(
        self, pairs: Pairs, splits: Sequence[Split], seeds: Sequence[int], progress: Progress | None
    ) -> list[Fit]:
        def fit(split: Split, seed: int, progress: Progress | None) -> Fit:
            generator = torch_generator(seed)
            maps = Standardize.fit(pairs.x[split.train]), Standardize.fit(pairs.y[split.train])
            data, validation = (
                (_cut(maps[0], pairs.x[rows]), _cut(maps[1], pairs.y[rows]))
                for rows in (split.train, split.validation)
            )
            net = self._net(pairs.x.shape[1], pairs.y.shape[1]).start(generator)
            config = self.config.train(len(split.train))
            history = train(net, data, validation, config, generator, Watch.of(progress))
            test = pairs.x[split.test], pairs.y[split.test]
            fold = LMIFold(net.double(), maps, self.k).keeping(*test)
            return Fit(fold, fold.measure(*test, int(pairs.block)), history)

        return one_by_one(fit, splits, seeds, progress)

    def _net(self, dx: int, dy: int) -> CrossPredictive:
        # Seeded, because a plain construction would draw from the global generator.
        return seeded(lambda: CrossPredictive(dx, dy, self.dims, self.config.hidden), torch_generator(0))

    def _restore_fold(self, state: dict[str, np.ndarray]) -> LMIFold:
        net = self._net(*self.n_features_in_).double().eval()
        net.load_state_dict({name: torch.from_numpy(array) for name, array in under(state, "net/").items()})
        of_x, of_y = (Standardize.from_state(under(state, f"{side}/")) for side in "xy")
        return LMIFold(net, (of_x, of_y), self.k, (state["codes/x"], state["codes/y"]))

    def _value_notes(self, value: float, parts: Sequence[Any], n_train: int) -> Iterable[str]:
        yield (
            "The interval is that of neighbours on the codes: it does not know what the codes have lost. "
            "Compare with auto."
        )
        if value > math.log(parts[0].n) / 2:
            yield (
                f"{value:.2f} nats are high for {parts[0].n} rows measured: above half of log n = "
                f"{math.log(parts[0].n):.2f} nats neighbours saturate, and the value is biased towards zero."
            )

    def _fit_notes(self, value: float, stderr: float, fits: Sequence[Fit]) -> Iterable[str]:
        if any(not fit.history.reason for fit in fits):
            yield "The autoencoders still improved when training ended; raise passes."


def _cut(scale: Standardize, rows: np.ndarray, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.from_numpy(np.clip(scale(rows), -FAR, FAR)).to(dtype)
