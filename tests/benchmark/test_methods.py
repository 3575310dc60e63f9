import json

import numpy as np
import pytest

import infonats
from infonats.benchmark import Cell
from infonats.benchmark.measure import _varying, measure
from infonats.benchmark.methods import as_numbers, parse, resolve
from infonats.errors import InputError, UnknownNameError


@pytest.mark.parametrize(
    ("text", "name", "parameters"),
    [
        ("ksg", "ksg", {}),
        ("ksg(k=5)", "ksg", {"k": 5}),
        ("doe+mine(hidden=(64, 64), marginal='flow')", "doe+mine", {"hidden": (64, 64), "marginal": "flow"}),
        ("ksg()", "ksg", {}),
    ],
)
def test_a_name_with_parameters(text, name, parameters):
    assert parse(text) == (name, parameters)


@pytest.mark.parametrize("text", ["ksg(5)", "ksg(k=", "ksg(k=f())", "ksg(k=5) or 1", "ksg(**{})", "ksg(k=5)("])
def test_parameters_that_are_none(text):
    with pytest.raises(InputError, match="is not understood"):
        parse(text)


def test_ours_is_the_estimate_of_the_library():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 100, 1))
    assert resolve("ksg(k=5)")(x, y, 0) == infonats.mutual_information(x, y, method="ksg", k=5, seed=0)


def test_a_method_that_does_not_exist():
    with pytest.raises(UnknownNameError, match="Did you mean 'ksg'"):
        resolve("ksgg")
    with pytest.raises(UnknownNameError, match="parameter"):
        resolve("ksg(kk=5)")


@pytest.mark.parametrize("text", ["no.such.module:fn", "math:no_such", ":fn", "math:"])
def test_a_function_that_does_not_exist(text):
    with pytest.raises(InputError, match="cannot be imported"):
        resolve(text)


def test_a_mapping_with_an_error_gets_its_interval():
    numbers = as_numbers({"value": 1.0, "stderr": 0.1})
    assert numbers["low"] == pytest.approx(1 - 1.959963984540054 * 0.1, rel=1e-12)
    assert as_numbers({"value": 1.0, "interval": (0.5, 2.0)})["high"] == 2.0
    assert as_numbers(0.5) == {"value": 0.5, "stderr": None, "low": None, "high": None}


def test_a_cell_is_measured(strange):
    record = measure(Cell("1v1-normal-0.75", "ksg", 200, 0))
    assert (record.status, record.dim_x, record.dim_y) == ("ok", 1, 1)
    assert record.truth == pytest.approx(-0.5 * np.log(1 - 0.75**2), rel=1e-12)
    assert abs(record.value - record.truth) < 5 * record.stderr
    assert record.low < record.value < record.high
    assert record.seconds > 0
    assert record.cpu_seconds >= 0
    assert "torch" in json.loads(record.versions)


def test_the_same_cell_gives_the_same_number():
    cells = [measure(Cell("1v1-normal-0.75", "mine(max_steps=20)", 100, 3)) for _ in range(2)]
    assert cells[0].value == cells[1].value


def test_the_sample_of_a_function_is_the_tasks(strange):
    record = measure(Cell("1v1-normal-0.75", "strange:mean", 5000, 0))
    # E[xy] = rho, with standard error sqrt((1 + rho^2) / n)
    assert abs(record.value - 0.75) < 4 * np.sqrt((1 + 0.75**2) / 5000)


def test_a_failure_has_its_reason(strange):
    record = measure(Cell("1v1-normal-0.75", "strange:raises", 100, 0))
    assert (record.status, record.value) == ("failed", None)
    assert record.reason == "ValueError: the peer <b>refuses</b>"
    assert "no number to record" in measure(Cell("1v1-normal-0.75", "strange:nothing", 100, 0)).reason


def test_peak_memory_is_that_of_the_method(strange):
    record = measure(Cell("1v1-normal-0.75", "strange:hungry", 100, 0))
    if record.peak_bytes is None:
        pytest.skip("this system does not tell the peak of a process")
    assert 60 * 2**20 < record.peak_bytes < 100 * 2**20


def test_constant_columns_of_a_sample_are_left_out_and_named():
    x = np.column_stack([np.arange(5.0), np.full(5, 3.0)])
    (kept, other), notes = _varying([x, np.zeros((5, 2))])
    assert kept.tolist() == [[0.0], [1.0], [2.0], [3.0], [4.0]]
    assert other.shape == (5, 2), "a side without any varying column is the method's to refuse"
    assert notes == ("1 of 2 columns of x are constant here and were left out.",)
