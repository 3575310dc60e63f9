"""Any array, tensor, frame or list becomes a float64 matrix with named columns.

Tensors and frames are recognised by the package that defines their class, so that neither torch nor
pandas nor polars is imported here.
"""

import dataclasses
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Float64, Shaped

from infonats.data._words import shown
from infonats.data.categories import Levels, Words, code_words, words_in
from infonats.data.grids import Grid
from infonats.errors import InputError

REAL = "biuf"
"""NumPy kinds that become float64: bool, signed and unsigned integers, floats."""

WHOLE = 2**53
"""Whole numbers up to this are float64 numbers too."""

_TIME = "convert it to numbers first, for instance seconds since a start"
_ADVICE = {
    "c": "give its real and imaginary parts (or modulus and phase) as columns of their own",
    "M": _TIME,
    "m": _TIME,
}
_ENCODE = "encode it as numbers first, for instance one integer for each category"


@dataclasses.dataclass(frozen=True, eq=False)
class Named:
    """A float64 matrix (n, d), C-contiguous and writeable, and the names of its d columns.

    `levels` are the words of the columns that held text, and are empty where none did; `grid` is where the
    columns stand in a row that had a shape of its own.
    """

    values: Float64[np.ndarray, "n d"]
    names: tuple[str, ...]
    levels: Levels = ()
    grid: Grid | None = None

    def without(self, constant: np.ndarray) -> "Named":
        """Of a matrix with a grid, the columns (d,) where `constant` is False."""
        names = tuple(name for name, same in zip(self.names, constant, strict=True) if not same)
        grid = self.grid and self.grid.without(constant)
        return dataclasses.replace(
            self, values=np.ascontiguousarray(self.values[:, ~constant]), names=names, grid=grid
        )

    def columns(self) -> Iterator[tuple[np.ndarray, str]]:
        """Each column (n,) with its name."""
        return zip(self.values.T, self.names, strict=True)


def as_named(data: Any, label: str, *, text: bool = False) -> Named:
    """Convert array-like `data`; `label` ("x" or "y") names it in messages and names nameless columns.

    One-dimensional data is one column. Of data with more than two dimensions the first axis counts the rows,
    and the others are flattened in C order: an image (n, h, w) becomes (n, h w), and its grid keeps (h, w).
    text: number the words of columns of text instead of refusing them.
    Raises InputError for anything that is not a table of real numbers.
    """
    package = _package(data)
    if package in ("pandas", "polars"):
        return _from_frame(data, label, package, text)
    if text and not package and (columns := _text_columns(data)):
        return _put_together([_column(c, f"Column {j} of {label}") for j, c in enumerate(columns)], label)
    return named(_from_torch(data, label) if package == "torch" else _from_array(data, label), label)


def named(values: Shaped[np.ndarray, "n *rest"], label: str, names: tuple[str, ...] = ()) -> Named:
    """Flatten trailing axes, convert to float64, and name the columns label, or label0, label1, ..."""
    if values.shape[0] == 0:
        raise InputError(f"{label} has 0 rows (shape {values.shape}); give at least one row.")
    if values.size == 0:
        raise InputError(f"{label} has 0 columns (shape {values.shape}); give at least one column.")
    check_exact(values, label)
    with np.errstate(over="ignore"):  # a longdouble beyond float64 becomes inf, which is reported as such
        matrix = np.require(values.reshape(len(values), -1), np.float64, ["C", "W", "A", "E"])
    d = matrix.shape[1]
    grid = Grid.whole(tuple(values.shape[1:])) if values.ndim > 2 else None
    names = names or ((label,) if d == 1 else tuple(f"{label}{j}" for j in range(d)))
    return Named(matrix, names, grid=grid)


def check_exact(values: Any, what: str) -> None:
    """Raise InputError where float64 would make one number of different whole ones; else do nothing."""
    if values.dtype.kind not in "iu" or not values.size:
        return
    if max(abs(int(values.min())), abs(int(values.max()))) <= WHOLE:
        return
    before, after = len(np.unique(values)), len(np.unique(values.astype(np.float64)))
    if after < before:
        raise InputError(
            f"{what} holds whole numbers beyond 2**53, of which {before} different ones would become {after} "
            "as floating-point numbers. Subtract a constant, such as the smallest; if they only name the rows, "
            "leave them out."
        )


def not_numeric(what: str, kind: str, dtype: Any, example: Any) -> InputError:
    """The error for data that holds no real numbers; `kind` is its NumPy kind, "O" for any other."""
    sample = "" if example is None else f" (for example {shown(example)})"
    return InputError(
        f"{what} has type {dtype}{sample}; only real numbers can be used: {_ADVICE.get(kind, _ENCODE)}."
    )


def polars_values(series: Any, name: str) -> Float64[np.ndarray, "n"]:
    """A polars Series as float64, nulls as NaN. Raises InputError where it holds no real numbers."""
    import polars

    dtype = series.dtype
    if not (dtype.is_numeric() or dtype in (polars.Boolean, polars.Null)):
        kind = "M" if dtype.is_temporal() else "O"
        if dtype == polars.String:  # show a cell that is no number where there is one
            series = series.filter(series.cast(polars.Float64, strict=False).is_null())
        raise not_numeric(f"Column '{name}'", kind, dtype, next(iter(series.drop_nulls().head(1)), None))
    if dtype.is_integer():
        check_exact(series.drop_nulls().to_numpy(), f"Column '{name}'")
    return series.cast(polars.Float64).to_numpy()


def polars_words(series: Any) -> np.ndarray | None:
    """A polars Series of text, categories or an enumeration as an array of texts and None; else None."""
    import polars

    if series.dtype not in (polars.String, polars.Categorical, polars.Enum):
        return None
    return words_in(series.cast(polars.String).to_list())


def _package(data: Any) -> str:
    """The package that defines the class of `data` or one of its bases, where it needs special care."""
    homes = {base.__module__.partition(".")[0] for base in type(data).__mro__}
    if "torch" in homes and hasattr(data, "detach"):
        return "torch"
    return next((home for home in ("pandas", "polars") if home in homes), "")


def _from_torch(tensor: Any, label: str) -> np.ndarray:
    if tensor.is_complex():
        raise not_numeric(label, "c", tensor.dtype, None)
    if tensor.ndim == 0:
        raise _no_array(label, tensor)
    dense = tensor if str(tensor.layout) == "torch.strided" else tensor.to_dense()
    return (dense.double() if dense.is_floating_point() else dense).numpy(force=True)


def _put_together(columns: list[tuple[np.ndarray, Words | None]], label: str, names: Words = ()) -> Named:
    matrix = named(np.stack([values for values, _ in columns], 1), label, names)
    words = tuple(each for _, each in columns)
    return dataclasses.replace(matrix, levels=words if any(words) else ())


def _column(words: np.ndarray, what: str) -> tuple[np.ndarray, Words | None]:
    """An object column: text is numbered, the rest must be numbers."""
    if (texts := words_in(words)) is not None:
        return code_words(texts, what)
    try:
        return words.astype(np.float64), None
    except (TypeError, ValueError):
        raise not_numeric(what, "O", words.dtype, words[0]) from None


def _text_columns(data: Any) -> list[np.ndarray]:
    """The columns of an array of texts or objects; none where it is no such array."""
    try:
        values = np.asarray(data)
    except (ValueError, TypeError):
        return []
    if values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8", "replace")
    if values.dtype.kind not in "UO" or not values.ndim or not values.size or np.ma.isMaskedArray(data):
        return []
    return list(values.reshape(len(values), -1).astype(object).T)


def _from_frame(frame: Any, label: str, package: str, text: bool) -> Named:
    if hasattr(frame, "collect"):
        raise InputError(f"{label} is a lazy frame; call .collect() on it first.")
    read = polars_values if package == "polars" else _pandas_values
    words = polars_words if package == "polars" else _pandas_words

    def column(series: Any, name: str) -> tuple[np.ndarray, Words | None]:
        texts = words(series) if text else None
        return (read(series, name), None) if texts is None else code_words(texts, f"Column '{name}'")

    if not hasattr(frame, "columns"):
        title = getattr(frame, "name", None)
        title = label if title is None or title == "" else str(title)
        return _put_together([column(frame, title)], label, (title,))
    names = tuple(map(str, frame.columns))
    series = (frame.iloc[:, j] if package == "pandas" else frame.to_series(j) for j in range(len(names)))
    columns = [column(each, name) for each, name in zip(series, names, strict=True)]
    return _put_together(columns, label, names) if columns else named(np.empty((len(frame), 0)), label, names)


def _pandas_words(series: Any) -> np.ndarray | None:
    return words_in(series) if getattr(series.dtype, "kind", "O") == "O" else None


def _pandas_values(series: Any, name: str) -> Float64[np.ndarray, "n"]:
    kind = getattr(series.dtype, "kind", "O")
    if kind not in REAL:
        example = next(iter(series.dropna()[:1]), None)
        raise not_numeric(f"Column '{name}'", kind, series.dtype, example)
    if kind in "iu":
        check_exact(series.dropna().to_numpy(), f"Column '{name}'")
    return series.to_numpy(dtype=np.float64, na_value=np.nan)


def _from_array(data: Any, label: str) -> np.ndarray:
    _refuse_masked(data, label)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            values = np.asarray(data)
    except (ValueError, TypeError, RuntimeError, Warning) as error:
        raise InputError(
            f"{label} cannot be made one array ({error}); give rows of equal length, shape (n,) or (n, d)."
        ) from error
    if values.ndim == 0:
        raise _no_array(label, data)
    if values.dtype.names:
        raise InputError(f"{label} is a structured array; stack the fields you want: {values.dtype.names}.")
    if values.dtype.kind not in REAL:
        raise not_numeric(label, values.dtype.kind, values.dtype, values.flat[0] if values.size else None)
    return values


def _refuse_masked(data: Any, label: str) -> None:
    hidden = int(np.ma.getmaskarray(data).sum()) if isinstance(data, np.ma.MaskedArray) else 0
    if hidden:
        raise InputError(
            f"{label} is a masked array with {hidden} masked entries; drop their rows, or turn them into NaN "
            f"with {label}.astype(float).filled(numpy.nan) and pass drop_missing=True."
        )


def _no_array(label: str, data: Any) -> InputError:
    return InputError(
        f"{label} is no array but a single {type(data).__name__}; give an array, tensor, frame or list of "
        "shape (n,) or (n, d)."
    )
