"""Hybrid estimation of mutual information: what densities and critics give, apart and together.

    python experiments/hybrid.py [--full] [--seeds 3] [--only SEED] [--models DoE,MINE,DoE+MINE]
        [--out DIR] [--docs]

Five independent pairs of columns, each an equal mixture of four normals; 6.85 nats. By default at a size for a
coffee break; --full is the published one (100 000 rows, 20 epochs, hours on one core). Every model that is
finished is kept in DIR, and so is one under way: stop it as you like, start it again, and it goes on.
--only trains one seed, so that several can run at once. --docs writes docs/experiments/hybrid.md.
M. Federici, D. Ruhe and P. Forré (2023), arXiv 2306.00608.
"""

import argparse
import dataclasses
import json
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from _runs import Recorded
from hybrid_measure import pooled, record
from hybrid_models import MODELS, Mixture, Model, Rows, Size, build, fit_marginal, settings
from safetensors.torch import load_file, save_file

from infonats._random import spawn
from infonats.objectives import DoE, OverRows
from infonats.train import train
from infonats.watch import Watch

DOCS = Path(__file__).parents[1] / "docs"
COFFEE = Size(samples=10_000, epochs=5, held_out=3000)


@dataclasses.dataclass(frozen=True)
class Kept:
    """The folder that keeps a training run, and the seed of its batches and draws."""

    folder: Path
    seed: int


def rows_of(seed: int, size: Size) -> tuple[Rows, Rows, Rows]:
    """Rows to train on, to choose the epoch by, and to measure on: independent draws of the mixture."""
    seeds, task = spawn(seed, 3), Mixture()
    counts = size.samples, size.held_out, size.held_out
    drawn = (task.sample(n, torch.Generator().manual_seed(s)) for n, s in zip(counts, seeds, strict=True))
    first, second, third = ((x.float(), y.float()) for x, y in drawn)
    return first, second, third


def fit(name: str, model: Model, rows: tuple[Rows, Rows, Rows], size: Size, kept: Kept) -> dict:
    """Train a model, logging the per-batch view after every epoch; the record of the run.

    The run is kept in a folder: started again, it goes on with the step at which it was stopped.
    """
    start, config = time.process_time(), settings(name, size)
    log = Recorded(kept.folder / "epochs.json", lambda _: dataclasses.asdict(record(model, rows[2], size)))

    def tell(step: int, total: int, message: str) -> None:
        print(
            f"  {name}: epoch {step // config.evaluate_every} of {config.max_steps // config.evaluate_every}, "
            f"{message}",
            flush=True,
        )

    data, validation = rows[:2]
    if isinstance(model.objective, OverRows):
        data, validation = ((torch.arange(len(x))[:, None],) * 2 for x, _ in (data, validation))
    watch = Watch(tell, (log,), checkpoint=kept.folder)
    history = train(model.objective, data, validation, config, torch.Generator().manual_seed(kept.seed), watch)
    return {
        "name": name,
        "epochs": [log.rows[step] for step in history.steps],
        "best_epoch": history.best_step // config.evaluate_every,
        "final": dataclasses.asdict(record(model, rows[2], size)),
        "pooled": dataclasses.asdict(pooled(model, rows[2], size)),
        "seconds": time.process_time() - start,
    }


def state(model: Model) -> torch.nn.ModuleDict:
    """All that is fitted."""
    parts = {"base": model.base, "critic": model.correction}
    return torch.nn.ModuleDict({name: part for name, part in parts.items() if part is not None})


def run(
    seed: int, size: Size, folder: Path, names: Sequence[str] = MODELS
) -> tuple[dict[str, dict], dict[str, Model]]:
    """Records and models of one seed; those that `folder` holds are read, the others trained."""
    folder.mkdir(parents=True, exist_ok=True)
    rows, earlier, records, seeds = rows_of(seed, size), {}, {}, spawn(seed + 1_000_000, 2 * len(MODELS))
    for i, name in enumerate(MODELS):
        if name not in names:
            continue
        kept, told = folder / f"{name}.safetensors", folder / f"{name}.json"
        model = build(name, size, rows[:2], earlier, seeds[2 * i])
        if told.exists():
            state(model).load_state_dict(load_file(kept))
        else:
            unfinished = Kept(folder / "unfinished" / name, seeds[2 * i + 1])
            prepare(model, size, rows[:2], Kept(unfinished.folder / "marginal", seeds[2 * i]))
            found = fit(name, model, rows, size, unfinished)
            write(kept, lambda path, model=model: save_file(contiguous(model), path))
            write(told, lambda path, found=found: path.write_text(json.dumps(found, indent=1)))
            shutil.rmtree(unfinished.folder)
        if model.base is not None:
            model.base.requires_grad_(False)
        earlier[name], records[name] = model, json.loads(told.read_text())
        value = records[name]["pooled"]
        print(f"seed {seed}, {name}: {value['value']:.3f} +- {value['stderr']:.3f} nats", flush=True)
    return records, earlier


def prepare(model: Model, size: Size, data: tuple[Rows, Rows], kept: Kept) -> None:
    """Fit what comes before training: the marginal of DoE. Leave the densities of a hybrid as they are."""
    if model.base is not None and model.correction is not None:
        model.base.requires_grad_(False)
    elif isinstance(model.base, DoE) and any(p.requires_grad for p in model.base.marginal.parameters()):
        generator, watch = torch.Generator().manual_seed(kept.seed), Watch(checkpoint=kept.folder)
        fit_marginal(model.base.marginal, size, data, generator, watch)


def contiguous(model: Model) -> dict[str, torch.Tensor]:
    """The state as safetensors takes it."""
    return {name: tensor.contiguous().clone() for name, tensor in state(model).state_dict().items()}


def write(path: Path, how) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    how(part)
    os.replace(part, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--full", action="store_true", help="the published size")
    parser.add_argument("--seeds", type=int, default=None, help="how many seeds (3 with --full, else 1)")
    parser.add_argument("--only", type=int, default=None, help="train this seed alone")
    parser.add_argument("--models", default=",".join(MODELS), help="these alone; a hybrid needs its halves")
    parser.add_argument("--out", type=Path, default=Path("runs/hybrid"), help="where models are kept")
    parser.add_argument("--docs", action="store_true", help="write the page and its pictures")
    options = parser.parse_args()
    torch.set_num_threads(1)
    size, name = (Size(), "full") if options.full else (COFFEE, "coffee")
    count = options.seeds or (3 if options.full else 1)
    seeds = range(count) if options.only is None else [options.only]
    names = options.models.split(",")
    if unknown := set(names) - set(MODELS):
        parser.error(f"no models {sorted(unknown)}; there are {', '.join(MODELS)}")
    found, models = {}, {}
    for seed in seeds:
        found[seed], models[seed] = run(seed, size, options.out / name / f"seed{seed}", names)
    if options.docs:
        import hybrid_page

        first = seeds[0]
        print(f"written: {hybrid_page.write(DOCS, found, models[first], rows_of(first, size)[2], size)}")


if __name__ == "__main__":
    main()
