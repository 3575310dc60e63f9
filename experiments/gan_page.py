"""The page and the pictures of gan.py: every figure in them comes from its results."""

import dataclasses
from pathlib import Path
from typing import Any

from _runs import mean_spread, part_of, table, write_between
from adversarial_pages import COLOURS, agreement, facts_of, points, tiles
from adversarial_runs import SHOWN, Runs, Size
from gan import Data, count
from matplotlib.figure import Figure
from stacked import CHANNELS, Stacked

from infonats._random import torch_generator

START = """# Regularise: GANs that are paid for information

*The tables are written by `python experiments/gan.py --docs`; `--steps` and `--seeds` stand above each.*

A GAN may leave modes of the data out: no term of its loss asks for all of them. M. I. Belghazi et al. (2018,
arXiv 1801.04062) let the generator G(eps, c) raise I(G(eps, c); c) as well, measured by MINE. The gradient of
beta I is cut to the length of the adversarial one, over all parameters of the generator and
with both known (`infonats.learn.clipped_loss`). All players move at once, from one forward pass; the same GAN
without the term has the same networks, data and settings.

*Captured* are modes with at least one high-quality sample, which is within three deviations of one; *KL* is
that of the histogram of the samples over the modes, each counted for its nearest, to the data's, in nats.
*Data* is the same of fresh data: what a perfect generator gets; *blind* of a generator that has seen nothing
but the window of the data, and is uniform there: not to be confused with success, for it captures nearly all.
± is the standard deviation over seeds. Nothing is chosen by these numbers: they are those of the last step.
*I* is what the critic reads off fresh samples, in nats; it is no bound.

Where the share of high quality is low, the modes are not separated yet, and a low KL says only that samples
are spread evenly: compare with the blind cover. The default of 4000 steps is too short to separate the 25
Gaussians, with the term or without; `--steps 20000` does. Points are wider than the published ones, by default;
`--wide` has the published points and networks, at ten times the rate for a tenth of the steps; `--full` is the
published setting. The line above each table says which was run.

A generator without noise of its own can tell its code in differences as fine as one likes: I(G(eps, c); c)
may be infinite, and raising it need not spread anything. *Noise s* is a mend: the critic reads samples under
N(0, s²), and images of 28 x 28 pixels by the means of their patches of 4 x 4. By data processing that
information is at most the other; it is finite, and only differences that are larger than the noise pay. Noise
1 and the coarse critic, which has a bilinear path to start with, were chosen for stacked MNIST, at 1500 steps
and on seeds 100 and 101; the tables are of seeds 0 on.

## 25 Gaussians

<!-- 25-gaussians -->
Not yet run.
<!-- /25-gaussians -->

The published points, which are half as wide, and the published networks:

<!-- 25-gaussians-wide -->
Not yet run.
<!-- /25-gaussians-wide -->

## A spiral

25 pieces of equal length stand for modes; the distance to the curve for that to a mode.

<!-- spiral -->
Not yet run.
<!-- /spiral -->

## Stacked digits

Three digits beside each other: 1000 modes, which a classifier counts that was trained here. It reads a number
in anything, noise as well (*blind*), so that modes and KL alone are no praise: look at the pictures.

<!-- stacked-digits -->
Not yet run.
<!-- /stacked-digits -->

## Stacked MNIST

Published (modes of 1000, KL): DCGAN 99, 3.40; ALI 16, 5.40; Unrolled GAN 48.7, 4.32; VEEGAN 150, 2.95; PacGAN
1000, 0.06; GAN + MINE 1000, 0.05. Ours have convolutions too, fewer channels and far fewer steps.

<!-- stacked-mnist -->
Not yet run.
<!-- /stacked-mnist -->

Run it yourself: `python experiments/gan.py` ends in minutes, `--full` is the published setting, `--betas` are
other weights of the term and `--noises` what it is read under, `--data-dir FOLDER` takes the stacks from the
idx files of MNIST in FOLDER (a quarter of an hour for each seed). What is finished is kept, and a run that was
interrupted goes on to the same bits.
"""


def write(folder: Path, data: Data, size: Size, found: Runs) -> str:
    """Put table and picture into the page below `folder`; returns the table."""
    page = folder / "experiments" / "gan.md"
    if not page.exists():
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(START, encoding="utf-8")
    n = count(data, size)
    own, blind = (
        dataclasses.asdict(data.coverage(rows)) | {"information": None}
        for rows in (data.sample(n, torch_generator(0)), data.blind(n, torch_generator(0)))
    )
    last = {kind: [run["curve"][-1] for run in runs] for kind, runs in found.items()}
    rows = [_row("data", [own]), _row("blind", [blind]), *(_row(kind, runs) for kind, runs in last.items())]
    header = ["", f"captured of {own['of']}", "high quality, %", "KL, nats", "I, nats"]
    text = "\n\n".join([_facts(data, size, len(last["GAN"]), n), table(header, rows), _verdict(last, blind)])
    part = part_of(page, data.name, size.label != "small")
    drawn = folder / "images" / f"gan-{part}.png"
    drawn.parent.mkdir(parents=True, exist_ok=True)
    _picture(data, found).savefig(drawn, dpi=110, metadata={"Software": None})
    picture = f"![{part}: data, samples of one run of each kind, modes and KL by step](../images/{drawn.name})"
    write_between(page, part, f"{text}\n\n{picture}")
    return f"{data.name}\n\n{text}\n"


def _facts(data: Data, size: Size, seeds: int, n: int) -> str:
    what = f"deviation {size.deviation:g}"
    if isinstance(data, Stacked):
        what = f"the classifier has {100 * data.classifier.accuracy:.1f} % of the test images right"
    networks = facts_of(data.dim, size, "generator", "discriminator and critic")
    return f"{size.points} rows, {what}; {networks}; {seeds} seed{'s' if seeds > 1 else ''}; {n} samples."


def _row(name: str, runs: list[dict[str, Any]]) -> list[str]:
    def shown(key: str, scale: float, digits: int) -> str:
        values = [run[key] for run in runs]
        return "-" if values[0] is None else mean_spread([scale * v for v in values], digits)

    information = "-" if name == "GAN" else shown("information", 1, 2)
    return [name, shown("modes", 1, 1), shown("quality", 100, 1), shown("kl", 1, 3), information]


def _verdict(last: Runs, blind: dict[str, Any]) -> str:
    measures = (("modes", "captured modes", 1), ("quality", "high quality", 1), ("kl", "KL", -1))
    lines = []
    for kind, term in list(last.items())[1:]:
        lines += [agreement(last, kind, *m) for m in measures if term[0][m[0]] is not None]
        kl = sum(run["kl"] for run in term) / len(term)
        said = "below" if kl < blind["kl"] else "**not below**"
        lines.append(f"- {kind}, KL {kl:.3f}: {said} that of a blind cover, {blind['kl']:.3f}")
    return "\n".join(lines)


def _picture(data: Data, found: Runs) -> Figure:
    figure = Figure(figsize=(2.6 * (len(found) + 3), 3.3), layout="constrained", facecolor="white")
    panels = figure.subplots(1, len(found) + 3)
    shown = {"data": data.sample(SHOWN, torch_generator(1)).tolist()}
    shown |= {kind: runs[0]["samples"] for kind, runs in found.items()}
    for axes, (name, samples) in zip(panels, shown.items(), strict=False):
        axes.set_title(name, loc="left", fontsize="medium")
        if isinstance(data, Stacked):
            tiles(axes, samples, (3, 4), CHANNELS)
        else:
            points(axes, samples, shown["data"])
    for axes, key, label in zip(panels[-2:], ("modes", "kl"), ("captured modes", "KL, nats"), strict=True):
        for (kind, runs), colour in zip(found.items(), COLOURS, strict=False):
            for i, run in enumerate(runs):
                steps, values = [r["step"] for r in run["curve"]], [r[key] for r in run["curve"]]
                axes.plot(steps[1:], values[1:], color=colour, lw=1.2, label=None if i else kind)
        axes.set(xlabel="step", ylabel=label)
        axes.spines[["top", "right"]].set_visible(False)
    panels[-1].set_ylim(bottom=0)
    panels[-2].legend(frameon=False, fontsize="small")
    return figure
