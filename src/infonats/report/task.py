"""What a report shows of a task: facts, sampled pairs, the profile of pointwise mutual information."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from infonats.data import as_pairs
from infonats.report.html import Section, paragraph, table
from infonats.report.pictures import image_pairs, plane, profile, scatter


@dataclasses.dataclass(frozen=True)
class TaskPicture:
    """Sampled pairs x (n, dx), y (n, dy), their log ratios (n,) where known, I(X;Y) in nats.

    `picture` is the (height, width) of a row that is an image.
    """

    x: np.ndarray
    y: np.ndarray
    ratio: np.ndarray | None
    truth: float
    picture: tuple[int, int] | None = None


def task_sections(facts: Sequence[tuple[str, str]], drawn: TaskPicture) -> list[Section]:
    """The facts as a table, the pairs as clouds or images, the profile or a word on why there is none."""
    return [
        Section("The task", table(("what", "value"), facts, prose=True)),
        Section("Pairs", _pairs(drawn)),
        Section("Pointwise mutual information", _profile(drawn)),
    ]


def _pairs(drawn: TaskPicture) -> str:
    if drawn.picture:
        return paragraph("Pairs of images: x above y.") + image_pairs(drawn.x, drawn.y, *drawn.picture)
    pairs = as_pairs(drawn.x, drawn.y, varying=False)
    more = pairs.x.shape[1] + pairs.y.shape[1] > 2
    note = paragraph("The first column of each side.") if more else ""
    seen = plane(drawn.x, drawn.y) if drawn.x.shape[1] == 2 else ""
    return f"<div class='clouds'>{scatter(pairs)}</div>{note}{seen}"


def _profile(drawn: TaskPicture) -> str:
    if drawn.ratio is None:
        return paragraph("This task knows its mutual information, but no log ratio pair by pair.")
    spread = f"Its mean is I(X;Y); its standard deviation here is {drawn.ratio.std():.3f} nats."
    return paragraph(f"log p(x,y)/p(x)p(y) at {len(drawn.ratio)} pairs. {spread}") + profile(
        drawn.ratio, drawn.truth
    )
