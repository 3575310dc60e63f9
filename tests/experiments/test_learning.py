"""The learning experiments at a tiny size: data and measures by hand, that they go on and write pages."""

import dataclasses
import gzip
import importlib
import itertools
import json
import math
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from infonats.nn import seeded

EXPERIMENTS = Path(__file__).parents[2] / "experiments"
NAMES = ("_runs", "_images", "maximise_models", "maximise_page", "bottleneck_page")


@pytest.fixture
def load(monkeypatch):
    """Import an experiment by name, afresh."""
    monkeypatch.syspath_prepend(str(EXPERIMENTS))

    def imported(name):
        for each in (*NAMES, "maximise", "bottleneck", "information_plane"):
            monkeypatch.delitem(sys.modules, each, raising=False)
        return importlib.import_module(name)

    return imported


def test_the_columns_by_hand(load):
    models = load("maximise_models")
    x = torch.tensor([0.5, -1.0], dtype=torch.float64)
    assert models.differences(x, 3).tolist() == [[0.25, 0.125, 0.125], [-2.0, 2.0, -1.0]]
    assert models.differences(x, 9).sum(1).tolist() == pytest.approx(x.tolist(), abs=1e-12)
    assert models.family(x).shape == (2, 133)
    assert models.family(x)[0, 0].item() == pytest.approx(math.sin(0.5) - math.sin(0.5) ** 2, abs=1e-12)


def test_bayes_error_of_one_noisy_column(load):
    """x + noise with x uniform: the grid against the integral over the same posterior in closed form."""
    models = load("maximise_models")
    error = models.bayes_error(lambda x: x[:, None], 0.05)
    # far from the ends the posterior is normal: error^2 = noise^2, less a share of about noise at the ends
    assert 0.9 * 0.05**2 < error * 1.0 < 1.1 * 0.05**2


def test_cells_are_measured_once(load, tmp_path):
    runs = load("_runs")
    counted = itertools.count()
    for _ in range(2):
        cells = runs.Cells(tmp_path / "deep" / "cells.json")
        assert cells("a", lambda: next(counted)) == 0
    assert json.loads((tmp_path / "deep" / "cells.json").read_text()) == {"a": 0}
    assert runs.mean_spread([1.0, 3.0], 2) == "2.00 ± 1.41"
    assert runs.mean_spread([1.0], 2) == "1.00"


def test_published_widths_have_a_part_of_their_own_where_the_page_has_one(load, tmp_path):
    part, page = load("_runs").part_of, tmp_path / "page.md"
    page.write_text("<!-- a -->\n<!-- /a -->\n<!-- b -->\n<!-- /b -->\n<!-- b-wide -->\n<!-- /b-wide -->\n")
    assert [part(page, *case) for case in (("a", False), ("a", True), ("b", False), ("b", True))] == [
        "a",
        "a",
        "b",
        "b-wide",
    ]


def test_maximise_measures_each_kind(load):
    maximise = load("maximise")
    assert maximise.linear(True, "mine", 0, 5)["value"] == pytest.approx(0.0, abs=0.01)
    found = maximise.encoders(2, 0.0, True, 0, 10)
    assert found["steps"] == [0, 10]
    assert found["raw"] == pytest.approx(0.0, abs=1e-9)  # the columns add up to x
    assert "each within (-1, 1)" in maximise.refusal()
    assert len(maximise.jobs_of(0, 1)) == len(dict(maximise.jobs_of(0, 1)))


def test_bottleneck_trains_and_writes_its_page(load, tmp_path):
    bottleneck = load("bottleneck")
    data = bottleneck.images(None, 200)
    size = dataclasses.replace(bottleneck.SMALL, width=16, code=4, epochs=2, critic_width=8)
    found = {
        (kind, beta): [bottleneck.fit(kind, beta, data, size, 0)]
        for kind, beta in bottleneck.settings(["none", "dropout", "vib", "ceb", "mine"], (0.01,))
    }
    assert all(len(run[0]) == 3 and 0 <= run[0][-1] <= 1 for run in found.values())
    assert found["vib", 0.01] == [bottleneck.fit("vib", 0.01, data, size, 0)]
    page = importlib.import_module("bottleneck_page")
    said = page.write(tmp_path, data, size, found)
    written = (tmp_path / "experiments" / "bottleneck.md").read_text()
    assert said in written
    assert "200 rows to train on, 597 to test; width 16" in written
    assert (tmp_path / "images" / "bottleneck-digits.png").stat().st_size > 1000


def test_images_are_read_from_idx_and_checked(load, tmp_path):
    images = load("_images")
    file = tmp_path / "a.gz"
    file.write_bytes(gzip.compress(b"\0\0\x08\2" + struct.pack(">2I", 2, 3) + bytes(range(6))))
    assert images._read(file).tolist() == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(ValueError, match="has no train-images-idx3-ubyte"):
        images.images(tmp_path)
    for name in images.MD5["mnist"]:
        (tmp_path / name).write_bytes(b"other")
    with pytest.raises(ValueError, match="not the original files"):
        images.images(tmp_path)


def test_mnist_where_it_is_at_hand(load):
    folder = EXPERIMENTS.parents[1] / "shared" / "data" / "mnist"
    if not folder.exists():
        pytest.skip("no MNIST at hand")
    data = load("_images").images(folder, 50)
    assert (data.name, tuple(data.train[0].shape), len(data.test[0])) == ("mnist", (50, 784), 10_000)
    assert (data.train[0].min().item(), data.train[0].max().item()) == (-1.0, 1.0)
    assert data.train[1][:5].tolist() == [5, 0, 4, 1, 9]


def test_the_label_does_not_change_under_rotations(load):
    plane = load("information_plane")
    x, y = plane.patterns()
    assert len({tuple(row) for row in x.tolist()}) == 4096
    assert 0.4 < y.double().mean().item() < 0.6
    golden = (1 + math.sqrt(5)) / 2
    corners = [(0, a, b * golden) for a in (-1, 1) for b in (-1, 1)]
    points = np.array([np.roll(c, r) for c in corners for r in range(3)], dtype=float)
    turned = points[:, [1, 2, 0]]  # the cyclic shift of the axes is a rotation of the icosahedron
    place = [int(np.linalg.norm(points - t, axis=1).argmin()) for t in turned]
    assert sorted(place) == list(range(12))
    codes = {tuple(row): label for row, label in zip(x.tolist(), y.tolist(), strict=True)}
    assert all(codes[tuple(row)] == codes[tuple(row[i] for i in place)] for row in x.tolist())


def test_information_of_layers_by_hand(load):
    plane = load("information_plane")
    t, y = torch.tensor([[0.0], [0.1], [0.9], [1.0]]), torch.tensor([0, 0, 1, 0])
    assert plane.exact(t, y) == pytest.approx((math.log(4), math.log(4) - 0.75 * math.log(3)), abs=1e-12)
    # two bins: {0, .1} and {.9, 1}; H(T|y=0) is that of (2/3, 1/3), H(T|y=1) is 0
    within = 0.75 * (math.log(3) - 2 / 3 * math.log(2))
    assert plane.binned(t, y, 2) == pytest.approx((math.log(2), math.log(2) - within), abs=1e-12)
    # far apart in units of the noise, the bound is H(T); equal rows tell nothing
    far = plane.noisy(100 * t, y)
    assert far == pytest.approx((math.log(4), math.log(4) - 0.75 * math.log(3)), abs=1e-6)
    assert plane.noisy(torch.zeros(4, 2), y) == pytest.approx((0.0, 0.0), abs=1e-6)


def test_units_of_relu_are_awake(load):
    plane = load("information_plane")
    x, _ = plane.patterns()
    network = seeded(lambda: plane.built("relu"), torch.Generator().manual_seed(0))
    plane.awaken(network, x)
    first, *others = plane.layers(network, x)[:-1]
    assert ((first != 0).double().mean(0) - 0.5).abs().max() < 0.01
    assert min((layer != 0).double().mean(0).min() for layer in others) > 0.3


def test_the_planes_page_is_written(load, tmp_path, monkeypatch):
    plane = load("information_plane")
    x, y = plane.patterns()
    monkeypatch.setattr(plane, "patterns", lambda: (x[::16], y[::16]))
    found = {"tanh": plane.trained("tanh", 2, 0)}
    written = plane.write(tmp_path, found, 2, False).read_text()
    assert "**tanh**:" in written
    assert "the last hidden layer loses, in nats" in written
    assert (tmp_path / "images" / "information_plane.png").stat().st_size > 1000
