import pytest

from infonats.benchmark import Cell, grid
from infonats.errors import InputError


def test_every_combination_once():
    cells = grid(["a", "b"], ["m"], [10, 20, 10], range(3))
    assert len(cells) == len(set(cells)) == 2 * 1 * 2 * 3
    assert cells[0] == Cell("a", "m", 10, 0)


def test_methods_meet_the_same_sample():
    one, other = Cell("a", "ksg", 10, 0), Cell("a", "mine", 10, 0)
    assert one.data_seed == other.data_seed
    assert one.method_seed != other.method_seed


def test_all_that_differs_gives_another_sample():
    cells = [Cell("a", "m", 10, 0), Cell("b", "m", 10, 0), Cell("a", "m", 11, 0), Cell("a", "m", 10, 1)]
    assert len({cell.data_seed for cell in cells}) == len(cells)


def test_the_seeds_are_the_same_everywhere():
    # The first eight bytes of SHA-256 of "a\n10\n0", halved: by `printf 'a\n10\n0' | sha256sum`.
    assert Cell("a", "m", 10, 0).data_seed == int.from_bytes(bytes.fromhex("a3b344ba6bd9e86a"), "little") >> 1


@pytest.mark.parametrize("n", [1, 0, -5, True])
def test_too_few_rows(n):
    with pytest.raises(InputError, match="each 2 or more"):
        grid(["a"], ["m"], [n], [0])


@pytest.mark.parametrize("axes", [([], ["m"], [10], [0]), (["a"], [], [10], [0]), (["a"], ["m"], [10], [])])
def test_an_empty_grid(axes):
    with pytest.raises(InputError, match="grid is empty"):
        grid(*axes)


def test_a_bad_seed():
    with pytest.raises(InputError, match="seed is -1"):
        grid(["a"], ["m"], [10], [-1])


def test_a_cell_reads_as_a_sentence():
    assert str(Cell("a", "ksg", 10, 3)) == "ksg on a, n = 10, seed 3"
