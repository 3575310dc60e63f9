"""Every reader of files, as a function of a path that reads all there is."""

import re
import tempfile
from pathlib import Path

import numpy as np

import infonats
from infonats.benchmark import Store, frame, summarise
from infonats.checkpoint import FILE, read
from infonats.data import read_table
from infonats.estimate import Estimate
from infonats.quantities import MatrixResult, mi_matrix
from infonats.report.leaderboard import leaderboard_sections
from infonats.tasks.images import read_idx

CORPUS = Path(__file__).parents[1] / "corpus"
X, Y = np.random.default_rng(0).standard_normal((2, 30, 1))
FILES = {path.name: path.read_bytes() for path in sorted(CORPUS.iterdir()) if path.suffix != ".py"}
FILES["ledger.jsonl"] = re.sub(
    rb'"infonats": "[^"]*"', f'"infonats": "{infonats.__version__}"'.encode(), FILES["ledger.jsonl"], count=1
)
"""By the present version, for the ledger of another is refused as a whole."""


def table(path):
    """Every column, one by one: some may hold no numbers. A path of its own, which is deleted afterwards."""
    found = read_table(path)
    columns = [found.named_at((i,)) for i in range(min(len(found.names), 20))]
    assert all(len(column.values) == found.n_rows for column in columns)
    return found.names


def store(path):
    """The leaderboard of a stranger's store."""
    with Store(path, create=False) as opened:
        records = opened.records()
        opened.finished(retry=True)
    if records:
        rows = frame(records)
        summarise(rows)
        list(leaderboard_sections(rows.iter_rows(named=True), {}))


def images(path):
    """Either file of images, beside the whole other one."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte.gz"):
            Path(folder, name).write_bytes(path.read_bytes() if name == path.name else FILES[name])
        return read_idx(folder)


def ledger(path):
    """The work goes on from what can be read of its ledger."""
    columns = {"a": X[:, 0], "b": Y[:, 0]}
    found = mi_matrix(columns, method="gaussian", n_jobs=1, resume=path)
    assert [record.pair for record in found.records] == [(0, 1, 0)]


def training(path):
    """A run that goes on from its checkpoint, or refuses it."""
    return infonats.mutual_information(
        *np.random.default_rng(0).standard_normal((2, 60, 1)),
        method="nwj",
        **{"max_steps": 2, "evaluate_every": 1, "hidden": (2,), "batch_size": 8},
        checkpoint=path.parent,
    )


def estimator(path):
    """A fitted estimator and what it says of rows."""
    found = infonats.load(path)
    return found.estimate_, found.pointwise(X, Y)


READERS = {
    **dict.fromkeys(("table.csv", "table.tsv", "table.csv.gz", "table.parquet", "table.npy"), table),
    **dict.fromkeys(("fields.npy", "stored.npz", "packed.npz"), table),
    "estimator.safetensors": estimator,
    "store.db": store,
    "estimate.json": lambda path: str(Estimate.from_json(path.read_text(errors="replace"))),
    "matrix.json": lambda path: str(MatrixResult.from_json(path.read_text(errors="replace"))),
    "ledger.jsonl": ledger,
    **dict.fromkeys(("train-images-idx3-ubyte", "train-labels-idx1-ubyte.gz"), images),
    FILE: lambda path: (read(path), training(path)),
}
"""By the name of a whole file of the corpus; the last is written by a run at the beginning."""
