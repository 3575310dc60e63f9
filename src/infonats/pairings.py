"""How rows of x and y meet, and how the gradient of what they make falls back on the rows.

For k members at once: x (k, n, dx), y (k, n, dy), and N pairs in each member, pair p of rows i(p) and j(p).

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
    """Which x meets which y. Scores have shape (k, n, m)."""

    @abc.abstractmethod
    def add(self, a: Float[Tensor, "k n h"], b: Float[Tensor, "k n h"]) -> Float[Tensor, "k N h"]:
        """The sums of all pairs, row by row of x."""

    @abc.abstractmethod
    def added(self, ds: Float[Tensor, "k N h"]) -> Sides:
        """The gradients of a and b."""

    @abc.abstractmethod
    def inner(self, u: Float[Tensor, "k n d"], v: Float[Tensor, "k n d"]) -> Float[Tensor, "k n m"]:
        """The inner products of all pairs."""

    @abc.abstractmethod
    def inner_x(self, dt: Float[Tensor, "k n m"], v: Float[Tensor, "k n d"]) -> Float[Tensor, "k n d"]:
        """The gradient of u."""

    @abc.abstractmethod
    def inner_y(self, dt: Float[Tensor, "k n m"], u: Float[Tensor, "k n d"]) -> Float[Tensor, "k n d"]:
        """The gradient of v."""

    @abc.abstractmethod
    def split(self, t: Float[Tensor, "k n m"]) -> Sides:
        """Scores of the pairs drawn together, (k, n), and of those drawn apart, (k, n, m - 1)."""

    @abc.abstractmethod
    def joined(self, joint: Float[Tensor, "k n"], product: Float[Tensor, "k n m-1"]) -> Float[Tensor, "k n m"]:
        """What `split` took apart."""


@final
class Everybody(Pairing):
    """Every x with every y; its own is on the diagonal."""

    def add(self, a: Tensor, b: Tensor) -> Tensor:
        return (a.unsqueeze(2) + b.unsqueeze(1)).flatten(1, 2)

    def added(self, ds: Tensor) -> Sides:
        n = round(ds.shape[1] ** 0.5)
        square = ds.unflatten(1, (n, n))
        return square.sum(2), square.sum(1)

    def inner(self, u: Tensor, v: Tensor) -> Tensor:
        return torch.bmm(u, v.mT)

    def inner_x(self, dt: Tensor, v: Tensor) -> Tensor:
        return torch.bmm(dt, v)

    def inner_y(self, dt: Tensor, u: Tensor) -> Tensor:
        return torch.bmm(dt.mT, u)

    def split(self, t: Tensor) -> Sides:
        return t.diagonal(dim1=1, dim2=2), off_diagonal(t)

    def joined(self, joint: Tensor, product: Tensor) -> Tensor:
        k, n = joint.shape
        whole = joint.new_empty(k, n * n)
        whole[:, 1:].unflatten(1, (n - 1, n + 1))[:, :, :-1] = product.reshape(k, n - 1, n)
        whole = whole.view(k, n, n)
        whole.diagonal(dim1=1, dim2=2).copy_(joint)
        return whole


@final
class Numbered(Pairing):
    """Each x with the y's whose numbers stand in its row, its own first: `rows` (k, n, m)."""

    def __init__(self, rows: Int64[Tensor, "k n m"]) -> None:
        self.k, self.n, self.m = rows.shape
        first = torch.arange(0, self.k * self.n, self.n, device=rows.device) if self.k > 1 else None
        self.numbers = (rows if first is None else rows + first[:, None, None]).flatten()

    def add(self, a: Tensor, b: Tensor) -> Tensor:
        sums = self._met(b).add_(a.reshape(self.k * self.n, 1, -1))
        return sums.view(self.k, self.n * self.m, -1)

    def added(self, ds: Tensor) -> Sides:
        grouped = ds.view(self.k * self.n, self.m, -1)
        ones = grouped.new_ones(1, 1, self.m).expand(len(grouped), 1, self.m)
        return torch.bmm(ones, grouped).view(self.k, self.n, -1), self._fallen(grouped)

    def inner(self, u: Tensor, v: Tensor) -> Tensor:
        met = self._met(v)
        return torch.bmm(met, u.reshape(len(met), -1, 1)).view(self.k, self.n, self.m)

    def inner_x(self, dt: Tensor, v: Tensor) -> Tensor:
        return torch.bmm(dt.reshape(-1, 1, self.m), self._met(v)).view(v.shape)

    def inner_y(self, dt: Tensor, u: Tensor) -> Tensor:
        return self._fallen(torch.bmm(dt.reshape(-1, self.m, 1), u.reshape(self.k * self.n, 1, -1)))

    def split(self, t: Tensor) -> Sides:
        return t[..., 0], t[..., 1:]

    def joined(self, joint: Tensor, product: Tensor) -> Tensor:
        return torch.cat([joint.unsqueeze(2), product], 2)

    def _met(self, b: Tensor) -> Tensor:
        """Of each row of x the y's that it meets, (k n, m, h)."""
        return b.flatten(0, 1).index_select(0, self.numbers).view(self.k * self.n, self.m, -1)

    def _fallen(self, gradient: Tensor) -> Tensor:
        """The sum of what each row of y has had a part in, from (k n, m, h)."""
        sums = gradient.new_zeros(self.k * self.n, gradient.shape[-1])
        return sums.index_add_(0, self.numbers, gradient.flatten(0, 1)).view(self.k, self.n, -1)
