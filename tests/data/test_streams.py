import numpy as np
import polars as pl
import pytest

from infonats.data import Standardize, Stream, open_stream
from infonats.data.scaling import Moments
from infonats.data.streams import NUMBERS
from infonats.data.survey import among, survey
from infonats.errors import InputError


def rows(n=5000, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(3.0, 2.0, (n, 2)), rng.normal(-1.0, 0.1, n)


@pytest.fixture
def files(tmp_path):
    """The same rows as two .npy files, as .npz and as Parquet in several row groups."""
    x, y = rows()
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y)
    np.savez(tmp_path / "both.npz", x=x, y=y)
    pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": y}).write_parquet(tmp_path / "t.parquet", row_group_size=700)
    return tmp_path


def mapped(folder):
    return Stream.of(*(np.load(folder / f"{side}.npy", mmap_mode="r") for side in "xy"))


def streams(folder):
    return [
        mapped(folder),
        open_stream(folder / "both.npz", "x", "y"),
        open_stream(folder / "t.parquet", "a,b", "c"),
    ]


def test_every_kind_of_file_gives_the_same_rows(files):
    x, y = rows()
    for stream in streams(files):
        numbers, values = stream.read(690, 1500)
        assert numbers.tolist() == list(range(690, 1500))
        np.testing.assert_array_equal(values, np.column_stack([x, y])[690:1500])
        assert len(stream.read(4990, 5200)[0]) == 10
        assert len(stream) == 5000


def test_blocks_stay_small_for_wide_rows():
    wide = Stream.of(np.zeros((10, 100_000)), np.zeros(10))
    assert wide.block_rows == 16
    assert Stream.of(np.zeros((10, 1000)), np.zeros(10)).block_rows == NUMBERS // 4 // 1001


def test_survey_holds_out_rows_of_the_whole_and_learns_from_the_others(files):
    x, y = rows()
    for stream in streams(files):
        seen = survey(stream, 300, 200, seed=1)
        assert (len(seen.validation), len(seen.test), seen.n_train, len(seen.held)) == (300, 200, 4500, 500)
        held = np.vstack([seen.validation.x, seen.test.x])
        np.testing.assert_array_equal(np.sort(held[:, 0]), np.sort(x[seen.held, 0]))
        assert not set(seen.validation.x[:, 0]) & set(seen.test.x[:, 0])
        rest = np.setdiff1d(np.arange(5000), seen.held)
        whole, streamed = Standardize.fit(x[rest]), Standardize.pooled(seen.moments[0])
        np.testing.assert_allclose(streamed.mean, whole.mean, rtol=1e-13)
        np.testing.assert_allclose(streamed.scale, whole.scale, rtol=1e-13)
        alone = Standardize.pooled(seen.moments[1])
        np.testing.assert_allclose(alone.scale, [y[rest].std()], rtol=1e-13)


def test_survey_is_a_function_of_the_seed_and_names_the_data(files):
    first, same, other = (survey(mapped(files), 300, 200, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.held, same.held)
    assert not np.array_equal(first.held, other.held)
    assert first.fingerprint == same.fingerprint == other.fingerprint
    x, y = rows()
    x[4999, 1] += 1e-9
    assert survey(Stream.of(x, y), 300, 200, 1).fingerprint != first.fingerprint


def test_held_out_rows_come_from_everywhere(files):
    # Uniform over 5000 rows: of 500, those of the first half are 250 +- 10.6 (hypergeometric); six of those.
    held = survey(mapped(files), 300, 200, seed=3).held
    assert abs((held < 2500).sum() - 250) < 64
    assert len(set(held.tolist())) == 500


def test_held_out_rows_of_a_sorted_file_are_shuffled():
    # Negatives come from blocks of held-out rows: in the order of the file they would be near neighbours.
    x = np.arange(5000.0)
    test = survey(Stream.of(x, x + 1), 300, 2000, seed=3).test
    steps = np.diff(test.x[:, 0])
    assert abs((steps > 0).mean() - 0.5) < 6 / np.sqrt(12 * 2000)  # Var of ups in a random order: (n + 1) / 12
    np.testing.assert_array_equal(test.y, test.x + 1)


def test_among_finds_ascending_numbers():
    held = np.array([2, 5, 9])
    assert among(np.array([0, 2, 3, 9, 12]), held).tolist() == [False, True, False, True, False]


def test_moments_pooled_equal_those_of_all_rows_at_any_scale():
    rng = np.random.default_rng(0)
    for scale, offset in ((1.0, 0.0), (1e200, 0.0), (1e-3, 1e9), (1e-250, 0.0)):
        x = offset + scale * rng.standard_normal((1000, 2))
        parts = [Moments.of(part) for part in np.split(x, [1, 400, 401])]
        pooled, whole = Moments.pooled(parts), Moments.of(x)
        np.testing.assert_allclose(pooled.mean, whole.mean, rtol=1e-12, atol=1e-12 * scale)
        np.testing.assert_allclose(pooled.spread, whole.spread, rtol=1e-6 if offset else 1e-12)
        assert pooled.n == 1000


def test_hand_computed_moments():
    pooled = Moments.pooled([Moments.of(np.array([[0.0], [2.0]])), Moments.of(np.array([[5.0]]))])
    assert pooled.mean[0] == pytest.approx(7 / 3, abs=1e-12)
    assert pooled.spread[0] == pytest.approx((38 / 9) ** 0.5, abs=1e-12)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_missing_value_names_its_row_and_column(tmp_path, bad):
    x, y = rows()
    x[4321, 1] = bad
    problem = rf"Row 4321, counted from 0, holds {bad} in column 'x1'.*drop_missing"
    with pytest.raises(InputError, match=problem):
        survey(Stream.of(x, y), 300, 200, 0)


def test_rows_with_missing_values_can_be_dropped():
    x, y = rows()
    x[::10, 0] = np.nan
    stream = Stream.of(x, y, drop_missing=True)
    seen = survey(stream, 300, 200, 0)
    kept = len(seen.validation) + len(seen.test)
    assert kept + seen.n_train == 4500
    assert np.isfinite(seen.test.x).all()
    np.testing.assert_array_equal(stream.read(0, 20)[0], np.delete(np.arange(20), [0, 10]))


def test_nothing_left_to_train_on():
    x, y = rows(60)
    x[:] = np.nan
    with pytest.raises(InputError, match="None of 60 rows is left to train on"):
        survey(Stream.of(x, y, drop_missing=True), 10, 10, 0)


def test_constant_and_huge_columns():
    x, y = rows()
    with pytest.raises(InputError, match="Constant in all 5000 rows of y: 'y'"):
        survey(Stream.of(x, np.ones(5000)), 300, 200, 0)
    x[3, 0] = 1e308
    with pytest.raises(InputError, match="'x0' of x reaches 1e\\+308"):
        survey(Stream.of(x, y), 300, 200, 0)


def test_ragged_arrays_and_what_is_no_array(files):
    x, y = rows()
    with pytest.raises(InputError, match="x has 5000 rows and y has 4999"):
        Stream.of(x, y[:-1])
    with pytest.raises(InputError, match=r"x is a list; a stream reads NumPy arrays.*open_stream"):
        Stream.of([1.0, 2.0], y)


def test_files_that_cannot_be_streamed(files):
    (files / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"t.csv cannot be read by parts.*sink_parquet"):
        open_stream(files / "t.csv", "a", "b")
    with pytest.raises(InputError, match="x and y both hold 'a'"):
        open_stream(files / "t.parquet", "a,b", "a")
    with pytest.raises(InputError, match="There is no file"):
        open_stream(files / "no.parquet", "a", "b")
    pl.DataFrame({"a": ["u", "v"], "b": [1.0, 2.0]}).write_parquet(files / "text.parquet")
    with pytest.raises(InputError, match=r"Column 'a' has type String.*encode it as numbers"):
        open_stream(files / "text.parquet", "a", "b").read(0, 2)
    whole = (files / "t.parquet").read_bytes()
    (files / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"cut\.parquet"):
        open_stream(files / "cut.parquet", "a", "c")


def test_progress_counts_rows(files):
    told = []
    survey(mapped(files), 300, 200, 0, lambda *said: told.append(said))
    assert told[-1] == (5000, 5000, "reading all rows once")


def test_pages_of_a_map_are_given_back_and_read_again(files, monkeypatch):
    monkeypatch.setattr("infonats.data.sources.MAPPED", 1000)
    stream, (x, y) = mapped(files), rows()
    for start in range(0, 5000, 1000):
        np.testing.assert_array_equal(
            stream.read(start, start + 1000)[1], np.column_stack([x, y])[start : start + 1000]
        )
    np.testing.assert_array_equal(stream.read(0, 5000)[1], np.column_stack([x, y]))


def test_a_glance_shows_some_rows(files):
    x, _ = rows()
    pairs = mapped(files).glance(1000, seed=0)
    assert 900 <= len(pairs) <= 1300
    assert set(pairs.x[:, 0]) <= set(x[:, 0])
