"""What histograms and kernel densities should say about themselves."""

from collections.abc import Iterator

MANY_COLUMNS = 3


def teaching_diagnostics(method: str, columns: int, n: int) -> Iterator[str]:
    """A sentence where `columns` in all are too many for `method` with `n` rows."""
    if columns > MANY_COLUMNS:
        yield (
            f"{method} is for teaching and for one column on each side: in {columns} columns, {n} rows leave "
            "most of the space empty, and the value says more about bins or kernels than about the data. The "
            "interval does not contain this. Use ksg, gaussian_copula or t_copula."
        )
