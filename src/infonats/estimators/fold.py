"""One critic trained on one split: fit it, measure on the held-out rows, score new pairs."""

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Self

import numpy as np
import torch
from torch import Tensor

from infonats._math import log_mean_exp
from infonats._random import torch_generator
from infonats._types import Progress
from infonats.bounds import Bound
from infonats.callbacks import History
from infonats.critics import CRITICS, Critic, Offset
from infonats.data import TRANSFORMS, Pairs, Split, Transform
from infonats.ensemble import train_many
from infonats.estimators.variational_config import VariationalConfig
from infonats.inference import HeldOut, all_pairs, baseline_blocks, held_out, score_blocks
from infonats.negatives import AllPairs, Negatives, Shifts
from infonats.nn import seeded
from infonats.objectives import Contrastive
from infonats.watch import Watch

AT_ONCE = 65_536
REFERENCE_ROWS = 1024
VALIDATION_SHIFTS = 64


@dataclasses.dataclass(frozen=True)
class Recipe:
    """What is trained: a bound, the name of a critic, and the settings."""

    bound: type[Bound]
    critic: str
    config: VariationalConfig

    def build_critic(self, dx: int, dy: int) -> Critic:
        """The critic for x of dx and y of dy columns; untrained, it says that there is nothing to be found."""
        critic = CRITICS[self.critic](dx, dy, self.config.hidden, self.config.act)
        offset = -self.bound().log_ratio(torch.zeros(1), torch.zeros(1)).item()
        return Offset(critic, offset) if offset else critic

    def objective(self, critic: Critic) -> Contrastive:
        """The objective, with few negatives in training and many in validation where they cost a pass each."""
        m = self.config.negatives
        negatives: Negatives = AllPairs() if m == 0 else Shifts(m)
        validation = AllPairs() if m == 0 else Shifts(max(m, VALIDATION_SHIFTS))
        return Contrastive(critic, self.bound(), negatives, validation)


@dataclasses.dataclass(frozen=True, eq=False)
class Fold:
    """A trained objective between its coordinate maps. `reference` holds held-out y's after their map."""

    objective: Contrastive
    x_map: Transform
    y_map: Transform
    reference: Tensor
    log_partition: float

    def measure(self, x: np.ndarray, y: np.ndarray, block: int = 1) -> HeldOut:
        """The bound on rows that this fold has not seen; `block` as in `infonats.inference`."""
        return _held_out(self.objective, self._tensor(self.x_map(x)), self._tensor(self.y_map(y)), block)

    @torch.no_grad()
    def log_ratio(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The bound's log ratio of the scores, row by row. An offset that the bound left unlearned is
        fixed by the partition: pooled over the held-out rows, or for each x alone.
        """
        xs, ys = self._tensor(self.x_map(x)), self._tensor(self.y_map(y))
        parts = zip(xs.split(AT_ONCE), ys.split(AT_ONCE), strict=True)
        r = torch.cat([self.objective.log_ratio(a, b).double().cpu() for a, b in parts])
        match self.objective.bound.invariance:
            case "none":
                return r.numpy()
            case "shift":
                return (r - self.log_partition).numpy()
            case "row shift":
                log_z = log_mean_exp(all_pairs(self.objective.critic, xs, self.reference), dim=1)
                return (r - log_z).numpy()

    def state(self) -> dict[str, np.ndarray]:
        """Every array that `restore_fold` needs."""
        parts = {
            "objective/": {name: t.cpu().numpy() for name, t in self.objective.state_dict().items()},
            "x/": self.x_map.state(),
            "y/": self.y_map.state(),
            "": {"reference": self.reference.cpu().numpy(), "log_partition": np.array(self.log_partition)},
        }
        return {prefix + name: array for prefix, arrays in parts.items() for name, array in arrays.items()}

    def _tensor(self, rows: np.ndarray) -> Tensor:
        return _tensor(rows, self.reference.device)


@dataclasses.dataclass(frozen=True, eq=False)
class Prepared:
    """A fold before training: an untrained objective, coordinate maps, rows by part, and its generator."""

    objective: Contrastive
    x_map: Transform
    y_map: Transform
    rows: dict[str, tuple[Tensor, Tensor]]
    generator: torch.Generator

    @classmethod
    def of(cls, recipe: Recipe, pairs: Pairs, split: Split, seed: int) -> Self:
        """A function of `seed` alone; the maps are fitted to `split.train`."""
        generator, transform = torch_generator(seed), TRANSFORMS[recipe.config.transform]
        x_map, y_map = transform.fit(pairs.x[split.train]), transform.fit(pairs.y[split.train])
        tensor = partial(_tensor, device=torch.device(recipe.config.device))
        rows = {
            part: (tensor(x_map(pairs.x[numbers])), tensor(y_map(pairs.y[numbers])))
            for part, numbers in dataclasses.asdict(split).items()
        }
        critic = seeded(lambda: recipe.build_critic(pairs.x.shape[1], pairs.y.shape[1]), generator)
        return cls(recipe.objective(critic).to(recipe.config.device), x_map, y_map, rows, generator)

    def measured(self, block: int = 1) -> tuple[Fold, HeldOut]:
        """The fold, once the objective is trained, and its value on the rows to test on."""
        x, y = self.rows["test"]
        held = _held_out(self.objective, x, y, block)
        fold = Fold(self.objective, self.x_map, self.y_map, y[:REFERENCE_ROWS].clone(), held.log_partition)
        return fold, held


def fit_folds(
    recipe: Recipe, pairs: Pairs, splits: Sequence[Split], seeds: Sequence[int], progress: Progress | None
) -> list[tuple[Fold, HeldOut, History]]:
    """For each split: train on `train`, choose the state on `validation`, measure on `test`.

    Folds are trained together where that is faster; the result is the same to rounding.
    """
    folds = [Prepared.of(recipe, pairs, split, seed) for split, seed in zip(splits, seeds, strict=True)]
    histories = train_many(
        [fold.objective for fold in folds],
        [fold.rows["train"] for fold in folds],
        [fold.rows["validation"] for fold in folds],
        recipe.config.train,
        [fold.generator for fold in folds],
        dataclasses.replace(Watch.of(progress), member="fold"),
    )
    return [(*fold.measured(int(pairs.block)), history) for fold, history in zip(folds, histories, strict=True)]


def restore_fold(recipe: Recipe, dx: int, dy: int, state: dict[str, np.ndarray]) -> Fold:
    """The fold whose `state()` was saved."""
    # Seeded, because a plain construction would draw from the global generator.
    critic = seeded(lambda: recipe.build_critic(dx, dy), torch_generator(0))
    objective, transform = recipe.objective(critic), TRANSFORMS[recipe.config.transform]
    objective.load_state_dict({name: torch.from_numpy(a) for name, a in under(state, "objective/").items()})
    return Fold(
        objective.to(recipe.config.device).eval(),
        transform.from_state(under(state, "x/")),
        transform.from_state(under(state, "y/")),
        torch.from_numpy(state["reference"]).to(recipe.config.device),
        state["log_partition"].item(),
    )


def under(state: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """The entries of `state` whose names start with `prefix`, without it."""
    return {name.removeprefix(prefix): array for name, array in state.items() if name.startswith(prefix)}


def _held_out(objective: Contrastive, x: Tensor, y: Tensor, block: int) -> HeldOut:
    learned = objective.baseline
    baseline = None if learned is None else baseline_blocks(learned, x, y, block)
    return held_out(objective.bound, score_blocks(objective.critic, x, y, block), baseline, block)


def _tensor(rows: np.ndarray, device: torch.device) -> Tensor:
    return torch.tensor(rows, dtype=torch.float32, device=device)
