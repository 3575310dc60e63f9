"""Densities fitted on one split: what they say on the held-out rows, and of new pairs."""

import dataclasses
import math
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from infonats._random import spawn, torch_generator
from infonats._types import Progress
from infonats.bounds import GENERATIVE, Bound
from infonats.callbacks import History
from infonats.closedform import kl_entropy_local
from infonats.data import Pairs, Split, Transform
from infonats.estimators.fold import under
from infonats.estimators.generative_laws import GenerativeRecipe, Ratio, Training, fit_laws, make_independent
from infonats.inference import HeldOut, MeanHeldOut, held_out, mean_of, score_blocks
from infonats.nn import seeded
from infonats.objectives import BA, VCLUBS, VUB, DoE
from infonats.quantizers import QUANTIZERS
from infonats.watch import Watch

AT_ONCE = 4096
BOUND_OF = {bound.name: bound for bound in GENERATIVE}


@dataclasses.dataclass(frozen=True, eq=False)
class GenerativeFold:
    """Fitted densities between their coordinate maps. `independent`: the marginal stands for q(y|x)."""

    recipe: GenerativeRecipe
    ratio: Ratio
    x_map: Transform
    y_map: Transform
    independent: bool
    seed: int

    @torch.no_grad()
    def measure(self, x: np.ndarray, y: np.ndarray, block: int = 1) -> HeldOut | MeanHeldOut:
        """The method's value on rows that this fold has not seen; `block` as in `infonats.inference`."""
        bound, scored = self.scored(x, y, block)
        return mean_of(scored, block) if bound is None else held_out(bound, scored, block=block)

    @torch.no_grad()
    def scored(self, x: np.ndarray, y: np.ndarray, block: int = 1) -> tuple[Bound | None, Tensor]:
        """What the value is read off: terms (n,) to average, or a bound and its blocks (blocks, b, b)."""
        method, (xs, ys) = self.recipe.method, self.tensors(x, y)
        if isinstance(self.ratio, DoE) and method in BOUND_OF:
            blocks = score_blocks(self.ratio.conditional, xs, ys, block)
            # L1Out sets one y against many x's: the columns of log q(y_j | x_i).
            return BOUND_OF[method](), blocks.mT if method == "l1out" else blocks
        terms = _terms(self._objective(), xs, ys, self.seed)
        if method == "ba" and self.recipe.config.entropy == "knn":
            terms = terms + torch.from_numpy(kl_entropy_local(ys.double().cpu().numpy()))
        return None, terms

    def log_ratio(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The fitted log p(x,y) / p(x)p(y), row by row."""
        return _terms(self.ratio, *self.tensors(x, y), self.seed).numpy()

    def state(self) -> dict[str, np.ndarray]:
        """Every array that `restore_generative_fold` needs."""
        parts = {
            "laws/": {name: tensor.cpu().numpy() for name, tensor in self.ratio.state_dict().items()},
            "x/": self.x_map.state(),
            "y/": self.y_map.state(),
            "": {"independent": np.array(self.independent), "seed": np.array(self.seed)},
        }
        return {prefix + name: array for prefix, arrays in parts.items() for name, array in arrays.items()}

    def _objective(self) -> Any:
        """The objective whose terms the method averages."""
        method, ratio, config = self.recipe.method, self.ratio, self.recipe.config
        if isinstance(ratio, DoE) and method == "vclub_s":
            return VCLUBS(ratio.conditional)
        if isinstance(ratio, DoE) and method == "vub":
            return VUB(ratio.conditional, ratio.marginal, config.draws)
        if isinstance(ratio, DoE) and method == "ba" and config.entropy is not None:
            return BA(ratio.conditional, 0.0 if config.entropy == "knn" else self._entropy(config.entropy))
        return ratio

    def _entropy(self, given: Any) -> float:
        """H of the mapped y: an affine map changes an entropy by the logarithm of its scales."""
        scale = self.y_map.state().get("scale", np.ones(1))
        return float(given) - float(np.log(scale).sum())

    def tensors(self, x: np.ndarray, y: np.ndarray) -> tuple[Tensor, Tensor]:
        """The rows after their maps, as the densities take them."""
        device = torch.device(self.recipe.config.device)
        return _tensor(self.x_map(x), device), _tensor(self.y_map(y), device)


def fit_generative_fold(
    recipe: GenerativeRecipe, pairs: Pairs, split: Split, seed: int, progress: Progress | None
) -> tuple[GenerativeFold, HeldOut | MeanHeldOut, History]:
    """Fit on `split.train`, choose the state on `split.validation`, measure on `split.test`."""
    quantizer_seed, draws_seed = spawn(seed, 2)
    transform = recipe.config.map
    x_map, y_map = transform.fit(pairs.x[split.train]), transform.fit(pairs.y[split.train])
    tensor = partial(_tensor, device=torch.device(recipe.config.device))
    batches = [(tensor(x_map(pairs.x[i])), tensor(y_map(pairs.y[i]))) for i in (split.train, split.validation)]
    rows = Training(batches[0], batches[1], torch_generator(seed), Watch.of(progress))
    ratio, independent, history = fit_laws(recipe, rows, quantizer_seed)
    fold = GenerativeFold(recipe, ratio.eval(), x_map, y_map, independent, draws_seed)
    return fold, fold.measure(pairs.x[split.test], pairs.y[split.test], int(pairs.block)), history


def restore_generative_fold(
    recipe: GenerativeRecipe, dx: int, dy: int, state: dict[str, np.ndarray]
) -> GenerativeFold:
    """The fold whose `state()` was saved."""
    transform, arrays = recipe.config.map, under(state, "laws/")
    quantizer, kept = None, under(arrays, "quantizer.")
    if recipe.method == "pq":
        quantizer = QUANTIZERS[recipe.config.quantizer].from_arrays(kept)
    ratio, independent = (
        seeded(lambda: recipe.ratio(dx, dy, quantizer), torch_generator(0)),
        bool(state["independent"]),
    )
    if independent:
        make_independent(ratio)
    ratio.load_state_dict({name: torch.from_numpy(np.asarray(array)) for name, array in arrays.items()})
    x_map, y_map = transform.from_state(under(state, "x/")), transform.from_state(under(state, "y/"))
    ratio = ratio.to(recipe.config.device).eval()
    return GenerativeFold(recipe, ratio, x_map, y_map, independent, int(state["seed"]))


@torch.no_grad()
def _terms(objective: Any, x: Tensor, y: Tensor, seed: int) -> Tensor:
    """The terms of all rows in float64 on the CPU, at most 4096 at a time."""
    generator, parts = torch_generator(seed), math.ceil(len(x) / AT_ONCE)
    pairs = zip(x.tensor_split(parts), y.tensor_split(parts), strict=True)
    return torch.cat([objective.terms(a, b, generator).double().cpu() for a, b in pairs])


def _tensor(rows: np.ndarray, device: torch.device) -> Tensor:
    return torch.tensor(rows, dtype=torch.float32, device=device)
