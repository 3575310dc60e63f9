"""Densities and the critic that corrects them, fitted on one split: what they say of held-out rows."""

import dataclasses
import math
from typing import cast

import numpy as np
import torch
from torch import Tensor

from infonats._math import log_mean_exp
from infonats._random import spawn, torch_generator
from infonats._types import Progress
from infonats.callbacks import History
from infonats.critics.base import Critic
from infonats.data import Pairs, Split
from infonats.estimators.cross_fit import share
from infonats.estimators.fold import Recipe, under
from infonats.estimators.generative_fold import GenerativeFold, fit_generative_fold, restore_generative_fold
from infonats.estimators.generative_laws import GenerativeRecipe
from infonats.estimators.hybrid_value import Corrected, Generated, corrected
from infonats.negatives import Proposal
from infonats.nn import seeded
from infonats.objectives import Contrastive, DoE
from infonats.scores import Scores
from infonats.train import train

AT_ONCE = 65_536
"""Scores at once, which bounds the memory of the draws."""


@dataclasses.dataclass(frozen=True)
class HybridRecipe:
    """What is trained: the densities, then the critic; and how many draws each held-out x is given."""

    generative: GenerativeRecipe
    discriminative: Recipe
    draws: int

    def objective(
        self, generative: GenerativeFold, dx: int, dy: int, generator: torch.Generator
    ) -> Contrastive:
        """The critic against draws from the fitted q(y|x), which is frozen; its log ratio starts at zero."""
        generative.ratio.requires_grad_(False)
        # A method without a q(y|x) to draw from is refused by name, before anything is fitted.
        bound, density = self.discriminative.bound(), cast(DoE, generative.ratio).conditional
        offset = -bound.log_ratio(torch.zeros(1), torch.zeros(1)).item()
        critic = seeded(lambda: Offset(self.discriminative.build_critic(dx, dy), offset), generator)
        few = Proposal(density, self.discriminative.config.negatives)
        return Contrastive(critic, bound, few, Proposal(density, self.draws)).to(self.generative.config.device)


class Offset(Critic):
    """A critic plus a constant, at which an untrained one says that there is nothing to correct."""

    def __init__(self, critic: Critic, offset: float) -> None:
        super().__init__()
        self.critic, self.offset = critic, offset

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """T(x, y) + offset."""
        return self.critic(x, y) + self.offset


@dataclasses.dataclass(frozen=True, eq=False)
class HybridFold:
    """Fitted densities and the trained objective of their correction; `log_partition` is a held-out one."""

    generative: GenerativeFold
    objective: Contrastive
    log_partition: float

    def measure(self, x: np.ndarray, y: np.ndarray) -> Corrected:
        """Generative value and correction on rows that this fold has not seen."""
        base = Generated(*self.generative.scored(x, y))
        return corrected(base, self.objective.bound, self._scores(x, y))

    def log_ratio(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Log q(y|x)/r(y) and the bound's log ratio of the correction, row by row.

        An offset that the bound left unlearned is fixed by the partition over draws from q(y|x): pooled over
        the held-out rows, or for each x alone.
        """
        scores, bound = self._scores(x, y), self.objective.bound
        correction = bound.log_ratio(scores.joint, scores.baseline)
        if bound.invariance == "shift":
            correction = correction - self.log_partition
        elif bound.invariance == "row shift":
            correction = correction - log_mean_exp(scores.product, dim=1)
        return self.generative.log_ratio(x, y) + correction.numpy()

    def state(self) -> dict[str, np.ndarray]:
        """Every array that `restore_hybrid_fold` needs."""
        critic = {name: tensor.cpu().numpy() for name, tensor in self.objective.state_dict().items()}
        parts = {
            "generative/": self.generative.state(),
            "objective/": critic,
            "": {"log_partition": np.array(self.log_partition)},
        }
        return {prefix + name: array for prefix, arrays in parts.items() for name, array in arrays.items()}

    @torch.no_grad()
    def _scores(self, x: np.ndarray, y: np.ndarray) -> Scores:
        """Scores of the rows and of draws for each, in float64 on the CPU; the same draws for the same rows."""
        generator, (xs, ys) = torch_generator(self.generative.seed), self.generative.tensors(x, y)
        objective = self.objective.eval()
        negatives, learned = objective.validation_negatives, objective.baseline
        parts = math.ceil(len(xs) * (getattr(negatives, "m", 1) + 1) / AT_ONCE)
        joint, product, baseline = [], [], []
        for a, b in zip(xs.tensor_split(parts), ys.tensor_split(parts), strict=True):
            scores = negatives(objective.critic, a, b, generator)
            joint.append(scores.joint.double().cpu())
            product.append(scores.product.double().cpu())
            if learned is not None:
                baseline.append(learned(a, b).double().cpu())
        return Scores(torch.cat(joint), torch.cat(product), torch.cat(baseline) if baseline else None)


def fit_hybrid_fold(
    recipe: HybridRecipe, pairs: Pairs, split: Split, seed: int, progress: Progress | None
) -> tuple[HybridFold, Corrected, tuple[History, History]]:
    """Fit the densities, then the critic; histories of both. The densities are those of `Generative` alone."""
    first, second = (share(progress, i, 2, "stage") for i in range(2))
    generative, _, of_densities = fit_generative_fold(recipe.generative, pairs, split, seed, first)
    generator, (dx, dy) = torch_generator(spawn(seed, 3)[2]), (pairs.x.shape[1], pairs.y.shape[1])
    objective = recipe.objective(generative, dx, dy, generator)
    data, validation = (generative.tensors(pairs.x[i], pairs.y[i]) for i in (split.train, split.validation))
    config = recipe.discriminative.config.train
    of_critic = train(objective, data, validation, config, generator, second)
    measured = HybridFold(generative, objective, 0.0).measure(pairs.x[split.test], pairs.y[split.test])
    return HybridFold(generative, objective, measured.held.log_partition), measured, (of_densities, of_critic)


def restore_hybrid_fold(recipe: HybridRecipe, dx: int, dy: int, state: dict[str, np.ndarray]) -> HybridFold:
    """The fold whose `state()` was saved."""
    generative = restore_generative_fold(recipe.generative, dx, dy, under(state, "generative/"))
    objective = recipe.objective(generative, dx, dy, torch_generator(0))
    arrays = under(state, "objective/")
    objective.load_state_dict({name: torch.from_numpy(np.asarray(a)) for name, a in arrays.items()})
    return HybridFold(generative, objective.eval(), state["log_partition"].item())
