"""Draw the pictures of the documentation from bundled and simulated data.

    python docs/make_pictures.py                      all of them
    python docs/make_pictures.py decision entropies   these

All take about a minute. The estimates are those of `infonats demo`, the settings too.
"""

import math
import sys
from pathlib import Path

import numpy as np
import polars
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch

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


QUESTIONS = (
    ("Text or few distinct values\non both sides?", "discrete", "counts; nsb where pairs are rare"),
    ("On one side only?", "ross", "mixed_ksg where both kinds\nstand on one side"),
    ("Values that repeat,\nas if rounded?", "rounded_ksg", "or mixed_ksg, where atoms are real"),
    ("At most 4 continuous\ncolumns in all?", "ksg", "wkl, lnc for several nats"),
    (
        "More columns, and the\ndependence is monotone?",
        "t_copula, ksg_copula",
        "no training; check against infonce",
    ),
    ("Below about log n nats,\nof any shape?", "infonce", "a lower bound; nce, mine beside it"),
    ("More nats than log n?", "doe, gm, doe+mine", "only a model gets there"),
)
"""What to ask of the data, in this order; the method of a yes; what to know or to try beside it."""


def box(axes: Axes, place: tuple[float, float, float], text: str, colours: tuple[str, str]) -> None:
    """A rounded box of the width `place[2]` around the text, its left edge and middle at `place[:2]`."""
    left, middle, width = place
    shape = "round,pad=0,rounding_size=0.08"
    axes.add_patch(
        FancyBboxPatch((left, middle - 0.36), width, 0.72, shape, fc=colours[0], ec=colours[1], lw=1.2)
    )
    axes.text(left + width / 2, middle, text, ha="center", va="center", fontsize=11)


def decision() -> Figure:
    """Questions down the left, methods at the right: the first yes decides."""
    figure = Figure(figsize=(7.4, 7.6), layout="constrained", facecolor="white")
    axes = figure.subplots()
    for row, (question, method, note) in enumerate(QUESTIONS):
        y = -1.12 * row
        box(axes, (0.0, y, 2.5), question, ("#f3f4f6", "#9aa1a9"))
        box(axes, (3.2, y + 0.0, 2.6), "", ("#e8f1fa", COLOURS["ksg"]))
        axes.text(
            4.5, y + 0.16, method, ha="center", va="center", fontsize=11, family="monospace", weight="bold"
        )
        axes.text(4.5, y - 0.15, note, ha="center", va="center", fontsize=8.5, color="#4b5563")
        axes.annotate("", (3.17, y), (2.53, y), arrowprops={"arrowstyle": "->", "color": "#4b5563"})
        axes.text(2.85, y + 0.1, "yes", ha="center", fontsize=9, color="#4b5563")
        if row:
            axes.annotate(
                "", (1.25, y + 0.38), (1.25, y + 0.74), arrowprops={"arrowstyle": "->", "color": "#4b5563"}
            )
            axes.text(1.33, y + 0.54, "no", fontsize=9, va="center", color="#4b5563")
    axes.set(xlim=(-0.1, 5.9), ylim=(-1.12 * (len(QUESTIONS) - 1) - 0.5, 0.5))
    axes.axis("off")
    return figure


def entropies() -> Figure:
    """H(X), H(Y) and what they share, as overlapping discs."""
    figure = Figure(figsize=(6.4, 4.1), layout="constrained", facecolor="white")
    axes = figure.subplots()
    for centre, colour in ((-0.62, COLOURS["ksg"]), (0.62, COLOURS["gaussian_copula"])):
        axes.add_patch(Circle((centre, 0), 1.15, fc=colour, ec="none", alpha=0.25))
        axes.add_patch(Circle((centre, 0), 1.15, fc="none", ec=colour, lw=2))
    for x, text in ((-1.15, "H(X|Y)"), (0.0, "I(X;Y)"), (1.15, "H(Y|X)")):
        axes.text(x, 0, text, ha="center", va="center", fontsize=13, weight="bold" if x == 0 else "normal")
    for x, text, colour in ((-1.0, "H(X)", COLOURS["ksg"]), (1.0, "H(Y)", COLOURS["gaussian_copula"])):
        axes.text(x, 1.2, text, ha="center", va="bottom", fontsize=13, color=colour)
    for edge in (-1.77, 1.77):
        axes.annotate("", (edge, -1.35), (0, -1.35), arrowprops={"arrowstyle": "->", "color": "#4b5563"})
    label = {"ha": "center", "va": "center", "fontsize": 13, "color": "#4b5563"}
    axes.text(0, -1.35, "H(X,Y)", bbox={"fc": "white", "ec": "none"}, **label)
    axes.set(xlim=(-1.95, 1.95), ylim=(-1.55, 1.5), aspect="equal")
    axes.axis("off")
    return figure


def overview() -> Figure:
    """The proteins by three methods, and a training curve."""
    figure = Figure(figsize=(10, 5), layout="constrained", facecolor="white")
    left, right = figure.subplots(1, 2, width_ratios=(1.1, 1))
    forest(left, infonats.datasets.load_sachs())
    training(right)
    return figure


PICTURES = {"overview": overview, "decision": decision, "entropies": entropies}


def main() -> None:
    """Write the pictures that are named on the command line, or every one."""
    for name in sys.argv[1:] or PICTURES:
        PICTURES[name]().savefig(IMAGES / f"{name}.png", dpi=140, metadata={"Software": None})


if __name__ == "__main__":
    main()
