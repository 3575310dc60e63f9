"""TensorBoard: the curves of a run, and the picture of its log ratio where both sides have one column.

Needs the extra `tracking`; the package is loaded when a log is opened.
"""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from infonats.callbacks import Callback, View
from infonats.errors import InputError, unknown_name

GRID = 60
"""Points on each side of the picture."""

DEFAULT = Path("runs")
INSTALL = "pip install 'infonats[tracking]'"


def track_folder(given: str, method: str) -> Path:
    """The folder that ``tensorboard`` (runs/METHOD) or ``tensorboard:FOLDER`` names; checks the extra.

    Raises UnknownNameError for another tracker, InputError where TensorBoard is not installed.
    """
    name, _, folder = given.partition(":")
    if name != "tensorboard":
        raise unknown_name("tracker", given, ["tensorboard", "tensorboard:FOLDER"])
    _writer_class()
    return Path(folder) if folder else DEFAULT / method


class TensorBoard(Callback):
    """Scalars value/train, value/validation, loss/train, loss/validation at every evaluation, in nats.

    The picture of the log ratio is drawn at evaluations 1, 2, 4, 8, ... and at the last one. `step` is where
    the run starts or goes on: what an interrupted run had logged beyond it is replaced.
    Raises InputError where TensorBoard is not installed or the folder cannot be written to.
    """

    def __init__(self, folder: Path, step: int = 0) -> None:
        self.evaluations = 0
        try:
            self.writer = _writer_class()(str(folder), purge_step=step or None)
        except OSError as error:
            raise InputError(
                f"Cannot write to {folder}: {error.strerror or error}. Give tensorboard:FOLDER with a folder "
                "that can be written to."
            ) from error

    def __call__(self, view: View) -> None:
        """Log the run as it stands."""
        scalars = {
            "value/validation": view.value,
            "loss/validation": view.loss,
            "value/train": view.train_value,
            "loss/train": view.train_loss,
        }
        for name, value in scalars.items():
            if value is not None:
                self.writer.add_scalar(name, value, view.step)
        if view.last or self.evaluations.bit_count() == 1:
            self._picture(view)
        self.evaluations += 1

    def close(self) -> None:
        """Write what is left and end the log."""
        self.writer.close()

    def _picture(self, view: View) -> None:
        image = picture(view)
        if image is not None:
            self.writer.add_image("log ratio", image, view.step, dataformats="HWC")


def picture(view: View) -> np.ndarray | None:
    """`ratio_grid` as an RGB image (height, width, 3) of bytes."""
    grid = ratio_grid(view)
    return None if grid is None else _drawn(*grid, view.step)


def ratio_grid(view: View) -> tuple[Tensor, Tensor, Tensor] | None:
    """Points on both sides, (m,) and (m,), and the log ratio (m, m) in nats: y by row, x by column.

    Over the middle 98 % of the validation rows, in the coordinates that training sees, up to what the
    objective leaves unlearned. None where a side has several columns or the objective has no log ratio.
    """
    x, y = view.validation
    if x.shape[1] != 1 or y.shape[1] != 1:
        return None
    xs, ys = _range(x), _range(y)
    pairs = torch.cartesian_prod(xs, ys)
    with torch.no_grad():
        ratio = view.objective.log_ratio(pairs[:, :1], pairs[:, 1:])
    return None if ratio is None else (xs, ys, ratio.reshape(GRID, GRID).T)


def _range(values: Tensor) -> Tensor:
    low, high = torch.quantile(values.float().flatten()[:100_000], torch.tensor([0.01, 0.99]).to(values.device))
    return torch.linspace(0, 1, GRID, device=values.device) * (high - low) + low


def _drawn(xs: Tensor, ys: Tensor, ratio: Tensor, step: int) -> np.ndarray:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2, 3.4), dpi=100, layout="constrained")
    canvas, ax = FigureCanvasAgg(figure), figure.add_subplot()
    across, up, height = (t.double().cpu().numpy() for t in (xs, ys, ratio))
    limit = max(float(np.abs(height).max()), 1e-6)
    mesh = ax.pcolormesh(across, up, height, cmap="RdBu_r", vmin=-limit, vmax=limit, shading="auto")
    figure.colorbar(mesh, label="log ratio, nats")
    ax.set(xlabel="x", ylabel="y", title=f"step {step}")
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3].copy()


def _writer_class() -> Any:
    try:
        with warnings.catch_warnings():  # what its own imports complain of is nothing to a user
            warnings.simplefilter("ignore")
            from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise InputError(f"Tracking needs TensorBoard, which is not installed: {INSTALL}.") from error
    return SummaryWriter
