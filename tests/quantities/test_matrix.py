"""Matrices: equal to the pairs one by one, whatever the route; masks, lags, resuming, clusters, files."""

import itertools
import json

import numpy as np
import polars
import pytest

import infonats
from infonats import closedform
from infonats.errors import InputError, UnknownNameError
from infonats.quantities import MatrixResult, mi_matrix
from infonats.quantities._prepared import ksg_of, prepare
from infonats.quantities._screens import equal_count_bins
from infonats.quantities.matrix_result import PairRecord


def table(n=300, d=5, seed=0):
    x = np.random.default_rng(seed).normal(size=(n, d))
    x[:, 1:] += 0.6 * x[:, :-1]
    return x


@pytest.mark.parametrize("method", ["ksg", "mixed_ksg", "gaussian", "gaussian_copula", "discrete"])
def test_every_entry_is_the_closed_form_of_the_pair(method):
    x = np.round(table(), 0 if method == "discrete" else 3)
    found = mi_matrix(x, method=method, n_jobs=1)
    for i, j in itertools.combinations(range(5), 2):
        expected = getattr(closedform, method)(x[:, [i]], x[:, [j]])
        assert found.values[i, j] == pytest.approx(expected, abs=1e-12)
        assert found.values[j, i] == found.values[i, j]
    assert np.isnan(np.diag(found.values)).all()


@pytest.mark.parametrize("decimals", [1, 2, 9])
@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e150])
def test_prepared_columns_give_the_same_value_and_error_to_the_last_bit(decimals, scale):
    x = np.round(table(400, 2), decimals) * scale + (1e6 if scale == 1.0 else 0.0)
    value, stderr = ksg_of(prepare(x[:, 0], 7), prepare(x[:, 1], 7), k=4)
    local, error = closedform.ksg_error(x[:, [0]], x[:, [1]], k=4, seed=7)
    assert value == local.mean()
    assert stderr == pytest.approx(error, rel=1e-12)  # sums of burdens in another order


def test_a_permuted_prepared_column_is_the_column_prepared_after_permuting():
    x, rows = table(100, 1)[:, 0], np.random.default_rng(1).permutation(100)
    one, other = prepare(x, 0).permuted(rows).single, prepare(x[rows], 0).single
    for name in ("values", "order", "ordered"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_screens_are_their_closed_forms_on_the_pair():
    x = table(500)
    copula, binned = mi_matrix(x, method="gaussian_copula"), mi_matrix(x, method="binned", bins=6)
    coded = equal_count_bins(x, 6).astype(float)
    for i, j in itertools.combinations(range(5), 2):
        pair = x[:, [i]], x[:, [j]]
        assert copula.values[i, j] == pytest.approx(closedform.gaussian_copula(*pair), abs=1e-12)
        local = closedform.gaussian_copula_local(*pair)
        assert copula.stderr[i, j] == pytest.approx(closedform.standard_error(local, degrees=1), rel=1e-9)
        local = closedform.discrete_local(coded[:, [i]], coded[:, [j]])
        assert binned.values[i, j] == pytest.approx(local.mean(), abs=1e-12)
        assert binned.stderr[i, j] == pytest.approx(closedform.standard_error(local, degrees=25), rel=1e-9)


def test_equal_count_bins_keep_few_values_and_ties_together():
    x = np.array([[0, 0, 0, 5, 5, 9.0], [1, 2, 3, 4, 5, 6]]).T
    np.testing.assert_array_equal(equal_count_bins(x, 3).T, [[0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 2, 2]])
    heavy = np.array([[1, 1, 1, 1, 2, 3, 4, 5.0]]).T
    np.testing.assert_array_equal(equal_count_bins(heavy, 4)[:, 0], [0, 0, 0, 0, 2, 2, 3, 3])


@pytest.mark.parametrize("method", ["ksg", "gaussian_copula", "binned", "auto"])
def test_missing_values_cost_only_the_pairs_that_have_them(method):
    x = table()
    holed = x.copy()
    holed[:40, 2] = np.nan
    holed[7, 3] = np.inf
    found, whole = mi_matrix(holed, method=method, n_jobs=1), mi_matrix(x, method=method, n_jobs=1)
    assert found.values[0, 1] == pytest.approx(whole.values[0, 1], abs=1e-12)
    assert found.n[0, 1] == 300
    assert found.n[2, 3] == 260 - 0
    assert found.n[0, 3] == 299
    keep = np.arange(300) >= 40
    part = mi_matrix(x[keep][:, [0, 2]], method=method, n_jobs=1)
    assert found.values[0, 2] == pytest.approx(part.values[0, 1], abs=1e-12)


def test_masks_of_rows_and_of_entries():
    x = table()
    rows = np.arange(300) % 3 > 0
    masked = mi_matrix(x, method="gaussian", mask=rows, n_jobs=1)
    np.testing.assert_allclose(
        masked.values, mi_matrix(x[rows], method="gaussian", n_jobs=1).values, atol=1e-12
    )
    entries = np.ones(x.shape, dtype=bool)
    entries[:290, 0] = False
    thin = mi_matrix(x, method="gaussian", mask=entries, n_jobs=1)
    assert np.isnan(thin.values[0, 1])
    assert "only 10 of 300 rows have both values; at least 20 are needed" in thin.records[0].note
    assert thin.n[0, 1] == 10
    with pytest.raises(InputError, match=r"mask has type int64 and shape \(300,\); it must be boolean"):
        mi_matrix(x, mask=rows.astype(int))
    with pytest.raises(InputError, match=r"mask has type bool and shape \(299,\)"):
        mi_matrix(x, mask=rows[1:])


def test_what_cannot_be_measured_is_noted_and_the_rest_goes_on():
    x = table()
    x[:, 1], x[:, 2] = 3.0, np.round(x[:, 2])
    found = mi_matrix(x, method="ksg", n_jobs=1)
    assert "Constant in all 300 rows" in found.records[0].note
    assert "looks discrete" in next(r for r in found.records if (r.x, r.y) == (0, 2)).note
    assert np.isfinite(found.values[0, 3])
    assert "7 without a value, each with a note" in str(found)
    auto = mi_matrix(x, n_jobs=1)
    assert {r.method for r in auto.records if r.value is not None} == {"ksg", "ross"}


def test_text_is_measured_by_what_takes_it_and_noted_by_what_does_not():
    rng = np.random.default_rng(0)
    kind = rng.choice(["low", "middle", "high"], 300)
    shade = np.where(rng.random(300) < 0.5, kind, "none")
    size = rng.normal(size=300) + (kind == "high")
    columns = {"kind": kind, "shade": shade, "size": size, "rounded": np.round(size, 1) * 1.1}
    auto = mi_matrix(columns, n_jobs=1, permutations=19)
    assert [r.method for r in auto.records] == ["discrete", "ross", "ross", "ross", "ross", "ksg"]
    for record in auto.records:
        names = [auto.names[i] for i in (record.x, record.y)]
        single = infonats.mutual_information(columns[names[0]], columns[names[1]], method="auto-closed")
        assert record.value == pytest.approx(single.value, abs=1e-12)
        assert record.method == single.method
        assert record.p is not None
    counted = mi_matrix({"kind": kind, "shade": shade}, method="discrete", n_jobs=1)
    assert counted.values[0, 1] == auto.values[0, 1]
    refused = mi_matrix(columns, method="gaussian_copula", n_jobs=1)
    assert "Text, of which gaussian_copula can make nothing: 'kind' (high" in refused.records[0].note
    assert np.isfinite(refused.values[2, 3])


def test_auto_measures_rounded_columns_as_mutual_information_does():
    """Rounded to half deviations and shuffled: mixed_ksg reads tenths of a nat from nothing."""
    x = np.round(2 * np.random.default_rng(3).normal(size=(300, 2))) / 2
    (record,) = mi_matrix(x, n_jobs=1).records
    single = infonats.mutual_information(x[:, 0], x[:, 1])
    assert record.method == single.method == "rounded_ksg"
    assert record.value == pytest.approx(single.value, abs=1e-12)
    assert abs(record.value) < 3 * record.stderr
    assert closedform.mixed_ksg(x[:, [0]], x[:, [1]]) > 0.2


def test_what_the_permutations_can_show_is_said():
    found = mi_matrix(table(60, 5), method="gaussian", permutations=19, n_jobs=1)
    assert found.resolution == (
        "p is never below 1 / 20 = 0.05 with 19 permutations, so q, p corrected for 10 tests (Benjamini and "
        "Hochberg), reaches 0.05 only where at least 10 pairs are at that floor. 199 permutations let a single "
        "pair reach it."
    )
    many = mi_matrix(table(60, 3), method="gaussian_copula", permutations=199)
    assert many.resolution.endswith("q is p corrected for 3 tests (Benjamini and Hochberg).")
    assert mi_matrix(table(60, 3), method="gaussian").resolution == ""


def test_lags_let_x_lead_on_the_same_rows():
    rng = np.random.default_rng(0)
    x = rng.normal(size=500)
    y = np.roll(x, 2) + 0.5 * rng.normal(size=500)
    found = mi_matrix({"x": x, "y": y}, method="ksg", lags=(0, 2, -1), n_jobs=1)
    assert found.values.shape == (3, 2, 2)
    assert found.ranked()[0][0] == next(r for r in found.records if (r.x, r.y, r.lag) == (0, 1, 2))
    assert {r.n for r in found.records} == {497}
    expected = closedform.ksg(x[0:497, None], y[2:499, None])
    assert found.values[1, 0, 1] == pytest.approx(expected, abs=1e-12)
    assert np.isfinite(found.values[1, 0, 0])
    assert np.isnan(found.values[0, 0, 0])


def test_any_number_of_processes_gives_the_same_bits():
    x = table(100, 12)
    one, two = (mi_matrix(x, method="ksg", n_jobs=n).to_json() for n in (1, 2))
    assert one == two


def test_a_dask_cluster_gives_the_same_bits():
    distributed = pytest.importorskip("distributed")
    x = table(100, 12)
    seen = []
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, protocol="tcp"
    ) as cluster:
        address = cluster.scheduler_address
        there = mi_matrix(x, method="ksg", scheduler=address, progress=lambda *step: seen.append(step))
    assert address.startswith("tcp://")
    assert there.to_json() == mi_matrix(x, method="ksg", n_jobs=1).to_json()
    assert seen[-1][:2] == (66, 66)


def test_a_scheduler_that_does_not_answer(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("infonats._cluster.ANSWER", 0.2)
    with pytest.raises(InputError, match=r"No Dask scheduler answers at 'tcp://127\.0\.0\.1:1'"):
        mi_matrix(table(), method="ksg", scheduler="tcp://127.0.0.1:1")


def test_permutations_see_dependence_and_control_the_rest():
    x = np.random.default_rng(0).normal(size=(100, 4))
    x[:, 1] = x[:, 0] + 0.3 * x[:, 1]
    for method in ("gaussian_copula", "ksg", "binned"):
        found = mi_matrix(x, method=method, permutations=19, n_jobs=1, seed=2)
        assert found.p[0, 1] == 1 / 20
        assert (found.q[np.isfinite(found.q)] >= found.p[np.isfinite(found.p)]).all()
        assert found.q[2, 3] > 0.05


@pytest.mark.parametrize("method", ["ksg", "gaussian", "binned"])
def test_tests_that_find_nothing_end_early(method):
    x = table(100, 4)
    x[:3, 3] = np.nan  # neither a prepared column nor a screen
    whole = mi_matrix(x, method=method, permutations=39, n_jobs=1)
    early = mi_matrix(x, method=method, permutations=39, exceedances=3, n_jobs=1)
    assert (early.values[:3, 3] == whole.values[:3, 3]).all()
    assert early.provenance["exceedances"] == 3
    for one, other in zip(early.records, whole.records, strict=True):
        if other.p <= 3 / 40:
            assert one.p == other.p, "fewer than three reached it: all were drawn"
        elif one.p != other.p:
            assert 3 / one.p == pytest.approx(round(3 / one.p)), "h / m"
            assert 3 / one.p <= 39
    assert any(one.p != other.p for one, other in zip(early.records, whole.records, strict=True))


def test_an_interrupted_matrix_continues(tmp_path):
    x, path = table(100, 12), tmp_path / "matrix.jsonl"

    def stop(done, total, message):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mi_matrix(x, method="ksg", resume=path, progress=stop, n_jobs=1)
    kept = len(path.read_text().splitlines()) - 1
    assert 0 < kept < 66
    path.write_text(path.read_text() + "[3, 4, 0, 1")  # cut off while writing
    steps = []
    found = mi_matrix(x, method="ksg", resume=path, progress=lambda *s: steps.append(s), n_jobs=1)
    assert found == mi_matrix(x, method="ksg", n_jobs=1)
    assert steps[0][0] > kept
    assert len(path.read_text().splitlines()) == 67
    with pytest.raises(InputError, match="holds another matrix: its parameters differs"):
        mi_matrix(x, method="ksg", resume=path, k=5)
    with pytest.raises(InputError, match="holds another matrix: its data differs"):
        mi_matrix(x + 1, method="ksg", resume=path)
    (tmp_path / "other").write_text("hello\n")
    with pytest.raises(InputError, match="holds another matrix: its format differs"):
        mi_matrix(x, method="ksg", resume=tmp_path / "other")
    with pytest.raises(InputError, match="The progress cannot be written"):
        mi_matrix(x, method="ksg", resume=tmp_path / "absent" / "m.jsonl")


def test_another_version_does_not_go_on_from_a_ledger(tmp_path, monkeypatch):
    x, path = table(60, 3), tmp_path / "matrix.jsonl"
    found = mi_matrix(x, method="gaussian", permutations=19, resume=path, n_jobs=1)
    content = path.read_text()
    monkeypatch.setattr("infonats.__version__", "0.9.9")
    with pytest.raises(
        InputError, match=r"was begun by infonats 0\.1.*, and this is 0\.9\.9: .*Delete the file"
    ):
        mi_matrix(x, method="gaussian", permutations=19, resume=path, n_jobs=1)
    with pytest.raises(InputError, match="holds another matrix: its version, permutations differs"):
        mi_matrix(x, method="gaussian", resume=path, n_jobs=1)
    assert path.read_text() == content
    monkeypatch.undo()
    head, *records = content.splitlines()
    silent = {name: value for name, value in json.loads(head).items() if name != "infonats"}
    path.write_text("\n".join([json.dumps(silent), *records]))
    with pytest.raises(InputError, match="was begun by an infonats that named no version, and this is 0"):
        mi_matrix(x, method="gaussian", permutations=19, resume=path, n_jobs=1)
    path.write_text(content)
    assert mi_matrix(x, method="gaussian", permutations=19, resume=path, n_jobs=1) == found


def test_files_hold_what_was_found(tmp_path):
    found = mi_matrix(dict(zip("abc", table(100, 3).T, strict=True)), method="gaussian", n_jobs=1)
    assert MatrixResult.from_json(found.to_json()) == found
    assert MatrixResult.from_json(found.write(tmp_path / "m.json").read_text()) == found
    read = polars.read_parquet(found.write(tmp_path / "m.parquet"))
    assert read.equals(found.to_frame())
    assert polars.read_csv(found.write(tmp_path / "m.csv"))["value"].to_list() == pytest.approx(
        read["value"].to_list()
    )
    assert read["value"].is_sorted(descending=True)
    with pytest.raises(InputError, match=r"name a file ending in \.csv, \.parquet or \.json"):
        found.write(tmp_path / "m.xlsx")
    with pytest.raises(InputError, match="cannot be written"):
        found.write(tmp_path / "absent" / "m.json")
    with pytest.raises(InputError, match="This text is no matrix of format 1"):
        MatrixResult.from_json(json.dumps({"infonats_estimate": 1}))


def test_it_draws_itself():
    found = mi_matrix(table(60, 3), method="gaussian", lags=(0, 1), n_jobs=1)
    axes = found.plot(lag=1)
    assert [label.get_text() for label in axes.get_xticklabels()] == ["x0", "x1", "x2"]
    assert len(axes.texts) == 9


def test_another_method_of_the_registry():
    found = mi_matrix(table(60, 2), method="nwj", max_steps=2, hidden=(4,), n_jobs=1)
    assert found.records[0].method == "nwj"
    assert found.records[0].value is not None


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"method": "ksq"}, "There is no method 'ksq'.*Did you mean 'ksg'"),
        ({"method": "ksg", "bandwidth": 1}, "There is no parameter 'bandwidth' of ksg"),
        ({"method": "binned", "bins": 1}, "it takes bins, a whole number of at least 2"),
        ({"lags": (0, 400)}, "The lags 0 to 400 leave 0 of 300 rows"),
        ({"lags": (1, 1)}, "give at least one whole number, each once"),
        ({"lags": (True,)}, "A lag is True; it must be a whole number"),
        ({"n_jobs": 0}, "n_jobs is 0; give a number of processes"),
        ({"permutations": 3}, "permutations is 3"),
        ({"exceedances": -1}, "exceedances is -1; it must be 0"),
        ({"minimum_rows": 1}, "minimum_rows is 1"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_bad_input_is_answered_before_the_work(keywords, message):
    with pytest.raises(InputError, match=message) as caught:
        mi_matrix(table(), **keywords)
    assert isinstance(caught.value, UnknownNameError) == ("There is no" in message)


def test_a_matrix_needs_two_columns_of_one_length():
    with pytest.raises(InputError, match="The table has 1 column; a matrix needs at least 2"):
        mi_matrix(table()[:, :1])
    with pytest.raises(InputError, match="columns of the table have different lengths"):
        mi_matrix({"a": np.arange(5), "b": np.arange(6)})


def test_an_empty_result_says_so():
    records = (PairRecord(0, 1, 0, 3, note="only 3 rows"),)
    assert str(MatrixResult(("a", "b"), (0,), "ksg", records)).endswith("1 without a value, each with a note.")


def test_rounded_columns_say_that_the_value_is_too_large():
    rounded = np.random.default_rng(0).normal(size=(600, 2)).round(1)
    (record,) = mi_matrix(rounded, method="mixed_ksg", n_jobs=1).records
    assert record.value > 0.1, "independent columns: the bias that the note is about"
    assert "biased upwards" in record.note
