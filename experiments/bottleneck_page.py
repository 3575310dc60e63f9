"""The page and the picture of bottleneck.py: every figure in them comes from its results."""

from pathlib import Path
from typing import Any

from _runs import mean_spread, part_of, table, write_between
from matplotlib.figure import Figure

PUBLISHED_WIDTH = 1024
START = """# The information bottleneck as a regulariser

*The tables are written by `python experiments/bottleneck.py --docs`, of the sizes that stand above each.*

A code z of an image x is to tell its class and no more: distortion + beta R(X;Z) is minimised, so I(X;Z) goes
*down*. R is VIB's upper bound, CEB's bound of I(X;Z|Y), or what a critic reads (MINE, JSD-LB), which the
encoder lowers while the critic raises it, one step each ([the signs](../learn.md#pay-for-information)). The
network is d - width - width - 2 K with ReLU, the classifier linear; the critic has two layers with ELU, and
noise of deviation .3, .5 and .5 in training; Adam with betas (.5, .999), its rate times .97 every two epochs,
batches of 100, weights averaged at .999. *None* is the same network without noise, *dropout* drops half of each
hidden layer. The error is that of the mean code on the test images after the last epoch: nothing was chosen by
it. ± is the standard deviation over seeds.

Published on MNIST in percent (60 000 rows, 200 epochs): none 1.38, dropout 1.34, VIB 1.13, MINE 1.01.

## Digits of scikit-learn

<!-- digits -->
Not yet run.
<!-- /digits -->

## MNIST

<!-- mnist -->
Not yet run.
<!-- /mnist -->

The published network on all rows, 30 of the 200 published epochs and one seed, so that differences of a
standard error or two say little (`--full --epochs 30 --seeds 1 --models none,dropout,vib,mine --betas 0.001`):

<!-- mnist-wide -->
Not yet run.
<!-- /mnist-wide -->

Run it yourself: `python experiments/bottleneck.py` takes minutes; `--data-dir FOLDER --full` is the published
setting on the idx files in FOLDER, a matter of a day without an accelerator. What is finished is kept.
"""

BESIDE = {"none": {"color": "black", "ls": "--"}, "dropout": {"color": "black", "ls": ":"}}
"""How those without a bottleneck are drawn."""


def write(folder: Path, data: Any, size: Any, found: dict[tuple[str, float], list[list[float]]]) -> str:
    """Put table and picture into the page below `folder`; returns the table."""
    page = folder / "experiments" / "bottleneck.md"
    if not page.exists():
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(START, encoding="utf-8")
    n = len(data.test[0])
    rows = [_row(kind, beta, runs, n) for (kind, beta), runs in found.items()]
    seeds = len(next(iter(found.values())))
    facts = (
        f"{len(data.train[0])} rows to train on, {n} to test; width {size.width}, K = {size.code}, "
        f"{size.epochs} epochs, rate {size.rate:g}, {seeds} seed{'s' if seeds > 1 else ''}."
    )
    part = part_of(page, data.name, size.width >= PUBLISHED_WIDTH)
    drawn = folder / "images" / f"bottleneck-{part}.png"
    _picture(found, drawn)
    header = ["regulariser", "beta", "test error, %", "s.e. of a run"]
    text = f"{facts}\n\n{table(header, rows)}\n\n{_verdict(found)}"
    against = "the epochs" if _of_one_beta(found) else "beta"
    picture = f"![Test error against {against}](../images/{drawn.name})"
    write_between(page, part, f"{text}\n\n{picture}")
    return text


def _last(runs: list[list[float]]) -> list[float]:
    return [100 * run[-1] for run in runs]


def _row(kind: str, beta: float, runs: list[list[float]], n: int) -> list[str]:
    last = _last(runs)
    mean = sum(last) / len(last)
    error = (mean * (100 - mean) / n) ** 0.5  # of a share of n test images
    return [kind, f"{beta:g}" if beta else "-", mean_spread(last, 2), f"{error:.2f}"]


def _verdict(found: dict[tuple[str, float], list[list[float]]]) -> str:
    means = {key: sum(_last(runs)) / len(runs) for key, runs in found.items()}
    plain = min((v for (kind, _), v in means.items() if kind == "none"), default=float("nan"))
    lines = []
    for kind in ("dropout", "vib", "ceb", "mine", "jsd_lb"):
        own = {beta: v for (k, beta), v in means.items() if k == kind}
        if own:
            beta, best = min(own.items(), key=lambda item: item[1])
            at = f" at beta {beta:g}" if beta else ""
            lines.append(
                f"- {kind}{at}: {best:.2f} %, {'below' if best < plain else 'not below'} none, {plain:.2f} %"
            )
    return "\n".join(lines)


def _picture(found: dict[tuple[str, float], list[list[float]]], path: Path) -> None:
    """Error against beta; against epochs where there is one beta."""
    figure = Figure(figsize=(6, 3.6), layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    (_by_epoch if _of_one_beta(found) else _by_beta)(axes, found)
    axes.set(ylabel="test error, %")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize="small")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def _of_one_beta(found: dict[tuple[str, float], list[list[float]]]) -> bool:
    return len({beta for _, beta in found if beta}) == 1


def _by_epoch(axes: Any, found: dict[tuple[str, float], list[list[float]]]) -> None:
    for (kind, _), runs in found.items():
        means = [100 * sum(errors) / len(errors) for errors in zip(*runs, strict=True)]
        axes.plot(range(1, len(means)), means[1:], label=kind, **BESIDE.get(kind, {}))
    axes.set(xlabel="epoch", yscale="log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("{x:g}")


def _by_beta(axes: Any, found: dict[tuple[str, float], list[list[float]]]) -> None:
    for kind in dict.fromkeys(kind for kind, _ in found):
        points = [(beta, _last(runs)) for (k, beta), runs in found.items() if k == kind]
        if points[0][0] == 0.0:
            axes.axhline(sum(points[0][1]) / len(points[0][1]), lw=1.2, label=kind, **BESIDE[kind])
        else:
            betas, means = [b for b, _ in points], [sum(v) / len(v) for _, v in points]
            low, high = [min(v) for _, v in points], [max(v) for _, v in points]
            (line,) = axes.plot(betas, means, marker="o", label=kind)
            axes.fill_between(betas, low, high, color=line.get_color(), alpha=0.15, lw=0)
    axes.set(xlabel="beta", xscale="log")
