import dataclasses
import json
import math

import pytest

from infonats.errors import EstimationError, InputError
from infonats.estimate import Estimate, normal_interval

LOG_2 = math.log(2)


@pytest.fixture
def estimate():
    return Estimate(
        value=LOG_2,
        stderr=0.1 * LOG_2,
        method="mine",
        side="none",
        n_test=20,
        interval=(0.8 * LOG_2, 1.2 * LOG_2),
        n_train=60,
        n_validation=20,
        seed=7,
        diagnostics=("One.", "Two <b>bold</b>."),
        history={"step": (25.0, 50.0), "train": (0.1, 0.2), "validation": (0.0, -0.1)},
        provenance={"x": ["a"], "y": ["<b>", "c"], "folds": 1, "nested": {"k": [1, 2]}},
    )


def test_frozen(estimate):
    with pytest.raises(dataclasses.FrozenInstanceError):
        estimate.value = 0.0


def test_bits(estimate):
    assert estimate.bits == pytest.approx(1.0, abs=1e-15)


@pytest.mark.parametrize("value", [-0.3, 0.0, 12.5])
def test_the_sign_is_kept(value):
    made = Estimate(value, 0.1, "ksg", "none", 20, normal_interval(value, 0.1))
    assert made.value == value
    assert f"= {value:.4f} +- 0.1000 nats" in str(made)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("field", ["value", "stderr", "low", "high"])
def test_what_is_no_number_is_not_reported(field, bad):
    given = {"value": 0.5, "stderr": 0.1, "low": 0.3, "high": 0.7} | {field: bad}
    with pytest.raises(EstimationError, match=r"ksg gave .* nats, which is no number to report. Rescale"):
        Estimate(given["value"], given["stderr"], "ksg", "none", 20, (given["low"], given["high"]))


def test_sentence(estimate):
    assert str(estimate) == (
        "I(a; <b>, c) = 0.6931 +- 0.0693 nats, 95 % interval [0.5545, 0.8318], by mine on 60 to train, "
        "20 to validate, 20 to test; 2 diagnostics."
    )


def test_nothing_below_zero_is_said_of_what_is_rounded_to_it(estimate):
    tiny = dataclasses.replace(estimate, value=-1e-6, interval=(-2e-6, 1e-6))
    assert "= 0.0000 +-" in str(tiny)
    assert "[0.0000, 0.0000]" in str(tiny)
    assert "-0.0000" not in tiny._repr_html_()


def test_sentence_of_a_closed_form():
    made = Estimate(0.5, 0.1, "ksg", "none", 20, (0.3, 0.7), diagnostics=("One.",))
    assert str(made) == (
        "I(X; Y) = 0.5000 +- 0.1000 nats, 95 % interval [0.3000, 0.7000], by ksg on 20 samples; 1 diagnostic."
    )


def test_sentence_of_a_cross_fit(estimate):
    assert "20 to test (cross-fitted)" in str(estimate.noting(folds=5))


def test_many_columns_are_named_in_part(estimate):
    assert "I(a; a, b, c, d, ... (6 columns))" in str(estimate.noting(y=list("abcdef")))


def test_html_escapes_names_and_notes(estimate):
    card = estimate._repr_html_()
    assert "&lt;b&gt;, c" in card
    assert "Two &lt;b&gt;bold" in card
    assert card.startswith("<table class='infonats'>")
    assert "1.0000 bits" in card


def test_json_round_trip(estimate):
    again = Estimate.from_json(estimate.to_json())
    assert again == estimate
    assert isinstance(again.interval, tuple)
    assert isinstance(again.history["step"], tuple)
    assert Estimate.from_json(estimate.to_json(indent=2)) == estimate
    assert json.loads(estimate.to_json())["value"] == LOG_2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "3",
        "null",
        "{}",
        '{"infonats_estimate": 999}',
        '{"infonats_estimate": 1}',
        '{"infonats_estimate": 1, "interval": 3, "diagnostics": [], "history": {}}',
        '{"infonats_estimate": 1, "interval": [0, 1], "diagnostics": [], "history": []}',
        '{"infonats_estimate": 1, "interval": [0, 1], "diagnostics": [], "history": {}, "more": 1}',
    ],
)
def test_other_text_is_no_estimate(text):
    with pytest.raises(InputError, match=r"no Estimate of format 1 .*; give what Estimate.to_json\(\) wrote"):
        Estimate.from_json(text)


def test_noting_adds_and_keeps(estimate):
    noted = estimate.noting(choice="because", folds=3)
    assert noted.provenance == {**estimate.provenance, "choice": "because", "folds": 3}
    assert estimate.provenance["folds"] == 1
    assert noted.value == estimate.value


def test_normal_interval():
    low, high = normal_interval(1.0, 0.5)
    assert (low, high) == pytest.approx((1 - 0.979982, 1 + 0.979982), abs=1e-6)


def texts(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_plot_shows_the_history_against_the_interval(estimate):
    ax = estimate.plot(truth=0.8)
    assert texts(ax) == ["train", "validation", "95 % interval", "estimate", "truth"]
    assert ax.lines[1].get_ydata().tolist() == [0.0, -0.1]
    assert ax.lines[2].get_ydata() == [LOG_2, LOG_2]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("training step", "nats")


def test_plot_without_a_history():
    ax = Estimate(0.5, 0.1, "ksg", "none", 20, (0.3, 0.7)).plot()
    assert texts(ax) == ["95 % interval", "estimate"]
    assert ax.get_xlabel() == ""


def test_plot_on_given_axes(estimate):
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    assert estimate.plot(ax) is ax
