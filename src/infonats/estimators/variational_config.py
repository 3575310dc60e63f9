"""The settings of the variational estimators that are not the method itself."""

import dataclasses

import torch

from infonats._threads import check_threads
from infonats.data import TRANSFORMS
from infonats.errors import InputError, unknown_name
from infonats.nn import ACTIVATIONS
from infonats.train import TrainConfig


@dataclasses.dataclass(frozen=True)
class VariationalConfig:
    """How the critic is built, fed and trained.

    `negatives` for each pair and step are cyclic shifts of the batch (0: every other row of it).
    `transform` is fitted to the training rows; "auto" takes normal scores of columns with heavy tails and
    standardises the others. `fractions` of the rows train, validate and test where
    `folds` is 1. `threads` is one by default: the fastest for small networks, and the same bits whatever
    the number of cores (None: as torch is set). Gradients are hardly clipped: the few batches in which a wrong
    pair scores high hold `mine`, `nwj` and their like down, and cut short they let the critic run away.
    """

    hidden: tuple[int, ...] = (128, 128)
    act: str = "silu"
    transform: str = "auto"
    negatives: int = 8
    fractions: tuple[float, float, float] = (0.6, 0.2, 0.2)
    device: str = "cpu"
    threads: int | None = 1
    train: TrainConfig = TrainConfig(clip=1000.0)

    def __post_init__(self) -> None:
        if not self.hidden or not all(isinstance(width, int) and width > 0 for width in self.hidden):
            raise InputError(f"hidden is {self.hidden!r}; give positive widths, such as (128, 128).")
        if self.act not in ACTIVATIONS:
            raise unknown_name("activation", str(self.act), ACTIVATIONS)
        check_transform(self.transform)
        if self.negatives < 0:
            raise InputError(f"negatives is {self.negatives}; give 0 (all pairs) or more.")
        check_threads(self.threads)
        check_fractions(self.fractions)
        check_device(self.device)


def check_fractions(fractions: tuple[float, ...]) -> None:
    """Raise InputError unless there are three of them; what they may be, the split says."""
    if len(fractions) != 3:
        raise InputError(f"fractions are {fractions}; give three: to train, to validate, to test.")


def check_transform(name: str) -> None:
    """Raise UnknownNameError for a transform that does not exist."""
    if name not in TRANSFORMS:
        raise unknown_name("transform", str(name), TRANSFORMS)


def check_device(device: str) -> None:
    """Raise InputError for a device that cannot be used here."""
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"device is {device!r}, which cannot be used here: {error}") from error
