"""A classifier of images, trained here, its test accuracy known: it counts modes and reads reconstructions."""

import dataclasses

import torch
from _images import Images
from bottleneck import Plain
from torch import Tensor, nn

from infonats._random import spawn, torch_generator
from infonats.nn import MLP, seeded
from infonats.train import TrainConfig, train

CLASSES = 10


@dataclasses.dataclass(frozen=True, eq=False)
class Classifier:
    """A network of images (n, d) in [-1, 1], and the share of test images that it has right."""

    network: nn.Module
    accuracy: float

    @torch.no_grad()
    def __call__(self, x: Tensor) -> Tensor:
        """The likeliest class of each image (n, d), shape (n,)."""
        return torch.cat([self.network(part).argmax(1) for part in x.split(4096)])


def classifier(data: Images, seed: int, steps: int) -> Classifier:
    """Train a network of two hidden layers; a tenth of the training images say when it is best."""
    (x, y), (t, u) = data.train, data.test
    held, (start, run) = len(x) // 10, spawn(seed, 2)
    model = Plain(seeded(lambda: MLP(x.shape[1], CLASSES, (256, 256), "relu"), torch_generator(start)))
    config = TrainConfig(max_steps=steps, batch_size=100)
    train(model, (x[held:], y[held:]), (x[:held], y[:held]), config, torch_generator(run))
    found = Classifier(model.network, 0.0)
    return dataclasses.replace(found, accuracy=(found(t) == u).double().mean().item())
