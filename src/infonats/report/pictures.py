"""Pictures as SVG images inside the page: scatter, normal scores, training curve, forest plot.

Figures are objects of their own: no pyplot state, no display needed.
"""

import base64
import html
import io
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from infonats.data import Pairs
    from infonats.estimate import Estimate

MOST_POINTS = 2000
COLOURS = ("#1f6fb4", "#d9822b", "#117a5a", "#8e44ad", "#c0392b", "#6b7280")


def scatter(pairs: "Pairs") -> str:
    """The first column of y against the first of x, as measured and as normal scores (ranks made Gaussian).

    At most 2000 rows are drawn, evenly spaced through the table.
    """
    x, y = pairs.x[:, 0], pairs.y[:, 0]
    panels = (("as measured", x, y), ("normal scores", normal_scores(x), normal_scores(y)))
    return "".join(_cloud(title, a, b, (pairs.x_names[0], pairs.y_names[0])) for title, a, b in panels)


def _cloud(title: str, a: np.ndarray, b: np.ndarray, names: tuple[str, str]) -> str:
    figure = _figure(3.6, 3.3)
    axes = figure.add_subplot()
    shown = np.unique(np.linspace(0, len(a) - 1, min(len(a), MOST_POINTS)).astype(int))
    axes.scatter(a[shown], b[shown], s=7, color=COLOURS[0], alpha=0.45, linewidths=0, rasterized=True)
    thinned = f", {len(shown)} of {len(a)} rows" if len(shown) < len(a) else ""
    axes.set_title(title + thinned, fontsize="medium")
    axes.set_xlabel(_short(names[0]), parse_math=False)
    axes.set_ylabel(_short(names[1]), parse_math=False)
    axes.spines[["top", "right"]].set_visible(False)
    return _image(figure, f"{names[1]} against {names[0]}, {title}")


def normal_scores(values: np.ndarray) -> np.ndarray:
    """The standard normal quantiles of the ranks of `values` (n,), ties sharing their mean rank."""
    from scipy.special import ndtri
    from scipy.stats import rankdata

    return ndtri(rankdata(values) / (len(values) + 1))


def curve(estimate: "Estimate") -> str:
    """The training history of an estimate against its interval; nothing where nothing was trained."""
    if not estimate.history:
        return ""
    figure = _figure(6.0, 3.2)
    estimate.plot(figure.add_subplot())
    return _image(figure, f"Training curve of {estimate.method}")


def forest(groups: Sequence[tuple[str, Sequence["Estimate"]]]) -> str:
    """Estimates with their 95 % intervals in nats, one labelled line a group, one colour a method."""
    methods = list(dict.fromkeys(e.method for _, estimates in groups for e in estimates))
    figure = _figure(6.0, 1.1 + 0.22 * sum(len(estimates) + 1 for _, estimates in groups))
    axes = figure.add_subplot()
    axes.axvline(0.0, color="#9aa1a9", lw=1)
    for row, (_, estimates) in enumerate(groups):
        for e in estimates:
            place = methods.index(e.method)
            height = row + 0.7 * ((place + 0.5) / len(methods) - 0.5)
            axes.plot(
                e.interval, (height, height), color=COLOURS[place % len(COLOURS)], lw=1.8, solid_capstyle="butt"
            )
            axes.plot(e.value, height, "o", ms=5, color=COLOURS[place % len(COLOURS)])
    _finish_forest(axes, [label for label, _ in groups], methods)
    return _image(figure, "Estimates with 95 % intervals")


def _finish_forest(axes: "Axes", labels: Sequence[str], methods: Sequence[str]) -> None:
    for place, method in enumerate(methods):
        axes.plot([], [], "o-", ms=5, color=COLOURS[place % len(COLOURS)], label=method)
    axes.set_yticks(range(len(labels)), labels, parse_math=False)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#e5e7eb", lw=0.8)
    axes.set_axisbelow(True)
    axes.set_xlabel("mutual information, nats")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=4, frameon=False)


def figure_image(axes: "Axes", description: str) -> str:
    """The figure that holds `axes` as an <img>; `description` is plain text."""
    return _image(cast("Figure", axes.get_figure(root=True)), description)


def _figure(width: float, height: float) -> "Figure":
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _short(name: str, most: int = 40) -> str:
    return name if len(name) <= most else f"{name[: most - 3]}..."


def _image(figure: "Figure", description: str) -> str:
    """The figure as an <img> whose SVG is the same for the same data, and cannot run anything."""
    import matplotlib

    stream = io.BytesIO()
    with warnings.catch_warnings(), matplotlib.rc_context({"svg.hashsalt": "infonats", "svg.fonttype": "none"}):
        warnings.filterwarnings("ignore", "Glyph")  # the browser's fonts draw the names, not matplotlib's
        figure.savefig(stream, format="svg", dpi=160, metadata={"Date": None}, transparent=True)
    data = base64.b64encode(stream.getvalue()).decode("ascii")
    return f"<img alt='{html.escape(description)}' src='data:image/svg+xml;base64,{data}'>"
