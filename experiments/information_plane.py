"""Information planes: I(X;T) and I(T;Y) of every layer of a small network while it learns.

    python experiments/information_plane.py [--full] [--out DIR] [--docs]

The 12-bit task of R. Shwartz-Ziv and N. Tishby (2017), arXiv 1703.00810, built from its description: all 4096
patterns of 12 points on a sphere, and a label that does not change under rotations. A network 12-10-7-5-4-3-2
with tanh, and with ReLU. Two estimators: binning, whose compression is its own artefact (A. Saxe et al. 2018,
doi 10.1088/1742-5468/ab3985), and a layer with Gaussian noise (A. Kolchinsky and B. Tracey 2017, arXiv
1706.02419). By default 600 epochs; --full is 8000. Every result is kept in DIR. --docs writes the page.
"""

import argparse
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _runs import Cells, table
from matplotlib.figure import Figure
from scipy.special import eval_legendre
from torch import Tensor, nn

from infonats._random import spawn, torch_generator
from infonats.nn import ACTIVATIONS, seeded

ROOT = Path(__file__).parents[1]
WIDTHS = (12, 10, 7, 5, 4, 3, 2)
BINS, NOISE, SHARE, BATCH, RATE = (30, 100), 0.1, 0.85, 256, 1e-3
COFFEE, FULL = 600, 8000


def patterns() -> tuple[Tensor, Tensor]:
    """All 4096 rows of 12 signs, and a label (n,) with about half of the rows in each class.

    The points are the corners of an icosahedron. sum_ij s_i s_j P_l(p_i . p_j), the power of a pattern s at
    degree l, is the same for every rotation of it; the label says whether a fixed sum of powers passes its
    median.
    """
    golden = (1 + math.sqrt(5)) / 2
    corners = [(0, a, b * golden) for a in (-1, 1) for b in (-1, 1)]
    points = np.array([np.roll(c, r) for c in corners for r in range(3)]) / math.sqrt(1 + golden**2)
    signs = 2.0 * (np.arange(4096)[:, None] >> np.arange(12) & 1) - 1
    cosines = np.clip(points @ points.T, -1, 1)
    powers = [np.einsum("ni,ij,nj->n", signs, eval_legendre(degree, cosines), signs) for degree in range(1, 6)]
    total = np.round(sum(w * p for w, p in zip((1.0, -0.6, 0.4, -0.3, 0.2), powers, strict=True)), 9)
    order = np.lexsort((np.arange(4096), total))
    threshold = total[order[2048]]
    return torch.as_tensor(signs, dtype=torch.float32), torch.as_tensor((total >= threshold).astype(np.int64))


def layers(network: nn.Sequential, x: Tensor) -> list[Tensor]:
    """What every hidden layer says of x, the last (logits) as probabilities."""
    found = []
    with torch.no_grad():
        for module in network:
            x = module(x)
            if not isinstance(module, nn.Linear):
                found.append(x)
    return [*found, torch.softmax(x, 1)]


def entropy_of(codes: np.ndarray) -> float:
    """The plug-in entropy in nats of rows of whole numbers."""
    counts = np.unique(codes, axis=0, return_counts=True)[1] / len(codes)
    return float((counts * np.log(1 / counts)).sum())


def binned(t: Tensor, y: Tensor, bins: int) -> tuple[float, float]:
    """I(X;T') = H(T') and I(T';Y) in nats, T' the layer cut into `bins` from its least to its largest value.

    The layer is a function of x, and all x are equally likely and all seen: these are exact, of T', not of T.
    """
    low, high = t.min().item(), t.max().item()
    edges = np.linspace(low, high, bins + 1)[1:-1]
    return told_by(np.digitize(t.numpy(), edges), y.numpy())


def exact(t: Tensor, y: Tensor) -> tuple[float, float]:
    """I(X;T) and I(T;Y) in nats: T as it is, in float32, equal only where every bit is."""
    return told_by(t.numpy(), y.numpy())


def told_by(codes: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """H(T) and I(T;Y) in nats by counting the rows of T, a function of X, all of whose values are seen."""
    whole = entropy_of(codes)
    within = sum((labels == c).mean() * entropy_of(codes[labels == c]) for c in np.unique(labels))
    return whole, whole - float(within)


def noisy(t: Tensor, y: Tensor) -> tuple[float, float]:
    """Upper bounds of I(X;T'') and I(T'';Y), T'' = T + NOISE eps, by the pairwise divergences of the
    components.

    -mean_i log mean_j exp(-|t_i - t_j|^2 / 2 s^2) >= I(X;T'') (Kolchinsky and Tracey 2017); of I(T'';Y), the
    difference of two such entropies, an estimate.
    """
    exponent = -torch.cdist(t, t).square() / (2 * NOISE**2)

    def pairwise(rows: Tensor) -> float:
        inside = exponent if len(rows) == len(t) else exponent[rows][:, rows]
        return -(torch.logsumexp(inside, 1) - math.log(len(rows))).mean().item()

    whole = pairwise(torch.arange(len(t)))
    classes = [torch.nonzero(y == c).flatten() for c in y.unique()]
    return whole, whole - sum(len(rows) / len(t) * pairwise(rows) for rows in classes)


def built(act: str) -> nn.Sequential:
    """The untrained network, 12 columns to two logits."""
    pairs = zip(WIDTHS, (*WIDTHS[1:], 2), strict=True)
    return nn.Sequential(*[m for a, b in pairs for m in (nn.Linear(a, b), ACTIVATIONS[act]())][:-1])


@torch.no_grad()
def awaken(network: nn.Sequential, x: Tensor) -> None:
    """Weights of variance 2 / inputs, and biases that let each unit speak for half of the patterns.

    Two units of ReLU are otherwise often zero for nearly every x, and such a network never learns.
    """
    for module in network:
        if isinstance(module, nn.Linear):
            module.weight.mul_(math.sqrt(6))  # they come from U(-1/sqrt(d), 1/sqrt(d))
            module.bias.sub_(module(x).median(0).values)
        x = module(x)


def trained(act: str, epochs: int, seed: int) -> dict[str, Any]:
    """Train by Adam; the plane by epoch, and the accuracy on rows that did not train."""
    x, y = patterns()
    start, order, run = (torch_generator(s) for s in spawn(seed, 3))
    network = seeded(lambda: built(act), start)
    if act == "relu":
        awaken(network, x)
    rows = torch.randperm(len(x), generator=order)
    fit, test = rows.tensor_split([round(SHARE * len(x))])
    optimiser = torch.optim.Adam(network.parameters(), RATE)
    shown = sorted({0, *(round(epochs ** (i / 12)) for i in range(13))})
    planes = {}
    for epoch in range(epochs + 1):
        if epoch in shown:
            planes[str(epoch)] = plane(network, x, y)
        for part in fit[torch.randperm(len(fit), generator=run)].split(BATCH):
            optimiser.zero_grad()
            nn.functional.cross_entropy(network(x[part]), y[part]).backward()
            optimiser.step()
    right = {
        name: (network(x[r]).argmax(1) == y[r]).double().mean().item()
        for name, r in (("fit", fit), ("test", test))
    }
    return {"planes": planes, "accuracy": right}


def plane(network: nn.Sequential, x: Tensor, y: Tensor) -> list[dict[str, tuple[float, float]]]:
    """Every estimate of every layer."""
    return [
        {
            "exact": exact(t, y),
            **{f"{bins} bins": binned(t, y, bins) for bins in BINS},
            f"noise {NOISE:g}": noisy(t, y),
        }
        for t in layers(network, x)
    ]


TEXT = """# Information planes, and an artefact of bins

*This page is written by `{command}`: {epochs} epochs, one seed.*

All 4096 patterns of 12 points on a sphere (the corners of an icosahedron), labelled by whether a sum that no
rotation changes passes its median; a network 12-10-7-5-4-3-2-2, 85 % of the patterns to train on, Adam at
{rate:g}, batches of {batch}. With ReLU, weights start with variance 2 / inputs and biases at minus the medians,
for so few units are otherwise often silent from the start. The task follows the description of R. Shwartz-Ziv
and N. Tishby (2017, arXiv 1703.00810), whose own file of labels is not at hand. H(X) = log 4096 = 8.32 nats,
H(Y) = {label:.3f}.

**What is true.** A layer T is a function of x, so I(X;T) is the entropy of T, at most H(X): 8.32 nats where no
two patterns end on the same activations. With all patterns at hand that can be counted. What an estimator shows
besides is a statement about its resolution:

- *exact*: the activations, in float32. It falls only where patterns become one for good: where units
  of ReLU are zero, or tanh is 1 to the last bit.
- *bins*: T is cut into 30, or 100, equal parts from its least to its largest value, as in the original. The
  values are exact for the binned layer.
- *noise .1*: the information that remains when T is measured with Gaussian noise of .1, by the
  pairwise bound of A. Kolchinsky and B. Tracey (2017, arXiv 1706.02419).

{tables}

{verdict}

![I(X;T) by epoch, by layer](../images/information_plane.png)

*I(X;T) by epoch, one line for each layer, the first the darkest. Dashed: H(X).*

Run it yourself: `python experiments/information_plane.py`, `--full` for {full} epochs.
"""


def write(folder: Path, found: dict[str, Any], epochs: int, full: bool) -> Path:
    """Write page and picture below `folder`; returns the page."""
    y = patterns()[1].numpy()
    page = folder / "experiments" / "information_plane.md"
    page.parent.mkdir(parents=True, exist_ok=True)
    text = TEXT.format(
        command="python experiments/information_plane.py" + (" --full" if full else "") + " --docs",
        epochs=epochs,
        rate=RATE,
        batch=BATCH,
        label=entropy_of(y[:, None]),
        tables="\n\n".join(_table(act, result) for act, result in found.items()),
        verdict=_verdict(found),
        full=FULL,
    )
    page.write_text(text, encoding="utf-8")
    _picture(found, folder / "images" / "information_plane.png")
    return page


def _ends(result: dict[str, Any]) -> tuple[list[Any], list[Any], list[Any]]:
    """The planes before training, at the highest I(X;T) of the last hidden layer by 30 bins, and at the end."""
    planes = [result["planes"][epoch] for epoch in sorted(result["planes"], key=int)]
    peak = max(planes, key=lambda plane: plane[-2]["30 bins"][0])
    return planes[0], peak, planes[-1]


def _nats(value: float) -> str:
    """Two decimals, and no minus before a zero."""
    return f"{round(value, 2) + 0.0:.2f}"


def _table(act: str, result: dict[str, Any]) -> str:
    before, peak, after = _ends(result)
    kinds = list(before[0])
    rows = [
        [
            f"{i + 1} ({width})",
            *(" / ".join(_nats(at[kind][0]) for at in (a, p, b)) for kind in kinds),
            *(_nats(b[kind][1]) for kind in kinds),
        ]
        for i, (width, a, p, b) in enumerate(zip((*WIDTHS[1:], 2), before, peak, after, strict=True))
    ]
    right = result["accuracy"]
    header = ["layer (width)", *(f"I(X;T), {kind}" for kind in kinds), *(f"I(T;Y), {kind}" for kind in kinds)]
    fit, test = (f"{100 * right[part]:.1f} %" for part in ("fit", "test"))
    said = f"**{act}**: {fit} right on the training patterns, {test} on the others."
    when = "I(X;T) before training, at its peak in the last hidden layer by 30 bins, and after; I(T;Y) after."
    return f"{said}\n{when}\n\n{table(header, rows)}"


def _verdict(found: dict[str, Any]) -> str:
    lines = []
    for act, result in found.items():
        _, peak, after = _ends(result)
        drops = {kind: peak[-2][kind][0] - after[-2][kind][0] for kind in peak[0]}
        said = ", ".join(f"{_nats(drop)} by {kind}" for kind, drop in drops.items())
        lines.append(f"- {act}: from that peak to the end the last hidden layer loses, in nats, {said}.")
    return "\n".join([*lines, "", "What bins say beyond the exact number is **the artefact**."])


def _picture(found: dict[str, Any], path: Path) -> None:
    kinds = list(next(iter(found.values()))["planes"]["0"][0])
    figure = Figure(figsize=(9, 5), layout="constrained", facecolor="white")
    grid = figure.subplots(len(found), len(kinds), sharex=True, sharey=True, squeeze=False)
    for row, (act, result) in zip(grid, found.items(), strict=True):
        epochs = sorted(map(int, result["planes"]))
        for axes, kind in zip(row, kinds, strict=True):
            for i in range(len(WIDTHS)):
                values = [result["planes"][str(epoch)][i][kind][0] for epoch in epochs]
                axes.plot([epoch + 1 for epoch in epochs], values, color="#1f6fb4", alpha=1 - 0.11 * i)
            axes.axhline(math.log(4096), color="black", ls="--", lw=0.8)
            axes.set(xscale="log")
            axes.set_title(f"{act}, {kind}", loc="left", fontsize="medium")
            axes.spines[["top", "right"]].set_visible(False)
        row[0].set_ylabel("I(X;T), nats")
    for axes in grid[-1]:
        axes.set_xlabel("epoch + 1")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def main() -> None:
    """Run, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--full", action="store_true", help=f"{FULL} epochs instead of {COFFEE}")
    parser.add_argument("--epochs", type=int, default=None, help="any other number of epochs")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "runs" / "information_plane", help="where it is kept"
    )
    parser.add_argument("--seed", type=int, default=0, help="of weights, batches and the split (0)")
    parser.add_argument("--docs", action="store_true", help="write the page and its picture")
    options = parser.parse_args()
    torch.set_num_threads(1)
    epochs = options.epochs or (FULL if options.full else COFFEE)
    cells = Cells(options.out / "planes.json", lambda name: print(name, flush=True))
    try:
        found = {
            act: cells(f"{act} {epochs} {options.seed}", lambda act=act: trained(act, epochs, options.seed))
            for act in ("tanh", "relu")
        }
    except KeyboardInterrupt:
        sys.exit("interrupted: what is finished is kept, and the same command goes on from it")
    folder = ROOT / "docs" if options.docs else options.out
    print(f"written: {write(folder, found, epochs, options.full)}")


if __name__ == "__main__":
    main()
