"""What the pages of gan.py and ali.py share: a verdict of pairs of runs, points and images in a panel."""

from typing import Any

import torch
from adversarial_runs import Runs, Size
from convolutions import colours
from torch.nn.functional import pad

COLOURS = ("#8a8f98", "#1f6fb4", "#117a5a", "#d9822b", "#c0392b")
"""Of the runs without the term and with it, of one weight or several."""


def agreement(last: Runs, kind: str, key: str, name: str, better: int) -> str:
    """What the term of a kind does to one measure, and in how many pairs; `better`: 1 if more is, else -1."""
    plain, term = next(iter(last.values())), last[kind]
    gains = [better * (b[key] - a[key]) for a, b in zip(plain, term, strict=True)]
    up, down = sum(g > 0 for g in gains), sum(g < 0 for g in gains)
    said = "better" if sum(gains) > 0 else ("**not better**" if sum(gains) == 0 else "**worse**")
    pairs = f"better in {up} and worse in {down} of {len(gains)} pairs of runs"
    return f"- {kind}, {name}: {said} on average, {pairs}"


def facts_of(columns: int, size: Size, coders: str, judges: str) -> str:
    """How wide the networks are, what is trained and what is paid for, for the line above a table."""
    if colours(columns):
        networks = f"{coders}, {judges} of convolutions with {size.channels} and {2 * size.channels} channels"
    else:
        coder, judge = ("-".join(map(str, w)) for w in (size.generator, size.discriminator))
        networks = f"{coders} {coder}, {judges} {judge}"
    under = f", noise {' and '.join(f'{v:g}' for v in size.noises)}" if any(size.noises) else ""
    return (
        f"{networks}; {size.steps} steps of {size.batch} by Adam at {size.rate:g}, weights averaged at "
        f"{size.averaging:g}; beta {' and '.join(f'{b:g}' for b in size.betas)}{under}"
    )


def points(axes: Any, rows: list[list[float]], data: list[list[float]]) -> None:
    """Rows (x, y) where they lie, in the window of the data."""
    axes.plot(*zip(*rows, strict=True), ".", color="#1f6fb4", ms=2, alpha=0.6)
    limit = 1.1 * max(abs(v) for row in data for v in row)
    axes.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal", xticks=[], yticks=[])


def tiles(axes: Any, rows: list[list[float]], shape: tuple[int, int], channels: int = 1) -> None:
    """Square images of pixels in [-1, 1] side by side; three channels as red, green and blue."""
    (down, across), x = shape, torch.tensor(rows)[: shape[0] * shape[1]]
    side = round((x.shape[1] / channels) ** 0.5)
    pixels = ((x + 1) / 2).clamp(0, 1).reshape(down, across, channels, side, side)
    grid = pad(pixels, (1, 1, 1, 1), value=float(channels > 1)).permute(0, 3, 1, 4, 2)  # white between them
    whole = grid.reshape(down * (side + 2), across * (side + 2), channels)
    axes.imshow(whole.squeeze(2).numpy(), cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
    axes.set(xticks=[], yticks=[])
