"""The self-consistency tests at a tiny size: the tasks, the verdicts by hand, that they go on, the page."""

import importlib
import json
import math
import sys
from pathlib import Path

import pytest
import torch

from infonats.estimators import METHODS

ROOT = Path(__file__).parents[2]
NAMES = ("_runs", "_images", "self_consistency", "self_consistency_page")


@pytest.fixture
def consistency(monkeypatch):
    """The experiment, afresh, on 200 pairs and 25 steps."""
    monkeypatch.syspath_prepend(str(ROOT / "experiments"))
    for name in NAMES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    module = importlib.import_module("self_consistency")
    monkeypatch.setattr(module, "SMALL", module.Size(200, 25))
    yield module
    for name in NAMES:
        sys.modules.pop(name, None)


def test_every_method_that_trains_takes_part(consistency):
    trained = [name for name, build in METHODS.items() if build().trains]
    assert consistency.trained_methods() == [name for name in trained if name != "lmi"]
    assert {"mine", "doe", "club", "pq"} <= set(consistency.trained_methods())
    assert "ksg" not in consistency.trained_methods()


def test_the_truths_pass(consistency):
    tests = consistency.digits_tests()
    exact = {k: [{"value": t.mutual_information, "stderr": 0.0}] for k, t in tests.tasks.items()}
    assert all(consistency.verdict(tests, exact).passed.values())


def cells(**values):
    """Cells of one method: none, rows 2, 4, 8, again, twice."""
    names = {"none": "none", "two": "2", "four": "4", "eight": "8", "again": "again", "twice": "twice"}
    return {names[k]: [{"value": v, "stderr": 0.1}] for k, v in values.items()}


def test_verdicts_by_hand(consistency):
    tests = consistency.digits_tests()
    good = {"none": 0.05, "two": 1.0, "four": 2.0, "eight": 4.0, "again": 4.3, "twice": 1.9}
    found = consistency.verdict(tests, cells(**good))
    assert found.passed == {"zero": True, "rises": True, "again": True, "twice": True}
    assert found.again == pytest.approx((4.3 / 4, math.hypot(0.1 / 4, 4.3 * 0.1 / 16)), abs=1e-12)
    for name, value in {"none": -0.11, "four": 0.9, "again": 3.5, "twice": 1.7}.items():
        passed = consistency.verdict(tests, cells(**good | {name: value})).passed
        test = {"none": "zero", "four": "rises"}.get(name, name)
        assert [t for t, held in passed.items() if not held] == [test]


def test_seeds_are_pooled_and_failures_fail(consistency):
    tests = consistency.digits_tests()
    some = cells(none=0.0, two=1.0, four=2.0, eight=3.0, again=3.0, twice=2.0)
    some["2"].append({"value": 3.0, "stderr": 0.1})
    found = consistency.verdict(tests, some)
    assert found.nats["2"] == pytest.approx((2.0, 1.0))  # spread sqrt(2), over sqrt(2)
    some["8"] = [{"error": "no"}]
    passed = consistency.verdict(tests, some).passed
    assert (passed["rises"], passed["again"]) == (False, False)
    some["twice"] = [{"value": math.nan, "stderr": 0.0}]
    assert not consistency.verdict(tests, some).passed["twice"]
    assert consistency.ratio((1.0, 0.1), (0.0, 0.1)) is None


def test_a_number_that_is_lost_takes_no_more_room_than_another(consistency):
    number = importlib.import_module("self_consistency_page").number
    assert [number(v) for v in (1.234, -1e-9, -999.0, -1.2e100)] == ["1.23", "0.00", "-999.00", "-1e+100"]


def test_it_goes_on_and_writes_its_page(consistency, monkeypatch, tmp_path, capsys):
    arguments = ["x", "--out", str(tmp_path), "--methods", "mine,pq"]
    monkeypatch.setattr(sys, "argv", arguments)
    kept, counted = tmp_path / "digits-200-25.json", []
    estimated = consistency.estimated

    def killed(*given):
        counted.append(given[0])
        if len(counted) == 5:
            raise KeyboardInterrupt
        return estimated(*given)

    monkeypatch.setattr(consistency, "estimated", killed)
    with pytest.raises(SystemExit, match="interrupted"):
        consistency.main()
    consistency.main()
    assert counted == 5 * ["mine"] + 2 * ["mine"] + 6 * ["pq"]
    first = kept.read_text()
    kept.unlink()
    consistency.main()
    assert kept.read_text() == first
    printed = capsys.readouterr().out
    assert "| truth |" in " ".join(printed.split())
    assert "all four: " in printed
    assert "Not run: `dv`, `nwj`" in printed
    page = (tmp_path / "experiments" / "self_consistency.md").read_text()
    assert page.count("Not yet run.") == 2
    assert (tmp_path / "images" / "self_consistency-digits.png").stat().st_size > 1000


def test_lmi_trains_as_many_steps_in_passes(consistency):
    """Two fifths of 3000 pairs are three batches of 512: 200 steps are 66 passes."""
    size = consistency.Size(3000, 200)
    assert consistency.limit("lmi", size) == {"passes": 66}
    assert consistency.limit("lmi", consistency.Size(3000, 1)) == {"passes": 1}
    assert consistency.limit("mine", size) == {"max_steps": 200}
    assert size.full == consistency.Size(30_000, 2000)
    task = consistency.digits_tests().tasks["2"]
    assert math.isfinite(consistency.estimated("lmi", task, consistency.Size(200, 1), 0)["value"])


def test_a_truth_is_kept_with_the_rest(consistency, monkeypatch, tmp_path):
    """Monte Carlo over a large set of images takes minutes, so it is not done twice."""
    monkeypatch.setattr(sys, "argv", ["x", "--out", str(tmp_path), "--methods", "pq"])
    monkeypatch.setattr(consistency, "estimated", lambda *given: {"value": 1.0, "stderr": 0.1})
    consistency.main()
    kept = json.loads((tmp_path / "digits-200-25.json").read_text())
    assert kept["truth none"] == {"value": 0.0, "stderr": 0.0}
    kept["truth 8"]["value"] = 7.25
    (tmp_path / "digits-200-25.json").write_text(json.dumps(kept))
    consistency.main()
    assert "7.25" in (tmp_path / "experiments" / "self_consistency.md").read_text()


def test_what_a_method_refuses_is_a_reason(consistency):
    task = consistency.digits_tests().tasks["2"]
    assert consistency.estimated("mine", task, consistency.Size(8, 25), 0)["error"].startswith("InputError: ")


def test_images_from_a_folder(consistency, idx_folder):
    """Twelve images of 28 x 28 in idx files take the place of MNIST."""
    folder, pixels = idx_folder(importlib.import_module("_images"), "mnist")
    tests = consistency.folder_tests(folder, 10, 0.5)
    assert (tests.name, tests.rows, tests.whole, tests.part) == ("mnist", (7, 14, 28), "28", "7")
    assert tests.source == "the first 10 training images under noise of 0.5"
    assert torch.equal(tests.tasks["28"].images * 255, pixels[:10].flatten(1).double())
    # ten images without a like, far apart in units of the noise: each pair says which of them it is
    ratio = tests.tasks["28"].pointwise(*tests.tasks["28"].sample(20, torch.Generator().manual_seed(0)))
    assert ratio.tolist() == pytest.approx([math.log(10)] * 20, abs=1e-6)
    assert tests.tasks["twice"].dim_y == 2 * 7 * 28


def test_the_test_images_are_enough(consistency, idx_folder):
    """Where the training images are missing, those of the test set are drawn from, and it is said."""
    images = importlib.import_module("_images")
    folder, pixels = idx_folder(images, "fashion_mnist", missing=("train-images-idx3-ubyte.gz",))
    tests = consistency.folder_tests(folder, 5, 1.0)
    assert (tests.name, tests.source) == ("fashion_mnist", "the first 5 test images under noise of 1")
    assert torch.equal(tests.tasks["28"].images * 255, pixels[:5].flatten(1).double())
    with pytest.raises(ValueError, match="has no train-images-idx3-ubyte"):  # for who needs labels
        images.images(folder)
    (folder / "t10k-images-idx3-ubyte.gz").write_bytes(b"other")
    with pytest.raises(ValueError, match=r"not the original files, by their md5: \['t10k-images"):
        images.unlabelled(folder, 5)
    (folder / "t10k-images-idx3-ubyte.gz").unlink()
    with pytest.raises(ValueError, match="has no train-images-idx3-ubyte"):
        images.unlabelled(folder, 5)
