"""Densities and the critic that corrects them, fitted on one split: what they say of held-out rows."""

import dataclasses

import numpy as np
import torch
from torch import Tensor

from infonats._math import log_mean_exp
from infonats._random import spawn, torch_generator
from infonats._types import Progress
from infonats.callbacks import History
from infonats.data import Pairs, Split
from infonats.estimators.cross_fit import share
from infonats.estimators.fold import REFERENCE_ROWS, Recipe, under
from infonats.estimators.generative_fold import GenerativeFold, fit_generative_fold, restore_generative_fold
from infonats.estimators.generative_laws import GenerativeRecipe
from infonats.estimators.hybrid_partners import Against, Rows, scores_of
from infonats.estimators.hybrid_value import Corrected, Generated, corrected
from infonats.negatives import Reweighted, SameCode, Table
from infonats.nn import seeded
from infonats.objectives import Contrastive, Joint, OverRows
from infonats.scores import Scores
from infonats.train import train


@dataclasses.dataclass(frozen=True)
class HybridRecipe:
    """What is trained: the densities, then the critic, or both at once (`joint`); by which negatives
    (`correction`), and how many of them each held-out x is given.
    """

    generative: GenerativeRecipe
    discriminative: Recipe
    correction: str
    joint: bool
    draws: int

    def contrastive(
        self, generative: GenerativeFold, dx: int, dy: int, generator: torch.Generator
    ) -> Contrastive:
        """The critic against what the fitted densities propose; its log ratio starts at zero."""
        critic = seeded(lambda: self.discriminative.build_critic(dx, dy), generator)
        against, m = Against(generative, self.correction), self.discriminative.config.negatives
        few, many = against.proposal(m), against.proposal(self.draws)
        contrastive = Contrastive(critic, self.discriminative.bound(), few, many)
        return contrastive.to(self.generative.config.device)


@dataclasses.dataclass(frozen=True, eq=False)
class HybridFold:
    """Fitted densities and the trained objective of their correction.

    `log_partition` is a held-out one; `reference` holds held-out y's after their map, for new rows to meet.
    """

    recipe: HybridRecipe
    generative: GenerativeFold
    objective: Contrastive
    reference: Tensor
    log_partition: float = 0.0

    def measure(self, x: np.ndarray, y: np.ndarray, block: int = 1) -> Corrected:
        """Generative value and correction on rows that this fold has not seen.

        `block` as in `infonats.inference`: y's reweighted by the densities then are those of rows farther away;
        those of the same code may stand nearer.
        """
        base, rows = Generated(*self.generative.scored(x, y, block), block), self.generative.tensors(x, y)
        scores, chosen = self._scores(rows, None, block)
        found = corrected(base, self.objective.bound, scores)
        if isinstance(chosen, SameCode):
            return dataclasses.replace(found, alone=chosen.alone)
        if isinstance(chosen, Reweighted):
            return dataclasses.replace(found, weights=chosen.effective.median().item())
        return found

    def log_ratio(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Log q(y|x)/r(y) and the bound's log ratio of the correction, row by row.

        An offset that the bound left unlearned is fixed by the partition over what the densities propose:
        pooled over the held-out rows, or for each x alone.
        """
        bound = self.objective.bound
        scores, _ = self._scores(self.generative.tensors(x, y), self.reference)
        correction = bound.log_ratio(scores.joint, scores.baseline)
        if bound.invariance == "shift":
            correction = correction - self.log_partition
        elif bound.invariance == "row shift":
            correction = correction - log_mean_exp(scores.product, dim=1)
        return self.generative.log_ratio(x, y) + correction.numpy()

    def state(self) -> dict[str, np.ndarray]:
        """Every array that `restore_hybrid_fold` needs."""
        critic = {name: tensor.cpu().numpy() for name, tensor in self.objective.state_dict().items()}
        last = {"log_partition": np.array(self.log_partition), "reference": self.reference.cpu().numpy()}
        parts = {"generative/": self.generative.state(), "objective/": critic, "": last}
        return {prefix + name: array for prefix, arrays in parts.items() for name, array in arrays.items()}

    def _scores(self, rows: Rows, pool: Tensor | None, block: int = 1) -> tuple[Scores, object]:
        """Scores of the rows, and the rule that chose their partners, if it was one."""
        against, draws = Against(self.generative, self.recipe.correction), self.recipe.draws
        negatives = against.proposal(draws) or against.table(rows, draws, pool, 0 if block == 1 else block)
        chosen = negatives.partners if isinstance(negatives, Table) else None
        return scores_of(self.objective, rows, negatives, self.generative.seed), chosen


def fit_hybrid_fold(
    recipe: HybridRecipe, pairs: Pairs, split: Split, seed: int, progress: Progress | None
) -> tuple[HybridFold, Corrected, tuple[History, ...]]:
    """Fit the densities, then the critic; histories of both. Frozen densities are those of `Generative` alone.

    Trained jointly, both are in one stage, after the marginal, and have one history.
    """
    stages = [progress] if recipe.joint else [share(progress, i, 2, "stage") for i in range(2)]
    laws = dataclasses.replace(recipe.generative, start_only=recipe.joint)
    generative, _, of_densities = fit_generative_fold(laws, pairs, split, seed, stages[0])
    generator, (dx, dy) = torch_generator(spawn(seed, 3)[2]), (pairs.x.shape[1], pairs.y.shape[1])
    contrastive = recipe.contrastive(generative, dx, dy, generator)
    rows, others = (generative.tensors(pairs.x[i], pairs.y[i]) for i in (split.train, split.validation))
    of_critic = _train(recipe, generative, contrastive, (rows, others), generator, stages[-1])
    reference = generative.tensors(pairs.x[split.test], pairs.y[split.test])[1][:REFERENCE_ROWS]
    fold = HybridFold(recipe, generative, contrastive, reference.clone())
    measured = fold.measure(pairs.x[split.test], pairs.y[split.test], int(pairs.block))
    fold = dataclasses.replace(fold, log_partition=measured.held.log_partition)
    return fold, measured, (of_critic,) if recipe.joint else (of_densities, of_critic)


def restore_hybrid_fold(recipe: HybridRecipe, dx: int, dy: int, state: dict[str, np.ndarray]) -> HybridFold:
    """The fold whose `state()` was saved."""
    generative = restore_generative_fold(recipe.generative, dx, dy, under(state, "generative/"))
    contrastive = recipe.contrastive(generative, dx, dy, torch_generator(0))
    arrays = under(state, "objective/")
    contrastive.load_state_dict({name: torch.from_numpy(np.asarray(a)) for name, a in arrays.items()})
    reference = torch.from_numpy(np.asarray(state["reference"])).to(recipe.generative.config.device)
    return HybridFold(recipe, generative, contrastive.eval(), reference, state["log_partition"].item())


def _train(
    recipe: HybridRecipe,
    generative: GenerativeFold,
    contrastive: Contrastive,
    rows: tuple[Rows, Rows],
    generator: torch.Generator,
    progress: Progress | None,
) -> History:
    """Train the critic on `rows`, to fit and to validate on; the densities with it, or frozen."""
    config, against = recipe.discriminative.config, Against(generative, recipe.correction)
    if recipe.joint:
        objective = Joint(generative.ratio, contrastive)
        return train(objective, *rows, config.train, generator, progress)
    generative.ratio.requires_grad_(False)
    if against.proposal(1):
        return train(contrastive, *rows, config.train, generator, progress)
    tables = against.table(rows[0], config.negatives), against.table(rows[1], recipe.draws)
    first, second = (table.numbers()[:, None] for table in tables)
    objective = OverRows(contrastive, *tables)
    return train(objective, (first, first), (second, second), config.train, generator, progress)
