import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infonats.data.columns import Columns
from infonats.errors import InputError, UnknownNameError

PROTEINS = Columns(("Raf", "Mek", "Plcg", "PIP2", "a,b", "3", " padded "))
MEMBERS = Columns(("x[0]", "x[1]", "y"), {"x": range(2)})


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ("Raf", (0,)),
        ("Plcg, Raf", (2, 0)),
        ("raf,MEK", (0, 1)),
        ('"a,b",Mek', (4, 1)),
        ('"Raf"', (0,)),
        ("3", (5,)),  # the name wins over the index
        ("2", (2,)),
        ("-1", (6,)),
        ("+1", (1,)),
        ("padded", (6,)),
        ("1:3", (1, 2)),
        (":2", (0, 1)),
        ("5:", (5, 6)),
        ("-2:", (5, 6)),
        ("-7:7", (0, 1, 2, 3, 4, 5, 6)),
        (":", (0, 1, 2, 3, 4, 5, 6)),
        ("Mek:PIP2", (1, 2, 3)),
        ("mek : pip2", (1, 2, 3)),
        ("Mek:", (1, 2, 3, 4, 5, 6)),
        (":Mek", (0, 1)),
        ("Raf:Raf", (0,)),
    ],
)
def test_specifications(spec, found):
    assert PROTEINS.find(spec) == found


@pytest.mark.parametrize(
    ("spec", "found"), [("x", (0, 1)), ("X", (0, 1)), ("x[1]", (1,)), ("x:y", (0, 1, 2)), ("y,x", (2, 0, 1))]
)
def test_groups(spec, found):
    assert MEMBERS.find(spec) == found


def test_a_column_wins_over_a_group_of_that_name():
    assert Columns(("x[0]", "x"), {"x": range(1)}).find("x") == (1,)


def test_ranges_of_numbers_are_half_open_even_where_names_are_numbers():
    assert Columns(("0", "1", "2", "3")).find("1:3") == (1, 2)


def test_names_may_hold_colons():
    assert Columns(("a:b", "c", "d:e")).find("a:b") == (0,)
    assert Columns(("a:b", "c", "d:e")).find("a:b:d:e") == (0, 1, 2)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("", "No column is named in ''; give at least one of 'Raf'"),
        ("  ", "No column is named"),
        ("Raf,,Mek", "has an empty item; separate names by single commas"),
        ("Raf,", "has an empty item"),
        ("7", "Column index 7 in '7' is out of range; the table has 7 columns, -7 to 6"),
        ("-8", "Column index -8 in '-8' is out of range"),
        ("0:8", "Column index 8 in '0:8' is out of range"),
        ("9:", "Column index 9 in '9:' is out of range"),
        ("2:2", "The range '2:2' holds no column; give its ends in the order of the table"),
        ("3:1", "The range '3:1' holds no column"),
        ("PIP2:Mek", "The range 'PIP2:Mek' holds no column"),
        ("Raf,raf", "'Raf,raf' names 'Raf' more than once; name each column once"),
        ("Raf,0:2", "names 'Raf' more than once"),
        ("Raf\nMek", "cannot be read as column names .*separate names by commas"),
    ],
)
def test_what_cannot_be_found(spec, message):
    with pytest.raises(InputError, match=message):
        PROTEINS.find(spec)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("Plcgg", "There is no column 'Plcgg'. Did you mean 'Plcg'. Allowed: Raf, Mek"),
        ("Raf:Mekk", "There is no column 'Raf:Mekk'"),
        ("Raf:2", "There is no column 'Raf:2'"),
    ],
)
def test_unknown_names_get_a_suggestion(spec, message):
    with pytest.raises(UnknownNameError, match=message):
        PROTEINS.find(spec)


def test_two_names_that_differ_in_case_must_be_spelled():
    columns = Columns(("pka", "PKA"))
    assert columns.find("PKA") == (1,)
    with pytest.raises(InputError, match="Column 'Pka' could be any of 'pka', 'PKA'; spell it exactly"):
        columns.find("Pka")


NAMES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8),
    min_size=1,
    max_size=6,
)


@given(NAMES.filter(lambda names: len({name.casefold() for name in names}) == len(names)), st.randoms())
def test_quoted_names_come_back(names, random):
    wanted = random.sample(range(len(names)), random.randint(1, len(names)))
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="").writerow([names[i] for i in wanted])
    assert Columns(tuple(names)).find(text.getvalue()) == tuple(wanted)


@given(st.integers(1, 9), st.data())
def test_integer_ranges_are_python_slices(n, data):
    start, stop = (data.draw(st.integers(-n, n - 1)), data.draw(st.integers(-n, n)))
    wanted = tuple(range(n))[start:stop]
    columns = Columns(tuple(f"c{i}" for i in range(n)))
    if wanted:
        assert columns.find(f"{start}:{stop}") == wanted
    else:
        with pytest.raises(InputError, match="holds no column"):
            columns.find(f"{start}:{stop}")
