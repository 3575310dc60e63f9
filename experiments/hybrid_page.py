"""The page and the pictures of `hybrid.py`: written from the records, so that no figure can drift."""

import dataclasses
import statistics
from pathlib import Path

import torch
from hybrid_measure import exact, log_partition, log_ratio
from hybrid_models import AVERAGED, BETTER, MODELS, D, Mixture, Model, Rows, Size
from matplotlib.figure import Figure

TORCH_MIST = {"DoE": 4.61, "PQ": 3.42, "MINE": 4.24, "DoE+MINE": 6.45, "PQ+MINE": 5.96}
DRAWS = 2_000_000
RARE = -7.0
"""Of log p(x, y) of one pair of columns, in nats: below, the picture of the log ratio is masked."""
WHERE = 1.35, 1.65
"""The four other pairs of columns in that picture: a point of high density."""

Found = dict[int, dict[str, dict]]
"""Records by seed and by model."""


@dataclasses.dataclass(frozen=True)
class Truth:
    """The mutual information by Monte Carlo with its standard error, and the deviation of the log ratio."""

    value: float
    stderr: float
    spread: float


def truth() -> Truth:
    """From two million draws."""
    task = Mixture()
    ratio = task.pointwise(*task.sample(DRAWS, torch.Generator().manual_seed(0)))
    return Truth(ratio.mean().item(), ratio.std().item() / DRAWS**0.5, ratio.std().item())


def names(found: Found) -> list[str]:
    """The models that every seed has finished, in order."""
    return [name for name in MODELS if all(name in records for records in found.values())]


def missing(found: Found) -> str:
    """What is not in the table, in words."""
    absent = [name for name in MODELS if name not in names(found)]
    return f"Not trained for this page: {', '.join(absent)}." if absent else ""


def mean(found: Found, name: str, part: str, field: str) -> float:
    """A number of the records, averaged over seeds."""
    return statistics.fmean(records[name][part][field] for records in found.values())


def table(found: Found, rows: Rows, size: Size, true: Truth) -> str:
    """One Markdown row a model, the exact log ratio first."""
    best = exact(Mixture().pointwise, rows, size)
    lines = [
        "| | pooled, mean of seeds | each seed | s.e. | effective | batches of 64 | spread of log ratio "
        "| torch_mist |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        f"| exact log ratio | {true.value:.2f} (truth) | | | | {best.batch:.1f} +- {best.batch_sd:.1f} "
        f"| {best.ratio_sd:.2f} | |",
    ]
    for name in names(found):
        values = [records[name]["pooled"]["value"] for records in found.values()]
        effective = mean(found, name, "pooled", "effective")
        carried = "" if effective == float("inf") else f"{effective:.0f}"
        lines.append(
            f"| {name} | **{statistics.fmean(values):.2f}** | {' / '.join(f'{v:.2f}' for v in values)} "
            f"| {mean(found, name, 'pooled', 'stderr'):.3f} | {carried} "
            f"| {mean(found, name, 'final', 'batch'):.1f} +- {mean(found, name, 'final', 'batch_sd'):.1f} "
            f"| {mean(found, name, 'final', 'ratio_sd'):.2f} | {TORCH_MIST.get(name, '')} |"
        )
    return "\n".join(lines)


WITHIN = (
    "the spread of the log ratio within batches of each hybrid below that of MINE. It should not be: the true "
    "log ratio varies by {exact:.2f}, and MINE, by {mine:.2f}, because it has not found most of it"
)


def verdicts(found: Found, true: Truth) -> str:
    """What was aimed at, and whether it was reached, one line each."""
    done, value = names(found), {name: mean(found, name, "pooled", "value") for name in names(found)}
    over, within = (
        {name: mean(found, name, "final", kind) for name in done} for kind in ("batch_sd", "ratio_sd")
    )
    checks = []
    if set(MODELS[:5]) <= set(done):
        low, high = sorted((value["MINE"], value["DoE"]))
        ordered = value["PQ"] < low and high < value["PQ+MINE"] < value["DoE+MINE"] <= true.value
        calmer = [max(s["PQ+MINE"], s["DoE+MINE"]) < s["MINE"] for s in (over, within)]
        checks = [
            ("PQ < MINE, DoE < PQ+MINE < DoE+MINE <= truth", ordered),
            ("DoE+MINE 6.5 or more", value["DoE+MINE"] >= 6.5),
            ("PQ+MINE 6.0 or more", value["PQ+MINE"] >= 6.0),
            ("the spread of the values of batches of each hybrid below that of MINE", calmer[0]),
            (WITHIN.format(exact=true.spread, mine=within["MINE"]), calmer[1]),
        ]
    if AVERAGED in done:
        checks.append((f"{AVERAGED} 6.5 or more", value[AVERAGED] >= 6.5))
    if BETTER in done:
        checks.append(("a hybrid within 0.15 of the truth", abs(value[BETTER] - true.value) <= 0.15))
    return "\n".join(f"- {'reached' if reached else '**missed**'}: {what}" for what, reached in checks)


def by_epoch(found: Found, true: Truth) -> Figure:
    """Values by epoch as means over batches with their spread, and the pooled ones beside."""
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    for i, name in enumerate(names(found)):
        runs = [records[name]["epochs"] for records in found.values()]
        middle = [statistics.fmean(run[e]["batch"] for run in runs) for e in range(min(map(len, runs)))]
        spread = [statistics.fmean(run[e]["batch_sd"] for run in runs) for e in range(len(middle))]
        left.plot(middle, color=f"C{i}", label=name)
        low, high = ([m + sign * s for m, s in zip(middle, spread, strict=True)] for sign in (-1, 1))
        left.fill_between(range(len(middle)), low, high, color=f"C{i}", alpha=0.12, linewidth=0)
        for records in found.values():
            held = records[name]["pooled"]
            right.errorbar(i, held["value"], 1.96 * held["stderr"], fmt="o", color=f"C{i}", capsize=3)
    for axes in (left, right):
        axes.axhline(true.value, color="black", linestyle="--", linewidth=1)
    left.set(xlabel="epoch", ylabel="nats", ylim=(0, 2.2 * true.value))
    left.set_title("mean over batches of 64, +- spread")
    right.set(title="one partition, held out, 95 %")
    right.set_xticks(range(len(names(found))), names(found), rotation=25, ha="right")
    left.legend(fontsize=8, loc="upper left", ncols=2)
    return figure


def spreads(found: Found, true: Truth) -> Figure:
    """The deviation of the log ratio within batches by epoch, a panel for each model."""
    figure = Figure(figsize=(1.8 * len(names(found)), 2.6), layout="constrained")
    panels = figure.subplots(1, len(names(found)), sharey=True)
    for i, (axes, name) in enumerate(zip(panels, names(found), strict=True)):
        for records in found.values():
            axes.plot([epoch["ratio_sd"] for epoch in records[name]["epochs"]], color=f"C{i}")
        axes.axhline(true.spread, color="black", linestyle="--", linewidth=1)
        axes.set_title(name, fontsize=8)
        axes.set_xlabel("epoch")
    panels[0].set_ylabel("sd of the log ratio, nats")
    return figure


@torch.no_grad()
def grids(models: dict[str, Model], rows: Rows, size: Size) -> Figure:
    """The log ratio over one pair of columns, the others at `WHERE`: the truth, then each model."""
    task, line = Mixture(), torch.linspace(-2.8, 2.8, 141)
    a, b = (side.flatten() for side in torch.meshgrid(line, line, indexing="xy"))
    x, y = (torch.full((len(a), D), z) for z in WHERE)
    x[:, 0], y[:, 0] = a, b
    rare = task.log_joint(a[:, None], b[:, None])[:, 0] < RARE
    panels = {"truth": task.pointwise(x, y)}
    panels |= {name: log_ratio(m, x, y).double() - log_partition(m, rows, size) for name, m in models.items()}
    figure = Figure(figsize=(1.8 * len(panels), 2.4), layout="constrained")
    axes = figure.subplots(1, len(panels), sharey=True)
    kept = panels["truth"][~rare]
    for axis, (name, ratio) in zip(axes, panels.items(), strict=True):
        image = axis.imshow(
            ratio.masked_fill(rare, torch.nan).reshape(len(line), -1).numpy(),
            origin="lower",
            extent=(-2.8, 2.8, -2.8, 2.8),
            vmin=kept.min().item(),
            vmax=kept.max().item(),
        )
        axis.set_title(name, fontsize=8)
    figure.colorbar(image, ax=axes, label="nats", shrink=0.7)
    return figure


def write(folder: Path, found: Found, models: dict[str, Model], rows: Rows, size: Size) -> Path:
    """Write FOLDER/experiments/hybrid.md and its three pictures; the path of the page."""
    true, page = truth(), folder / "experiments" / "hybrid.md"
    for path in (page.parent, folder / "images"):
        path.mkdir(parents=True, exist_ok=True)
    drawn = {"values": by_epoch(found, true), "spreads": spreads(found, true)}
    drawn["grids"] = grids(models, rows, size)
    for name, figure in drawn.items():
        figure.savefig(folder / "images" / f"hybrid_{name}.png", dpi=90)
    command = f"python experiments/hybrid.py{'' if size.coffee else ' --full'} --docs"
    text = PAGE.format(
        truth=f"{true.value:.3f} +- {true.stderr:.3f}",
        spread=f"{true.spread:.2f}",
        size=f"{size.samples} rows, {size.epochs} epochs, {size.held_out} held-out rows",
        seeds=", ".join(map(str, found)),
        command=command,
        table=table(found, rows, size, true),
        verdicts=verdicts(found, true),
        missing=missing(found),
    )
    page.write_text(text)
    return page


PAGE = (Path(__file__).parent / "hybrid_page.md").read_text()
