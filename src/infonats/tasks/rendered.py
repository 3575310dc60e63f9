"""Images drawn from latents: one-to-one, so the images share what the latents share.

I. Butakov, A. Tolmachev, S. Malanchuk, A. Neopryatnaya, A. Frolov and K. Andreev (2024), arXiv 2305.08013.
"""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from infonats.errors import InputError
from infonats.tasks.base import Task
from infonats.tasks.maps import Map
from infonats.tasks.transformed import Transformed

SIDE = 16
SPREAD = 2.4
PIXELS = torch.arange(SIDE, dtype=torch.float64)


def _plate(u: Float[Tensor, "n 2"]) -> Float[Tensor, "n p"]:
    centre = 3.0 + 10.0 * u
    down, across = ((PIXELS - centre[:, [i]]).square() / (2 * SPREAD**2) for i in (0, 1))
    return torch.exp(-down[:, :, None] - across[:, None, :]).flatten(1)


def _centre(image: Float[Tensor, "n p"]) -> Float[Tensor, "n 2"]:
    """Log brightness is a parabola: two neighbouring means of it give its peak."""
    logs = image.unflatten(1, (SIDE, SIDE)).log()
    m = SIDE // 2
    profiles = torch.stack([logs.mean(2), logs.mean(1)], 1)
    peak = m + 0.5 + SPREAD**2 * (profiles[:, :, m + 1] - profiles[:, :, m])
    return (peak - 3.0) / 10.0


def _rectangle(u: Float[Tensor, "n 4"]) -> Float[Tensor, "n p"]:
    sides = []
    for i in (0, 2):
        start, length = 6 * u[:, [i]], 2 + 8 * u[:, [i + 1]]
        inside = torch.minimum(PIXELS + 1, start + length) - torch.maximum(PIXELS, start)
        sides.append(inside.clamp(0, 1))
    return (sides[0][:, :, None] * sides[1][:, None, :]).flatten(1)


def _edges(image: Float[Tensor, "n p"]) -> Float[Tensor, "n 4"]:
    """How much of each pixel is covered tells where an edge stands: every side covers one pixel in full."""
    square = image.unflatten(1, (SIDE, SIDE))
    found = []
    for covered in (square.amax(2), square.amax(1)):
        first = (covered > 0).to(torch.uint8).argmax(1)
        start = first + 1 - covered.gather(1, first[:, None])[:, 0]
        found += [start / 6, (covered.sum(1) - 2) / 8]
    return torch.stack(found, 1)


def _need(base: Task, columns: int, what: str) -> None:
    if (base.dim_x, base.dim_y) != (columns, columns):
        raise InputError(
            f"{what} of a task with {base.dim_x} + {base.dim_y} columns; give one with {columns} + {columns}, "
            "in (0, 1)."
        )


@final
class Plates(Transformed):
    """Two coordinates in (0, 1) to a Gaussian bump centred there, 16 x 16 pixels. Needs 2 + 2 columns."""

    prefix, why, picture = "plates", "images of 256 pixels that hide two numbers", (SIDE, SIDE)

    def maps(self) -> tuple[Map, Map]:
        """The picture on both sides."""
        _need(self.base, 2, "Plates")
        draw = Map(_plate, _centre, extra=SIDE**2 - 2)
        return draw, draw


@final
class Rectangles(Transformed):
    """Four coordinates in (0, 1) to a rectangle with soft edges, 16 x 16 pixels: top, height, left, width."""

    prefix, why, picture = "rectangles", "images of 256 pixels that hide four numbers", (SIDE, SIDE)

    def maps(self) -> tuple[Map, Map]:
        """The picture on both sides."""
        _need(self.base, 4, "Rectangles")
        draw = Map(_rectangle, _edges, extra=SIDE**2 - 4)
        return draw, draw


@final
class SeenAgain(Transformed):
    """Y with a second copy of its first `count` columns: nothing new, so I(X; [Y, Y']) = I(X; Y)."""

    prefix, why = "again", "columns of Y that stand twice"

    def __init__(self, base: Task, count: int, name: str | None = None) -> None:
        self.count = count
        super().__init__(base, name)
        self.picture = base.picture

    def maps(self) -> tuple[Map, Map]:
        """A copy on y alone."""
        d = self.base.dim_y
        copy = Map(lambda y: torch.cat([y, y[:, : self.count]], 1), lambda y: y[:, :d], extra=self.count)
        return Map(lambda x: x, lambda x: x), copy
