"""A training run of several objectives of one build, each step of which is one for all of them.

A small network costs calls rather than arithmetic, and k networks in one step cost hardly more calls than one.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import torch
from jaxtyping import Int64
from torch import Tensor

from infonats import snapshot
from infonats.adamw import AdamW, release
from infonats.averaging import weight
from infonats.batches import Batch, Shuffled
from infonats.callbacks import History, View
from infonats.member import Member
from infonats.negatives import InBatch
from infonats.objectives import Contrastive
from infonats.stack import Stack, flat, lend
from infonats.train_config import TrainConfig
from infonats.watch import Pace


class Together:
    """As a `Run`, of k objectives for which `stackable` holds, on batches of one size.

    The objectives hold the averaged parameters all along, so that each is judged and kept by itself; one that
    has stopped leaves the stack.
    """

    def __init__(
        self,
        objectives: Sequence[Contrastive],
        data: Sequence[Batch],
        config: TrainConfig,
        generators: Sequence[torch.Generator],
    ) -> None:
        rows = zip(objectives, data, generators, strict=True)
        self.members = [Member(objective, batch, config, generator) for objective, batch, generator in rows]
        self.config, self.rows = config, _Rows(data)
        self.total = config.max_steps
        self.step, self.judged = 0, -1
        self.recent: list[Tensor] = []
        self.pace = Pace()
        parameters = flat(objectives)
        self.averages, self.optimiser = parameters, AdamW(parameters.clone(), config)
        self._arrange(range(len(self.members)))

    @property
    def due(self) -> bool:
        """Whether an evaluation is next."""
        return self.config.judges(self.step) and self.step != self.judged

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return not self.due and (not self.active or self.step >= self.total)

    def evaluate(self, validations: Sequence[Batch], tell: Callable[[int, View], None]) -> None:
        """Evaluate each member that still trains, `tell` of it by its number, let it leave if it is done."""
        means, self.judged = torch.stack(self.recent).mean(0) if self.recent else None, self.step
        self.recent.clear()
        left = self.pace.seconds_left(self.step, self.total)
        for place, i in enumerate(self.active):
            member, validation = self.members[i], validations[i]
            if means is not None:
                member.history.train(means[1, place], means[0, place])
            member.evaluate(self.step, validation)
            last = bool(member.history.reason) or self.step >= self.total
            tell(i, member.view(self.step, self.total, validation, left, last))
        if any(self.members[i].history.reason for i in self.active):
            self._drop()

    def advance(self, pause: Callable[[], bool]) -> None:
        """Take steps up to the next evaluation, or until `pause` says so."""
        self.pace.begin(self.step)
        while True:
            self._take_step()
            if self.config.judges(self.step) or pause():
                break

    def close(self) -> list[History]:
        """Go back to the best states; the histories. Raises EstimationError where a member has none."""
        histories = [member.close() for member in self.members]
        for member in self.members:
            release(member.objective)
        return histories

    def tensors(self) -> dict[str, Tensor]:
        """The part of the state that is tensors, by name; not copies."""
        optimiser = self.optimiser
        own = [
            (f"{i}/{name}", t) for i, m in enumerate(self.members) for name, t in snapshot.tensors(m).items()
        ]
        moments = {"parameters": optimiser.parameters, "first": optimiser.first, "second": optimiser.second}
        return dict(own) | moments | ({"recent": torch.stack(self.recent)} if self.recent else {})

    def facts(self) -> dict[str, Any]:
        """The rest of the state, as JSON holds it."""
        return {
            "members": [snapshot.facts(member) for member in self.members],
            "step": self.step,
            "judged": self.judged,
            "active": self.active,
        }

    @torch.no_grad()
    def restore(self, kept: Mapping[str, Tensor], said: Mapping[str, Any]) -> None:
        """Before the first step, go on from `tensors` and `facts`. Raises what `snapshot.restore` does."""
        for i, (member, own) in enumerate(zip(self.members, said["members"], strict=True)):
            snapshot.restore(member, snapshot.under(kept, f"{i}/"), own)
        self.step, self.judged, active = (
            int(said["step"]),
            int(said["judged"]),
            [int(i) for i in said["active"]],
        )
        self.recent = list(kept.get("recent", ()))
        optimiser, like = self.optimiser, self.averages
        optimiser.parameters, optimiser.first, optimiser.second = (
            kept[name].to(like) for name in ("parameters", "first", "second")
        )
        optimiser.steps = self.step
        self._arrange(active)

    def report(self) -> tuple[int, int, str]:
        """Steps taken and at most, of all members, and what they say on average."""
        members, k = self.members, len(self.members)
        done = sum(self.total if member.history.reason else self.step for member in members)
        estimate = sum(member.best_value for member in members) / k
        newest = sum(member.history.validation_values[-1] for member in members) / k
        message = f"estimate {estimate:.3f}, validation {newest:.3f} nats, mean of {k} at once"
        return done, k * self.total, message

    def _take_step(self) -> None:
        chosen = [cast(Shuffled, self.members[i].batches).rows() for i in self.active]
        x, y = self.rows.of(self.starts, chosen)
        losses, values, gradients = self.stack.step(x, y, self._negatives(x))
        self.optimiser.step(gradients)
        self.step += 1
        self.averages.lerp_(self.optimiser.parameters, weight(self.config.averaging, self.step))
        self.recent.append(torch.stack([losses, values]))

    def _negatives(self, x: Tensor) -> Tensor | None:
        rule = cast(InBatch, cast(Contrastive, self.members[0].objective).negatives)
        return rule.rows_of_many(x.shape[1], [self.members[i].generator for i in self.active], x.device)

    def _arrange(self, active: Sequence[int]) -> None:
        """Stack these members, whose objectives hold the averages, and let them look at what moves."""
        self.active = list(active)
        if not self.active:
            return
        self.starts = self.rows.start[self.active, None]
        objectives = [cast(Contrastive, self.members[i].objective) for i in self.active]
        self.averages, self.stack = flat(objectives), Stack(objectives, self.optimiser.parameters)
        for place, objective in enumerate(objectives):
            lend(objective, self.averages[place], {name: b[place] for name, b in self.stack.buffers.items()})

    def _drop(self) -> None:
        places = [place for place, i in enumerate(self.active) if not self.members[i].history.reason]
        self.optimiser.keep(torch.tensor(places, dtype=torch.int64, device=self.averages.device))
        self._arrange([self.active[place] for place in places])


class _Rows:
    """The rows of all members one below the other, those that are the same once."""

    def __init__(self, data: Sequence[Batch]) -> None:
        same = all(x is data[0][0] and y is data[0][1] for x, y in data)
        kept = data[:1] if same else data
        self.x, self.y = kept[0] if same else tuple(map(torch.cat, zip(*kept, strict=True)))
        ends = torch.tensor([0, *(len(x) for x, _ in kept)]).cumsum(0)
        self.start = (ends[:1].expand(len(data)) if same else ends[:-1]).to(self.x.device)

    def of(self, starts: Int64[Tensor, "k 1"], chosen: list[Tensor]) -> Batch:
        """Of each member, whose rows begin at `starts`, the `chosen`: (k, n, dx) and (k, n, dy)."""
        rows = torch.stack(chosen) + starts
        x, y = (part.index_select(0, rows.flatten()) for part in (self.x, self.y))
        return x.view(*rows.shape, -1), y.view(*rows.shape, -1)
