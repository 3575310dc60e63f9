"""Files that are no fitted estimators. The round trip of every method stands with the conformance tests."""

import json
import pickle

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

import infonats
from infonats.errors import CheckpointError
from infonats.estimators import Gaussian, make


@pytest.fixture
def fitted():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 2))
    return Gaussian().fit(x, x[:, :1] + rng.standard_normal((60, 1)))


def rewritten(fitted, path, **changes):
    """A saved file with other entries in its header; None leaves one out."""
    fitted.save(path)
    with safe_open(path, framework="numpy") as file:
        header, arrays = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    header = {name: text for name, text in (header | changes).items() if text is not None}
    save_file(arrays, path, header)
    return path


def test_rewritten_without_changes_it_is_read(fitted, tmp_path):
    loaded = infonats.load(rewritten(fitted, tmp_path / "e"))
    assert loaded.estimate_ == fitted.estimate_


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "infonats estimator 99"}, "its format is 'infonats estimator 99'"),
        ({"format": None}, "KeyError: 'format'"),
        ({"class": "Elsewhere"}, "KeyError: 'Elsewhere'"),
        ({"parameters": "{"}, "JSONDecodeError"),
        ({"parameters": '{"no_such": 1}'}, "There is no parameter 'no_such'"),
        ({"parameters": "[1]"}, "Error"),
        ({"parameters": "null"}, "Error"),
        ({"n_features_in": "[1]"}, "not enough values to unpack"),
        ({"n_features_in": "7"}, "Error"),
        ({"estimate": "{}"}, "no Estimate of format 1"),
        ({"estimate": None}, "KeyError: 'estimate'"),
    ],
)
def test_other_headers(fitted, tmp_path, changes, message):
    path = rewritten(fitted, tmp_path / "e", **changes)
    with pytest.raises(CheckpointError, match=r"(?s)is no fitted estimator .*" + message):
        infonats.load(path)


def test_a_network_of_another_width(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 1))
    y = x + rng.standard_normal((60, 1))
    fitted = make("infonce", hidden=(4,), max_steps=2, evaluate_every=2).fit(x, y)
    fitted.save(tmp_path / "e")
    with safe_open(tmp_path / "e", framework="numpy") as file:
        plain = json.loads(file.metadata()["parameters"])
    plain["config"]["hidden"] = [5]
    path = rewritten(fitted, tmp_path / "e", parameters=json.dumps(plain))
    with pytest.raises(CheckpointError, match="RuntimeError"):
        infonats.load(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"hello", b"\x00" * 100, b"\xff" * 100, pickle.dumps({"a": 1}), b"PK\x03\x04" + b"\x00" * 60],
    ids=["empty", "json", "text", "zeros", "ones", "pickle", "zip"],
)
def test_foreign_files(content, tmp_path):
    (tmp_path / "e").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"truncated, foreign or of another .*Estimator.save wrote"):
        infonats.load(tmp_path / "e")


def test_arrays_of_somebody_else(tmp_path):
    save_file({"weight": np.zeros(3)}, tmp_path / "e")
    with pytest.raises(CheckpointError, match="KeyError: 'format'"):
        infonats.load(tmp_path / "e")


@pytest.mark.parametrize("name", ["missing", "."])
def test_no_file(name, tmp_path):
    with pytest.raises(CheckpointError, match=r"There is no file .*; give one that Estimator.save wrote"):
        infonats.load(tmp_path / name)


def test_where_nothing_can_be_written(fitted, tmp_path):
    with pytest.raises(CheckpointError, match=r"Cannot write .*: No such file or directory. Give a path"):
        fitted.save(tmp_path / "no folder" / "e")
    (tmp_path / "folder").mkdir()
    with pytest.raises(CheckpointError, match=r"Cannot write .*: Is a directory"):
        fitted.save(tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_an_existing_file_is_replaced_whole(fitted, tmp_path):
    (tmp_path / "e").write_bytes(b"older and longer" * 10_000)
    fitted.save(tmp_path / "e")
    assert infonats.load(tmp_path / "e").estimate_ == fitted.estimate_


def test_loaded_estimators_can_be_fitted_again(fitted, tmp_path):
    fitted.save(tmp_path / "e")
    loaded = infonats.load(tmp_path / "e")
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((2, 50, 1))
    assert loaded.fit(x, y).estimate_ == Gaussian().fit(x, y).estimate_
