"""Images with known mutual information: truths by hand, drawing and reading back, files."""

import gzip
import math

import numpy as np
import pytest
import torch

from infonats._random import torch_generator
from infonats.tasks import make
from infonats.tasks.catalogue import CATALOGUE
from infonats.tasks.families.images import CONSISTENCY
from infonats.tasks.images import NoisyRows, SameClass, digits, read_idx
from infonats.tasks.rendered import Plates, Rectangles

LOG_2 = math.log(2)


def four_images():
    """Three images of class 0, one of class 1."""
    return torch.tensor([[0, 9], [1, 9], [2, 9], [9, 0]], dtype=torch.uint8), torch.tensor([0, 0, 0, 1])


def test_the_information_of_a_class_is_its_entropy():
    counts = torch.bincount(digits()[1]).double()
    p = counts / counts.sum()
    entropy = -(p * p.log()).sum().item()
    assert make("digits-same-class-0.0").mutual_information == pytest.approx(entropy, abs=1e-12)


def test_truths_by_hand():
    """One bit, and with half of the pairs shuffled two equal classes agree with chance 3/4."""
    assert make("digits-binary-0.0").mutual_information == pytest.approx(LOG_2, abs=1e-12)
    agree = LOG_2 + 0.75 * math.log(0.75) + 0.25 * math.log(0.25)
    assert make("digits-binary-0.5").mutual_information == pytest.approx(agree, abs=1e-12)
    assert make("digits-stitched-8").mutual_information == pytest.approx(8 * LOG_2, abs=1e-12)
    assert SameClass(four_images(), 1.0).mutual_information == pytest.approx(0, abs=1e-12)


def test_the_truth_is_that_of_the_whole_table():
    """All 4 x 4 pairs of images with their chances, p = (3/4, 1/4), a third shuffled."""
    p, s = torch.tensor([0.75, 0.25], dtype=torch.float64), 1 / 3
    kind, share = torch.tensor([0, 0, 0, 1]), torch.full((4,), 0.25, dtype=torch.float64)
    same = (kind[:, None] == kind).double()
    joint = (1 - s) * same * (share[:, None] * share / p[kind]) + s * share[:, None] * share
    expected = (joint * (joint / (share[:, None] * share)).log()).sum().item()
    assert SameClass(four_images(), s).mutual_information == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("check", CONSISTENCY, ids=lambda check: check.name)
def test_self_consistency_holds_for_the_truths(check):
    top, bottom = CATALOGUE[check.numerator], CATALOGUE[check.denominator]
    stderr = math.hypot(top.stderr, check.ratio * bottom.stderr)
    assert abs(top.mutual_information - check.ratio * bottom.mutual_information) < 4.5 * stderr


def test_more_rows_say_more():
    nats = [CATALOGUE[f"digits-rows-{t}"].mutual_information for t in (2, 4, 6, 8)]
    assert nats == sorted(nats)


@pytest.mark.parametrize("name", ["plates-16-2", "rectangles-16-2"])
def test_latents_are_read_back_from_the_picture(name):
    task = make(name)
    latents = task.base.sample(500, torch_generator(0))[0]
    images = task.x_map.forward(latents)
    assert images.shape == (500, 256)
    assert images.min() >= 0
    assert images.max() <= 1
    torch.testing.assert_close(task.x_map.inverse(images), latents, rtol=0, atol=1e-12)


def test_a_rectangle_covers_its_area():
    task = make("rectangles-16-2")
    u = torch.tensor([[0.5, 0.25, 1.0, 1.0]], dtype=torch.float64)
    image = task.x_map.forward(u)[0].reshape(16, 16)
    assert image.sum().item() == pytest.approx((2 + 8 * 0.25) * 10, abs=1e-12)
    assert image[3:7, 6:].min() == 1


def write_idx(path, values):
    data = b"\0\0\x08" + bytes([values.ndim]) + np.array(values.shape, ">i4").tobytes() + values.tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def test_mnist_is_read_from_its_folder(tmp_path):
    pixels = np.arange(24, dtype=np.uint8).reshape(4, 2, 3)
    write_idx(tmp_path / "train-images-idx3-ubyte.gz", pixels)
    write_idx(tmp_path / "train-labels-idx1-ubyte", np.array([0, 1, 0, 1], np.uint8))
    images, labels = read_idx(tmp_path)
    assert images.tolist() == pixels.reshape(4, 6).tolist()
    assert labels.tolist() == [0, 1, 0, 1]
    task = SameClass((images, labels), name="four")
    assert task.mutual_information == pytest.approx(LOG_2, abs=1e-12)
    x, y = task.sample(20, torch_generator(0))
    torch.testing.assert_close(task.pointwise(x, y), torch.full((20,), LOG_2, dtype=torch.float64))


def test_what_cannot_be_used_says_what_can(tmp_path):
    with pytest.raises(ValueError, match=r"There is no train-images-idx3-ubyte or .*; name the folder"):
        read_idx(tmp_path)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"\0\0\x08\x01\0\0\0\x09short")
    with pytest.raises(ValueError, match=r"is no idx file of bytes, or is cut short"):
        read_idx(tmp_path)
    images, labels = four_images()
    with pytest.raises(ValueError, match=r"shuffled is 2.0, classes are \(\); give a chance in \[0, 1\]"):
        SameClass((images, labels), 2.0)
    with pytest.raises(ValueError, match=r"has one image in two classes"):
        SameClass((images[[0, 0]], labels[[0, 3]])).truth()
    with pytest.raises(ValueError, match=r"An image is not among those of 'same-class'; give drawn ones"):
        SameClass((images, labels)).pointwise(torch.ones(1, 2).double(), torch.ones(1, 2).double())
    with pytest.raises(ValueError, match=r"rows is 9, sigma is 0.5; give 1 to 8 rows"):
        NoisyRows(digits()[0], 9, 0.5)
    for draw, columns in ((Plates, 2), (Rectangles, 4)):
        with pytest.raises(ValueError, match=rf"1 \+ 1 columns; give one with {columns} \+ {columns}"):
            draw(make("1v1-X-0.9"))
