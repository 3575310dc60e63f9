"""Tasks from a folder of images: truths by hand, who stands on which side, what is said without the folder."""

import math

import numpy as np
import pytest
import torch
from tests.tasks.test_images import write_idx

from infonats._random import torch_generator
from infonats.errors import InputError
from infonats.tasks import make
from infonats.tasks.folders import ClassPairs, images_of

COUNT = 24


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Images whose first pixel is their number and whose second is their label, 0 or 1."""
    for part, start in (("train", 0), ("t10k", COUNT // 2)):
        pixels = np.zeros((COUNT // 2, 28, 28), np.uint8)
        labels = np.arange(COUNT // 2, dtype=np.uint8) % 2
        pixels[:, 0, 0], pixels[:, 0, 1] = start + np.arange(COUNT // 2), labels
        write_idx(tmp_path / f"{part}-images-idx3-ubyte.gz", pixels)
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte.gz", labels)
    monkeypatch.setenv("INFONATS_MNIST", str(tmp_path))
    return tmp_path


def numbers(side):
    return (255 * side[:, 0]).round().int(), (255 * side[:, 1]).round().int()


def test_truths_by_hand():
    """Half shuffled, two classes agree with chance 3/4; of ten classes with chance .55 each tells log 5.5."""
    log_2 = math.log(2)
    assert make("mnist-binary-0.0").mutual_information == pytest.approx(log_2, abs=1e-12)
    agree = log_2 + 0.75 * math.log(0.75) + 0.25 * math.log(0.25)
    assert make("mnist-binary-0.5").mutual_information == pytest.approx(agree, abs=1e-12)
    assert make("fashion-binary-1.0").mutual_information == pytest.approx(0, abs=1e-12)
    assert make("mnist-stitched-10").mutual_information == pytest.approx(10 * log_2, abs=1e-12)
    ten = 0.55 * math.log(5.5) + 0.45 * math.log(0.5)
    assert make("fashion-same-class-0.5").mutual_information == pytest.approx(ten, abs=1e-12)


def test_no_image_stands_on_both_sides_and_none_twice(folder):
    """Twelve images of a class, six for each side: six rows of one class at most are all different."""
    x, y = make("mnist-binary-0.0").sample(6, torch_generator(3))
    (first, of_x), (second, of_y) = numbers(x), numbers(y)
    assert not set(first.tolist()) & set(second.tolist())
    assert len(set(first.tolist())) == len(set(second.tolist())) == 6
    assert torch.equal(of_x, of_y)


def test_images_repeat_about_equally_often_beyond_the_set(folder):
    x, _ = make("mnist-binary-0.0").sample(600, torch_generator(0))
    number, label = numbers(x)
    for c in (0, 1):
        counts = torch.bincount(number[label == c])
        assert counts[counts > 0].max() - counts[counts > 0].min() <= 1


def test_the_parts_of_a_set_share_no_image(folder):
    drawn = [
        ClassPairs("mnist", (0, 1), part=part).sample(40, torch_generator(0)) for part in ("train", "t10k")
    ]
    first, second = (set(numbers(x)[0].tolist()) | set(numbers(y)[0].tolist()) for x, y in drawn)
    assert (len(first), len(second)) == (COUNT // 2, COUNT // 2)
    assert not first & second


def test_shuffled_pairs_agree_by_chance(folder):
    """With half shuffled three of four agree, within four standard errors."""
    x, y = make("mnist-binary-0.5").sample(2000, torch_generator(0))
    agree = (numbers(x)[1] == numbers(y)[1]).double().mean().item()
    assert agree == pytest.approx(0.75, abs=4 * math.sqrt(0.75 * 0.25 / 2000))


def test_patches_are_independent_and_below_each_other(folder):
    x, y = make("mnist-stitched-2").sample(500, torch_generator(0))
    assert x.shape == (500, 2 * 784)
    upper, lower = numbers(x[:, :784])[1], numbers(x[:, 784:])[1]
    assert torch.equal(lower, numbers(y[:, 784:])[1])
    agree = (upper == lower).double().mean().item()
    assert agree == pytest.approx(0.5, abs=4 * math.sqrt(0.25 / 500))


def test_without_the_folder_it_says_how_to_name_one(monkeypatch, tmp_path):
    monkeypatch.delenv("INFONATS_MNIST", raising=False)
    with pytest.raises(
        InputError, match=r"INFONATS_MNIST is not set: it names the folder .* begin with digits"
    ):
        make("mnist-binary-0.0").sample(5, torch_generator(0))
    monkeypatch.setenv("INFONATS_MNIST", str(tmp_path))
    with pytest.raises(InputError, match=r"There is no train-images-idx3-ubyte or .*; name the folder"):
        images_of("mnist")


def test_what_cannot_be_asked_for_says_what_can():
    with pytest.raises(InputError, match=r"The set is 'emnist', .*; give one of mnist, fashion, two classes"):
        ClassPairs("emnist", (0, 1))
    with pytest.raises(InputError, match=r"part is 'test'; give one of all, train, t10k"):
        ClassPairs("mnist", (0, 1), part="test")
    for wrong in ({"shuffled": 2.0}, {"patches": 0}, {"classes": (1,)}):
        with pytest.raises(InputError, match=r"two classes or more, a chance in \[0, 1\] and 1 patch or more"):
            ClassPairs(**({"which": "mnist", "classes": (0, 1)} | wrong))
