"""Heat maps and lag profiles on matplotlib axes: figures of their own, no pyplot."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEW = 12
"""So many rows have their numbers written into the map."""
MOST_LABELS = 60
LONGEST = 18


def heat_map(grid: np.ndarray, rows: Sequence[str], columns: Sequence[str], ax: "Axes | None" = None) -> "Axes":
    """A map of nats, zero and below in white; grey where there is no value."""
    from matplotlib import colormaps

    height, width = grid.shape
    ax = ax or _axes(min(2.2 + 0.45 * width, 11.0), min(1.6 + 0.38 * height, 10.0))
    finite = grid[np.isfinite(grid)]
    top = max(float(finite.max()), 1e-12) if finite.size else 1.0
    shades = colormaps["Blues"].with_extremes(bad="#eceef1")
    image = ax.imshow(np.ma.masked_invalid(grid), cmap=shades, vmin=0.0, vmax=top, aspect="auto")
    for axis, names in ((ax.xaxis, columns), (ax.yaxis, rows)):
        places = range(0, len(names), -(-len(names) // MOST_LABELS))
        size = "small" if len(names) > FEW else "medium"
        axis.set_ticks(places, [_short(names[i]) for i in places], fontsize=size, parse_math=False)
    ax.tick_params(length=0)
    for label in ax.get_xticklabels():
        label.set(rotation=45, ha="right", rotation_mode="anchor")
    if max(grid.shape) <= FEW:
        _numbers(ax, grid, top)
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.8, pad=0.02)
    bar.set_label("nats")
    bar.outline.set_visible(False)
    ax.spines[:].set_visible(False)
    return ax


def profile(
    lags: Sequence[int], curves: Mapping[str, tuple[np.ndarray, np.ndarray]], ax: "Axes | None" = None
) -> "Axes":
    """Nats against lag: for each name a line, (values, standard errors), with its 95 % band; NaN where none."""
    from matplotlib.ticker import MaxNLocator

    ax = ax or _axes(6.4, 3.6)
    for name, (values, stderr) in curves.items():
        (line,) = ax.plot(lags, values, marker="o", ms=3, lw=1.5, label=_short(name))
        band = values - 1.96 * stderr, values + 1.96 * stderr
        ax.fill_between(lags, *band, color=line.get_color(), alpha=0.15, lw=0)
    ax.axhline(0.0, color="#9aa1a9", lw=1)
    ax.set(xlabel="lag, rows", ylabel="nats")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))  # there is no half row
    ax.spines[["top", "right"]].set_visible(False)
    for text in ax.legend(fontsize="small", frameon=False).get_texts():
        text.set_parse_math(False)
    return ax


def _axes(width: float, height: float) -> "Axes":
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained").add_subplot()


def _numbers(ax: "Axes", grid: np.ndarray, top: float) -> None:
    for (i, j), value in np.ndenumerate(grid):
        if np.isfinite(value):
            shade = "white" if value > 0.6 * top else "#1c2127"
            ax.text(
                j,
                i,
                f"{value:z.2f}",
                ha="center",
                va="center",
                fontsize="small",
                color=shade,
            )


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 3]}..."
