r"""What a critic of `Auto` sees: a copula's scores, normal scores or few directions of them, and a radius.

In fifty columns of a thousand rows a network finds whatever one likes, and nothing holds. Where the sides go
together in few directions (B. Li, "Sufficient Dimension Reduction", Chapman and Hall 2018, has the notion) a
critic of those alone, and of the radius, learns from far fewer rows what a copula has wrong about them. The
directions are the canonical ones of the correlations that are left when chance is taken off (`shrunk`),

.. math:: R_{xy} = L_x U S V' L_y', \qquad z_x \mapsto z_x L_x'^{-1} U, \quad z_y \mapsto z_y L_y'^{-1} V,

with L the Cholesky factors of R_xx and R_yy. What goes on outside of them is left to the copula.
"""

import dataclasses
from typing import Self

import numpy as np
import torch
from torch import Tensor

from infonats.estimators.auto_ratios import CopulaRatio, Unmix, Whitened

CHANCE = 1e-6
"""Whitened correlations below this are zero but for rounding."""


def leading(base: CopulaRatio) -> Unmix:
    """Whitened directions (dx, r), (dy, r) of normal scores, in which the sides of a copula go together."""
    modes = Whitened.of(base.student.correlation, base.student.dimensions[0])
    some = modes.rho > CHANCE
    along_x, along_y = modes.u[:, some], modes.v[some].T
    return np.linalg.solve(modes.root_x.T, along_x), np.linalg.solve(modes.root_y.T, along_y)


@dataclasses.dataclass(frozen=True, eq=False)
class View:
    """Coordinates of raw rows for a critic: Student scores of `base`, normal scores along `directions` (d, r)
    of either side, and their mean square less one, in units of `spread`: how far out a row lies.
    """

    base: CopulaRatio
    directions: Unmix
    spread: tuple[float, float]

    @classmethod
    def fit(cls, base: CopulaRatio, directions: Unmix | None, x: np.ndarray, y: np.ndarray) -> Self:
        """The view of rows x (n, dx) and y (n, dy): of all columns without `directions`."""
        dx, dy = base.student.dimensions
        plain = cls(base, directions or (np.eye(dx), np.eye(dy)), (1.0, 1.0))
        of_x, of_y = (max(float((z**2).mean(1).std()), 1e-6) for z in plain._normal(x, y))
        return dataclasses.replace(plain, spread=(of_x, of_y))

    @property
    def scored(self) -> tuple[int, int]:
        """The columns of each side that are the copula's scores; they come first."""
        return self.base.student.dimensions

    @property
    def seen(self) -> tuple[int, int]:
        """The columns of each side after these: directions and the radius."""
        return self.directions[0].shape[1] + 1, self.directions[1].shape[1] + 1

    def coordinates(self, x: np.ndarray, y: np.ndarray) -> tuple[Tensor, Tensor]:
        """Rows x (n, dx) and y (n, dy) in float32."""
        sides = []
        parts = zip(self.base.coordinates(x, y), self._normal(x, y), self.directions, self.spread, strict=True)
        for scores, normal, directions, unit in parts:
            radius = ((normal**2).mean(1, keepdims=True) - 1) / unit
            sides.append(torch.from_numpy(np.hstack([scores, normal @ directions, radius])).float())
        return sides[0], sides[1]

    def _normal(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The normal scores of both sides."""
        base = self.base
        return base.student.ranks_x(x @ base.unmix_x), base.student.ranks_y(y @ base.unmix_y)
