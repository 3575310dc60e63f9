"""LMI: nearest neighbours on codes of autoencoders that predict each other (`lmi_net`), Gowri et al. 2024."""

import dataclasses
import math
from typing import final

import numpy as np
import torch

from infonats._random import check_seed, spawn, torch_generator
from infonats._threads import check_threads, threads
from infonats._types import Progress
from infonats.closedform.ksg import ksg_error, ksg_local
from infonats.closedform.neighbours import check_k
from infonats.data import Pairs
from infonats.data.splits import shuffled
from infonats.errors import EstimationError, InputError
from infonats.estimate import normal_interval
from infonats.estimators.base import Estimator, Measurement, MethodInfo
from infonats.estimators.fold import under
from infonats.estimators.ksg import INFO as KSG
from infonats.estimators.lmi_net import CrossPredictive
from infonats.nn import seeded
from infonats.references import Reference
from infonats.train import train
from infonats.train_config import TrainConfig
from infonats.watch import Watch

FAR = 10.0
"""Standard deviations at which columns are cut."""

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
    """How the autoencoders are built and trained: the authors' numbers, counted in passes over the training rows.

    `hidden` are the widths of the encoders, mirrored in the decoders; `learning_rate` is Adam's, `patience` counts
    passes without a better loss on the rows left out. The authors widen the first layer beyond 2048 columns; here it
    stays as it is given. `threads` as elsewhere.
    """

    hidden: tuple[int, ...] = (1024, 512, 256)
    passes: int = 300
    batch_size: int = 512
    learning_rate: float = 1e-4
    patience: int = 30
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


@final
class LMI(Estimator):
    """I(X;Y) in nats by neighbours on learnt codes. Neither a lower nor an upper bound.

    Half of the rows train the autoencoders; on the others, which also stop the training by their loss as in the
    authors' package, KSG measures the codes. dims: numbers in a code. k: neighbours. seed: of split, weights and
    batches; the same seed gives the same bits. `config` has widths and training. Codes keep what few numbers can
    rebuild: what is shared by small parts of many columns is lost. Raises EstimationError where the codes repeat
    values, as those of discrete columns do.
    """

    def __init__(self, dims: int = 8, k: int = 3, config: LMIConfig = LMIConfig(), seed: int = 0) -> None:
        self.dims = dims
        self.k = k
        self.config = config
        self.seed = seed

    @property
    def info(self) -> MethodInfo:
        """Name, family, guarantee, source."""
        return INFO

    @property
    def minimum_rows(self) -> int:
        """Twenty, and more than two k."""
        return max(20, 2 * check_k(self.k) + 2)

    @property
    def trains(self) -> bool:
        """It does."""
        return True

    def _measure(self, pairs: Pairs, progress: Progress | None) -> Measurement:
        if isinstance(self.dims, bool) or not isinstance(self.dims, int) or self.dims < 1:
            raise InputError(f"dims is {self.dims!r}; give how many numbers a code has, 1 or more.")
        seed = check_seed(self.seed)
        first, second = spawn(seed, 2)
        order = shuffled(len(pairs), first)
        own, held = np.sort(order[: len(pairs) // 2]), np.sort(order[len(pairs) // 2 :])
        self.scales_ = tuple(_scale(side[own]) for side in (pairs.x, pairs.y))
        generator = torch_generator(second)
        data, validation = (
            tuple(_scaled(side[rows], scale) for side, scale in zip((pairs.x, pairs.y), self.scales_, strict=True))
            for rows in (own, held)
        )
        self.net_ = self._net(pairs.x.shape[1], pairs.y.shape[1]).start(generator)
        with threads(self.config.threads):
            history = train(
                self.net_, data, validation, self.config.train(len(own)), generator, Watch.of(progress)
            )
            self.x_, self.y_ = self._codes(pairs.x[held], pairs.y[held])
        local, stderr = self._ksg()
        value = float(local.mean())
        return Measurement(
            value,
            stderr,
            len(held),
            normal_interval(value, stderr),
            n_train=len(own),
            seed=seed,
            diagnostics=tuple(_notes(value, len(held))),
            history={"loss": tuple(history.validation_losses)},
            details={"best_step": history.best_step, "dims": self.dims},
        )

    def _net(self, dx: int, dy: int) -> CrossPredictive:
        # Seeded, because a plain construction would draw from the global generator.
        return seeded(lambda: CrossPredictive(dx, dy, self.dims, self.config.hidden), torch_generator(0))

    @torch.no_grad()
    def _codes(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        sides = zip((self.net_.of_x, self.net_.of_y), (x, y), self.scales_, strict=True)
        u, v = (net(_scaled(rows, scale)).double().numpy() for net, rows, scale in sides)
        return u, v

    def _ksg(self) -> tuple[np.ndarray, float]:
        try:
            return ksg_error(self.x_, self.y_, k=self.k, seed=check_seed(self.seed))
        except InputError as error:
            raise EstimationError(
                f"The codes of the held-out rows cannot be measured by neighbours ({type(error).__name__}): they "
                "repeat values or are constant. Give columns that vary continuously, or choose auto."
            ) from error

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        with threads(self.config.threads):
            at = self._codes(x, y)
        return ksg_local(self.x_, self.y_, k=self.k, at=at, seed=check_seed(self.seed))

    def _state(self) -> dict[str, np.ndarray]:
        state = {f"net/{name}": tensor.numpy() for name, tensor in self.net_.state_dict().items()}
        for side, (centre, unit) in zip("xy", self.scales_, strict=True):
            state |= {f"{side}/centre": centre, f"{side}/unit": unit}
        return state | {"x": self.x_, "y": self.y_}

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        self.scales_ = tuple((state[f"{side}/centre"], state[f"{side}/unit"]) for side in "xy")
        self.net_ = self._net(*(len(centre) for centre, _ in self.scales_))
        self.net_.load_state_dict({name: torch.from_numpy(a) for name, a in under(state, "net/").items()})
        self.net_.eval()
        self.x_, self.y_ = state["x"], state["y"]


def _scale(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the training rows; one where a column is constant there."""
    unit = rows.std(0)
    return rows.mean(0), np.where(unit > 0, unit, 1.0)


def _scaled(rows: np.ndarray, scale: tuple[np.ndarray, np.ndarray]) -> torch.Tensor:
    return torch.from_numpy(np.clip((rows - scale[0]) / scale[1], -FAR, FAR).astype(np.float32))


def _notes(value: float, n: int) -> list[str]:
    notes = [
        "The interval is that of neighbours on the codes: it does not know what the codes lost. Compare with auto."
    ]
    if value > math.log(n) / 2:
        notes.append(
            f"{value:.2f} nats are high for {n} held-out rows: above half of log n = {math.log(n):.2f} nats "
            "neighbours saturate, and the value is biased towards zero."
        )
    return notes
