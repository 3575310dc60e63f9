"""The page and the picture of maximise.py: every figure in them comes from its results."""

import math
from pathlib import Path
from typing import Any

from _runs import mean_spread, table
from matplotlib.figure import Figure

TEXT = """# Mutual information maximisation, and what becomes of it

*This page is written by `{command}`: {seeds} seeds, trainings of {steps} steps; ± is the standard deviation
over seeds.*

The InfoMax principle (R. Linsker 1988) trains an encoder f to keep the most mutual information. This page
repeats a notebook's experiments with it, and says what goes wrong and what mends it.

## A linear critic

T = a x + b y sees no dependence between two Gaussians of any correlation: its Donsker-Varadhan value is exactly
-(a² + b²)/2, at most zero. Here on 10 000 fresh rows of correlation .8, I = .511. A bias c has no part in the
value, so under Donsker and Varadhan nothing holds it: its gradient is what rounding leaves, and Adam, which
divides by the gradient's own size, makes full steps of that. MINE's moving average lags behind c and pulls it
back.

{linear}

## MINE on Gaussians

3000 rows, of which a fifth gives the value.

{mine}

Correlation 1 is refused, for the information is infinite: *{refusal}*

## Encoders of polynomials

x is uniform on [-1, 1], seen as the {coordinates} columns x - x², x² - x³, ..., xⁿ, 3000 rows; their sum is x.
The recipe as published maximises I(X; f(X)) by MINE with no noise on the code; then x is regressed linearly on
the code of fresh rows (variance of x: 1/3). "Without" leaves the last column out.

{encoders}

MINE's value says little of how well x can be read off the code: for a deterministic code the information is
infinite whatever the code, so that the number is set by the critic, and any invertible code is as good as
another.

![Left: MI against steps. Right: the error of a linear regression from the code to x.](../images/maximise.png)

## Unsupervised, then supervised

50 labelled rows of noisy columns, 3000 unlabelled ones: 20 and 30 columns of the polynomials, and 133 of the
family g - g², ..., g¹⁹ - g²⁰ for g = sin, cos, log(2+x), x², sinh, cosh, tanh. The mean squared error on 2000
fresh rows, of a linear regression on the raw columns, of a ridge regression with its penalty chosen by
leave-one-out, of a linear regression on the code of the published recipe (5 outputs), and on ours:
I(f(V1); V2) of two re-noised views, columns in units of their noise (asinh), by the bound of Barber and Agakov,
the density of V2 normal with a mean linear in the code of V1 (6 outputs of a network with 128 units,
normalised). The noise of V2 makes it finite, and the linear mean asks for a code off which the columns can be
read linearly; InfoNCE would ask for no such thing.
Ours takes the unlabelled rows to be measurable again: it draws fresh noise in
every batch. "Bayes" is the least error any function of the columns can have, by a grid.

{supervised}

{verdict}

Where the unlabelled x are not distributed as the labelled ones (133 columns, noise .2):

{shifts}

Run it yourself: `python experiments/maximise.py` takes a coffee break, `--full` ten seeds. What is finished is
kept.
"""


def write(folder: Path, found: dict[str, Any], size: Any) -> Path:
    """Write page and picture below `folder`; returns the page."""
    from maximise import COORDINATES, FULL, refusal

    command = "python experiments/maximise.py" + (" --full" if size.label == FULL.label else "") + " --docs"
    page = folder / "experiments" / "maximise.md"
    page.parent.mkdir(parents=True, exist_ok=True)
    text = TEXT.format(
        command=command,
        seeds=size.seeds,
        steps=size.steps,
        coordinates=COORDINATES,
        refusal=refusal(),
        linear=_linear(found, size.seeds),
        mine=_mine(found, size.seeds),
        encoders=_encoders(found, size.seeds),
        supervised=_supervised(found, size.seeds),
        verdict=_verdict(found, size.seeds),
        shifts=_shifts(found, size.seeds),
    )
    page.write_text(text, encoding="utf-8")
    _picture(found, folder / "images" / "maximise.png")
    return page


def _over(found: dict[str, Any], name: str, key: str, seeds: int) -> list[float]:
    return [found[f"{name} {s}"][key] for s in range(seeds)]


def _linear(found: dict[str, Any], seeds: int) -> str:
    rows = []
    for bound in ("dv", "mine"):
        for bias in (False, True):
            name = f"linear {bound} {bias}"
            c = mean_spread([abs(v) for v in _over(found, name, "c", seeds)]) if bias else "-"
            rows.append(
                [f"{bound}{', with c' if bias else ''}", mean_spread(_over(found, name, "value", seeds)), c]
            )
    return table(["critic trained by", "value, nats", "size of c"], rows)


def _mine(found: dict[str, Any], seeds: int) -> str:
    from maximise import RHOS

    rows = [
        [
            f"{rho:g}",
            f"{-0.5 * math.log(1 - rho**2):.3f}",
            mean_spread(_over(found, f"mine {rho}", "value", seeds), 3),
        ]
        for rho in RHOS
    ]
    return table(["correlation", "truth", "MINE"], rows)


def _encoders(found: dict[str, Any], seeds: int) -> str:
    rows = []
    for whole in (True, False):
        for k in range(1, 6):
            cells = [f"{k}{'' if whole else ', without'}"]
            for noise in (0.0, 0.05):
                name = f"encoder {k} {noise} {whole}"
                last = [found[f"{name} {s}"] for s in range(seeds)]
                cells += [
                    mean_spread([r["errors"][-1] for r in last], 3),
                    mean_spread([r["raw"] for r in last], 4),
                ]
                cells.append(mean_spread([r["values"][-1] for r in last], 2))
            rows.append(cells)
    header = [
        "outputs",
        "code",
        "raw columns",
        "MINE",
        "code, noise .05",
        "raw columns, noise .05",
        "MINE, noise .05",
    ]
    return table(header, rows)


KINDS = ("regression", "ridge", "published", "ours")


def _supervised(found: dict[str, Any], seeds: int) -> str:
    rows = []
    for name, noise in (("20", 0.2), ("30", 0.2), ("133", 0.05), ("133", 0.1), ("133", 0.2)):
        cells = [_over(found, f"supervised {name} {noise} as labelled", kind, seeds) for kind in KINDS]
        rows.append([name, f"{noise:g}", f"{found[f'bayes {name} {noise}']:.4f}", *map(mean_spread, cells)])
    return table(["columns", "noise", "Bayes", *KINDS], rows)


def _shifts(found: dict[str, Any], seeds: int) -> str:
    from maximise import SHIFTS

    rows = [
        [where, *(mean_spread(_over(found, f"supervised 133 0.2 {where}", kind, seeds)) for kind in KINDS)]
        for where in SHIFTS
    ]
    return table(["unlabelled x", *KINDS], rows)


def _verdict(found: dict[str, Any], seeds: int) -> str:
    name = "supervised 133 0.2 as labelled"
    ours, ridge, published, plain = (
        sum(_over(found, name, kind, seeds)) / seeds for kind in ("ours", "ridge", "published", "regression")
    )
    lines = [
        (ours <= 0.008, f"133 columns, noise .2: ours at .008 or less (measured {ours:.4f})"),
        (ours < ridge, f"ours below ridge regression on the raw columns ({ridge:.4f})"),
        (ours < published, f"ours below the published recipe ({published:.4f})"),
        (
            plain < published,
            f"plain regression below the published recipe ({plain:.4f} against {published:.4f})",
        ),
    ]
    return "\n".join(f"- {'reached' if held else '**missed**'}: {what}" for held, what in lines)


def _picture(found: dict[str, Any], path: Path) -> None:
    figure = Figure(figsize=(9, 3.6), layout="constrained", facecolor="white")
    left, right = figure.subplots(1, 2)
    for k in range(1, 6):
        cell = found[f"encoder {k} 0.0 True 0"]
        left.plot(
            cell["steps"][: len(cell["values"])], cell["values"], label=f"{k} output{'s' if k > 1 else ''}"
        )
        right.plot(cell["steps"][: len(cell["errors"])], cell["errors"])
    left.set(xlabel="step", ylabel="MINE, nats")
    right.set(xlabel="step", ylabel="mean squared error of x", yscale="log")
    raw = found["encoder 1 0.0 True 0"]["raw"]
    if raw > 1e-6:
        right.axhline(raw, color="black", ls="--", lw=1)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    left.legend(frameon=False, fontsize="small")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})
