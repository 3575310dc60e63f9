"""Inputs of every kind a user may give, as recipes: short to print, quick to build, built to the same bits.

A recipe says what stands in a table (`LAWS`), in which units and with what wrong (`SCALES`, `SPOILED`), as
which type, laid out how in memory, and in which container. `tables` draws several that share rows.
"""

import dataclasses
import math
import warnings

import numpy as np
import pandas
import polars
import scipy.sparse
import torch
from hypothesis import strategies as st

ROWS = (30, 60, 12, 4, 3, 2, 1, 0, 5, 8, 21, 33, 45)
SCALES = (1.0, 1e-300, 1e-150, 1e-9, 1e9, 1e150, 1e300, 5e-324)


def _two_at_once(rng, n, width, latent):
    """A column, and others that differ from it in the last digits: a covariance that is nearly singular."""
    first = latent[:, None] + 0.3 * rng.standard_normal((n, 1))
    return np.hstack([first, first * (1 + 1e-14 * rng.standard_normal((n, width - 1)))])


def _lopsided(rng, n, width, latent):
    """One row that differs from all others."""
    values = np.zeros((n, width))
    values[:1] = 1.0
    return values


LAWS = {
    "linked": lambda rng, n, width, latent: latent[:, None] + 0.5 * rng.standard_normal((n, width)),
    "normal": lambda rng, n, width, latent: rng.standard_normal((n, width)),
    "latent": lambda rng, n, width, latent: np.repeat(latent[:, None], width, axis=1),
    "nearly latent": lambda rng, n, width, latent: latent[:, None] + 1e-13 * rng.standard_normal((n, width)),
    "curved": lambda rng, n, width, latent: latent[:, None] ** 2 + 0.01 * rng.standard_normal((n, width)),
    "whole": lambda rng, n, width, latent: np.rint(latent[:, None] + rng.standard_normal((n, width))),
    "signs": lambda rng, n, width, latent: np.sign(latent[:, None] + rng.standard_normal((n, width))),
    "rounded": lambda rng, n, width, latent: (latent[:, None] + rng.standard_normal((n, width))).round(1),
    "atom": lambda rng, n, width, latent: np.maximum(latent[:, None] + rng.standard_normal((n, width)), 0.0),
    "cauchy": lambda rng, n, width, latent: rng.standard_cauchy((n, width)),
    "explosive": lambda rng, n, width, latent: np.exp(40 * rng.standard_normal((n, width))),
    "nearly singular": _two_at_once,
    "lopsided": _lopsided,
    "constant": lambda rng, n, width, latent: np.full((n, width), 3.0),
    "counted": lambda rng, n, width, latent: np.arange(n * width, dtype=float).reshape(n, width),
    "far off": lambda rng, n, width, latent: 1e12 + latent[:, None] + rng.standard_normal((n, width)),
    "extremes": lambda rng, n, width, latent: rng.choice([-1.7e308, 1.7e308, 0.0], (n, width)),
    "subnormal": lambda rng, n, width, latent: rng.integers(0, 9, (n, width)) * 5e-324,
    "two clouds": lambda rng, n, width, latent: (
        rng.choice([-1e15, 1e15], (n, 1)) + latent[:, None].repeat(width, 1)
    ),
}
SPOILED = ("", "nan", "inf", "-inf", "copied rows", "sorted")
NUMBERS = ("float64", "float32", "float16", "longdouble", ">f8", "int64", "int8", "uint8", "uint64", "bool")
OTHERS = ("object", "str", "S", "datetime64[s]", "timedelta64[s]", "complex128")
LAYOUTS = ("plain", "reversed", "strided", "fortran", "read-only", "broadcast")


def _masked(values):
    return np.ma.masked_array(values, np.zeros(values.shape, bool))


def _partly_masked(values):
    return np.ma.masked_array(values, np.arange(values.size).reshape(values.shape) % 5 == 2)


def _ragged(values):
    return [list(row)[: 1 + i % 2] for i, row in enumerate(values)]


def _tensor(values):
    native = values.astype(values.dtype.newbyteorder("=")) if values.dtype.kind in "biuf" else values
    return torch.tensor(np.array(native, dtype=None if native.dtype != np.longdouble else np.float64))


def _pandas(values):
    return pandas.DataFrame(values, columns=["same"] * values.shape[1])


def _categorical(values):
    return pandas.DataFrame(
        {f"c{j}": pandas.Categorical(column.astype(str)) for j, column in enumerate(values.T)}
    )


def _nullable(values):
    columns = {f"c{j}": pandas.array(column.tolist(), dtype="Float64") for j, column in enumerate(values.T)}
    return pandas.DataFrame(columns)


CONTAINERS = {
    "array": lambda values: values,
    "first column": lambda values: values[:, 0],
    "list": lambda values: values.tolist(),
    "tuple of columns": lambda values: tuple(map(tuple, values)),
    "cube": lambda values: values[:, :, None],
    "pandas": _pandas,
    "pandas series": lambda values: pandas.Series(values[:, 0], name="s"),
    "pandas categories": _categorical,
    "pandas nullable": _nullable,
    "polars": lambda values: polars.DataFrame({f"c{j}": column.tolist() for j, column in enumerate(values.T)}),
    "polars series": lambda values: polars.Series("s", values[:, 0].tolist()),
    "polars lazy": lambda values: polars.LazyFrame({"c": values[:, 0].tolist()}),
    "tensor": _tensor,
    "half tensor": lambda values: _tensor(values).to(torch.bfloat16),
    "tensor with gradient": lambda values: _tensor(values.astype(np.float64)).requires_grad_(),
    "sparse tensor": lambda values: _tensor(values.astype(np.float64)).to_sparse(),
    "masked": _masked,
    "partly masked": _partly_masked,
    "ragged": _ragged,
    "sparse": lambda values: scipy.sparse.csr_matrix(values.astype(np.float64)),
    "structured": lambda values: np.array(
        [tuple(row) for row in values], [(f"f{j}", values.dtype) for j in range(values.shape[1])]
    ),
    "iterator": lambda values: iter(values.tolist()),
    "mapping": lambda values: {f"c{j}": column for j, column in enumerate(values.T)},
    "number": lambda values: 3.5,
    "word": lambda values: "x",
    "nothing": lambda values: None,
}


@dataclasses.dataclass(frozen=True)
class Recipe:
    """One input, all of it in a line: `build` makes it."""

    seed: int
    place: int
    n: int
    width: int
    law: str
    scale: float
    spoiled: str
    dtype: str
    layout: str
    container: str

    def numbers(self) -> np.ndarray:
        """The values as float64 (n, width), before type, layout and container."""
        latent = np.random.default_rng(self.seed).standard_normal(self.n)
        rng = np.random.default_rng([self.seed, self.place])
        with np.errstate(all="ignore"):
            values = np.array(LAWS[self.law](rng, self.n, self.width, latent) * self.scale)
        if self.n and self.spoiled in ("nan", "inf", "-inf"):
            values[self.n // 2, -1] = float(self.spoiled)
        if self.spoiled == "copied rows":
            values[: self.n // 2] = values[:1]
        if self.spoiled == "sorted":
            values.sort(axis=0)
        return values

    def build(self):
        """What is given to the library; a container that cannot hold these values falls back to the array."""
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values = _laid_out(self.numbers().astype(self.dtype), self.layout)
            try:
                return CONTAINERS[self.container](values)
            except (TypeError, ValueError, OverflowError, RuntimeError, polars.exceptions.PolarsError):
                return values


def _laid_out(values, layout):
    match layout:
        case "reversed":
            return values[::-1, ::-1]
        case "strided":
            return np.repeat(np.repeat(values, 2, axis=0), 2, axis=1)[::2, ::2]
        case "fortran":
            return np.asfortranarray(values)
        case "read-only":
            values.flags.writeable = False
            return values
        case "broadcast":
            return np.broadcast_to(values[:, :1], values.shape)
        case _:
            return values


def usual(plain, strange):
    """Mostly `plain`, else one of `strange`, so that several odd things seldom hide each other."""
    return st.one_of(st.just(plain), st.just(plain), st.sampled_from(strange))


@st.composite
def tables(draw, sides=2, strange=True, rows=ROWS):
    """Recipes of `sides` inputs that share seed and (mostly) rows; plain float64 arrays unless `strange`."""
    seed, n = draw(st.integers(0, 2**16)), draw(st.sampled_from(rows))
    return tuple(draw(recipes(seed, place, n, strange)) for place in range(sides))


@st.composite
def recipes(draw, seed, place, n, strange):
    rows = n + draw(usual(0, (1,))) if strange and place else n
    return Recipe(
        seed,
        place,
        rows,
        draw(st.sampled_from((1, 1, 2, 3))),
        draw(st.sampled_from(list(LAWS))),
        draw(usual(1.0, SCALES)),
        draw(usual("", SPOILED)),
        draw(usual("float64", NUMBERS + OTHERS)) if strange else "float64",
        draw(usual("plain", LAYOUTS)),
        draw(usual("array", list(CONTAINERS))) if strange else "array",
    )


ABSURD = (
    0,
    -1,
    1,
    2,
    3,
    2.5,
    math.nan,
    math.inf,
    -math.inf,
    1e-320,
    True,
    False,
    None,
    "",
    "x",
    "3",
    (),
    (0,),
    (-1,),
    (2,),
    10**6,
    "nan",
)
"""Values that a setting may be given, few of them sensible."""
