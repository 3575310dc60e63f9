"""What every quantiser must do, and what each one does."""

import math

import pytest
import torch

from infonats.errors import InputError
from infonats.quantizers import QUANTIZERS, Grid, KMeans

every = pytest.mark.parametrize("name", QUANTIZERS)


def rows(n=300, d=2, seed=0, dtype=torch.float32):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=dtype)


@every
def test_codes_are_whole_numbers_below_their_count(name):
    quantizer = QUANTIZERS[name].fit(rows(), 16, 0)
    code = quantizer(rows(50, seed=1).reshape(5, 10, 2))
    assert (code.shape, code.dtype) == ((5, 10), torch.int64)
    assert int(code.min()) >= 0
    assert int(code.max()) < quantizer.codes <= 16
    assert len(quantizer(rows()).unique()) > 8


@every
def test_a_function_of_rows_and_seed(name):
    before = torch.get_rng_state()
    one, same = (QUANTIZERS[name].fit(rows(), 8, 3) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(one(rows(seed=1)), same(rows(seed=1)))


@every
def test_state_round_trip(name):
    quantizer = QUANTIZERS[name].fit(rows(), 8, 0)
    other = QUANTIZERS[name].from_arrays(quantizer.arrays())
    assert other.codes == quantizer.codes
    assert torch.equal(other(rows(seed=1)), quantizer(rows(seed=1)))


@every
def test_codes_tell_the_rows_apart(name):
    """Within a code rows vary less than a quarter of what they do over all: they say something of y."""
    y = rows(1000)
    code = QUANTIZERS[name].fit(y, 32, 0)(y)
    centres = torch.stack([y[code == k].mean(0) if (code == k).any() else y[0] for k in range(32)])
    assert (y - centres[code]).square().mean() < 0.25 * y.var()


@every
@pytest.mark.parametrize("codes", [1, 2.5, True])
def test_too_few_codes(name, codes):
    if name == "vector_quantized" and codes == 2.5:
        pytest.skip("said by the type")
    with pytest.raises(Exception, match=r"codes is .*give a whole number from 2 on|Type-check"):
        QUANTIZERS[name].fit(rows(), codes, 0)


def test_k_means_finds_the_clusters():
    centres = torch.tensor([[-5.0, 0.0], [5.0, 0.0], [0.0, 5.0]])
    y = centres[torch.arange(300) % 3] + 0.1 * rows()
    code = KMeans.fit(y, 3, 0)(y)
    assert all(len(code[i::3].unique()) == 1 for i in range(3))
    assert len(code.unique()) == 3


def test_k_means_of_few_distinct_rows():
    quantizer = KMeans.fit(torch.tensor([[0.0], [1.0], [0.0], [1.0]]), 8, 0)
    assert quantizer.codes == 2


def test_grid_cells():
    quantizer = Grid.fit(torch.tensor([[0.0, 0.0], [4.0, 8.0]]), 16, 0)
    assert quantizer.codes == 16
    y = torch.tensor([[0.5, 1.0], [3.9, 1.0], [0.5, 7.9], [-9.0, 99.0], [4.0, 8.0]])
    assert quantizer(y).tolist() == [0, 3, 12, 12, 15]


def test_grid_needs_two_cells_a_column():
    with pytest.raises(InputError, match=r"codes is 7 for 3 columns.*give 8 codes or more"):
        Grid.fit(rows(d=3), 7, 0)
    assert Grid.fit(rows(d=3), 8, 0).codes == 8
    assert Grid.fit(torch.zeros(4, 1), 4, 0)(torch.zeros(2, 1)).tolist() == [0, 0]


def test_grid_takes_the_root_exactly():
    assert all(Grid.fit(rows(d=3), k**3, 0).codes == k**3 for k in (2, 3, 5, 10))
    assert math.isclose(Grid.fit(rows(d=1), 31, 0).codes, 31)
