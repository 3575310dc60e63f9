"""An objective in training as tensors and plain facts, back again, and what tells one run from another."""

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from infonats.batches import Batch
from infonats.callbacks import History
from infonats.member import Member
from infonats.objectives.base import Objective
from infonats.train_config import TrainConfig

Tensors = Mapping[str, Tensor]


def tensors(member: Member) -> dict[str, Tensor]:
    """The part of the state of a member that is tensors, by name; not copies."""
    history = member.history
    curves = {"value": history.train_values, "loss": history.train_losses}
    parts: dict[str, Mapping[Any, Tensor]] = {
        "objective": _own(member.objective),
        "best": member.best.state or {},
        "batches": member.batches.tensors(),
        "generator": {"state": member.generator.get_state()},
        "curve": {name: torch.stack(values) for name, values in curves.items() if values},
    }
    return {f"{part}/{name}": tensor for part, named in parts.items() for name, tensor in named.items()}


def facts(member: Member) -> dict[str, Any]:
    """The rest of the state, as JSON holds it."""
    return {
        **member.batches.facts(),
        "best_step": member.best.step,
        "stopping": [member.stopping.best, member.stopping.waited, member.stopping.reason],
        "steps": member.history.steps,
        "validation_values": member.history.validation_values,
        "validation_losses": member.history.validation_losses,
    }


@torch.no_grad()
def restore(member: Member, kept: Tensors, said: Mapping[str, Any]) -> None:
    """Let a member that has not begun go on from what `tensors` and `facts` returned.

    Raises KeyError, TypeError, ValueError or RuntimeError where that is not whole.
    """
    own = _own(member.objective)
    for name, tensor in under(kept, "objective/", own).items():
        _put(member.objective, name, own[name], tensor)
    member.best.state = under(kept, "best/") or None
    if member.best.state and member.best.state.keys() != member.objective.state_dict().keys():
        raise ValueError("its best state is that of another objective")
    member.best.step = int(said["best_step"])
    member.batches.restore(under(kept, "batches/"), said)
    member.generator.set_state(kept["generator/state"])
    member.stopping.best, member.stopping.waited, member.stopping.reason = said["stopping"]
    member.history = _history(kept, said)


def identity(members: Sequence[Member], config: TrainConfig, validations: Sequence[Batch]) -> dict[str, Any]:
    """What decides the course of a run, part by part, before it begins: equal for equal calls only.

    All settings but `max_steps`: a run may be given more steps later.
    """
    settings = dataclasses.asdict(config) | {"betas": list(config.betas)}
    del settings["max_steps"]
    starts = [{**_own(member.objective), "generator": member.generator.get_state()} for member in members]
    seeds = [part for start in starts for name, t in start.items() for part in (name.encode(), _bytes(t))]
    return {
        "settings": settings,
        "objective": _digest(*(described(member.objective).encode() for member in members)),
        "training rows": _digest(*(part for m in members for part in map(_mark, m.batches.marks()))),
        "validation rows": _digest(*(_bytes(t) for batch in validations for t in batch)),
        "seed": _digest(*seeds),
    }


def under(kept: Tensors, prefix: str, expected: Mapping[str, Tensor] | None = None) -> dict[str, Tensor]:
    """The entries whose names start with `prefix`, without it. Raises ValueError unless as expected."""
    found = {name.removeprefix(prefix): t for name, t in kept.items() if name.startswith(prefix)}
    if expected is not None and found.keys() != expected.keys():
        raise ValueError(f"it holds {', '.join(found)} and not {', '.join(expected)}")
    return found


def _own(objective: Objective) -> dict[str, Tensor]:
    """Parameters and all buffers, those that `state_dict` leaves out too."""
    return dict(objective.named_parameters()) | dict(objective.named_buffers())


def _put(objective: Objective, name: str, old: Tensor, new: Tensor) -> None:
    """Fill a tensor of the objective; a buffer may have grown, and is then replaced."""
    if old.shape == new.shape or isinstance(old, nn.Parameter):
        old.copy_(new)
    else:
        owner, _, leaf = name.rpartition(".")
        setattr(objective.get_submodule(owner), leaf, new.to(old.device))


def _history(kept: Tensors, said: Mapping[str, Any]) -> History:
    history = History(
        steps=[int(step) for step in said["steps"]],
        validation_values=[float(value) for value in said["validation_values"]],
        validation_losses=[float(loss) for loss in said["validation_losses"]],
        train_values=list(kept.get("curve/value", ())),
        train_losses=list(kept.get("curve/loss", ())),
        reason=str(said["stopping"][2]),
    )
    n = len(history.steps)
    lengths = {n, len(history.validation_values), len(history.validation_losses)}
    if (
        len(lengths) > 1
        or len(history.train_values) not in (n - 1, n)
        or (n and said["best_step"] not in history.steps)
    ):
        raise ValueError("its curves do not belong together")
    return history


def described(objective: nn.Module) -> str:
    """A text of the structure and the plain settings: equal for equal builds, in every process."""
    shapes = [f"{name} {tuple(t.shape)} {t.dtype}" for name, t in objective.state_dict().items()]
    return "\n".join([*(f"{name}: {_settings(module)}" for name, module in objective.named_modules()), *shapes])


def _settings(value: Any) -> str:
    """The class of an object and its public attributes, whatever they hold in turn."""
    attributes = {k: v for k, v in getattr(value, "__dict__", {}).items() if k[0] != "_" and k != "training"}
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    return f"{kind}({', '.join(f'{name}={_plain(held)}' for name, held in attributes.items())})"


def _plain(value: Any) -> str:
    match value:
        case None | bool() | int() | float() | str():
            return repr(value)
        case tuple() | list():
            return f"({', '.join(map(_plain, value))})"
        case Tensor():
            return _digest(_bytes(value))
        case nn.Module():  # used but not trained, such as the density that negatives are drawn from
            return f"{described(value)} {_digest(*map(_bytes, value.state_dict().values()))}"
        case _:
            return _settings(value)


def _bytes(tensor: Tensor) -> bytes:
    return tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def _mark(mark: Tensor | str) -> bytes:
    return mark.encode() if isinstance(mark, str) else _bytes(mark)


def _digest(*parts: bytes) -> str:
    whole = hashlib.blake2b(digest_size=16)
    for part in parts:
        whole.update(len(part).to_bytes(8, "little") + part)
    return whole.hexdigest()
