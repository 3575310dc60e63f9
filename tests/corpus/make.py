"""Write the whole files that `tests/properties/test_every_file.py` damages: python tests/corpus/make.py.

Everything is a function of the seeds below; the files are kept in the repository so that a later version of
a library that writes them otherwise does not change what is tried.
"""

import gzip
import struct
from pathlib import Path

import numpy as np
import polars

import infonats
from infonats.benchmark import Record, Store

HERE = Path(__file__).parent
ROWS = 12


def tables() -> None:
    """The same few columns in every format that `read_table` knows."""
    rng = np.random.default_rng(0)
    frame = polars.DataFrame(
        {
            "x": rng.standard_normal(ROWS).round(3),
            "y, quoted": rng.standard_normal(ROWS).round(3),
            "k": rng.integers(0, 3, ROWS),
            "colour": rng.choice(["red", "grün"], ROWS),
        }
    )
    frame.write_csv(HERE / "table.csv")
    frame.write_csv(HERE / "table.tsv", separator="\t")
    (HERE / "table.csv.gz").write_bytes(gzip.compress((HERE / "table.csv").read_bytes(), mtime=0))
    frame.write_parquet(HERE / "table.parquet")
    numbers = frame.select("x", "k").to_numpy()
    np.save(HERE / "table.npy", numbers)
    np.save(HERE / "fields.npy", np.array(list(map(tuple, numbers)), [("x", "<f8"), ("k", "<i4")]))
    np.savez(HERE / "stored.npz", x=numbers, y=numbers[:, 0])
    np.savez_compressed(HERE / "packed.npz", x=numbers, word=frame["colour"].to_numpy().astype(str))


def kept() -> None:
    """An estimator, a store, an estimate, a matrix and its ledger."""
    x, y = np.random.default_rng(0).standard_normal((2, 30, 1))
    fitted = infonats.Gaussian().fit(x, y)
    fitted.save(HERE / "estimator.safetensors")
    (HERE / "estimate.json").write_text(fitted.estimate_.to_json())
    (HERE / "ledger.jsonl").unlink(missing_ok=True)
    table = {"a": x[:, 0], "b": y[:, 0]}
    found = infonats.mi_matrix(table, method="gaussian", n_jobs=1, resume=HERE / "ledger.jsonl")
    (HERE / "matrix.json").write_text(found.to_json())
    (HERE / "store.db").unlink(missing_ok=True)
    with Store(HERE / "store.db") as store:
        store.add(Record("task", "method", 100, 0, "ok", 1, 2, 1.0, 0.0, 1.5, 0.1, 1.3, 1.7, 2.0, 2.0, 99))
        store.add(Record("task", "method", 100, 1, "failed", reason="why"))


def images() -> None:
    """Four images of four pixels and their labels, as MNIST is kept."""
    pixels = np.arange(16, dtype=np.uint8).reshape(4, 2, 2)
    head = b"\0\0\x08\x03" + struct.pack(">3i", *pixels.shape)
    (HERE / "train-images-idx3-ubyte").write_bytes(head + pixels.tobytes())
    labels = b"\0\0\x08\x01" + struct.pack(">i", 4) + bytes([0, 1, 0, 1])
    (HERE / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels, mtime=0))


if __name__ == "__main__":
    tables()
    kept()
    images()
