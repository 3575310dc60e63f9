"""The settings of the training loop."""

import dataclasses
import math

from infonats.errors import InputError


@dataclasses.dataclass(frozen=True)
class TrainConfig:
    """How to train. Steps count batches; evaluated is before the first, after every `evaluate_every` and after
    the last, number `max_steps`; `patience` counts evaluations without improvement.

    `betas` are AdamW's; `averaging` is the decay of the exponential moving average of parameters that is
    evaluated and kept (0: the parameters themselves); `clip` bounds the norm of the gradient. The learning rate
    is multiplied by `decay` every `decay_every` steps. Of more than `validation_rows` validation rows a random
    part judges each state: judging is not to outgrow training.
    """

    max_steps: int = 3000
    batch_size: int = 256
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    betas: tuple[float, float] = (0.9, 0.999)
    averaging: float = 0.99
    clip: float = 10.0
    evaluate_every: int = 25
    patience: int = 20
    validation_rows: int = 4096
    decay: float = 1.0
    decay_every: int = 1000

    def __post_init__(self) -> None:
        counts = ("max_steps", "evaluate_every", "patience", "validation_rows", "decay_every")
        positive = (*counts, "learning_rate", "clip", "decay")
        for name in positive:
            if not getattr(self, name) > 0:
                raise InputError(f"{name} is {getattr(self, name)!r}; it must be positive.")
        if math.inf in (self.learning_rate, self.weight_decay):
            raise InputError(
                "learning_rate or weight_decay is infinite, and one step would end all; give numbers."
            )
        if self.batch_size < 2:
            raise InputError(f"batch_size is {self.batch_size!r}; negatives need batches of 2 or more.")
        if not self.weight_decay >= 0:
            raise InputError(f"weight_decay is {self.weight_decay!r}; it must be at least 0.")
        if len(self.betas) != 2 or not all(0 <= beta < 1 for beta in self.betas):
            raise InputError(f"betas is {self.betas!r}; give two numbers of at least 0 and below 1.")
        if self.decay > 1:
            raise InputError(f"decay is {self.decay!r}; a rate that grows diverges: give at most 1.")
        if not 0 <= self.averaging < 1:
            raise InputError(f"averaging is {self.averaging!r}; it must be at least 0 and below 1.")

    def judges(self, step: int) -> bool:
        """Whether an evaluation is due after so many steps."""
        return step % self.evaluate_every == 0 or step >= self.max_steps

    def rate(self, step: int) -> float:
        """The learning rate of a step, the first of which is 1."""
        return self.learning_rate * self.decay ** ((step - 1) // self.decay_every)
