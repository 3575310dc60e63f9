"""Draw the pictures of the documentation from bundled and simulated data.

    python docs/make_pictures.py

Takes about a minute. The estimates are those of `infonats demo`, the settings too.
"""

import math
from pathlib import Path

import numpy as np
import polars
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import infonats
from infonats.cli.demo import DISTANT, LINKED, METHODS

IMAGES = Path(__file__).parent / "images"
COLOURS = {"ksg": "#1f6fb4", "gaussian_copula": "#d9822b", "mine": "#117a5a"}
RHO = 0.9


def forest(axes: Axes, cells: polars.DataFrame) -> None:
    """Every pair of the demonstration by its three methods, with 95 % intervals."""
    pairs = [*LINKED, *DISTANT]
    axes.axhspan(len(LINKED) - 0.5, len(pairs) - 0.4, color="#f3f4f6", lw=0)
    axes.axvline(0.0, color="#9aa1a9", lw=1)
    for row, (x, y) in enumerate(pairs):
        for turn, (method, settings) in enumerate(METHODS.items()):
            e = infonats.mutual_information(cells[[x]], cells[[y]], method=method, **settings)
            height, colour = row + 0.24 * (turn - 1), COLOURS[method]
            axes.plot(e.interval, (height, height), color=colour, lw=2, solid_capstyle="butt")
            axes.plot(e.value, height, "o", ms=5, color=colour, label=method if row == 0 else None)
    across = axes.get_yaxis_transform()
    axes.text(0.98, -0.4, "linked in the\nconsensus graph", transform=across, ha="right", va="top")
    axes.text(0.98, len(LINKED) - 0.3, "three edges apart", transform=across, ha="right", va="top")
    axes.set_yticks(range(len(pairs)), [f"{x} - {y}" for x, y in pairs])
    axes.set_ylim(len(pairs) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("mutual information, nats")
    axes.set_title("Proteins in 853 human T cells", loc="left", fontsize="medium")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right", fontsize="small")


def training(axes: Axes) -> None:
    """A training curve against its held-out interval, with the known value of a simulated Gaussian."""
    x, noise = np.random.default_rng(0).standard_normal((2, 3000))
    y = RHO * x + math.sqrt(1 - RHO**2) * noise
    infonats.mutual_information(x, y, method="mine").plot(axes, truth=-0.5 * math.log1p(-(RHO**2)))
    axes.set_title("")
    axes.set_title(f"mine on 3000 Gaussian pairs, correlation {RHO}", loc="left", fontsize="medium")
    axes.set_ylim(bottom=0)


def main() -> None:
    """Write every picture."""
    figure = Figure(figsize=(10, 5), layout="constrained", facecolor="white")
    left, right = figure.subplots(1, 2, width_ratios=(1.1, 1))
    forest(left, infonats.datasets.load_sachs())
    training(right)
    figure.savefig(IMAGES / "overview.png", dpi=140, metadata={"Software": None})


if __name__ == "__main__":
    main()
