"""What methods say of themselves in the registry, measured where it can be."""

import numpy as np
import pytest

from infonats.estimators import METHODS, info_of, make

UNTIED = [name for name in METHODS if METHODS[name]().info.values == "untied"]


@pytest.mark.parametrize("name", UNTIED)
def test_the_untied_tell_equal_values_apart_at_random_and_say_so(name):
    x, y = np.random.default_rng(0).normal(size=(2, 300))
    found = [make(name, seed=seed).fit(x.round(1), y).estimate_ for seed in (0, 1)]
    assert found[0].value != found[1].value
    assert any(note.startswith("Heavy ties") for note in found[0].diagnostics)


def test_a_bias_is_declared_by_what_extrapolation_may_follow():
    for name in METHODS:
        info = METHODS[name]().info
        assert (info.bias == "training") == (info.family == "discriminative"), name
        assert (info.bias == "densities") == (info.family == "generative"), name
    assert make("doe+nwj").info.bias == "densities"
    assert info_of("auto") == make("auto").info
