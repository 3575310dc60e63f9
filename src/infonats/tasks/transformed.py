"""Transformations that keep mutual information: I(f(X); g(Y)) = I(X; Y) for one-to-one f and g.

They compose, ``Spiral(NormalCDF(Multinormal(...)))``, and take points back through their inverses to find
the pointwise ratio, which is the base's.
"""

import abc
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from infonats.errors import InputError
from infonats.tasks import maps
from infonats.tasks.base import Task, Truth
from infonats.tasks.maps import Map


class Transformed(Task):
    """(f(X), g(Y)) for (X, Y) of `base`. A leaf gives the `maps` f and g, its `prefix` and why it is hard."""

    prefix: str
    why: str

    def __init__(self, base: Task, name: str | None = None) -> None:
        self.base, self.name = base, name or f"{self.prefix}-{base.name}"
        self.hard = f"{self.why}; {base.hard}" if base.hard.partition(":")[0] != "nothing" else self.why
        self.exact, self.has_pointwise = base.exact, base.has_pointwise
        self.x_map, self.y_map = self.maps()
        self.dim_x, self.dim_y = base.dim_x + self.x_map.extra, base.dim_y + self.y_map.extra

    @abc.abstractmethod
    def maps(self) -> tuple[Map, Map]:
        """What happens to x and to y."""

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        x, y = self.base.sample(n, generator)
        return self.x_map.forward(x), self.y_map.forward(y)

    def _truth(self) -> Truth:
        return Truth(self.base.mutual_information, self.base.mutual_information_stderr)

    def pointwise(self, x: Float[Tensor, "n dx"], y: Float[Tensor, "n dy"]) -> Float[Tensor, "n"]:
        """The base's ratio at the points that were mapped to x and y."""
        return self.base.pointwise(self.x_map.inverse(x), self.y_map.inverse(y))

    def smoothed(self, x: Float[Tensor, "n dx"], y: Float[Tensor, "n dy"]) -> Float[Tensor, "n"]:
        """The base's at the points that were mapped to x and y."""
        return self.base.smoothed(self.x_map.inverse(x), self.y_map.inverse(y))


@final
class NormalCDF(Transformed):
    """Every coordinate through the standard normal distribution function, into (0, 1)."""

    prefix, why = "normal_cdf", "margins uniform where they were normal"

    def maps(self) -> tuple[Map, Map]:
        """Phi on both sides."""
        return maps.NORMAL_CDF, maps.NORMAL_CDF


@final
class HalfCube(Transformed):
    """Every coordinate to x sqrt|x|: longer tails."""

    prefix, why = "half_cube", "long tails and flat centres"

    def maps(self) -> tuple[Map, Map]:
        """The map x |x|^(1/2) on both sides."""
        return maps.HALF_CUBE, maps.HALF_CUBE


@final
class Asinh(Transformed):
    """Every coordinate to asinh x: tails shortened to logarithms."""

    prefix, why = "asinh", "tails shortened"

    def maps(self) -> tuple[Map, Map]:
        """The map asinh on both sides."""
        return maps.ASINH, maps.ASINH


@final
class Cubic(Transformed):
    """Y to its cube, X as it is. B. Poole et al. (2019), arXiv 1905.06922."""

    prefix, why = "cubic", "Y is cubed: heavy tails on one side"

    def maps(self) -> tuple[Map, Map]:
        """x, y^3."""
        return maps.IDENTITY, maps.CUBE


@final
class Wiggly(Transformed):
    """Each coordinate plus sines of itself, others for y than for x. Czyz et al. (2023), arXiv 2306.11078."""

    prefix, why = "wiggly", "densities with bumps"

    def maps(self) -> tuple[Map, Map]:
        """Increasing sums of sines."""
        return maps.WIGGLE_X, maps.WIGGLE_Y


@final
class Bimodal(Transformed):
    """Standard normal coordinates to .3 N(0,1) + .7 N(5,1) and .5 N(-1,1) + .5 N(3,1), quantile by quantile.

    Czyz et al. (2023), arXiv 2306.11078.
    """

    prefix, why = "bimodal", "two peaks on each side"

    def maps(self) -> tuple[Map, Map]:
        """Quantile functions of the two mixtures after Phi."""
        return maps.two_peaks(0.3, 0.0, 5.0), maps.two_peaks(0.5, -1.0, 3.0)


@final
class SwissRoll(Transformed):
    """One coordinate X in (0, 1) to a spiral curve in the plane. Czyz et al. (2023), arXiv 2306.11078.

    Raises InputError where X has more columns.
    """

    prefix, why = "swissroll_x", "X is a curve in the plane"

    def maps(self) -> tuple[Map, Map]:
        """The roll on x alone."""
        if self.base.dim_x != 1:
            raise InputError(f"SwissRoll of a task with {self.base.dim_x} columns of x; it rolls exactly one.")
        return maps.SWISS_ROLL, maps.IDENTITY


@final
class Spiral(Transformed):
    """x turned by |x|^2 / dim_x in the plane of its first two columns, y by |y|^2 / dim_y in that of its
    second and third. Czyz et al. (2023), arXiv 2306.11078. Raises InputError below 2 + 3 columns.
    """

    prefix, why = "spiral", "spirals within X and within Y"

    def maps(self) -> tuple[Map, Map]:
        """Windings of one plane on each side."""
        dim_x, dim_y = self.base.dim_x, self.base.dim_y
        if dim_x < 2 or dim_y < 3:
            raise InputError(f"Spiral of a task with {dim_x} + {dim_y} columns; it needs 2 + 3 or more.")
        return maps.winding(0, 1, 1 / dim_x), maps.winding(1, 2, 1 / dim_y)


@final
class Galaxy(Transformed):
    """x, two columns, turned by |x|^2 / 2; y as it is. Czyz et al. (2023), arXiv 2310.10240."""

    prefix, why = "galaxy", "two arms of a spiral"

    def maps(self) -> tuple[Map, Map]:
        """A winding on x alone."""
        return maps.winding(0, 1, 0.5), maps.IDENTITY


@final
class Waves(Transformed):
    """x, two columns, bent into waves of amplitude 5 and frequency 3, then scaled; y as it is.

    Czyz et al. (2023), arXiv 2310.10240.
    """

    prefix, why = "waves", "narrow bent stripes"

    def maps(self) -> tuple[Map, Map]:
        """The waves on x alone."""
        return maps.waves(5.0, 3.0), maps.IDENTITY


@final
class Rotated(Transformed):
    """A fixed orthogonal matrix on x and another on y: no column means anything by itself."""

    prefix, why = "rotated", "every column mixes all others of its side"

    def maps(self) -> tuple[Map, Map]:
        """Matrices of seeds 0 and 1."""
        return maps.rotation(self.base.dim_x, 0), maps.rotation(self.base.dim_y, 1)


@final
class Polar(Transformed):
    """An angle and a number on each side to points of the plane. Raises InputError unless 2 + 2 columns."""

    prefix, why = "polar", "points around the origin of a plane on both sides"

    def maps(self) -> tuple[Map, Map]:
        """Polar coordinates on both sides."""
        if (self.base.dim_x, self.base.dim_y) != (2, 2):
            raise InputError(
                f"Polar of a task with {self.base.dim_x} + {self.base.dim_y} columns; it needs 2 + 2."
            )
        return maps.POLAR, maps.POLAR


@final
class Layered(Transformed):
    """Three orthogonal matrices with a bend of every column after each: a deep map with no pattern."""

    prefix, why = "layered", "bent and mixed three times"

    def maps(self) -> tuple[Map, Map]:
        """Layers of seeds 2 and 3."""
        return maps.layers(self.base.dim_x, 2), maps.layers(self.base.dim_y, 3)
