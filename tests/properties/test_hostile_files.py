"""Files made to harm: sizes that only a header claims, bombs, pickles, code of a stranger's database."""

import contextlib
import gzip
import io
import json
import pickle
import sqlite3
import struct
import zipfile

import numpy as np
import pytest

import infonats
from infonats.benchmark import Store
from infonats.checkpoint import FILE
from infonats.data import read_table, sizes
from infonats.errors import CheckpointError, InputError, StoreError
from infonats.estimate import Estimate
from infonats.quantities import MatrixResult, PairRecord, mi_matrix
from infonats.tasks.images import read_idx

from . import readers
from .readers import FILES


def npy(header):
    """An .npy file with this header and a few bytes of data."""
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + bytes(64)


def claim(shape, descr="'<f8'"):
    return npy(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}")


def archive(method=zipfile.ZIP_DEFLATED, **members):
    """A .npz file of these bytes by name."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return whole.getvalue()


def moved(content):
    """The archive, with its member said to begin at the very end."""
    central = content.index(b"PK\x01\x02")
    return content[: central + 42] + struct.pack("<I", len(content) - 8) + content[central + 46 :]


TABLES = {
    "a trillion rows": ("t.npy", claim("(1000000000000,)"), "the data ends early"),
    "a product that overflows to nothing": ("t.npy", claim(f"({2**62}, 4)"), "the data ends early"),
    "two negative lengths": ("t.npy", claim("(-2, -4)"), r"claims the shape \(-2, -4\)"),
    "a header that is no literal": ("t.npy", npy("{'descr': ("), "no description of an array"),
    "a header of brackets": ("t.npy", npy("(" * 110), "cannot be read"),
    "a pickle": ("t.npy", claim("(1,)", "'|O'") + pickle.dumps([print]), "never unpickled"),
    "a pickle in an archive": ("t.npz", archive(**{"x.npy": claim("(1,)", "'|O'")}), "never unpickled"),
    "a member behind the end": (
        "t.npz",
        moved(archive(zipfile.ZIP_STORED, **{"x.npy": claim("(8,)")})),
        "cannot",
    ),
    "rows that an archive lacks": ("t.npz", archive(**{"x.npy": claim("(9999,)")}), "the data ends early"),
    "a terabyte in an archive": (
        "t.npz",
        archive(**{"x.npy": claim("(1000000000000,)")}),
        "would unpack to 8,000",
    ),
    "stored rows that an archive lacks": (
        "t.npz",
        archive(zipfile.ZIP_STORED, **{"x.npy": claim("(9999,)")}),
        "the data ends early",
    ),
    "zeros for text": ("t.csv", bytes(5000), "zero bytes"),
    "zeros in a row": ("t.csv", b"a,b\n1,2\n" + bytes(50), None),
    "one endless line": ("t.csv", b"1" * 2_000_000, None),
    "more cells than names": ("t.csv", b"a,b\n1,2\n3,4,5\n", "every line needs as many cells"),
    "two encodings": (
        "t.csv",
        "grün,b\n1,2\n".encode() + "grün,3\n".encode("latin-1"),
        "some of its cells are not.; save it as UTF-8",
    ),
    "an archive for text": ("t.csv", archive(x=b"1"), None),
    "gzip cut short": ("t.csv.gz", gzip.compress(b"a,b\n1.5,2.5\n")[:-9], "cannot be read"),
    "Parquet in name only": (
        "t.parquet",
        b"PAR1" + bytes(30) + b"PAR1",
        "no readable Parquet file|cannot be read",
    ),
}


@pytest.mark.parametrize("case", TABLES)
def test_tables(tmp_path, case):
    name, content, message = TABLES[case]
    path = tmp_path / name
    path.write_bytes(content)
    with contextlib.suppress(InputError) if message is None else pytest.raises(InputError, match=message):
        readers.table(path)


def test_equal_names_are_refused(tmp_path):
    (tmp_path / "t.csv").write_text("a,a,a\n" + "1,2,3\n4,5,6\n")
    with pytest.raises(InputError, match="two columns called 'a'"):
        read_table(tmp_path / "t.csv")


def test_names_with_paths_write_nothing(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    whole = io.BytesIO()
    np.save(whole, np.arange(3.0))
    (inside / "t.npz").write_bytes(
        archive(**{"../../out.npy": whole.getvalue(), "/etc/x.npy": whole.getvalue()})
    )
    assert read_table(inside / "t.npz").names == ("../../out", "/etc/x")
    assert [path.name for path in tmp_path.rglob("*")] == ["inside", "t.npz"]


@pytest.fixture
def small_machine(monkeypatch):
    monkeypatch.setattr(sizes, "most_bytes", lambda: 2**16)


@pytest.mark.parametrize("ending", ["csv.gz", "npz"])
def test_a_bomb_is_not_unpacked(tmp_path, small_machine, ending):
    zeros = io.BytesIO()
    np.save(zeros, np.zeros(2**16))
    content = gzip.compress(b"1.5\n" * 2**18) if ending == "csv.gz" else archive(**{"x.npy": zeros.getvalue()})
    (tmp_path / f"t.{ending}").write_bytes(content)
    with pytest.raises(InputError, match=r"would unpack to .* GB, and at most .* GB are read into memory here"):
        read_table(tmp_path / f"t.{ending}")


def test_a_small_archive_passes_on_a_small_machine(tmp_path, small_machine):
    (tmp_path / "table.csv.gz").write_bytes(FILES["table.csv.gz"])
    assert read_table(tmp_path / "table.csv.gz").n_rows == 12


@pytest.mark.parametrize("size", [2**60, 2**64 - 1, 90_000_000])
def test_a_header_longer_than_its_file(tmp_path, size):
    for name, opened in (("e.safetensors", infonats.load), (FILE, readers.training)):
        (tmp_path / name).write_bytes(struct.pack("<Q", size) + b"{}")
        with pytest.raises(CheckpointError, match="truncated, foreign"):
            opened(tmp_path / name)


DEEP = "[" * 100_000


def test_json_deeper_than_python_can_read(tmp_path):
    with pytest.raises(InputError, match="no Estimate of format"):
        Estimate.from_json(DEEP)
    with pytest.raises(InputError, match="no matrix of format"):
        MatrixResult.from_json(DEEP)
    (tmp_path / "ledger").write_text(DEEP)
    with pytest.raises(InputError, match="holds another matrix: its format differs"):
        mi_matrix(
            np.zeros((30, 2)) + np.arange(30.0)[:, None],
            method="gaussian",
            n_jobs=1,
            resume=tmp_path / "ledger",
        )


@pytest.mark.parametrize(
    "change",
    [
        {"value": "1"},
        {"interval": [0.0, 1.0, 2.0]},
        {"side": "left"},
        {"n_test": True},
        {"diagnostics": [1]},
        {"provenance": {"x": None}},
        {"provenance": 0.5},
        {"history": {"train": ["x"]}},
    ],
)
def test_an_estimate_of_other_kinds(change):
    fields = json.loads(FILES["estimate.json"]) | change
    with pytest.raises(InputError, match="no Estimate of format 1"):
        Estimate.from_json(json.dumps(fields))


def test_a_matrix_of_columns_that_it_lacks():
    fields = json.loads(FILES["matrix.json"])
    fields["names"] = ["a"]
    with pytest.raises(InputError, match="a record of columns or lags that it does not name"):
        MatrixResult.from_json(json.dumps(fields))


@pytest.mark.parametrize(
    "line", [b"\xff\xfe", b"[1672, 1, 0, 30, 0.1]", b'[0, 1, 0, 30, "x"]', b"[0, 1]", b"null"]
)
def test_lines_of_a_ledger_that_are_no_records_are_forgotten(tmp_path, line):
    path = tmp_path / "ledger.jsonl"
    head, record = FILES["ledger.jsonl"].splitlines()
    path.write_bytes(head + b"\n" + line + b"\n")
    readers.ledger(path)
    written = path.read_bytes().splitlines()[-1]
    assert PairRecord(*json.loads(written)) == PairRecord(*json.loads(record))


def test_equal_lines_of_a_ledger_count_once(tmp_path):
    path = tmp_path / "ledger.jsonl"
    head, record = FILES["ledger.jsonl"].splitlines()
    path.write_bytes(b"\n".join([head, record, record, record]))
    readers.ledger(path)


HOSTILE_SCHEMAS = [
    "CREATE VIEW endless AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT i FROM c",
    "CREATE TRIGGER t AFTER INSERT ON records BEGIN DELETE FROM records; END",
    "CREATE TABLE more (a)",
]


@pytest.mark.parametrize("schema", HOSTILE_SCHEMAS)
def test_a_store_with_code_of_a_stranger(tmp_path, schema):
    path = tmp_path / "store.db"
    path.write_bytes(FILES["store.db"])
    with sqlite3.connect(path) as database:
        database.execute(schema)
    database.close()
    with pytest.raises(StoreError, match="no results store of infonats"):
        Store(path)


@pytest.mark.parametrize("change", ["value = 'much'", "task = x'00ff'", "n = 1.5", "status = 'fine'"])
def test_a_store_with_words_for_numbers(tmp_path, change):
    path = tmp_path / "store.db"
    path.write_bytes(FILES["store.db"])
    with sqlite3.connect(path) as database:
        database.execute(f"UPDATE records SET {change} WHERE seed = 0")
    database.close()
    with Store(path) as store, pytest.raises(StoreError, match="damaged or foreign"):
        store.records()


IDX = {
    "other bytes": b"\0\0",
    "a negative length": b"\0\0\x08\x02" + struct.pack(">2i", -2, -2) + bytes(4),
    "more than it has": b"\0\0\x08\x03" + struct.pack(">3i", 2**31 - 1, 2**31 - 1, 2**31 - 1),
    "less than it has": b"\0\0\x08\x01" + struct.pack(">i", 1) + bytes(4),
    "a rank and no lengths": b"\0\0\x08\xff",
}


@pytest.mark.parametrize("case", IDX)
def test_images_that_are_none(tmp_path, case):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(IDX[case])
    with pytest.raises(InputError, match="is no idx file of bytes, or is cut short"):
        read_idx(tmp_path)


@pytest.mark.parametrize(
    "content", [b"\x1f", b"\x1f\x8b\x08" + bytes(20), FILES["train-labels-idx1-ubyte.gz"][:-5]]
)
def test_images_whose_archive_is_broken(tmp_path, content):
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(content)
    with pytest.raises(InputError, match="cut short"):
        read_idx(tmp_path)


def test_images_without_their_labels(tmp_path):
    for name in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte.gz"):
        (tmp_path / name).write_bytes(FILES[name])
    labels = b"\0\0\x08\x01" + struct.pack(">i", 2) + bytes(2)
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels))
    with pytest.raises(InputError, match="each image needs its own label"):
        read_idx(tmp_path)
