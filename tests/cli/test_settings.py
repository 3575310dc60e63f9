import pytest

from infonats.cli.settings import parse_settings, parse_value
from infonats.errors import InputError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-2", -2),
        ("1e-3", 1e-3),
        ("2.0", 2.0),
        ("true", True),
        ("False", False),
        ("none", None),
        ("joint", "joint"),
        ("64, 0.5,a", (64, 0.5, "a")),
        ("64,", (64,)),
        ("nan", "nan"),
        ("", ""),
    ],
)
def test_values(text, value):
    parsed = parse_value(text)
    assert parsed == value
    assert type(parsed) is type(value)


def test_settings_become_parameters():
    assert parse_settings(["k=5", "critic = separable", "learning-rate=1e-3", "label=a=b"]) == {
        "k": 5,
        "critic": "separable",
        "learning_rate": 1e-3,
        "label": "a=b",
    }


@pytest.mark.parametrize("setting", ["k", "=5", "a b=3", "5=k"])
def test_what_is_no_setting(setting):
    with pytest.raises(InputError, match=r"is not understood; write NAME=VALUE without spaces"):
        parse_settings([setting])


def test_twice_the_same():
    with pytest.raises(InputError, match=r"gives 'k' twice; give it once"):
        parse_settings(["k=1", "k=2"])


@pytest.mark.parametrize("name", ["seed", "method"])
def test_options_of_their_own(name):
    with pytest.raises(InputError, match=rf"an option of its own; write --{name} instead"):
        parse_settings([f"{name}=1"])
