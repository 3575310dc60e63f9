"""Ratios of learnt codes as arrays, and back: the part of `auto_state` that knows encoders."""

import numpy as np
import torch

from infonats._random import torch_generator
from infonats.data import Standardize
from infonats.data.grids import Grid
from infonats.estimators.auto_encoders import Codes, Encoders, Scaling
from infonats.estimators.auto_latent import InnerProduct, LatentRatio
from infonats.estimators.auto_tables import Tables
from infonats.estimators.fold import under
from infonats.nn import seeded

State = dict[str, np.ndarray]
ENCODERS, SIDES = "encoders/", ("x", "y")


def latent_state(ratio: LatentRatio) -> State:
    """Every array that `latent_from` needs."""
    codes, inner = ratio.codes, ratio.inner
    state = {ENCODERS + name: tensor.numpy() for name, tensor in codes.encoders.state_dict().items()}
    state |= {f"inner/{name}": np.asarray(value) for name, value in vars(inner).items()}
    parts = zip(SIDES, codes.scalings, codes.maps, (codes.encoders.of_x, codes.encoders.of_y), strict=True)
    for side, scaling, (centre, matrix), encoder in parts:
        state |= {f"{side}/{name}": array for name, array in scaling.map.state().items()}
        state |= {f"{side}/width": np.array(encoder.width)}
        state |= {f"{side}/origin": centre, f"{side}/matrix": matrix}
        if encoder.grid is not None:
            state |= {f"{side}/shape": np.array(encoder.grid.shape), f"{side}/kept": encoder.grid.kept}
    return state


def latent_from(state: State) -> LatentRatio:
    """The ratio whose `latent_state` was saved. Raises KeyError for arrays of another kind."""
    weights = {name: torch.from_numpy(array) for name, array in under(state, ENCODERS).items()}
    x, y = (under(state, f"{side}/") for side in SIDES)
    rank = len(weights["of_x.net.last.bias"])
    # Seeded, because a plain construction would draw from the global generator.
    encoders = seeded(
        lambda: Encoders((int(x["width"]), int(y["width"])), (_grid(x), _grid(y)), rank), torch_generator(0)
    )
    encoders.load_state_dict(weights)
    scalings = tuple(Scaling(Standardize.from_state(side), "shape" in side) for side in (x, y))
    maps = (x["origin"], x["matrix"]), (y["origin"], y["matrix"])
    codes = Codes((scalings[0], scalings[1]), encoders.eval(), maps)
    return LatentRatio(codes, _inner(under(state, "inner/")))


def _inner(state: State) -> Tables | InnerProduct:
    if "temper" in state:
        return InnerProduct(float(state["temper"]))
    numbers = float(state["log_z"]), float(state["gain"])
    return Tables(state["cuts_x"], state["cuts_y"], state["logs"], *numbers)


def _grid(side: State) -> Grid | None:
    return Grid(tuple(side["shape"].tolist()), side["kept"]) if "shape" in side else None
