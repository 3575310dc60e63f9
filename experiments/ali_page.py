"""The page and the pictures of ali.py: every figure in them comes from its results."""

from pathlib import Path
from typing import Any

from _runs import mean_spread, part_of, table, write_between
from adversarial_pages import COLOURS, agreement, facts_of, points, tiles
from adversarial_runs import SHOWN, Runs, Size
from ali import Subject
from matplotlib.figure import Figure
from similarity import scales_of

START = """# Regularise: rebuilding what was encoded

*The tables are written by `python experiments/ali.py --docs`; `--steps` and `--seeds` stand above each.*

Adversarially learned inference (ALI, V. Dumoulin et al. 2017, arXiv 1606.00704) trains an encoder E and a
decoder G against a discriminator of pairs, so that (x, E(x)) and (G(z), z) look alike. If they are alike,
G(E(x)) is x; until then nothing asks for it. With q the law of the first pair and p that of the second, the
reconstruction error is at most KL(q || p) - I_q(X; Z) + H_q(Z) (M. I. Belghazi et al. 2018, arXiv
1801.04062): ALI + MI lets the encoder raise I(X; E(X)) as well, measured by MINE, its gradient times beta cut
to the length of the adversarial one. Networks, data and settings are the same without it.

*Error* is the mean squared distance |x - G(E(x))|², E(x) the mean code, on rows that trained nothing;
*accuracy* is the share of reconstructions in the class of their x; *I* what the critic reads on rows of the
training set, in nats, no bound. ± is the standard deviation over seeds. Nothing is chosen by these numbers:
they are those of the last step.

## 25 Gaussians

The class is the nearest mode; captured modes, high quality and KL are of samples G(z), as in [GANs](gan.md).

<!-- 25-gaussians -->
Not yet run.
<!-- /25-gaussians -->

## Digits of scikit-learn

The class is what a classifier reads that was trained here. Images of 8 x 8 pixels have no room for the scales
of MS-SSIM: this is SSIM, at one scale, with a window of 7 pixels.

<!-- digits -->
Not yet run.
<!-- /digits -->

## MNIST

Published (error, accuracy in percent, MS-SSIM): ALI 14.24, 45.95, .97; ALICE(l2) 3.20, 99.03, .97; ALICE(adv)
5.20, 98.17, .98; MINE 9.73, 96.10, .99. Our errors are of pixels in [-1, 1], a scale that may not be theirs,
and our networks have convolutions too, but fewer channels and far fewer steps. 28 pixels have room for two of
the five scales of MS-SSIM.

<!-- mnist -->
Not yet run.
<!-- /mnist -->

Run it yourself: `python experiments/ali.py` ends in minutes, `--betas` are other weights of the term,
`--data-dir FOLDER` takes the images from the idx files of MNIST in FOLDER, `--full` is as wide and long as
the published settings of the GANs. What is finished is kept, and a run that was interrupted goes on to the
same bits.
"""

COLUMNS = {
    "error": ("error", 1, 3, -1),
    "accuracy": ("accuracy, %", 100, 1, 1),
    "similarity": ("{}", 1, 3, 1),
    "modes": ("captured", 1, 1, 1),
    "quality": ("high quality, %", 100, 1, 1),
    "kl": ("KL, nats", 1, 3, -1),
}
"""By key: heading, factor, digits, and whether more is better."""


def write(folder: Path, subject: Subject, size: Size, found: Runs) -> str:
    """Put table and picture into the page below `folder`; returns the table."""
    page = folder / "experiments" / "ali.md"
    if not page.exists():
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(START, encoding="utf-8")
    last = {kind: [run["curve"][-1] for run in runs] for kind, runs in found.items()}
    shown = {key: facts for key, facts in COLUMNS.items() if key in last["ALI"][0]}
    name = "MS-SSIM" if subject.pixels and scales_of(_side(subject)) > 1 else "SSIM"
    header = ["", *(heading.format(name) for heading, *_ in shown.values()), "I, nats"]
    rows = [_row(kind, runs, shown) for kind, runs in last.items()]
    text = "\n\n".join(
        [_facts(subject, size, len(last["ALI"])), table(header, rows), _verdict(last, shown, name)]
    )
    part = part_of(page, subject.name, size.label != "small")
    drawn = folder / "images" / f"ali-{part}.png"
    drawn.parent.mkdir(parents=True, exist_ok=True)
    _picture(subject, found).savefig(drawn, dpi=110, metadata={"Software": None})
    alt = "originals, reconstructions by each, and the error by step"
    write_between(page, part, f"{text}\n\n![{part}: {alt}](../images/{drawn.name})")
    return f"{subject.name}\n\n{text}\n"


def _side(subject: Subject) -> int:
    return round(subject.test.shape[1] ** 0.5)


def _facts(subject: Subject, size: Size, seeds: int) -> str:
    networks = facts_of(subject.train.shape[1], size, "encoder and decoder", "discriminator and critic")
    return f"{subject.facts}; {networks}; {seeds} seed{'s' if seeds > 1 else ''}."


def _row(kind: str, runs: list[dict[str, Any]], shown: dict[str, Any]) -> list[str]:
    columns = [(key, factor, digits) for key, (_, factor, digits, _) in shown.items()]
    cells = [mean_spread([factor * run[key] for run in runs], digits) for key, factor, digits in columns]
    told = "-" if kind == "ALI" else mean_spread([run["information"] for run in runs], 2)
    return [kind, *cells, told]


def _verdict(last: Runs, shown: dict[str, Any], similarity: str) -> str:
    lines = [
        agreement(last, kind, key, heading.format(similarity).split(",")[0], better)
        for kind in list(last)[1:]
        for key, (heading, _, _, better) in shown.items()
    ]
    return "\n".join(lines)


def _picture(subject: Subject, found: Runs) -> Figure:
    figure = Figure(figsize=(3 * (len(found) + 2), 3.3), layout="constrained", facecolor="white")
    panels = figure.subplots(1, len(found) + 2, width_ratios=(*[1] * (len(found) + 1), 1.2))
    originals = subject.test[: SHOWN if not subject.pixels else 10]
    shown = {"originals": originals.tolist()} | {kind: runs[0]["rebuilt"] for kind, runs in found.items()}
    for axes, (name, rows) in zip(panels, shown.items(), strict=False):
        axes.set_title(name if name == "originals" else f"rebuilt by {name}", loc="left", fontsize="medium")
        if subject.pixels:
            tiles(axes, rows, (2, 5))
        else:
            points(axes, rows, shown["originals"])
    for (kind, runs), colour in zip(found.items(), COLOURS, strict=False):
        for i, run in enumerate(runs):
            steps, errors = [r["step"] for r in run["curve"]], [r["error"] for r in run["curve"]]
            panels[-1].plot(steps[1:], errors[1:], color=colour, lw=1.2, label=None if i else kind)
    panels[-1].set(xlabel="step", ylabel="reconstruction error", yscale="log")
    panels[-1].spines[["top", "right"]].set_visible(False)
    panels[-1].legend(frameon=False, fontsize="small")
    return figure
