"""The table of formulas: every quantity is the signed sum of entropies that the literature prints."""

import itertools

import pytest

from infonats.quantities import definitions as d


def signed(*parts):
    return {members: sign for sign, members in parts}


def test_information_and_conditional_information():
    assert d.entropies(d.conditional((0,), (1,))) == signed((1, (0,)), (1, (1,)), (-1, (0, 1)))
    expected = signed((-1, (2,)), (1, (0, 2)), (1, (1, 2)), (-1, (0, 1, 2)))
    assert d.entropies(d.conditional((0,), (1,), (2,))) == expected


@pytest.mark.parametrize("m", [2, 3, 5])
def test_total_correlation_is_the_sum_of_entropies_less_the_joint_one(m):
    everything = tuple(range(m))
    assert d.entropies(d.total_correlation(m)) == {(i,): 1 for i in everything} | {everything: -1}


@pytest.mark.parametrize("m", [3, 4, 5])
def test_dual_total_correlation_is_the_joint_entropy_less_the_conditional_ones(m):
    everything = tuple(range(m))
    rest = {tuple(j for j in everything if j != i): 1 for i in everything}
    assert d.entropies(d.dual_total_correlation(m)) == rest | {everything: 1 - m}


@pytest.mark.parametrize("m", [3, 4, 5])
def test_interaction_is_the_alternating_sum_over_all_subsets(m):
    """II = -sum over T of (-1)^(m - |T|) H(T)."""
    subsets = [s for size in range(1, m + 1) for s in itertools.combinations(range(m), size)]
    assert d.entropies(d.interaction(m)) == {s: -((-1) ** (m - len(s))) for s in subsets}


def test_o_information_of_three_is_minus_the_interaction():
    three = d.entropies(d.interaction(3))
    assert d.entropies(d.o_information(3)) == {members: -c for members, c in three.items()}


@pytest.mark.parametrize("terms", [d.total_correlation(4), d.dual_total_correlation(4), d.o_information(4)])
def test_units_cancel(terms):
    """Each variable's coefficients sum to zero, so that nothing depends on its units."""
    for variable in range(4):
        assert sum(c for members, c in d.entropies(terms).items() if variable in members) == 0
