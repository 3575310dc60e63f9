"""The page and the picture of self_consistency.py: every figure in them comes from its results."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from _runs import table, write_between
from matplotlib.figure import Figure
from self_consistency import AGAIN, CRITIC, NONE, TWICE, WITHIN, Size, Tests, Verdict, trained_methods, verdict

from infonats.estimators import make

START = """# Self-consistency on images

*The tables are written by `python experiments/self_consistency.py --docs`, of the sizes that stand above each.*

An estimate of the mutual information of images can be biased and still be of use, if it obeys the rules that
the quantity obeys. J. Song and S. Ermon (2020, arXiv 1910.06222) ask for three. A is an image, B_t its first
t rows:

1. I(A; B_t) rises with t, and is 0 where no row is seen;
2. what is seen twice says nothing new: I(A; [B, B']) / I(A; B) = 1, where B' are rows of B once more (data
   processing);
3. two independent pairs say twice as much: I([A, A']; [B, B']) / I(A; B) = 2 (additivity).

Their images have no noise, so that every true number is infinite or the logarithm of the number of images. Here
the rows are seen under noise, and the truth is known, by Monte Carlo over the finite set of images: the first
line of each table. ✓ is within {within:.0%} of the ratio that must be, or within {within} nats of 0; "rises"
is that each number is above the one before. "Zero" is measured on images with rows of another image. ± is
one standard error; a ratio to nothing is none. Methods with a critic take a {critic} one and all other rows of
the batch as negatives; all else is at its defaults, as in `infonats estimate --method`. Nothing is chosen by
these numbers.

A method that passes with a wrong number is consistent and biased; one that fails cannot be right in all of
its numbers. A miss is one of the size above the table: few pairs and steps leave most methods short of the
truth, and of the two images of the third test further than of one. B' repeats columns of B exactly, so that
[B, B'] has no density: methods that fit a density of y given x meet in the second test what they cannot hold,
and keep 0 where nothing that they fitted was better than independence on rows that did not train. At no rows
most keep their untrained state, which is 0, for the same reason. Where the standard error of a ratio is as
large as the share that it may miss by, ✓ and ✗ are chance as much as merit: look at the ±.

**How the sizes were chosen**: by the truths and by whether one ordinary critic, `infonce`, learns on the
validation rows; by no other number in the tables. The noise of the larger images (1.5, where white is 1) lets a
quarter of the rows tell a nat or more, and all of them about a nat less than the logarithm of the number of
images: with less noise, all rows name their image, and the truth is the size of the set, not of anything in it.
A critic of 784 columns soon knows its pairs by heart: there are twice as many pairs as of the digits, and fewer
steps.
**Densities of y given x** predict each of up to 784 columns from all of x. On so few pairs that costs more than
the few nats there are to be found: the methods that fit one keep 0 on the larger images, or next to it, and
have failed there at this size rather than passed at zero (`pq` predicts only a code of y, and sees something).

## Digits of scikit-learn

<!-- digits -->
Not yet run.
<!-- /digits -->

## MNIST

<!-- mnist -->
Not yet run.
<!-- /mnist -->

## Fashion-MNIST

<!-- fashion_mnist -->
Not yet run.
<!-- /fashion_mnist -->

Run it yourself: `python experiments/self_consistency.py` takes minutes; `--data-dir FOLDER` takes the idx files
in FOLDER, of which those of the test images are enough (they are drawn from where the training images are
missing), `--full` ten times the pairs and steps, `--methods doe+mine,pq+mine` others, hybrids included. `lmi`,
whose wide autoencoders take long, is measured where it is named. What is finished is kept.
"""

MARK = {True: "✓", False: "✗"}
COLOURS = {"critics": "#1f6fb4", "densities": "#c77700", "both together": "#2e8b57"}


def write(folder: Path, tests: Tests, size: Size, found: dict[str, dict[str, list[Any]]]) -> str:
    """Put table and picture into the page below `folder`; returns the table."""
    page = folder / "experiments" / "self_consistency.md"
    if not page.exists():
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(START.format(within=WITHIN, critic=CRITIC["critic"]), encoding="utf-8")
    verdicts = {method: verdict(tests, cells) for method, cells in found.items()}
    kinds = [NONE, *map(str, tests.rows)]
    header = ["method", *(f"{k} rows" for k in ("0", *kinds[1:])), "zero", "rises", "again", "twice"]
    rows = [_truth(tests), *(_row(method, v, kinds) for method, v in verdicts.items())]
    seeds = len(next(iter(found.values()))[NONE])
    facts = (
        f"{tests.source[:1].upper()}{tests.source[1:]}; {size.pairs} pairs, a fifth of them to measure on; "
        f"at most {size.steps} steps; "
        f"{seeds} seed{'s' if seeds > 1 else ''}. Nats.{_left_out(found)}"
    )
    drawn = folder / "images" / f"self_consistency-{tests.name}.png"
    _picture(tests, verdicts, drawn)
    text = "\n\n".join([facts, table(header, rows), _said(verdicts), *_failures(found)])
    picture = f"![Left: the numbers by rows. Right: the tests.](../images/{drawn.name})"
    write_between(page, tests.name, f"{text}\n\n{picture}")
    return text


def _left_out(found: Mapping[str, Any]) -> str:
    """The methods of the default list that were not asked for."""
    missing = [f"`{method}`" for method in trained_methods() if method not in found]
    return f" Not run: {', '.join(missing)}." if missing else ""


def _truth(tests: Tests) -> list[str]:
    nats = {kind: task.mutual_information for kind, task in tests.tasks.items()}
    ratios = nats[AGAIN] / nats[tests.whole], nats[TWICE] / nats[tests.part]
    seen = [f"{nats[kind]:.2f}" for kind in (NONE, *map(str, tests.rows))]
    return ["truth", *seen, "✓", "✓", *(f"{r:.2f} ✓" for r in ratios)]


def _row(method: str, v: Verdict, kinds: list[str]) -> list[str]:
    passed = v.passed
    nats = ["fails" if (pair := v.nats[kind]) is None else number(pair[0]) for kind in kinds]
    ratios = [_ratio(getattr(v, name), passed[name]) for name in ("again", "twice")]
    return [f"`{method}`", *nats, MARK[passed["zero"]], MARK[passed["rises"]], *ratios]


def number(value: float) -> str:
    """Two digits after the point; from 1000 on, where a method has lost its way, the order of magnitude."""
    return f"{round(value, 2) + 0.0:.2f}" if abs(value) < 1000 else f"{value:.0e}"


def _ratio(pair: tuple[float, float] | None, passed: bool) -> str:
    said = "none" if pair is None else f"{number(pair[0])} ± {number(pair[1])}"
    return f"{said} {MARK[passed]}"


def _said(verdicts: dict[str, Verdict]) -> str:
    tests = next(iter(verdicts.values())).passed
    lines = [
        f"- {what}: {sum(v.passed[name] for v in verdicts.values())} of {len(verdicts)} methods pass"
        for name, what in zip(tests, ("zero where nothing is seen", "rises", "again", "twice"), strict=True)
    ]
    whole = [f"`{m}`" for m, v in verdicts.items() if all(v.passed.values())]
    return "\n".join([*lines, f"- all four: {', '.join(whole) or 'none'}"])


def _failures(found: dict[str, dict[str, list[Any]]]) -> list[str]:
    reasons = {
        f"- `{method}` fails: {run['error'].splitlines()[0]}"
        for method, cells in found.items()
        for runs in cells.values()
        for run in runs
        if "error" in run
    }
    return ["\n".join(sorted(reasons))] if reasons else []


def _picture(tests: Tests, verdicts: dict[str, Verdict], path: Path) -> None:
    figure = Figure(figsize=(10, 0.27 * len(verdicts) + 2), layout="constrained", facecolor="white")
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.3))
    _curves(left, tests, verdicts)
    _grid(right, verdicts)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def _curves(axes: Any, tests: Tests, verdicts: dict[str, Verdict]) -> None:
    kinds, steps, highest = [NONE, *map(str, tests.rows)], [0, *tests.rows], 0.0
    for method, v in verdicts.items():
        values = [None if (pair := v.nats[kind]) is None else pair[0] for kind in kinds]
        points = [(s, value) for s, value in zip(steps, values, strict=True) if value is not None]
        if points:
            axes.plot(*zip(*points, strict=True), color=COLOURS[_kind(method)], alpha=0.45, lw=1)
        highest = max([highest, *(value for _, value in points)])
    truths = [tests.tasks[kind].mutual_information for kind in kinds]
    axes.plot(steps, truths, color="#c0392b", lw=2, label="truth")
    for kind in dict.fromkeys(map(_kind, verdicts)):
        axes.plot([], [], color=COLOURS[kind], alpha=0.45, label=f"{kind}, one method each")
    top = max(max(truths), min(highest, 1.5 * max(truths)))
    axes.set(xlabel="rows seen", ylabel="nats", ylim=(-0.5, 1.1 * top), xticks=steps)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize="small", loc="upper left")


def _kind(method: str) -> str:
    family = make(method).info.family
    return {"discriminative": "critics", "generative": "densities"}.get(family, "both together")


def _grid(axes: Any, verdicts: dict[str, Verdict]) -> None:
    names = ("zero", "rises", "again", "twice")
    for i, v in enumerate(verdicts.values()):
        zero, passed = v.nats[NONE], v.passed
        shown = [zero, None, v.again, v.twice]
        for j, (name, pair) in enumerate(zip(names, shown, strict=True)):
            colour = "#cfe8d5" if passed[name] else "#f3c9c4"
            axes.fill_between([j + 0.02, j + 0.98], i + 0.04, i + 0.96, color=colour, lw=0)
            plain = ("yes" if passed[name] else "no") if name == "rises" else "none"
            said = plain if pair is None else number(pair[0])
            axes.text(j + 0.5, i + 0.5, said, ha="center", va="center", fontsize="small")
    axes.set(xlim=(0, len(names)), ylim=(len(verdicts), 0))
    axes.set_xticks([j + 0.5 for j in range(len(names))], ["zero, nats", "rises", "again: 1", "twice: 2"])
    axes.set_yticks([i + 0.5 for i in range(len(verdicts))], list(verdicts))
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
