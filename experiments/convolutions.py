"""Convolutions for images of 28 x 28 pixels: to draw, to encode, and to score them beside a code.

Four by four pixels at a stride of two, as in DCGAN (A. Radford, L. Metz and S. Chintala 2016, arXiv
1511.06434), of few channels, so that a step takes tens of milliseconds on a processor.
"""

import torch
from torch import Tensor, nn

from infonats.critics import Critic
from infonats.nn import MLP

SIDE = 28
PATCH = 4
QUARTER = SIDE // PATCH


def colours(columns: int) -> int:
    """How many colours an image of 28 x 28 pixels has whose row is so long: 1 or 3; 0 if it is none."""
    return {SIDE**2: 1, 3 * SIDE**2: 3}.get(columns, 0)


def conv(fan_in: int, out: int) -> nn.Conv2d:
    """Half as many pixels each way."""
    return nn.Conv2d(fan_in, out, 4, 2, 1)


def up(fan_in: int, out: int) -> nn.ConvTranspose2d:
    """Twice as many pixels each way."""
    return nn.ConvTranspose2d(fan_in, out, 4, 2, 1)


class Drawn(nn.Module):
    """Rows of `latent` columns (n, latent) to images of `colours` (n, colours * 784) with pixels in (-1, 1)."""

    def __init__(self, latent: int, colours: int, channels: int) -> None:
        super().__init__()
        inner = (2 * channels, QUARTER, QUARTER)
        self.layers = nn.Sequential(
            nn.Linear(latent, 2 * channels * QUARTER**2),
            nn.Unflatten(1, inner),
            nn.BatchNorm2d(2 * channels),
            nn.ReLU(),
            up(2 * channels, channels),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            up(channels, colours),
            nn.Tanh(),
            nn.Flatten(),
        )

    def forward(self, z: Tensor) -> Tensor:
        """Draw."""
        return self.layers(z)


class Seen(nn.Module):
    """Images (n, colours * 784) to `out` numbers (n, out)."""

    def __init__(self, colours: int, out: int, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Unflatten(1, (colours, SIDE, SIDE)),
            conv(colours, channels),
            nn.LeakyReLU(0.2),
            conv(channels, 2 * channels),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(2 * channels * QUARTER**2, out),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Look at each image once."""
        return self.layers(x)


class SeenWith(Critic):
    """T(x, y) of images x and codes y (.., dy): what is seen in x beside y, through `width` units."""

    def __init__(self, colours: int, dy: int, channels: int, width: int = 128) -> None:
        super().__init__()
        self.seen = Seen(colours, width, channels)
        self.head = MLP(width + dy, 1, (width, width), "relu", zero_last=True)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """The score, broadcasting over leading dimensions; an image that meets many codes is seen once."""
        seen = self.seen(x.flatten(0, -2)).unflatten(0, x.shape[:-1])
        shape = torch.broadcast_shapes(seen.shape[:-1], y.shape[:-1])
        return self.head(torch.cat([seen.expand(*shape, -1), y.expand(*shape, -1)], -1)).squeeze(-1)


class Coarse(Critic):
    """A critic of images by the means of their patches of 4 x 4 pixels: what is finer, it does not see."""

    def __init__(self, critic: Critic) -> None:
        super().__init__()
        self.critic = critic

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """The score, broadcasting over leading dimensions."""
        images = x.reshape(-1, colours(x.shape[-1]), SIDE, SIDE)
        return self.critic(nn.functional.avg_pool2d(images, PATCH).reshape(*x.shape[:-1], -1), y)


def start(module: nn.Module, generator: torch.Generator) -> None:
    """Draw the convolutions' initial numbers from U(-1/sqrt(d), 1/sqrt(d)), d inputs of an output."""
    for layer in module.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            inputs = layer.in_channels * (16 if isinstance(layer, nn.Conv2d) else 4)
            for parameter in layer.parameters():
                nn.init.uniform_(parameter, -(inputs**-0.5), inputs**-0.5, generator=generator)
