"""What several learners refuse, in the same words."""

import torch

from infonats.errors import InputError


def check_beta(beta: float) -> float:
    """Return `beta` if it is a price, else say what is allowed."""
    if not beta >= 0:
        raise InputError(
            f"beta is {beta!r}; it is the price of a nat of information, at least 0. To raise information, "
            "use maximise."
        )
    return beta


def check_generator(generator: torch.Generator | None) -> torch.Generator:
    """Return the generator, else say why it is needed."""
    if generator is None:
        raise InputError("Views, noise and codes are drawn at random: give a generator, torch.Generator().")
    return generator
