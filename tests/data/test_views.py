"""Tables of which some rows are taken, and tables that hold a variable in each line."""

import numpy as np
import pytest

from infonats.data import read_table, rows_of, transposed
from infonats.errors import InputError


@pytest.fixture
def genes(tmp_path):
    (tmp_path / "genes.csv").write_text("time,10,20,35\nYAL1,1,2,4\nYAL2,,5,6\n")
    return read_table(tmp_path / "genes.csv")


def test_a_line_of_numbers_is_a_variable_when_turned(genes):
    turned = transposed(genes)
    assert turned.names == ("time", "YAL1", "YAL2")
    assert turned.n_rows == 3
    values, names = turned.select("time,YAL2")
    np.testing.assert_array_equal(values, [[10, np.nan], [20, 5], [35, 6]])
    assert names == ("time", "YAL2")
    assert turned.named("YAL1").levels == ()


def test_names_of_samples_are_left_out_when_turned(tmp_path):
    (tmp_path / "genes.tsv").write_text("gene\ts1\ts2\na\t1\t2\nb\t3\t4\n")
    turned = transposed(read_table(tmp_path / "genes.tsv"))
    assert turned.names == ("a", "b")
    np.testing.assert_array_equal(turned.select("a,b")[0], [[1, 3], [2, 4]])


def test_numbers_alone_are_turned_as_they_are(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(6.0).reshape(2, 3))
    turned = transposed(read_table(tmp_path / "x.npy"))
    assert turned.names == ("0", "1")
    np.testing.assert_array_equal(turned.select("0:2")[0], [[0, 3], [1, 4], [2, 5]])


def test_text_beyond_the_names_is_not_turned(tmp_path):
    (tmp_path / "t.csv").write_text("gene,s1\na,low\nb,high\n")
    with pytest.raises(InputError, match="low"):
        transposed(read_table(tmp_path / "t.csv"))
    (tmp_path / "one.csv").write_text("gene\na\nb\n")
    with pytest.raises(InputError, match="one column, of text: turned, nothing is left"):
        transposed(read_table(tmp_path / "one.csv"))


@pytest.mark.parametrize(
    ("spec", "rows"), [("0:2", [0, 1]), (":1", [0]), ("1::3", [1, 4]), ("-2:", [4, 5]), ("::2", [0, 2, 4])]
)
def test_rows_are_those_of_a_slice(tmp_path, spec, rows):
    (tmp_path / "t.csv").write_text("a,word\n" + "".join(f"{i}.5,w{i}\n" for i in range(6)))
    part = rows_of(read_table(tmp_path / "t.csv"), spec)
    assert part.n_rows == len(rows)
    np.testing.assert_array_equal(part.select("a")[0][:, 0], np.array(rows) + 0.5)
    assert list(part.source.words(1)) == [f"w{i}" for i in rows]
    assert part.source.words(0) is None


@pytest.mark.parametrize("spec", ["0-853", "a:b", "3", "0:5:0", "0:5:-1", "::::"])
def test_other_spellings_of_rows_are_refused(genes, spec):
    with pytest.raises(InputError, match="write START:STOP or START:STOP:STEP"):
        rows_of(genes, spec)


def test_rows_that_the_table_does_not_have_are_refused(genes):
    with pytest.raises(InputError, match="hold none of the table's, which are 0 to 1"):
        rows_of(genes, "5:9")
