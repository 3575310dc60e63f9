"""Training an encoder for mutual information, by the one loop of the library."""

import dataclasses

import torch
from torch import Tensor, nn

from infonats._random import check_seed, spawn, torch_generator
from infonats._threads import check_threads, threads
from infonats._types import Progress
from infonats.batches import Batch
from infonats.callbacks import History
from infonats.data.splits import shuffled
from infonats.errors import InputError
from infonats.learn.encoded import Encoded
from infonats.learn.pairings import Gaussian, Pairing, Views
from infonats.objectives.base import Objective
from infonats.train import TrainConfig, train
from infonats.watch import Watch

AT_ONCE = 4096


@dataclasses.dataclass(frozen=True)
class Learning:
    """How to learn: the loop's settings, the share of rows that choose the state, the seed, the threads."""

    train: TrainConfig = TrainConfig()
    validation: float = 0.2
    seed: int = 0
    threads: int | None = 1

    def __post_init__(self) -> None:
        check_seed(self.seed)
        check_threads(self.threads)
        if not 0 < self.validation < 1:
            raise InputError(f"validation is {self.validation!r}; it is a share of the rows, between 0 and 1.")


def maximise(
    encoder: nn.Module | tuple[nn.Module, nn.Module],
    objective: Objective | list[Objective],
    data: Tensor | tuple[Tensor, Tensor],
    pairing: Pairing = Views(Gaussian(0.1)),
    learning: Learning = Learning(),
    watch: Watch | Progress | None = None,
) -> History:
    """Train encoder and critic together to raise the mutual information of the pairs; the learning curve.

        max_f I(a; b),   (a, b) = pairing(f, batch): `Code`, `Views`, `LocalGlobal`, `Predictive`, `TInfoMax`

    data: x (n, ...), or two views (x, y) with paired rows, tensors on the encoder's device. The encoder is left
    in evaluation mode at the state with the least loss on held-out rows (the last stretch of a series). Values
    are in nats and those of the objective: a lower bound of I(a;b) where it is one, which itself is at most
    I(X;Y) of the views. An estimate to report needs rows that did not choose the state. The result depends on
    `learning.seed` and the initial parameters alone. `watch` shows progress and keeps checkpoints, as in
    `infonats.train.train`. Raises InputError for data that the pairing cannot use.
    """
    x, y = data if isinstance(data, tuple) else (data, None)
    rows = pairing.rows(x, y)
    shuffle, draw = spawn(learning.seed, 2)
    kept, held = _split(rows, pairing, learning.validation, shuffle)
    with threads(learning.threads):
        return train(
            Encoded(encoder, objective, pairing), kept, held, learning.train, torch_generator(draw), watch
        )


@torch.no_grad()
def encode(encoder: nn.Module, x: Tensor) -> Tensor:
    """f(x) in evaluation mode, without gradients: (n, ...) -> (n, k), 4096 rows at once."""
    encoder.eval()
    return torch.cat([encoder(part) for part in x.split(AT_ONCE)])


def _split(rows: Batch, pairing: Pairing, share: float, seed: int) -> tuple[Batch, Batch]:
    """Rows to train on and to choose by: at random, or the last stretch where they are in order.

    Of a series the training stretch ends early enough that no row is in both.
    """
    x, y = rows
    n = len(x)
    held, gap = round(share * n), pairing.gap
    kept = n - held - gap
    if held < 2 or kept < 2:
        raise InputError(
            f"{n} pairs with validation={share} leave {max(kept, 0)} to train on and {held} to choose by; each "
            "needs 2 or more. Give more rows."
        )
    order = torch.arange(n) if gap else torch.as_tensor(shuffled(n, seed))
    first, last = order[:kept].to(x.device), order[n - held :].to(x.device)
    return (x[first], y[first]), (x[last], y[last])
