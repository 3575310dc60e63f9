"""What a call may end in: a sound value, or an error of ours. And whether it left its inputs alone."""

import dataclasses
import math
from collections.abc import Mapping

import numpy as np
import torch

from infonats.estimate import Estimate
from infonats.quantities import LagProfile, MatrixResult


def sound(found):
    """What is wrong with a result; empty where nothing is."""
    match found:
        case Estimate():
            parts = (found.value, found.stderr, *found.interval)
            wrong = [] if found.stderr >= 0 else [f"stderr {found.stderr}"]
            if not found.interval[0] <= found.value <= found.interval[1]:
                wrong.append(f"{found.value} outside {found.interval}")
            if repr(Estimate.from_json(found.to_json())) != repr(found):
                wrong.append("does not survive JSON")
            return "; ".join([*wrong, *filter(None, map(sound, parts))]) if str(found) else "no words"
        case MatrixResult():
            return "; ".join(filter(None, (_either(r.value, r.note) for r in found.records)))
        case LagProfile():
            cells = [
                (e, found.notes.get((name, lag)))
                for name in found.names
                for lag, e in zip(found.lags, found.estimates[name], strict=True)
            ]
            return "; ".join(filter(None, (_either(e, note) for e, note in cells)))
        case bool() | None | str() | int():
            return ""
        case float():
            return "" if math.isfinite(found) else f"the number {found}"
        case np.ndarray() if found.dtype.kind == "f":
            return (
                ""
                if np.isfinite(found).all()
                else f"{(~np.isfinite(found)).sum()} numbers of {found.size} are not finite"
            )
        case tuple() | list():
            return "; ".join(filter(None, map(sound, found)))
        case _ if dataclasses.is_dataclass(found):
            return "; ".join(filter(None, (sound(getattr(found, f.name)) for f in dataclasses.fields(found))))
        case _:
            return ""


def _either(value, note):
    """A cell of a table holds a sound value or a note that says why not."""
    return ("neither value nor note" if not note else "") if value is None else sound(value)


def snapshot(given):
    """The content of an input, to compare with later."""
    match given:
        case torch.Tensor():
            dense = given.detach().to_dense() if given.layout != torch.strided else given.detach()
            return repr(dense.dtype), tuple(dense.shape), repr(dense.flatten().tolist())
        case np.ndarray():
            return given.dtype.str, given.shape, repr(given.tolist()), given.flags.writeable
        case Mapping():
            return tuple((name, snapshot(part)) for name, part in given.items())
        case _ if hasattr(given, "to_dicts"):  # polars, which has no common type for numbers and times
            return str(type(given)), repr(given.to_dicts())
        case _ if hasattr(given, "to_numpy"):
            return str(type(given)), repr(given.to_numpy().tolist())
        case _ if hasattr(given, "__next__") or hasattr(given, "toarray"):
            return ""
        case _:
            return repr(given)
