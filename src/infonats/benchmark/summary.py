"""What records say of methods: error, bias, coverage, rank and cost, each mean with its standard error."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from infonats.benchmark.record import FIELDS, Record

if TYPE_CHECKING:
    import polars as pl


def frame(records: Iterable[Record]) -> "pl.DataFrame":
    """The records as a table, a column for each field, with `error` = value - truth."""
    import dataclasses

    import polars as pl

    rows = [dataclasses.astuple(record) for record in records]
    table = pl.DataFrame(rows, schema=dict.fromkeys(FIELDS), orient="row", infer_schema_length=None)
    floats = ("truth", "truth_stderr", "value", "stderr", "low", "high", "seconds", "cpu_seconds")
    return table.with_columns(pl.col(*floats).cast(pl.Float64)).with_columns(
        error=pl.col("value") - pl.col("truth")
    )


def summarise(table: "pl.DataFrame", by: Sequence[str] = ("method",)) -> "pl.DataFrame":
    r"""One row for each group of `by`, from the table that `frame` made; all errors in nats.

    `mae`, `bias`, `rmse`: each task's mean over its cells, then the mean over tasks, so that a task counts once
    however often it was drawn. `mae_stderr`: over the drawing of samples with tasks and numbers of rows fixed,
    :math:`\sqrt{\sum_t \sum_n k_{tn} s_{tn}^2 / k_t^2} / T`; null where a task has a single cell with some n.
    `mae_over_tasks`: from the spread of the tasks' means over the root of their number, the standard error for
    other tasks of the kind; for these tasks it is on the safe side, since their own errors spread too.
    `median`: of absolute errors.
    `coverage`: the share of intervals that contain the truth, widened by twice its own error. `rank`: the mean
    over (task, n) of the method's place by mean absolute error among all methods there. Cells without a number
    count in `failed` and nowhere else.
    """
    import polars as pl

    groups, absolute = list(by), pl.col("error").abs()
    inside = (pl.col("truth") >= pl.col("low") - 2 * pl.col("truth_stderr")) & (
        pl.col("truth") <= pl.col("high") + 2 * pl.col("truth_stderr")
    )
    table = table.join(_ranks(table), on=["method", "task", "n"], how="left")
    of_task = table.group_by([*groups, "task"]).agg(
        mae=absolute.mean(),
        bias=pl.col("error").mean(),
        square=(pl.col("error") ** 2).mean(),
        rank=pl.col("rank").mean(),
    )
    of_task = of_task.join(_variances(table, [*groups, "task"]), on=[*groups, "task"])
    tasks = of_task.group_by(groups).agg(
        tasks=pl.col("mae").count(),
        mae=pl.col("mae").mean(),
        mae_stderr=_pooled(pl.col("variance"), pl.col("mae")),
        mae_over_tasks=pl.col("mae").std() / pl.col("mae").count().sqrt(),
        bias=pl.col("bias").mean(),
        rmse=pl.col("square").mean().sqrt(),
        rank=pl.col("rank").mean(),
    )
    cells = table.group_by(groups).agg(
        cells=pl.len(),
        failed=(pl.col("status") != "ok").sum(),
        median=absolute.median(),
        coverage=inside.mean(),
        width=(pl.col("high") - pl.col("low")).median(),
        seconds=pl.col("seconds").median(),
        peak_bytes=pl.col("peak_bytes").max(),
    )
    return tasks.join(cells, on=groups).sort("mae", nulls_last=True)


def _ranks(table: "pl.DataFrame") -> "pl.DataFrame":
    """Each method's place on each task and n, 1 for the smallest mean absolute error."""
    import polars as pl

    mean = table.group_by("method", "task", "n").agg(error=pl.col("error").abs().mean())
    return mean.select("method", "task", "n", rank=pl.col("error").rank().over("task", "n"))


def _variances(table: "pl.DataFrame", by: list[str]) -> "pl.DataFrame":
    """The variance of each mean of absolute errors, from the spread among cells with equally many rows."""
    import polars as pl

    absolute, k, spread = pl.col("error").abs(), pl.col("k"), pl.col("spread")
    strata = table.group_by(list(dict.fromkeys([*by, "n"]))).agg(k=absolute.count(), spread=absolute.var())
    strata = strata.filter(k > 0)
    known = pl.when(spread.is_not_null().all()).then((k * spread).sum() / k.sum() ** 2)
    tasks = table.select(by).unique()
    return tasks.join(strata.group_by(by).agg(variance=known), on=by, how="left")


def _pooled(variance: "pl.Expr", of: "pl.Expr") -> "pl.Expr":
    """The standard error of a mean over tasks, null where the spread of one of them is unknown."""
    import polars as pl

    # Without a task there is no error to have a spread.
    known = (of.count() > 0) & (variance.is_not_null().sum() == of.is_not_null().sum())
    return pl.when(known).then(variance.sum().sqrt() / of.count())
