"""The densities behind a generative estimate: built, fitted one after the other, kept in one objective.

First the marginals, then the conditional (or joint) density, which starts at the marginal of its own class:
what it learns from there is dependence. Unless it then beats the marginal on the validation rows, the
marginal takes its place: independence is always among the candidates.
"""

import dataclasses

import torch
from torch import Tensor

from infonats.callbacks import History
from infonats.densities import DENSITIES, Categorical, Density, Product
from infonats.estimators.generative_config import GenerativeConfig
from infonats.nn import seeded
from infonats.objectives import GM, PQ, DoE, Likelihood
from infonats.quantizers import QUANTIZERS, Quantizer
from infonats.train import Batch, evaluate, train
from infonats.watch import Watch

Ratio = DoE | GM | PQ
"""An objective whose terms are the fitted log p(x,y) / p(x)p(y), and which holds every density."""


@dataclasses.dataclass(frozen=True)
class GenerativeRecipe:
    """What is trained: the method, the names of the two families of densities, and the settings.

    `start_only`: fit the marginal and let q(y|x) start there, for a training of its own.
    """

    method: str
    conditional: str
    marginal: str
    config: GenerativeConfig
    start_only: bool = False

    def ratio(self, dx: int, dy: int, quantizer: Quantizer | None) -> Ratio:
        """The densities for x of dx and y of dy columns, not yet fitted."""
        settings = self.config.density
        if quantizer is not None:
            codes = quantizer.codes
            return PQ(Categorical(dx, codes, settings), Categorical(0, codes, settings), quantizer)
        conditional, marginal = DENSITIES[self.conditional], DENSITIES[self.marginal]
        if self.method == "gm":
            return GM(conditional(0, dx + dy, settings), marginal(0, dx, settings), marginal(0, dy, settings))
        return DoE(conditional(dx, dy, settings), marginal(0, dy, settings))

    def fit_quantizer(self, y: Tensor, seed: int) -> Quantizer | None:
        """The quantiser of the method pq, fitted to training rows; None for the others."""
        if self.method != "pq":
            return None
        return QUANTIZERS[self.config.quantizer].fit(y, self.config.codes, seed)


@dataclasses.dataclass(frozen=True)
class Training:
    """What fitting is given: rows to train and to validate on, and where its random numbers come from."""

    train: Batch
    validation: Batch
    generator: torch.Generator
    watch: Watch


def fit_laws(recipe: GenerativeRecipe, rows: Training, seed: int) -> tuple[Ratio, bool, History]:
    """The fitted densities, whether independence won, and the history of the last training."""
    (x, y), config = rows.train, recipe.config
    quantizer = recipe.fit_quantizer(y, seed)
    ratio = seeded(lambda: recipe.ratio(x.shape[1], y.shape[1], quantizer), rows.generator).to(config.device)
    fitted = (
        _fit_joint(ratio, rows, config) if isinstance(ratio, GM) else _fit_marginal_first(ratio, rows, recipe)
    )
    history = History()
    if recipe.start_only:
        return ratio, False, history
    if not fitted:
        history = train(ratio, rows.train, rows.validation, config.train, rows.generator, rows.watch)
    independent = not evaluate(ratio, rows.validation).value.item() > 0
    if independent:
        make_independent(ratio)
    return ratio, independent, history


def make_independent(ratio: Ratio) -> None:
    """Let the marginals stand for the conditional or joint density."""
    if isinstance(ratio, GM):
        ratio.joint = Product(ratio.marginal_x, ratio.marginal_y)
    elif isinstance(ratio, PQ):
        ratio.conditional = ratio.marginal
    else:
        ratio.conditional = ratio.marginal


def _fit_joint(ratio: GM, rows: Training, config: GenerativeConfig) -> bool:
    """Fit both marginals and start the joint density; whether that is all it needs."""
    of_x = dataclasses.replace(rows, train=(rows.train[0],) * 2, validation=(rows.validation[0],) * 2)
    _fit_marginal(ratio.marginal_x, of_x, config, "marginal-x")
    _fit_marginal(ratio.marginal_y, rows, config, "marginal")
    return ratio.joint.start(torch.cat(rows.train, 1), rows.generator)


def _fit_marginal_first(ratio: DoE | PQ, rows: Training, recipe: GenerativeRecipe) -> bool:
    """Fit the marginal and start the conditional density, which still is to be trained."""
    if isinstance(ratio, PQ):
        (x, y), (x_validation, y_validation) = rows.train, rows.validation
        coded = (x, ratio.codes(y)), (x_validation, ratio.codes(y_validation))
        rows = dataclasses.replace(rows, train=coded[0], validation=coded[1])
    _fit_marginal(ratio.marginal, rows, recipe.config, "marginal")
    if isinstance(ratio, PQ) or recipe.conditional == recipe.marginal:
        ratio.conditional.start_at(ratio.marginal)
    else:
        ratio.conditional.start(rows.train[1], rows.generator)
    return False


def _fit_marginal(density: Density, rows: Training, config: GenerativeConfig, name: str) -> None:
    """Fit r(y) and freeze it. It is kept under its own `name`, and says nothing of its progress."""
    if not density.start(rows.train[1], rows.generator):
        watch = dataclasses.replace(rows.watch.under(name), progress=None, callbacks=())
        train(Likelihood(density), rows.train, rows.validation, config.train, rows.generator, watch)
    density.requires_grad_(False)
