"""How an estimate shows itself: a sentence, a block of text, an HTML card, a picture. Imports no torch."""

import html
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from infonats.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from infonats.estimate import Estimate

Units = Literal["nats", "bits"]

GUARANTEE = {
    "lower": "a lower bound in expectation",
    "upper": "an upper bound in expectation",
    "none": "no one-sided guarantee",
}


def in_units(nats: float, units: Units) -> float:
    """Convert `nats` to `units`."""
    return nats / math.log(2.0) if units == "bits" else nats


def sizes(estimate: "Estimate") -> str:
    """The sample sizes in words."""
    if not estimate.n_train:
        return f"{estimate.n_test} samples"
    parts = f"{estimate.n_train} to train, {estimate.n_validation} to validate, {estimate.n_test} to test"
    return f"{parts} (cross-fitted)" if estimate.provenance.get("folds", 1) > 1 else parts


def names(estimate: "Estimate") -> tuple[str, str]:
    """What x and y are called: their column names where known, a few at most."""
    x, y = estimate.provenance.get("x", ()), estimate.provenance.get("y", ())
    return _few(x) or "X", _few(y) or "Y"


def symbol(estimate: "Estimate") -> str:
    """What was estimated: ``I(x; y)``, or the quantity that the provenance names."""
    x, y = names(estimate)
    return estimate.provenance.get("quantity") or f"I({x}; {y})"


def _few(labels: Sequence[str], most: int = 4) -> str:
    shown = ", ".join(labels[:most])
    return f"{shown}, ... ({len(labels)} columns)" if len(labels) > most else shown


def sentence(estimate: "Estimate", units: Units = "nats") -> str:
    """One sentence: value, interval, method, sizes."""
    if "unit" in estimate.provenance:
        units = "nats"
    v, s, lo, hi = (in_units(t, units) for t in (estimate.value, estimate.stderr, *estimate.interval))
    named = estimate.provenance.get("unit", f" {units}")
    notes = len(estimate.diagnostics)
    more = f"; {notes} diagnostic{'s' * (notes > 1)}" if notes else ""
    return (
        f"{symbol(estimate)} = {v:z.4f} +- {s:.4f}{named}, 95 % interval [{lo:z.4f}, {hi:z.4f}], "
        f"by {estimate.method} on {sizes(estimate)}{more}."
    )


def rows(estimate: "Estimate", units: Units = "nats") -> list[tuple[str, str]]:
    """The readable block as (label, text) pairs, shared by the terminal and the HTML card.

    `units` is the unit that leads; the other one follows.
    """
    e = estimate
    units_in_order: tuple[Units, Units] = ("bits", "nats") if units == "bits" else ("nats", "bits")

    def both(*nats: float) -> str:
        if "unit" in e.provenance:  # a number without a dimension
            return f"{_listed(nats, 'nats')}{e.provenance['unit']}"
        return " = ".join(f"{_listed(nats, unit)} {unit}" for unit in units_in_order)

    chosen = e.provenance.get("choice")
    drawn = e.provenance.get("permutations", e.provenance.get("surrogates"))
    test = [("p-value", f"{e.provenance['p_value']:.3g} by {drawn} permutations")] if drawn else []
    effective = [("effective", both(e.provenance["effective"]))] if "effective" in e.provenance else []
    return [
        ("estimate", both(e.value)),
        ("standard error", both(e.stderr)),
        ("95 % interval", both(*e.interval)),
        *effective,
        *test,
        ("method", f"{e.method}: {GUARANTEE[e.side]}" + (f"; {chosen}" if chosen else "")),
        ("samples", sizes(e)),
        ("seed", "none needed" if e.seed is None else str(e.seed)),
    ]


def _listed(nats: Sequence[float], units: Units) -> str:
    numbers = ", ".join(f"{in_units(t, units):z.4f}" for t in nats)
    return f"[{numbers}]" if len(nats) > 1 else numbers


_CELL = "text-align:left;vertical-align:top;padding:.15em .9em .15em 0;white-space:normal"


def card(estimate: "Estimate") -> str:
    """A self-contained HTML table with every name escaped."""
    body = "".join(
        f"<tr><th style='{_CELL};font-weight:500;opacity:.7'>{html.escape(label)}</th>"
        f"<td style='{_CELL}'>{html.escape(text)}</td></tr>"
        for label, text in rows(estimate)
    )
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in estimate.diagnostics)
    listed = f"<ul class='infonats-diagnostics'>{notes}</ul>" if notes else ""
    head = (
        f"<caption style='text-align:left;padding-bottom:.3em'><b>{html.escape(symbol(estimate))}</b></caption>"
    )
    return f"<table class='infonats'>{head}{body}</table>{listed}"


def plot(estimate: "Estimate", ax: "Axes | None", truth: float | None) -> "Axes":
    """The learning curve against the interval; without a history, the point and its bar."""
    ax = ax or _axes()
    steps = estimate.history.get("step", ())
    _draw_curves(ax, estimate.history, 1)
    lo, hi = estimate.interval
    ax.axhspan(lo, hi, color="#1b9e77", alpha=0.18, lw=0, label="95 % interval")
    ax.axhline(estimate.value, color="#117a5a", lw=1.2, ls="--", label="estimate")
    if truth is not None:
        ax.axhline(truth, color="#c0392b", lw=1.2, label="truth")
    if not steps:
        ax.set_xticks([])
    ax.set(xlabel="training step" if steps else "", ylabel="nats")
    ax.set_title(_title(estimate), fontsize="medium", parse_math=False)
    return _finished(ax)


def plot_curves(
    curves: Mapping[str, Sequence[float]],
    ax: "Axes | None",
    truth: float | None,
    smooth: int = 1,
    share: float | None = None,
) -> "Axes":
    """Training and validation curves, their moving averages, the known value and a share of it, in nats."""
    ax = ax or _axes()
    _draw_curves(ax, curves, smooth)
    if truth is not None:
        ax.axhline(truth, color="#c0392b", lw=1.2, label="truth")
        if share is not None:
            ax.axhline(
                share * truth, color="#c0392b", lw=1.0, ls=":", label=f"{100 * share:.0f} % of the truth"
            )
    ax.set(xlabel="training step", ylabel="nats")
    return _finished(ax)


def smoothed(values: Sequence[float], width: int) -> list[float]:
    """The mean of the `width` values around each, an odd number; of fewer towards the ends."""
    if width < 1 or width % 2 == 0:
        raise InputError(f"smooth is {width!r}; give how many evaluations to average, an odd number.")
    last = len(values) - 1
    sides = (min(width // 2, i, last - i) for i in range(len(values)))
    windows = [values[i - side : i + side + 1] for i, side in enumerate(sides)]
    return [math.fsum(window) / len(window) for window in windows]


def _draw_curves(ax: "Axes", curves: Mapping[str, Sequence[float]], smooth: int) -> None:
    for curve, colour in (("train", "#b5b5b5"), ("validation", "#1f6fb4")):
        if curve not in curves:
            continue
        if smooth > 1:
            ax.plot(curves["step"], curves[curve], color=colour, lw=0.8, alpha=0.4)
        ax.plot(curves["step"], smoothed(curves[curve], smooth), color=colour, label=curve, lw=1.5)


def _axes() -> "Axes":
    from matplotlib.figure import Figure

    return Figure(figsize=(6, 3.6), layout="constrained").add_subplot()


def _finished(ax: "Axes") -> "Axes":
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(fontsize="small", frameon=False)
    return ax


def _title(estimate: "Estimate") -> str:
    return f"{symbol(estimate)} by {estimate.method}"
