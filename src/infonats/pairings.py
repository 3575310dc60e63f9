"""How rows of x and y meet, and how the gradient of what they make falls back on the rows.

For k members at once: x (k, n, dx), y (k, n, dy), and N = n m pairs in each, pair p of rows i(p) and j(p).

    sum          s_p = a_i(p) + b_j(p)     da_i = sum of ds_p over i(p) = i,  db_j = sum over j(p) = j
    inner        t_p = u_i(p)'v_j(p)       du_i = sum of dt_p v_j(p),         dv_j = sum of dt_p u_i(p)
"""

import abc
from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from infonats._math import off_diagonal

Sides = tuple[Tensor, Tensor]


class Pairing(abc.ABC):
    """Which x meets which y, and in what order the N pairs stand."""

    @abc.abstractmethod
    def add(self, a: Float[Tensor, "k n h"], b: Float[Tensor, "k n h"]) -> Float[Tensor, "k N h"]:
        """The sums of all pairs."""

    @abc.abstractmethod
    def added(self, ds: Float[Tensor, "k N h"]) -> Sides:
        """The gradients of a and b."""

    @abc.abstractmethod
    def inner(self, u: Float[Tensor, "k n d"], v: Float[Tensor, "k n d"]) -> Float[Tensor, "k N"]:
        """The inner products of all pairs."""

    @abc.abstractmethod
    def inner_x(self, dt: Float[Tensor, "k N"], v: Float[Tensor, "k n d"]) -> Float[Tensor, "k n d"]:
        """The gradient of u."""

    @abc.abstractmethod
    def inner_y(self, dt: Float[Tensor, "k N"], u: Float[Tensor, "k n d"]) -> Float[Tensor, "k n d"]:
        """The gradient of v."""

    @abc.abstractmethod
    def split(self, t: Float[Tensor, "k N"]) -> Sides:
        """Scores of the pairs drawn together, (k, n), and of those drawn apart, (k, n, m - 1)."""

    @abc.abstractmethod
    def joined(self, joint: Float[Tensor, "k n"], product: Float[Tensor, "k n m-1"]) -> Float[Tensor, "k N"]:
        """What `split` took apart."""


@final
class Everybody(Pairing):
    """Every x with every y, row by row of x; its own is on the diagonal."""

    def __init__(self, n: int) -> None:
        self.square = (n, n)

    def add(self, a: Tensor, b: Tensor) -> Tensor:
        return (a.unsqueeze(2) + b.unsqueeze(1)).flatten(1, 2)

    def added(self, ds: Tensor) -> Sides:
        square = ds.unflatten(1, self.square)
        return square.sum(2), square.sum(1)

    def inner(self, u: Tensor, v: Tensor) -> Tensor:
        return torch.bmm(u, v.mT).flatten(1)

    def inner_x(self, dt: Tensor, v: Tensor) -> Tensor:
        return torch.bmm(dt.unflatten(1, self.square), v)

    def inner_y(self, dt: Tensor, u: Tensor) -> Tensor:
        return torch.bmm(dt.unflatten(1, self.square).mT, u)

    def split(self, t: Tensor) -> Sides:
        square = t.unflatten(1, self.square)
        return square.diagonal(dim1=1, dim2=2), off_diagonal(square)

    def joined(self, joint: Tensor, product: Tensor) -> Tensor:
        k, n = joint.shape
        whole = joint.new_empty(k, n * n)
        whole[:, 1:].unflatten(1, (n - 1, n + 1))[:, :, :-1] = product.reshape(k, n - 1, n)
        whole.view(k, n, n).diagonal(dim1=1, dim2=2).copy_(joint)
        return whole


@final
class Numbered(Pairing):
    """Each x with the y's whose numbers stand in its row, its own first: `rows` (k, n, m).

    First stand all x's with their own, then all with the second of their row, and so on: what belongs to one x
    or y is then summed and repeated along the rows of whole matrices.
    """

    def __init__(self, rows: Int64[Tensor, "k n m"]) -> None:
        self.k, self.n, self.m = rows.shape
        first = torch.arange(0, self.k * self.n, self.n, device=rows.device) if self.k > 1 else None
        self.numbers = (rows.mT if first is None else rows.mT + first[:, None, None]).flatten()

    def add(self, a: Tensor, b: Tensor) -> Tensor:
        return self._met(b).add_(a.unsqueeze(1)).flatten(1, 2)

    def added(self, ds: Tensor) -> Sides:
        ones = ds.new_ones(1, 1, self.m).expand(self.k, 1, self.m)
        return torch.bmm(ones, ds.view(self.k, self.m, -1)).view(self.k, self.n, -1), self._fallen(ds)

    def inner(self, u: Tensor, v: Tensor) -> Tensor:
        return self._met(v).mul_(u.unsqueeze(1)).sum(3).flatten(1)

    def inner_x(self, dt: Tensor, v: Tensor) -> Tensor:
        return self._met(v).mul_(self._columns(dt)).sum(1)

    def inner_y(self, dt: Tensor, u: Tensor) -> Tensor:
        return self._fallen(u.unsqueeze(1) * self._columns(dt))

    def split(self, t: Tensor) -> Sides:
        columns = t.view(self.k, self.m, self.n)
        return columns[:, 0], columns[:, 1:].mT

    def joined(self, joint: Tensor, product: Tensor) -> Tensor:
        return torch.cat([joint, product.mT.flatten(1)], 1)

    def _columns(self, dt: Tensor) -> Tensor:
        return dt.view(self.k, self.m, self.n, 1)

    def _met(self, b: Tensor) -> Tensor:
        """The y's that are met, (k, m, n, h)."""
        return b.flatten(0, 1).index_select(0, self.numbers).view(self.k, self.m, self.n, -1)

    def _fallen(self, gradient: Tensor) -> Tensor:
        """The sum of what each row of y has had a part in."""
        sums = gradient.new_zeros(self.k * self.n, gradient.shape[-1])
        return sums.index_add_(0, self.numbers, gradient.view(len(self.numbers), -1)).view(self.k, self.n, -1)
