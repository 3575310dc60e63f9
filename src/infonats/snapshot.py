"""A training run as tensors and plain facts, back again, and what tells one run from another."""

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from infonats.batches import Batch
from infonats.callbacks import History
from infonats.objectives.base import Objective, Step
from infonats.run import Run

Tensors = Mapping[str, Tensor]


def tensors(run: Run) -> dict[str, Tensor]:
    """The part of the state of a run that is tensors, by name; not copies."""
    entries = run.optimiser.state_dict()["state"]
    recent = {name: [getattr(step, name) for step in run.recent] for name in ("loss", "value")}
    curves = {"value": run.history.train_values, "loss": run.history.train_losses}
    parts: dict[str, Mapping[Any, Tensor]] = {
        "objective": _own(run.objective),
        "optimiser": {f"{i}/{name}": t for i, entry in entries.items() for name, t in entry.items()},
        "average": dict(enumerate(run.average.averages)),
        "best": run.best.state or {},
        "batches": {"order": run.batches.order},
        "generator": {"state": run.generator.get_state()},
        "recent": {name: torch.stack(values) for name, values in recent.items() if values},
        "curve": {name: torch.stack(values) for name, values in curves.items() if values},
    }
    return {f"{part}/{name}": tensor for part, named in parts.items() for name, tensor in named.items()}


def facts(run: Run) -> dict[str, Any]:
    """The rest of the state, as JSON holds it."""
    return {
        "step": run.step,
        "position": run.batches.position,
        "averaged": run.average.steps,
        "best_step": run.best.step,
        "stopping": [run.stopping.best, run.stopping.waited, run.stopping.reason],
        "steps": run.history.steps,
        "validation_values": run.history.validation_values,
        "validation_losses": run.history.validation_losses,
    }


@torch.no_grad()
def restore(run: Run, kept: Tensors, said: Mapping[str, Any]) -> None:
    """Let a run that has not begun go on from what `tensors` and `facts` returned.

    Raises KeyError, TypeError, ValueError or RuntimeError where that is not whole.
    """
    own = _own(run.objective)
    for name, tensor in _under(kept, "objective/", own).items():
        _put(run.objective, name, own[name], tensor)
    run.optimiser.load_state_dict(run.optimiser.state_dict() | {"state": _entries(kept)})
    for i, average in enumerate(run.average.averages):
        average.copy_(kept[f"average/{i}"])
    run.best.state = _under(kept, "best/") or None
    run.best.step = int(said["best_step"])
    run.batches.order = kept["batches/order"].to(run.batches.order.device)
    run.batches.position, run.average.steps = int(said["position"]), int(said["averaged"])
    run.generator.set_state(kept["generator/state"])
    recent = [list(kept.get(f"recent/{name}", ())) for name in ("loss", "value")]
    run.recent = [Step(*pair) for pair in zip(*recent, strict=True)]
    run.step = int(said["step"])
    run.stopping.best, run.stopping.waited, run.stopping.reason = said["stopping"]
    run.history = _history(kept, said)


def identity(run: Run, validation: Batch) -> dict[str, Any]:
    """What decides the course of a run, part by part, before it begins: equal for equal calls only.

    All settings but `max_steps`: a run may be given more steps later.
    """
    settings = dataclasses.asdict(run.config) | {"betas": list(run.config.betas)}
    del settings["max_steps"]
    start = {**_own(run.objective), "generator": run.generator.get_state()}
    return {
        "settings": settings,
        "objective": _digest(_described(run.objective).encode()),
        "training rows": _digest(*map(_bytes, (run.batches.x, run.batches.y))),
        "validation rows": _digest(*map(_bytes, validation)),
        "seed": _digest(*(part for name, t in start.items() for part in (name.encode(), _bytes(t)))),
    }


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


def _under(kept: Tensors, prefix: str, expected: Mapping[str, Tensor] | None = None) -> dict[str, Tensor]:
    found = {name.removeprefix(prefix): t for name, t in kept.items() if name.startswith(prefix)}
    if expected is not None and found.keys() != expected.keys():
        raise ValueError(f"it holds {', '.join(found)} and not {', '.join(expected)}")
    return found


def _entries(kept: Tensors) -> dict[int, dict[str, Tensor]]:
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in _under(kept, "optimiser/").items():
        place, _, kind = name.partition("/")
        state.setdefault(int(place), {})[kind] = tensor
    return state


def _history(kept: Tensors, said: Mapping[str, Any]) -> History:
    return History(
        steps=list(said["steps"]),
        validation_values=list(said["validation_values"]),
        validation_losses=list(said["validation_losses"]),
        train_values=list(kept.get("curve/value", ())),
        train_losses=list(kept.get("curve/loss", ())),
        reason=said["stopping"][2],
    )


def _described(objective: nn.Module) -> str:
    """A text of the structure and the plain settings, the same in every process."""
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
            return f"{_described(value)} {_digest(*map(_bytes, value.state_dict().values()))}"
        case _:
            return _settings(value)


def _bytes(tensor: Tensor) -> bytes:
    return tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def _digest(*parts: bytes) -> str:
    whole = hashlib.blake2b(digest_size=16)
    for part in parts:
        whole.update(len(part).to_bytes(8, "little") + part)
    return whole.hexdigest()
