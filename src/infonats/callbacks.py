"""What watches a training run: its history, its best state, when to stop, and whoever else wants to see."""

import abc
import dataclasses
import math
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor, nn

from infonats import _display
from infonats.errors import InputError
from infonats.objectives.base import Objective

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclasses.dataclass
class History:
    """The learning curve. One entry for each evaluation; all values in nats.

    `reason` is empty if training used all its steps, else why it stopped: "no improvement" or "diverged";
    `best_step` is the step whose state was kept.
    """

    steps: list[int] = dataclasses.field(default_factory=list)
    validation_values: list[float] = dataclasses.field(default_factory=list)
    validation_losses: list[float] = dataclasses.field(default_factory=list)
    train_values: list[Tensor] = dataclasses.field(default_factory=list)
    train_losses: list[Tensor] = dataclasses.field(default_factory=list)
    best_step: int = 0
    reason: str = ""

    def validation(self, step: int, value: float, loss: float) -> None:
        """Record an evaluation after `step` steps."""
        self.steps.append(step)
        self.validation_values.append(value)
        self.validation_losses.append(loss)

    def train(self, mean_value: Tensor, mean_loss: Tensor) -> None:
        """Record the means since the last evaluation; they stay on their device until asked for."""
        self.train_values.append(mean_value)
        self.train_losses.append(mean_loss)

    def curves(self) -> dict[str, tuple[float, ...]]:
        """The curves as equally long tuples: "step", "train" (of the steps up to then), "validation"."""
        train = torch.stack(self.train_values).tolist() if self.train_values else []
        return {
            "step": tuple(map(float, self.steps[1:])),
            "train": tuple(train[: len(self.steps) - 1]),
            "validation": tuple(self.validation_values[1:]),
        }

    def train_value_at_best(self) -> float:
        """The mean training value just before the kept state, in nats; 0 for an untrained state."""
        before = self.steps.index(self.best_step) - 1
        return self.train_values[before].item() if before >= 0 else 0.0

    def plot(
        self,
        ax: "Axes | None" = None,
        truth: float | None = None,
        smooth: int = 1,
        share: float | None = None,
    ) -> "Axes":
        """Draw the training and validation curves, in nats over steps. Returns the matplotlib axes drawn on.

        `smooth` adds, over the pale raw curves, the mean of the last `smooth` evaluations. `truth` adds a line
        at the known value, and `share` another at that share of it (.8 for 80 %).
        """
        return _display.plot_curves(self.curves(), ax, truth, smooth, share)


class EarlyStopping:
    """Stops after `patience` evaluations in a row that did not improve on the best by more than nothing.

    `mode` is "min" or "max"; values of any sign are compared as they are, starting from the first one.
    A value that is not finite never counts as better, and stops at once: training has diverged.
    """

    def __init__(self, mode: Literal["min", "max"], patience: int) -> None:
        if mode not in ("min", "max"):
            raise InputError(f"mode is {mode!r}; it must be 'min' or 'max'.")
        self.sign = 1.0 if mode == "min" else -1.0
        self.patience = patience
        self.best = math.inf
        self.waited = 0
        self.reason = ""

    def update(self, value: float) -> bool:
        """Count one evaluation; True if it is the best so far. Sets `reason` when it is time to stop."""
        if not math.isfinite(value):
            self.reason = "diverged"
            return False
        better = self.sign * value < self.best
        self.best = min(self.best, self.sign * value)
        self.waited = 0 if better else self.waited + 1
        if self.waited >= self.patience:
            self.reason = "no improvement"
        return better


class Best:
    """Keeps a copy of a module's state and puts it back."""

    def __init__(self) -> None:
        self.state: dict[str, Tensor] | None = None
        self.step = 0

    def __bool__(self) -> bool:
        return self.state is not None

    def keep(self, module: nn.Module, step: int) -> None:
        """Copy the state, parameters and buffers alike."""
        self.state = {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}
        self.step = step

    def restore(self, module: nn.Module) -> int:
        """Load the kept state; returns the step at which it was kept."""
        if self.state is not None:
            module.load_state_dict(self.state)
        return self.step


@dataclasses.dataclass(frozen=True, eq=False)
class View:
    """A training run as it stands at an evaluation. To look at: nothing in it is to be changed.

    `objective` holds the state that was evaluated, in eval mode; `step` of at most `total` were taken; `value`
    and `loss` are those on the `validation` rows, `best_value` that of the state kept so far, in nats.
    `seconds_left` is how long the steps up to `total` will take (None before the first one), `last` whether
    training ends here.
    """

    objective: Objective
    step: int
    total: int
    history: History
    validation: tuple[Tensor, Tensor]
    best_value: float
    seconds_left: float | None
    last: bool

    @property
    def value(self) -> float:
        """The value on the validation rows, in nats."""
        return self.history.validation_values[-1]

    @property
    def loss(self) -> float:
        """The loss on the validation rows."""
        return self.history.validation_losses[-1]

    @property
    def train_value(self) -> float | None:
        """The mean training value since the last evaluation, in nats; None before the first step."""
        return self.history.train_values[-1].item() if self.history.train_values else None

    @property
    def train_loss(self) -> float | None:
        """The mean training loss since the last evaluation; None before the first step."""
        return self.history.train_losses[-1].item() if self.history.train_losses else None


class Callback(abc.ABC):
    """Called with a `View` at every evaluation. Raising stops the training."""

    @abc.abstractmethod
    def __call__(self, view: View) -> None:
        """Look at the run."""

    def close(self) -> None:
        """Called once when training ends, however it ends."""
        return None
