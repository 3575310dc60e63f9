"""Batches of paired rows, in an order that one generator decides."""

import abc
from collections.abc import Mapping
from typing import Any, Protocol, Self, final, runtime_checkable

import torch
from torch import Tensor

Batch = tuple[Tensor, Tensor]
"""x (n, dx) and y (n, dy) with paired rows."""


@runtime_checkable
class Blocks(Protocol):
    """Rows too many for memory: `count` blocks, of which `at_once` are held together. `name` tells the data."""

    count: int
    at_once: int
    name: str

    def __len__(self) -> int:
        """The rows of all blocks."""
        ...

    def read(self, block: int) -> Batch:
        """The rows of one block, on the device where they are wanted."""
        ...


class Batches(abc.ABC):
    """Endless shuffled batches of min(size, n) rows; rows left over at the end of a pass return in the next."""

    position = 0

    @classmethod
    def of(cls, data: Batch | Blocks, size: int, generator: torch.Generator) -> "Batches":
        """Of rows in memory, or by blocks."""
        return (
            BlockShuffled(data, size, generator)
            if isinstance(data, Blocks)
            else Shuffled(data, size, generator)
        )

    @abc.abstractmethod
    def __next__(self) -> Batch:
        """The next batch."""

    @abc.abstractmethod
    def marks(self) -> list[Tensor | str]:
        """What tells these rows from others."""

    @abc.abstractmethod
    def tensors(self) -> dict[str, Tensor]:
        """The part of the state that is tensors, besides that of the generator."""

    @abc.abstractmethod
    def facts(self) -> dict[str, int]:
        """The rest of it."""

    @abc.abstractmethod
    def restore(self, kept: Mapping[str, Tensor], said: Mapping[str, Any]) -> None:
        """Go on from both. Raises KeyError or ValueError where they are not whole."""

    def __iter__(self) -> Self:
        return self


@final
class Shuffled(Batches):
    """Of rows in memory: every pass in a new order."""

    def __init__(self, data: Batch, size: int, generator: torch.Generator) -> None:
        self.x, self.y = data
        self.size = min(size, len(self.x))
        self.generator = generator
        self.order = torch.empty(0, dtype=torch.int64, device=self.x.device)

    def rows(self) -> Tensor:
        """The numbers of the rows of the next batch."""
        if self.position + self.size > len(self.order):
            self.order = torch.randperm(len(self.x), generator=self.generator).to(self.x.device)
            self.position = 0
        rows = self.order[self.position : self.position + self.size]
        self.position += self.size
        return rows

    def __next__(self) -> Batch:
        rows = self.rows()
        return self.x.index_select(0, rows), self.y.index_select(0, rows)

    def marks(self) -> list[Tensor | str]:
        return [self.x, self.y]

    def tensors(self) -> dict[str, Tensor]:
        return {"order": self.order}

    def facts(self) -> dict[str, int]:
        return {"position": self.position}

    def restore(self, kept: Mapping[str, Tensor], said: Mapping[str, Any]) -> None:
        self.order, self.position = kept["order"].to(self.order.device), int(said["position"])


@final
class BlockShuffled(Batches):
    """By block shuffle: blocks in a random order, some in memory together, their rows in a random order.

    A buffer holds `at_once` blocks, the last of a pass what is left, and more where that would be less than one
    batch; rows left over at the end of a buffer return in the next pass.
    """

    def __init__(self, data: Blocks, size: int, generator: torch.Generator) -> None:
        self.data, self.size, self.generator = data, min(size, len(data)), generator
        self.pass_order, self.taken = torch.empty(0, dtype=torch.int64), 0
        self.held: list[int] = []
        self.buffer: Batch = (torch.empty(0), torch.empty(0))
        self.order = torch.empty(0, dtype=torch.int64)

    def __next__(self) -> Batch:
        if self.position + self.size > len(self.order):
            self._refill()
        rows = self.order[self.position : self.position + self.size]
        self.position += self.size
        x, y = (part.index_select(0, rows) for part in self.buffer)
        return x, y

    def marks(self) -> list[Tensor | str]:
        return [f"{self.data.name}, {self.data.count} blocks, {self.data.at_once} at once"]

    def tensors(self) -> dict[str, Tensor]:
        held = torch.tensor(self.held, dtype=torch.int64)
        return {"order": self.order, "pass": self.pass_order, "held": held}

    def facts(self) -> dict[str, int]:
        return {"position": self.position, "taken": self.taken}

    def restore(self, kept: Mapping[str, Tensor], said: Mapping[str, Any]) -> None:
        self.pass_order, self.position, self.taken = kept["pass"], int(said["position"]), int(said["taken"])
        if kept["held"].numel():
            self._hold(kept["held"].tolist())
        self.order = kept["order"].to(self.buffer[0].device)
        if len(self.order) != len(self.buffer[0]):
            raise ValueError("its blocks hold other rows")

    def _refill(self) -> None:
        self.buffer, blocks = (torch.empty(0), torch.empty(0)), []
        while len(self.buffer[0]) < self.size:
            if self.taken >= len(self.pass_order):
                self.pass_order, self.taken = torch.randperm(self.data.count, generator=self.generator), 0
            some = self.pass_order[self.taken : self.taken + self.data.at_once].tolist()
            self.taken += len(some)
            self._hold(blocks := blocks + some)
        rows = len(self.buffer[0])
        self.order = torch.randperm(rows, generator=self.generator).to(self.buffer[0].device)
        self.position = 0

    def _hold(self, blocks: list[int]) -> None:
        x, y = zip(*map(self.data.read, blocks), strict=True)
        self.held, self.buffer = blocks, (torch.cat(x), torch.cat(y))
