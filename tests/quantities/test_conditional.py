"""I(X;Y|Z): closed forms, the methods against each other and against truth, bad input."""

import math
import re

import numpy as np
import pytest
from scipy.special import digamma

from infonats import closedform
from infonats.closedform import ross_local, rounded_ksg_local
from infonats.closedform.entropy_discrete import CORRECTIONS
from infonats.errors import InputError, UnknownNameError
from infonats.quantities import conditional_mutual_information, pointwise_mutual_information
from infonats.quantities._measure import locals_of
from infonats.quantities._variables import gather
from infonats.quantities.definitions import conditional
from infonats.quantities.settings import Settings

TRUTH = 0.5 * math.log(1.25)
"""I(X;Y|Z) of y = z + x / 2 + noise: given z, y is x / 2 plus noise of unit variance."""


def triple(n, seed=0):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    x = z + rng.normal(size=n)
    return x, z + 0.5 * x + rng.normal(size=n), z


@pytest.mark.parametrize("method", ["ksg", "mixed_ksg", "gaussian", "gaussian_copula"])
def test_gaussian_triple_is_within_three_standard_errors(method):
    found = conditional_mutual_information(*triple(3000), method=method)
    assert abs(found.value - TRUTH) < 3 * found.stderr
    assert found.method == method
    assert str(found).startswith("I(x; y | z) = ")


@pytest.mark.parametrize("method", ["ksg", "mixed_ksg", "gaussian", "gaussian_copula", "discrete"])
def test_without_z_it_is_the_closed_form_and_its_error(method, gaussian_pairs):
    x, y = gaussian_pairs(300, 1, 0.6)
    if method == "discrete":
        x, y = np.round(x), np.round(y)
    found = locals_of(conditional((0,), (1,)), gather({"x": x, "y": y}), Settings(method))
    assert found.value == pytest.approx(getattr(closedform, method)(x, y), abs=1e-12)
    error = getattr(closedform, f"{method}_error", None)
    if error is not None:
        assert found.stderr == pytest.approx(error(x, y)[1], rel=1e-12)


def test_determinants_are_partial_canonical_correlations():
    """Regress x and y on z; the information of the residuals, with n - d_z rows, is the same number."""
    rng = np.random.default_rng(1)
    z = rng.normal(size=(60, 2))
    x = z @ rng.normal(size=(2, 2)) + rng.normal(size=(60, 2))
    y = x @ rng.normal(size=(2, 3)) + rng.normal(size=(60, 3))
    design = np.hstack([np.ones((60, 1)), z])
    left, right = (side - design @ np.linalg.lstsq(design, side, rcond=None)[0] for side in (x, y))
    plug_in = closedform.gaussian(left, right, bias_correction=False)
    from infonats.closedform.gaussian import wishart_bias

    found = conditional_mutual_information(x, y, z, method="gaussian").value
    assert found == pytest.approx(plug_in - wishart_bias(60 - 2, 2, 3), abs=1e-12)
    uncorrected = conditional_mutual_information(x, y, z, method="gaussian", bias_correction=False).value
    assert uncorrected == pytest.approx(plug_in, abs=1e-12)


def test_hand_counted_value():
    """z = 0: y = x over four rows; z = 1: y constant over four rows. I(X;Y|Z) = (log 2) / 2."""
    x, y, z = [0, 0, 1, 1, 0, 0, 1, 1], [0, 0, 1, 1, 0, 0, 0, 0], [0] * 4 + [1] * 4
    found = conditional_mutual_information(x, y, z, method="discrete", correction="none")
    assert found.value == pytest.approx(math.log(2) / 2, abs=1e-12)
    corrected = conditional_mutual_information(x, y, z, method="discrete")
    # K_xz = 4, K_yz = 3, K_xyz = 4, K_z = 2: the correction is (4 + 3 - 4 - 2) / 16
    assert corrected.value == pytest.approx(math.log(2) / 2 + 1 / 16, abs=1e-12)


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_every_correction_is_that_of_the_closed_form(correction):
    x, y = np.random.default_rng(0).integers(0, 4, (2, 60, 1)).astype(float)
    found = locals_of(
        conditional((0,), (1,)), gather({"x": x, "y": y}), Settings("discrete", {"correction": correction})
    )
    assert found.value == pytest.approx(closedform.discrete(x, y, correction=correction), abs=1e-12)


def test_text_is_counted_and_refused_by_what_needs_distances():
    colour = np.array(["red", "blue", "green", "red"] * 50)
    _, y, z = triple(200)
    found = conditional_mutual_information(colour, np.round(y), np.round(z))
    assert found.method == "discrete"
    assert any("Text was taken as categories" in note for note in found.diagnostics)
    same = np.unique(colour, return_inverse=True)[1]
    assert (
        found.value == conditional_mutual_information(same, np.round(y), np.round(z), method="discrete").value
    )
    with pytest.raises(InputError, match=r"Text, of which ksg can make nothing.*use mixed_ksg"):
        conditional_mutual_information(colour, y, z, method="ksg")


def test_words_are_equally_far_apart_for_mixed_neighbours():
    colour = np.array(["red", "blue", "green", "red"] * 50)
    _, y, z = triple(200)
    found = conditional_mutual_information(z, y, colour)
    assert found.method == "mixed_ksg"
    renamed = np.where(colour == "red", "a", colour)
    assert conditional_mutual_information(z, y, renamed).value == pytest.approx(found.value, abs=1e-12)
    indicators = np.stack([colour == "red", colour == "blue", colour == "green"], 1)
    expected = conditional_mutual_information(z, y, indicators, method="mixed_ksg")
    assert found.value == pytest.approx(expected.value, abs=1e-12)


def test_rounded_series_given_another_read_nothing_from_nothing():
    x, y, z = np.round(2 * np.random.default_rng(4).normal(size=(3, 400))) / 2
    found = conditional_mutual_information(x, y, z)
    assert found.method == "rounded_ksg"
    assert abs(found.value) < 3 * found.stderr
    assert any("spread evenly" in note for note in found.diagnostics)
    assert conditional_mutual_information(x, y, z, method="mixed_ksg").value > 0.2


def test_spread_neighbours_are_the_closed_form_for_two_variables():
    x, y = np.round(np.random.default_rng(5).normal(size=(2, 300)) + 1.0, 1)
    local = pointwise_mutual_information(x, y, method="rounded_ksg", seed=3)
    np.testing.assert_allclose(local, rounded_ksg_local(x[:, None], y[:, None], seed=3), atol=1e-12)


def test_pointwise_values_of_a_method_that_knows_only_two_sides():
    rng = np.random.default_rng(0)
    label = rng.integers(0, 3, 200)
    y = rng.normal(size=200) + label
    local = pointwise_mutual_information(label, y)
    np.testing.assert_allclose(local, ross_local(label[:, None].astype(float), y[:, None]), atol=1e-12)


def test_a_closed_form_by_the_chain_rule_pairs_its_errors():
    x, y, z = triple(400)
    found = conditional_mutual_information(x, y, z, method="t_copula")
    assert abs(found.value - TRUTH) < 3 * found.stderr
    assert "signed sum of 2 estimates" in found.diagnostics[-1]
    assert "as if independent" not in found.diagnostics[-1]


def test_mixed_neighbours_on_atoms_tend_to_counts():
    rng = np.random.default_rng(0)
    x, z = rng.integers(0, 3, (2, 2000))
    y = np.where(rng.random(2000) < 0.7, (x + z) % 3, rng.integers(0, 3, 2000))
    mixed = conditional_mutual_information(x, y, z, method="mixed_ksg")
    counts = conditional_mutual_information(x, y, z, method="discrete")
    # psi(c) - log(c) is below 1 / c; every cell of 27 has some dozen rows, and four such terms stand in the sum
    assert mixed.value == pytest.approx(counts.value, abs=4 / 12)
    assert abs(mixed.value - counts.value) < counts.stderr


def test_chain_rule_of_another_estimator():
    small = {"method": "nwj", "max_steps": 5, "hidden": (8,), "seed": 3}
    found = conditional_mutual_information(*triple(200), **small)
    joint, alone = re.search(
        r"I\(x; y, z\) = (\S+) \+- \S+; -I\(x; z\) = (\S+) ", found.diagnostics[-1]
    ).groups()
    assert found.value == pytest.approx(float(joint) - float(alone), abs=1e-4)  # printed to four digits
    assert "as if independent" in found.diagnostics[-1]


@pytest.mark.parametrize("method", ["ksg", "gaussian", "gaussian_copula"])
def test_pointwise_values_have_the_estimate_as_their_mean(method):
    x, y, z = triple(200)
    terms = pointwise_mutual_information(x, y, z, method=method)
    assert terms.shape == (200,)
    assert terms.mean() == pytest.approx(
        conditional_mutual_information(x, y, z, method=method).value, abs=1e-12
    )


def test_permutations_keep_independence_given_z_and_see_dependence():
    rng = np.random.default_rng(0)
    z = rng.normal(size=400)
    x, y = z + 0.5 * rng.normal(size=(2, 400))
    kept = conditional_mutual_information(x, y, z, method="gaussian_copula", permutations=99)
    seen = conditional_mutual_information(x, y + x, z, method="gaussian_copula", permutations=99)
    assert kept.provenance["p_value"] > 0.05
    assert seen.provenance["p_value"] == 0.01
    assert seen.provenance["permutations"] == 99


def test_permutation_within_strata_is_exact_in_its_margins():
    from infonats.quantities.independence import local_permutations

    rng = np.random.default_rng(0)
    z = rng.integers(0, 4, 100)
    variables = gather({"x": rng.normal(size=100), "y": rng.normal(size=100), "z": z})
    for shuffled in local_permutations(variables, 19, seed=0):
        for value in range(4):
            rows = z == value
            assert sorted(shuffled.blocks[0][rows, 0]) == sorted(variables.blocks[0][rows, 0])
        assert not np.array_equal(shuffled.blocks[0], variables.blocks[0])


def test_auto_says_what_it_chose():
    x, y, z = triple(200)
    assert conditional_mutual_information(x, y, z).method == "ksg"
    assert conditional_mutual_information(x, y, np.round(z)).method == "mixed_ksg"
    assert conditional_mutual_information(np.round(x), np.round(y), np.round(z)).method == "discrete"
    wide = conditional_mutual_information(
        np.stack([x, y + z, x * y], 1), np.stack([y, x * z], 1), np.stack([z, z**2], 1)
    )
    assert wide.method == "gaussian_copula"
    assert "7 continuous columns" in wide.provenance["choice"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"z": "x"}, "z contains x: column 'z' equals 'x' in every row"),
        ({"z": "y"}, "z contains y"),
        ({"k": 300}, "There are 200 rows and k = 300"),
        ({"constant": True}, "Constant in all 200 rows of z"),
        ({"infinite": True}, "'z' has 0 NaN and 1 infinite"),
        ({"short": True}, "x has 200 rows and z has 199"),
        ({"bandwidth": 2}, "There is no parameter 'bandwidth' of ksg"),
        ({"permutations": 5}, "permutations is 5; it must be a whole number of at least 19"),
    ],
)
def test_bad_input_is_answered(change, message):
    x, y, z = triple(200)
    z = {"x": x, "y": y}.get(change.get("z"), z)
    if change.get("constant"):
        z = np.ones(200)
    if change.get("infinite"):
        z = np.append(z[1:], np.inf)
    if change.get("short"):
        z = z[1:]
    extra = {name: value for name, value in change.items() if name in ("k", "bandwidth", "permutations")}
    with pytest.raises(InputError, match=message):
        conditional_mutual_information(x, y, z, method="ksg", **extra)


def test_few_rows_for_determinants_and_for_local_permutation():
    x, y, z = triple(6)
    with pytest.raises(InputError, match="There are 6 rows for 6 columns; a covariance needs more than"):
        conditional_mutual_information(
            np.stack([x, x**2], 1), np.stack([y, y**2], 1), np.stack([z, z**2], 1), method="gaussian"
        )
    with pytest.raises(InputError, match="local permutation needs more than 5"):
        conditional_mutual_information(x[:5], y[:5], z[:5], method="gaussian", permutations=19)


def test_discrete_columns_are_refused_by_neighbours_with_a_remedy():
    x, y, z = triple(200)
    with pytest.raises(InputError, match=r"looks discrete.*mixed_ksg"):
        conditional_mutual_information(np.round(x), y, z, method="ksg")


def test_drop_missing_drops_the_row_everywhere():
    x, y, z = triple(200)
    holed = z.copy()
    holed[7] = np.nan
    found = conditional_mutual_information(x, y, holed, method="gaussian", drop_missing=True)
    keep = np.arange(200) != 7
    assert found.value == conditional_mutual_information(x[keep], y[keep], z[keep], method="gaussian").value


def test_pointwise_refuses_what_has_no_rows():
    x, y, z = triple(50)
    with pytest.raises(InputError, match="infonce gives no value for each row here"):
        pointwise_mutual_information(x, y, z, method="infonce")
    with pytest.raises(UnknownNameError, match="There is no method 'ksq'"):
        conditional_mutual_information(x, y, z, method="ksq")
    with pytest.raises(UnknownNameError, match="There is no correction 'nonsense'"):
        conditional_mutual_information(
            np.round(x), np.round(y), np.round(z), method="discrete", correction="nonsense"
        )


def test_ennemi_defines_the_same_number(monkeypatch):
    """Frenzel and Pompe with k = 3; its digamma, a short series that errs by 6e-7 at 3, is made exact."""
    ennemi = pytest.importorskip("ennemi")
    monkeypatch.setattr("ennemi._entropy_estimators._psi", digamma)
    x, y, z = triple(500)
    theirs = ennemi.estimate_mi(y, x, k=3, cond=z).item()
    assert conditional_mutual_information(x, y, z, method="ksg").value == pytest.approx(theirs, abs=1e-9)
    wide = np.stack([z, x * y], 1)
    theirs = ennemi.estimate_mi(y, x, k=3, cond=wide).item()
    assert conditional_mutual_information(x, y, wide, method="ksg").value == pytest.approx(theirs, abs=1e-9)


def test_counts_that_know_nothing_given_the_hour():
    """A label, an hour and counts that follow the hour alone: nothing is left, and nothing is found."""
    rng = np.random.default_rng(0)
    hour, label = rng.integers(0, 24, 6000), rng.integers(0, 3, 6000)
    counts = np.rint(20 * hour * rng.gamma(4.0, 0.25, 6000))
    found = conditional_mutual_information(label, counts, hour)
    assert found.method == "rounded_ksg"
    assert abs(found.value) < 4 * found.stderr
