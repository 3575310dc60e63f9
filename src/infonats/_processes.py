"""The processes of torch.distributed that train one objective together, as `torchrun` starts them."""

from collections.abc import Mapping

import torch
from torch import distributed

from infonats.errors import InputError


def several() -> bool:
    """Whether torch.distributed is set up for more than one process."""
    return distributed.is_available() and distributed.is_initialized() and distributed.get_world_size() > 1


def rank() -> int:
    """The number of this process, 0 where it is alone."""
    return distributed.get_rank() if several() else 0


def check_alike(counts: Mapping[str, int], device: torch.device) -> None:
    """Raise InputError in every process unless all have the same `counts`; each names the same ones.

    Tensors of different sizes cannot be exchanged: the backend would break off, or wait for ever. `device` is
    one that the backend exchanges, that of the data.
    """
    if not several():
        return
    ours = torch.tensor(list(counts.values()), device=device)
    everyones = [torch.empty_like(ours) for _ in range(distributed.get_world_size())]
    distributed.all_gather(everyones, ours)
    by_name = dict(zip(counts, torch.stack(everyones).T.tolist(), strict=True))
    differing = {name: numbers for name, numbers in by_name.items() if len(set(numbers)) > 1}
    if differing:
        listed = "; ".join(f"{name} {', '.join(map(str, numbers))}" for name, numbers in differing.items())
        raise InputError(
            f"The processes have different numbers, in the order of their ranks: {listed}. Those that train "
            "together need equal ones: cut the rows of each to the smallest number, and give all the same "
            "columns, critic and settings; of checkpoints, those of one run, or delete all."
        )
