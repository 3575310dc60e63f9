"""Total correlation, its dual, interaction and O-information; entropies; shares."""

import math

import numpy as np
import pandas
import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from infonats.closedform import gaussian, kl_entropy
from infonats.errors import InputError, UnknownNameError
from infonats.quantities import (
    conditional_mutual_information,
    dual_total_correlation,
    entropy,
    interaction_information,
    normalised_mutual_information,
    o_information,
    total_correlation,
)

XOR = [np.array(v) for v in ([0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 1, 0])]
COPY = [np.array([0, 0, 1, 1])] * 3
PLAIN = {"method": "discrete", "correction": "none"}
LOG2 = math.log(2)


def big(variables):
    return [np.tile(v, 25) for v in variables]


@pytest.mark.parametrize(
    ("quantity", "xor", "copy"),
    [
        (total_correlation, LOG2, 2 * LOG2),
        (dual_total_correlation, 2 * LOG2, LOG2),
        (interaction_information, LOG2, -LOG2),
        (o_information, -LOG2, LOG2),
    ],
)
def test_parity_and_copies_exactly(quantity, xor, copy):
    assert quantity(big(XOR), **PLAIN).value == pytest.approx(xor, abs=1e-12)
    assert quantity(big(COPY), **PLAIN).value == pytest.approx(copy, abs=1e-12)


@pytest.mark.parametrize("method", ["gaussian", "gaussian_copula", "ksg"])
@pytest.mark.parametrize(
    ("quantity", "truth"),
    [
        # unit variances, correlations all 1/2: |R| = 1/2, |R_ij| = 3/4
        (total_correlation, 0.5 * math.log(2)),
        (dual_total_correlation, 0.5 * (3 * math.log(0.75) - 2 * math.log(0.5))),
        (o_information, 0.5 * math.log(2) - 0.5 * (3 * math.log(0.75) - 2 * math.log(0.5))),
    ],
)
def test_equicorrelated_gaussians(quantity, truth, method):
    rng = np.random.default_rng(0)
    x = math.sqrt(0.5) * (rng.normal(size=(2000, 1)) + rng.normal(size=(2000, 3)))
    found = quantity(x, method=method)
    assert abs(found.value - truth) < 3 * found.stderr


def test_matrices_frames_lists_and_mappings_are_the_same_variables():
    x = np.random.default_rng(0).normal(size=(50, 3))
    value = total_correlation(x, method="gaussian").value
    frame = dict(zip("abc", x.T, strict=True))
    for other in (list(x.T), frame, pandas.DataFrame(frame), polars.DataFrame(frame)):
        assert total_correlation(other, method="gaussian").value == value
    assert str(total_correlation(frame, method="gaussian")).startswith("T(a; b; c) = ")


tables = arrays(np.int64, (40, 4), elements=st.integers(0, 2))


@settings(max_examples=25, deadline=None)
@given(tables)
def test_identities_of_the_plug_in(table):
    columns = [np.append(c, [0, 1]) for c in table.T]  # never constant
    x, y, z, w = columns
    t, d = total_correlation(columns, **PLAIN).value, dual_total_correlation(columns, **PLAIN).value
    assert min(t, d) >= -1e-12
    assert o_information(columns, **PLAIN).value == pytest.approx(t - d, abs=1e-12)
    chain = total_correlation([x, y, z], **PLAIN).value
    chain += total_correlation([np.stack([x, y, z], 1), w], **PLAIN).value
    assert t == pytest.approx(chain, abs=1e-12)
    given_z = (
        conditional_mutual_information(x, y, z, **PLAIN).value if not same(x, z) and not same(y, z) else None
    )
    if given_z is not None:
        joint = total_correlation([x, np.stack([y, z], 1)], **PLAIN).value
        assert given_z >= -1e-12
        assert given_z == pytest.approx(joint - total_correlation([x, z], **PLAIN).value, abs=1e-12)
        reversed_ = conditional_mutual_information(y[::-1], x[::-1], z[::-1], **PLAIN).value
        assert given_z == pytest.approx(reversed_, abs=1e-12)
    h = entropy(x, **PLAIN).value + entropy(y, **PLAIN).value - entropy(np.stack([x, y], 1), **PLAIN).value
    assert total_correlation([x, y], **PLAIN).value == pytest.approx(h, abs=1e-12)
    assert entropy(x, y, **PLAIN).value == pytest.approx(entropy(x, **PLAIN).value - h, abs=1e-12)
    assert total_correlation([x, x.copy()], **PLAIN).value == pytest.approx(
        entropy(x, **PLAIN).value, abs=1e-12
    )


def same(a, b):
    return np.array_equal(a, b)


@pytest.mark.parametrize("scale", [1e-150, 1e-3, 1e150])
@pytest.mark.parametrize("method", ["ksg", "gaussian", "gaussian_copula"])
def test_units_do_not_matter(method, scale):
    x = np.random.default_rng(0).normal(size=(60, 3)) @ np.array([[1, 0.5, 0], [0, 1, 0.5], [0, 0, 1]])
    units = np.array([scale, 1.0, 1.0])
    value = o_information(x, method=method).value
    assert o_information(x * units, method=method).value == pytest.approx(
        value, abs=1e-9
    )  # rounding of x * units


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: total_correlation(x[:1]), "T was given 1 variables; it needs at least 2"),
        (lambda x: o_information(x[:2]), "Omega was given 2 variables; it needs at least 3"),
        (lambda x: interaction_information(x * 4), "II was given 12 variables; .* at most 10"),
        (lambda x: total_correlation([x[0], x[1][:-1]]), "x0 has 100 rows and x1 has 99"),
    ],
)
def test_bad_input_is_answered(call, message):
    with pytest.raises(InputError, match=message):
        call(big(XOR))


# --- Entropies ----------------------------------------------------------------------------------------


def test_discrete_entropies_by_hand():
    x, z = big([np.array([0, 0, 1, 2]), np.array([0, 0, 1, 1])])
    assert entropy(x, **PLAIN).value == pytest.approx(1.5 * LOG2, abs=1e-12)
    assert entropy(x, z, **PLAIN).value == pytest.approx(0.5 * LOG2, abs=1e-12)
    assert entropy(x).value == pytest.approx(1.5 * LOG2 + 2 / 200, abs=1e-12)
    assert str(entropy(x, z)).startswith("H(x | z) = ")


@pytest.mark.parametrize("method", ["knn", "gaussian"])
def test_gaussian_entropies(method):
    rng = np.random.default_rng(0)
    z = rng.normal(size=3000)
    x = 3 * (z + rng.normal(size=3000))
    alone, given_z = entropy(x, method=method), entropy(x, z, method=method)
    assert abs(alone.value - 0.5 * math.log(2 * math.pi * math.e * 18)) < 3 * alone.stderr
    assert abs(given_z.value - 0.5 * math.log(2 * math.pi * math.e * 9)) < 3 * given_z.stderr
    moved = entropy(1e100 * x, method=method).value
    assert moved == pytest.approx(alone.value + 100 * math.log(10), abs=1e-9)


def test_knn_entropy_is_the_closed_form_where_units_are_its_own():
    x = np.random.default_rng(0).normal(size=(200, 1))
    assert entropy(x, method="knn", k=4).value == pytest.approx(kl_entropy(x, k=4), abs=1e-12)


def test_gaussian_entropies_give_the_information():
    x, y = np.random.default_rng(0).normal(size=(2, 80))
    y = y + x
    parts = entropy(x, method="gaussian").value - entropy(x, y, method="gaussian").value
    assert parts == pytest.approx(gaussian(x[:, None], y[:, None]), abs=1e-12)


def test_entropy_refuses_mixtures_and_unknown_names():
    x, y = np.random.default_rng(0).normal(size=(2, 100))
    with pytest.raises(InputError, match="1 of 2 columns look discrete and the others continuous"):
        entropy(np.stack([x, np.round(y)], 1))
    with pytest.raises(UnknownNameError, match="There is no method of entropy 'ksg'"):
        entropy(x, method="ksg")
    with pytest.raises(UnknownNameError, match="There is no parameter 'bins' of the entropy by knn"):
        entropy(x, bins=3)


# --- Shares -------------------------------------------------------------------------------------------


def test_shares_of_entropies_by_hand():
    x, y = big([np.array([0, 0, 1, 1]), np.array([0, 1, 2, 3])])  # I = H(X) = log 2, H(Y) = H(X,Y) = log 4
    expected = {"arithmetic": 2 / 3, "geometric": 1 / math.sqrt(2), "min": 1.0, "max": 0.5, "joint": 0.5}
    for normalisation, share in expected.items():
        found = normalised_mutual_information(x, y, normalisation=normalisation, correction="none")
        assert found.value == pytest.approx(share, abs=1e-12)
        assert "nats" not in str(found)


def test_arithmetic_share_is_that_of_scikit_learn():
    from sklearn.metrics import normalized_mutual_info_score

    x, y = np.random.default_rng(0).integers(0, 4, (2, 200))
    y = np.where(np.arange(200) % 2, x, y)
    for mean in ("arithmetic", "geometric", "min", "max"):
        ours = normalised_mutual_information(x, y, normalisation=mean, correction="none").value
        assert ours == pytest.approx(normalized_mutual_info_score(x, y, average_method=mean), abs=1e-12)


def test_the_error_of_a_share_is_that_of_repeated_samples():
    rng, values, errors = np.random.default_rng(0), [], []
    for _ in range(200):
        x = rng.integers(0, 3, 300)
        y = np.where(rng.random(300) < 0.5, x, rng.integers(0, 3, 300))
        found = normalised_mutual_information(x, y)
        values.append(found.value)
        errors.append(found.stderr)
    # the standard deviation of 200 values is known to 5 %; three of them
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.15)


def test_linfoot_is_the_correlation_of_a_gaussian(gaussian_pairs):
    x, y = gaussian_pairs(3000, 1, 0.6)
    found = normalised_mutual_information(x, y, normalisation="linfoot", method="gaussian")
    assert found.interval[0] < 0.6 < found.interval[1]
    assert found.value == pytest.approx(math.sqrt(1 - math.exp(-2 * found.provenance["nats"])), abs=1e-12)
    below = normalised_mutual_information(x, np.roll(y, 7), normalisation="linfoot", method="gaussian")
    assert math.copysign(1, below.value) == math.copysign(1, below.provenance["nats"])


def test_shares_refuse_what_has_none():
    x, y = np.random.default_rng(0).normal(size=(2, 100))
    with pytest.raises(InputError, match=r"divides by discrete entropies.*normalisation='linfoot'"):
        normalised_mutual_information(x, y)
    with pytest.raises(UnknownNameError, match="There is no normalisation 'mean'"):
        normalised_mutual_information(x, y, normalisation="mean")
