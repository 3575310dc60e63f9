"""Three digits in one picture: 1000 modes, one for each number of three figures, counted by a classifier."""

import dataclasses
from functools import cached_property

import torch
from _images import Images
from classifier import CLASSES, Classifier
from gan_data import Coverage, divergence
from torch import Tensor

CHANNELS = 3


@dataclasses.dataclass(frozen=True, eq=False)
class Stacked:
    """Three images drawn apart from the training set, side by side in a row of 3 d columns in [-1, 1]."""

    images: Images
    classifier: Classifier

    @property
    def name(self) -> str:
        """What the set is called."""
        return f"stacked-{self.images.name}"

    @property
    def dim(self) -> int:
        """Columns of a sample."""
        return CHANNELS * self.images.train[0].shape[1]

    @cached_property
    def chances(self) -> Tensor:
        """The chance of each of the 1000 numbers: products of the classes' frequencies."""
        p = torch.bincount(self.images.train[1], minlength=CLASSES).double() / len(self.images.train[1])
        return torch.einsum("a,b,c->abc", p, p, p).flatten()

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """Draw n stacks."""
        x = self.images.train[0]
        return x[torch.randint(len(x), (n, CHANNELS), generator=generator)].flatten(1)

    def blind(self, n: int, generator: torch.Generator) -> Tensor:
        """Draw n stacks of pixels that are uniform on [-1, 1]."""
        return 2 * torch.rand(n, self.dim, generator=generator) - 1

    def coverage(self, samples: Tensor) -> Coverage:
        """The numbers that the classifier reads in samples (n, 3 d); there is no distance to a mode."""
        digits = self.classifier(samples.reshape(len(samples) * CHANNELS, -1)).reshape(-1, CHANNELS)
        number = (digits * torch.tensor([100, 10, 1])).sum(1)
        counts = torch.bincount(number, minlength=len(self.chances))
        return Coverage(int((counts > 0).sum()), len(counts), None, divergence(counts, self.chances))
