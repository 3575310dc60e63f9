import copy

import pytest

from infonats import errors
from infonats.errors import unknown_name


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("kgs", "Did you mean 'ksg'?"),
        ("InfoNCE", "Did you mean 'infonce'?"),
        ("gaussian-copula", "Did you mean 'gaussian_copula'?"),
        ("zzzzzz", None),
    ],
)
def test_the_nearest_name_is_suggested(given, hint):
    allowed = ["ksg", "infonce", "gaussian_copula"]
    message = str(unknown_name("method", given, allowed))
    assert message.startswith(f"There is no method '{given}'.")
    assert message.endswith("Allowed: ksg, infonce, gaussian_copula.")
    assert (hint in message) if hint else ("Did you mean" not in message)


def test_case_is_no_difference_in_a_suggestion():
    assert "Did you mean 'PKA'?" in str(unknown_name("column", "pka", ["PKA", "Jnk"], " in cells.csv"))
    assert "no column 'pka' in cells.csv." in str(unknown_name("column", "pka", ["PKA"], " in cells.csv"))


def test_a_long_list_is_cut():
    message = str(unknown_name("column", "x", [f"c{i}" for i in range(100)]))
    assert "c19, ..." in message
    assert "c20" not in message


def test_an_error_of_a_column_takes_its_name_and_survives_a_process():
    error = copy.copy(errors.ColumnError("y", 1, "is bad."))  # as a process that sends it to another does
    assert str(error) == "Column 1 of y is bad."
    assert str(error.called({"x": ("a",), "y": ("b", "c")})) == "Column 'c' is bad."
    assert error.called({"x": ("a",)}) is error


def test_names_are_read_once():
    assert "Allowed: a, b." in str(unknown_name("column", "a1", iter(["a", "b"])))


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (errors.InputError, ValueError),
        (errors.UnknownNameError, LookupError),
        (errors.UnknownNameError, ValueError),
        (errors.EstimationError, ArithmeticError),
        (errors.CheckpointError, OSError),
    ],
)
def test_every_error_is_ours_and_the_builtin_one(error, builtin):
    with pytest.raises(errors.InfonatsError, match="said"):
        raise error("said")
    assert issubclass(error, builtin)


def test_a_lookup_error_shows_its_message_unquoted():
    assert str(unknown_name("method", "x", [])) == "There is no method 'x'. Allowed: ."
    assert issubclass(errors.InfonatsWarning, UserWarning)
