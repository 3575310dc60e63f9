import datetime
import gzip
import io
import subprocess
import sys
import zipfile

import numpy as np
import polars as pl
import pytest

from infonats.data import read_table, select_pairs
from infonats.errors import InputError, UnknownNameError

A = np.arange(12.0).reshape(4, 3)


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def read(path, spec=":"):
    table = read_table(path)
    values, names = table.select(spec)
    assert values.dtype == np.float64
    assert values.shape == (table.n_rows, len(names))
    return names, np.where(np.isnan(values), None, values).tolist()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", "a,b\n1,2\n3,4.5\n"),
        ("T.CSV", "a,b\r\n1,2\r\n3,4.5"),
        ("t.tsv", "a\tb\n1\t2\n3\t4.5\n"),
        ("t.txt", "a\tb\n1\t2\n3\t4.5\n"),
        ("t.TXT", "a,b\n1,2\n3,4.5\n"),
        ("t.csv", "a;b\n1;2\n3;4.5\n"),
        ("t.csv", "a|b\n1|2\n3|4.5\n"),
        ("t.csv", ' a , "b"\n 1, 2\n"3", "4.5"\n'),
        ("t.csv", "\n\na,b\n1,2\n\n3,4.5\n\n"),
        ("t.csv", "\ufeffa,b\n1,2\n3,4.5\n"),
        ("t.csv.gz", gzip.compress(b"a,b\n1,2\n3,4.5\n", mtime=0)),
        ("t.TSV.gz", gzip.compress(b"a\tb\n1\t2\n3\t4.5\n", mtime=0)),
        ("glob[*].csv", "a,b\n1,2\n3,4.5\n"),
    ],
)
def test_text_in_its_many_forms(write, name, text):
    assert read(write(name, text)) == (("a", "b"), [[1, 2], [3, 4.5]])


@pytest.mark.parametrize("missing", ["", "NA", "NaN", "nan", "null", "None"])
def test_missing_cells_are_nan(write, missing):
    assert read(write("t.csv", f"a,b\n1,2\n{missing},3\n"))[1] == [[1, 2], [None, 3]]


def test_integers_may_turn_to_decimals_late(write):
    assert read(write("t.csv", "a\n" + "1\n" * 2000 + "0.5\n"))[1][-1] == [0.5]


def test_booleans_and_infinities_are_numbers(write):
    assert read(write("t.csv", "a,b\ntrue,inf\nfalse,-inf\n"))[1] == [[1, np.inf], [0, -np.inf]]


def test_a_first_line_of_decimals_is_data(write):
    assert read(write("t.csv", "0.5,1\n2,3\n")) == (("0", "1"), [[0.5, 1], [2, 3]])
    assert read(write("t.csv", "0,1\n2,3\n")) == (("0", "1"), [[2, 3]])


def test_names_that_differ_in_blanks_only_are_kept(write):
    assert read_table(write("t.csv", "a, a\n1,2\n")).names == ("a", " a")


def test_parquet(tmp_path):
    frame = pl.DataFrame({"a": [1, None], "s": ["u", "v"], "b": pl.Series([2, 3], dtype=pl.Float32)})
    frame.write_parquet(tmp_path / "t.PARQUET")
    table = read_table(tmp_path / "t.PARQUET")
    assert (table.names, table.n_rows) == (("a", "s", "b"), 2)
    assert read(tmp_path / "t.PARQUET", "b,a") == (("b", "a"), [[2, 1], [3, None]])


@pytest.mark.parametrize("array", [A, np.asfortranarray(A), A.astype(np.int16), A.astype(">f4")])
def test_npy_is_memory_mapped(tmp_path, array):
    np.save(tmp_path / "t.npy", array)
    table = read_table(tmp_path / "t.npy")
    assert table.names == ("0", "1", "2")
    assert isinstance(table.source.arrays[""], np.memmap)
    values, names = table.select("2,0")
    np.testing.assert_array_equal(values, A[:, [2, 0]])
    assert (type(values), names) == (np.ndarray, ("2", "0"))


def test_npy_of_other_shapes(tmp_path):
    np.save(tmp_path / "v.npy", A[:, 1])
    assert read(tmp_path / "v.npy")[0] == ("0",)
    np.save(tmp_path / "images.npy", np.arange(24).reshape(2, 3, 4))
    table = read_table(tmp_path / "images.npy")
    assert isinstance(table.source.arrays[""], np.memmap)
    assert table.select("11")[0].tolist() == [[11], [23]]
    np.save(tmp_path / "fields.npy", np.array([(1, 2.5), (3, 4.5)], [("u", "i4"), ("v", "f8")]))
    assert read(tmp_path / "fields.npy") == (("u", "v"), [[1, 2.5], [3, 4.5]])


def test_npz_is_memory_mapped_where_stored(tmp_path):
    np.savez(tmp_path / "t.npz", x=np.asfortranarray(A), y=np.arange(4), seed=3)
    table = read_table(tmp_path / "t.npz")
    assert table.names == ("x[0]", "x[1]", "x[2]", "y")
    assert all(isinstance(array, np.memmap) for array in table.source.arrays.values())
    values, names = table.select("y,x[1],x[0]")
    np.testing.assert_array_equal(values, np.column_stack([np.arange(4), A[:, 1], A[:, 0]]))
    assert names == ("y", "x[1]", "x[0]")
    np.testing.assert_array_equal(table.select("x")[0], A)


def test_compressed_npz_reads_the_same(tmp_path):
    np.savez_compressed(tmp_path / "t.npz", x=np.asfortranarray(A), y=np.arange(4))
    table = read_table(tmp_path / "t.npz")
    np.testing.assert_array_equal(table.select(":")[0], np.column_stack([A, np.arange(4)]))


def test_other_files_in_an_npz_are_left_alone(tmp_path):
    np.savez(tmp_path / "t.npz", y=np.arange(4))
    with zipfile.ZipFile(tmp_path / "t.npz", "a") as archive:
        archive.writestr("README.txt", "hello")
    assert read_table(tmp_path / "t.npz").names == ("y",)


def npy(array, **options):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, **options)
    return stream.getvalue()


def npz(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def parquet(**columns):
    stream = io.BytesIO()
    pl.DataFrame(columns).write_parquet(stream)
    return stream.getvalue()


def compressed_and_broken():
    stream = io.BytesIO()
    np.savez_compressed(stream, x=np.arange(1000))
    content = bytearray(stream.getvalue())
    content[60:90] = bytes(30)
    return bytes(content)


BAD = {
    "empty file": ("t.csv", "", r"t.csv is empty \(0 bytes\)"),
    "empty npy": ("t.npy", "", r"t.npy is empty \(0 bytes\)"),
    "blank lines": ("t.csv", "\n\n", "cannot be read as text"),
    "names only": ("t.csv", "a,b\n", "has 0 rows of 2 columns; give at least one row"),
    "unknown ending": (
        "t.xlsx",
        "a",
        r"no known ending; allowed are \.csv, .*\.npz\. Open it in .*save the sheet",
    ),
    "unknown archive": ("t.zip", "a", r"no known ending; .*\.npz\. Unpack it and give the table itself"),
    "unknown matrix": ("t.mat", "a", r"no known ending; .*\.npz\. Convert it, for instance to .csv or .npz by"),
    "workbook as csv": (
        "t.csv",
        b"PK\x03\x04" + bytes(99),
        "t.csv is an Excel workbook or another zip archive",
    ),
    "gzip as csv": (
        "t.csv",
        gzip.compress(b"a,b\n1,2\n"),
        r"is compressed by gzip, not text: let its name end",
    ),
    "page as csv": ("t.csv", "<!DOCTYPE html><html></html>\n", "is a web page, not text: download the table"),
    "blanks": ("t.txt", "a b\n1.5 2\n3   4\n", "has blanks between its numbers; write commas for them"),
    "title line": ("t.csv", "My data\na,b\n1,2\n", "as many cells as the first, which reads 'My data'"),
    "no ending": ("table", "a", "no known ending.*Convert or rename it"),
    "ragged": ("t.csv", "a,b\n1,2\n1,2,3\n", "cannot be read as text with the separator ',' .*as many cells"),
    "two of a name": (
        "t.csv",
        "a,b,a\n1,2,3\n",
        r"two columns called 'a' \(numbers 0 and 2 from 0\).*rename one",
    ),
    "quoted twins": ("t.csv", '"a,b",c,"a,b"\n1,2,3\n', "two columns called 'a,b'"),
    "utf-16": ("t.csv", "a,b\n1,2\n".encode("utf-16"), "no UTF-8 text .*save it as UTF-8"),
    "latin-1": (
        "t.csv",
        "a,b\né,2\n".encode("latin-1"),
        r"no UTF-8 text \(some of its cells are not\); save it as UTF-8, .*iconv",
    ),
    "latin-1 names": (
        "t.csv",
        "é,b\n1,2\n".encode("latin-1"),
        "no UTF-8 text .its first line reads '.,b'.; save",
    ),
    "no gzip": ("t.csv.gz", "a,b\n1,2\n", "cannot be read .*gzip.*; it may be truncated or of another kind"),
    "cut gzip": (
        "t.csv.gz",
        gzip.compress(bytes(range(256)) * 9, mtime=0)[:-99],
        "t.csv.gz (cannot be read|is no UTF-8)",
    ),
    "no parquet": ("t.parquet", "hello, world, this is text", "no readable Parquet file .*write it again"),
    "cut parquet": ("t.parquet", parquet(a=[1, 2])[:-9], "no readable Parquet file"),
    "parquet without rows": ("t.parquet", parquet(a=[]), "has 0 rows of 1 column; give"),
    "no npy": ("t.npy", "hello, world, this is text", "t.npy cannot be read .*truncated or of another kind"),
    "npy 3.0": ("t.npy", npy(A, version=(3, 0)), "version .3, 0. of the .npy format is not supported"),
    "cut npy": ("t.npy", npy(A)[:-8], "cannot be read .the data ends early"),
    "npy of objects": (
        "t.npy",
        npy(np.array([1, "a"], object)),
        "t.npy holds Python objects, which are never unpickl",
    ),
    "npy of one number": ("t.npy", npy(np.array(3.0)), "holds no array with rows"),
    "npy without rows": ("t.npy", npy(A[:0]), "has 0 rows of 3 columns"),
    "npy without columns": ("t.npy", npy(A[:, :0]), "has 4 rows of 0 columns"),
    "no npz": ("t.npz", "hello, world, this is text", "t.npz cannot be read .*not a zip"),
    "npz without arrays": ("t.npz", npz(), "holds no array with rows"),
    "npz of objects": ("t.npz", npz(z=np.array([None])), "t.npz: z.npy holds Python objects"),
    "npz of two lengths": (
        "t.npz",
        npz(a=A, b=A[:2]),
        "different numbers of rows: 'a' 4, 'b' 2; save equal lengths",
    ),
    "npz broken inside": ("t.npz", compressed_and_broken(), "t.npz cannot be read"),
    "npz cut": ("t.npz", npz(a=A)[:150], "t.npz cannot be read"),
}


@pytest.mark.parametrize("case", BAD)
def test_files_that_cannot_be_read(write, case):
    name, content, message = BAD[case]
    with pytest.raises(InputError, match=message):
        read_table(write(name, content))


def test_member_whose_header_lies_about_its_size(tmp_path):
    """The array of a stored member may not reach beyond the member."""
    content = npz(a=A, b=A).replace(b"'shape': (4, 3)", b"'shape': (9, 3)", 1)
    (tmp_path / "t.npz").write_bytes(content)
    with pytest.raises(InputError, match="the data ends early"):
        read_table(tmp_path / "t.npz")


def test_member_without_a_local_header(tmp_path):
    (tmp_path / "t.npz").write_bytes(npz(a=A).replace(b"PK\x03\x04", b"PK\x00\x00", 1))
    with pytest.raises(InputError, match="a member has no local header"):
        read_table(tmp_path / "t.npz")


def test_compressed_member_that_ends_early(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", npy(A)[:-8])
    with pytest.raises(InputError, match="the data ends early"):
        read_table(tmp_path / "t.npz")


def test_parquet_with_a_broken_page(tmp_path):
    content = bytearray(parquet(a=list(range(100))))
    content[4:60] = bytes(56)
    (tmp_path / "t.parquet").write_bytes(content)
    with pytest.raises(InputError, match=r"The columns \['a'\] cannot be read .*write the file again"):
        read_table(tmp_path / "t.parquet").select("a")


def test_objects_are_never_unpickled(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("unpickled",))

    np.save(tmp_path / "t.npy", np.array([Bomb()], object), allow_pickle=True)
    np.savez_compressed(tmp_path / "t.npz", a=np.array([Bomb()], object))
    for name in ("t.npy", "t.npz"):
        with pytest.raises(InputError, match="never unpickled"):
            read_table(tmp_path / name)


def test_paths_that_are_no_files(write, tmp_path):
    write("cells.csv", "a\n1\n")
    with pytest.raises(
        InputError, match=r"There is no file .*cell.csv. Did you mean .*cells.csv\? Check the path"
    ):
        read_table(tmp_path / "cell.csv")
    with pytest.raises(InputError, match=r"There is no file .*zzz. Check the path"):
        read_table(str(tmp_path / "zzz"))
    with pytest.raises(InputError, match=r"the folder .*nowhere does not exist"):
        read_table(tmp_path / "nowhere" / "cells.csv")
    with pytest.raises(InputError, match=r"is a folder; give a file with one of the endings .csv"):
        read_table(tmp_path)
    with pytest.raises(InputError, match=r"^- is no file on a disk; write the table to one first"):
        read_table("-")
    with pytest.raises(InputError, match=r"/dev/null is no file on a disk"):
        read_table("/dev/null")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "t.csv",
            "a,b\n1,2\n3,male\n",
            "Column 'b' has type String .for example 'male'.; .*encode it as numbers",
        ),
        ("t.csv", "a,b\n1,x\n3,y\n", "Column 'b' has type String .for example 'x'"),
        (
            "t.parquet",
            parquet(a=[1], b=[datetime.date(2020, 1, 1)]),
            "Column 'b' has type Date .*seconds since",
        ),
        ("t.parquet", parquet(a=[1], b=[[1, 2]]), "Column 'b' has type List"),
        ("t.npz", npz(a=A, b=np.array(list("abcd"))), "Column 'b' has type <U1 .for example 'a'.*encode"),
        ("t.npz", npz(a=A, b=1j * A), "Column 'b' has type complex128 .*imaginary"),
        ("t.npz", npz(a=A, b=np.zeros(4, "M8[s]")), "Column 'b' has type datetime64.*seconds since"),
    ],
)
def test_columns_without_numbers_are_refused_when_selected(write, name, content, message):
    table = read_table(write(name, content))
    table.select("a")
    with pytest.raises(InputError, match=message):
        table.select("b")


def test_unknown_columns_are_refused(write):
    table = read_table(write("t.csv", "PKA,Jnk\n1,2\n"))
    with pytest.raises(UnknownNameError, match=r"There is no column 'Jnnk'. Did you mean 'Jnk'"):
        table.select("Jnnk")


def test_select_pairs(write):
    table = read_table(write("t.csv", "PKA,Jnk,P38\n1,2,5\n3,4,6\n5,1,\n"))
    pairs = select_pairs(table, "pka", "Jnk")
    assert (pairs.x_names, pairs.y_names) == (("PKA",), ("Jnk",))
    assert len(select_pairs(table, "PKA", "Jnk,P38", drop_missing=True)) == 2
    with pytest.raises(InputError, match=r"'P38' has 1 NaN and 0 infinite.*--drop-missing"):
        select_pairs(table, "PKA", "Jnk,P38")
    with pytest.raises(InputError, match="x and y both hold 'Jnk'; a column can stand on one side only"):
        select_pairs(table, "PKA,Jnk", "1:")


def test_neither_torch_nor_polars_is_imported_with_the_package():
    code = "import sys, infonats.data; sys.exit(any(m in sys.modules for m in ('torch', 'polars', 'pandas')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
