"""Training on rows that stay in their files; one pass over all gives the parts held out and the maps."""

import math
from functools import partial
from typing import final

import torch

from infonats._random import torch_generator
from infonats._types import Progress
from infonats.batches import Batch
from infonats.callbacks import History
from infonats.data import ByTails, Identity, Pairs, Standardize, Stream, Transform
from infonats.data.survey import Survey, among, survey
from infonats.errors import InputError
from infonats.estimators.fold import Fold, Prepared, Recipe
from infonats.inference import HeldOut
from infonats.nn import seeded
from infonats.train import train

HELD_OUT = 32_768
"""The most rows that test: their part of the error is then below a hundredth of a nat."""
NUMBERS = 2**24
"""Numbers in the buffer of rows to train on, about: 64 MiB."""
ROWS = 2**20
"""The most rows in it."""


@final
class StreamedRows:
    """The rows to train on as `Blocks`: those not held out, mapped, on the device."""

    def __init__(self, stream: Stream, seen: Survey, maps: tuple[Transform, Transform], device: str) -> None:
        self.stream, self.held, self.n = stream, seen.held, seen.n_train
        self.maps, self.device, self.name = maps, device, seen.fingerprint
        self.count = math.ceil(len(stream) / stream.block_rows)
        self.at_once = max(1, min(ROWS, NUMBERS // stream.columns) // stream.block_rows)

    def __len__(self) -> int:
        return self.n

    def read(self, block: int) -> Batch:
        """The rows of one block."""
        size = self.stream.block_rows
        numbers, values = self.stream.read(block * size, (block + 1) * size)
        pairs = self.stream.pairs(values[~among(numbers, self.held)])
        return tensors(pairs, self.maps, self.device)


def tensors(pairs: Pairs, maps: tuple[Transform, Transform], device: str) -> Batch:
    """X and y after their maps."""
    tensor = partial(torch.tensor, dtype=torch.float32, device=device)
    return tensor(maps[0](pairs.x)), tensor(maps[1](pairs.y))


def surveyed(recipe: Recipe, stream: Stream, seed: int, progress: Progress | None) -> Survey:
    """One pass over the stream; `fractions` of the recipe are held out, as far as memory allows."""
    n, config = len(stream), recipe.config
    rows = max(1000, min(HELD_OUT, NUMBERS // stream.columns))
    _, validation, test = config.fractions
    sizes = min(config.train.validation_rows, rows, int(n * validation)), min(rows, int(n * test))
    return survey(stream, *sizes, seed, progress)


def fit_streamed(
    recipe: Recipe, stream: Stream, seen: Survey, seed: int, progress: Progress | None
) -> tuple[Fold, HeldOut, History]:
    """Train on the rows that `seen` does not hold out, choose the state and measure on those that it does."""
    maps, device = _maps(recipe.config.transform, seen), recipe.config.device
    generator = torch_generator(seed)
    critic = seeded(lambda: recipe.build_critic(len(stream.x), len(stream.y)), generator)
    held_out = {part: tensors(getattr(seen, part), maps, device) for part in ("validation", "test")}
    fold = Prepared(recipe.objective(critic).to(device), *maps, held_out, generator)
    rows = StreamedRows(stream, seen, maps, device)
    history = train(fold.objective, rows, held_out["validation"], recipe.config.train, generator, progress)
    return (*fold.measured(), history)


def _maps(name: str, seen: Survey) -> tuple[Transform, Transform]:
    """The maps of x and of y; which tails are heavy, and how those lie, the rows to validate on say."""
    if name not in ("auto", "standardize", "none"):
        raise InputError(
            f"transform is {name!r}, which ranks all rows together; a stream takes 'auto', 'standardize' or "
            "'none'."
        )
    if name == "none":
        return Identity(), Identity()
    x, y = (Standardize.pooled(moments) for moments in seen.moments)
    if name == "standardize":
        return x, y
    return ByTails.judged(seen.validation.x, x), ByTails.judged(seen.validation.y, y)
