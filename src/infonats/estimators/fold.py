"""One critic trained on one split: fit it, measure on the held-out rows, score new pairs."""

import dataclasses
from functools import partial

import numpy as np
import torch
from torch import Tensor

from infonats._math import log_mean_exp
from infonats._random import torch_generator
from infonats._types import Progress
from infonats.bounds import Bound
from infonats.callbacks import History
from infonats.critics import CRITICS, Critic
from infonats.data import TRANSFORMS, Pairs, Split, Transform
from infonats.estimators.variational_config import VariationalConfig
from infonats.inference import HeldOut, all_pairs, held_out, score_blocks
from infonats.negatives import AllPairs, Negatives, Shifts
from infonats.nn import seeded
from infonats.objectives import Contrastive
from infonats.train import train

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
        """The critic for x of dx and y of dy columns."""
        return CRITICS[self.critic](dx, dy, self.config.hidden, self.config.act)

    def objective(self, critic: Critic) -> Contrastive:
        """The objective, with few negatives in training and many in validation where they cost a pass each."""
        m = self.config.negatives
        negatives: Negatives = AllPairs() if m == 0 else Shifts(m)
        validation = AllPairs() if m == 0 else Shifts(max(m, VALIDATION_SHIFTS))
        return Contrastive(critic, self.bound(), negatives, validation)


@dataclasses.dataclass(frozen=True, eq=False)
class Fold:
    """A fitted critic between its coordinate maps. `reference` holds held-out y's after their map."""

    critic: Critic
    x_map: Transform
    y_map: Transform
    reference: Tensor
    log_partition: float

    def measure(self, bound: Bound, x: np.ndarray, y: np.ndarray) -> HeldOut:
        """The bound on rows that this fold has not seen."""
        return held_out(
            bound, score_blocks(self.critic, self._tensor(self.x_map(x)), self._tensor(self.y_map(y)))
        )

    @torch.no_grad()
    def log_ratio(self, bound: type[Bound], x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """T(x, y) minus its log partition, row by row: pooled over the held-out rows, or for each x alone
        where the bound left an offset c(x) unlearned.
        """
        xs, ys = self._tensor(self.x_map(x)), self._tensor(self.y_map(y))
        t = torch.cat([self.critic(a, b) for a, b in zip(xs.split(AT_ONCE), ys.split(AT_ONCE), strict=True)])
        log_z = torch.full((), self.log_partition, dtype=torch.float64)
        if bound.invariance == "row shift":
            log_z = log_mean_exp(all_pairs(self.critic, xs, self.reference), dim=1)
        return (t.double().cpu() - log_z).numpy()

    def state(self) -> dict[str, np.ndarray]:
        """Every array that `restore_fold` needs."""
        parts = {
            "critic/": {name: tensor.cpu().numpy() for name, tensor in self.critic.state_dict().items()},
            "x/": self.x_map.state(),
            "y/": self.y_map.state(),
            "": {"reference": self.reference.cpu().numpy(), "log_partition": np.array(self.log_partition)},
        }
        return {prefix + name: array for prefix, arrays in parts.items() for name, array in arrays.items()}

    def _tensor(self, rows: np.ndarray) -> Tensor:
        return _tensor(rows, self.reference.device)


def fit_fold(
    recipe: Recipe, pairs: Pairs, split: Split, seed: int, progress: Progress | None
) -> tuple[Fold, HeldOut, History]:
    """Train on `split.train`, choose the state on `split.validation`, measure on `split.test`."""
    generator, transform = torch_generator(seed), TRANSFORMS[recipe.config.transform]
    x_map, y_map = transform.fit(pairs.x[split.train]), transform.fit(pairs.y[split.train])
    tensor = partial(_tensor, device=torch.device(recipe.config.device))
    data = {
        part: (tensor(x_map(pairs.x[rows])), tensor(y_map(pairs.y[rows])))
        for part, rows in dataclasses.asdict(split).items()
    }
    critic = seeded(lambda: recipe.build_critic(pairs.x.shape[1], pairs.y.shape[1]), generator)
    objective = recipe.objective(critic).to(recipe.config.device)
    history = train(objective, data["train"], data["validation"], recipe.config.train, generator, progress)
    x, y = data["test"]
    measured = held_out(recipe.bound(), score_blocks(critic, x, y))
    return Fold(critic, x_map, y_map, y[:REFERENCE_ROWS].clone(), measured.log_partition), measured, history


def restore_fold(recipe: Recipe, dx: int, dy: int, state: dict[str, np.ndarray]) -> Fold:
    """The fold whose `state()` was saved."""
    # Seeded, because a plain construction would draw from the global generator.
    critic = seeded(lambda: recipe.build_critic(dx, dy), torch_generator(0))
    transform = TRANSFORMS[recipe.config.transform]
    critic.load_state_dict({name: torch.from_numpy(a) for name, a in under(state, "critic/").items()})
    critic.eval()
    return Fold(
        critic.to(recipe.config.device),
        transform.from_state(under(state, "x/")),
        transform.from_state(under(state, "y/")),
        torch.from_numpy(state["reference"]).to(recipe.config.device),
        state["log_partition"].item(),
    )


def under(state: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """The entries of `state` whose names start with `prefix`, without it."""
    return {name.removeprefix(prefix): array for name, array in state.items() if name.startswith(prefix)}


def _tensor(rows: np.ndarray, device: torch.device) -> Tensor:
    return torch.tensor(rows, dtype=torch.float32, device=device)
