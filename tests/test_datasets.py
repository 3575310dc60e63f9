import math

import polars
import pytest

from infonats import datasets
from infonats.errors import UnknownNameError


def test_sachs_has_853_cells_and_11_finite_proteins():
    table = datasets.load_sachs()
    assert table.shape == (853, 11)
    assert set(table.dtypes) == {polars.Float64}
    assert all(math.isfinite(v) for row in table.iter_rows() for v in row)
    assert table.row(0)[:3] == (3.5946, 3.1442, 2.9349)


def test_graph_has_20_distinct_edges_among_the_columns():
    columns = datasets.load_sachs().columns
    assert len(set(datasets.SACHS_GRAPH)) == 20
    assert {node for edge in datasets.SACHS_GRAPH for node in edge} == set(columns)


def test_path_is_the_file_that_is_loaded():
    assert polars.read_csv(datasets.path("sachs")).shape == (853, 11)


def test_unknown_data_set_names_the_nearest():
    with pytest.raises(UnknownNameError, match=r"no data set 'sax'.*Allowed: sachs"):
        datasets.path("sax")
