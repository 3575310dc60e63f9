"""Transfer entropy of processes whose value is known, embeddings, lag profiles."""

import math

import numpy as np
import pytest

from infonats.errors import InputError
from infonats.quantities import (
    Embedding,
    conditional_mutual_information,
    effective_transfer_entropy,
    lag_profile,
    transfer_entropy,
)

COUPLING = 0.8
TRUTH = 0.5 * math.log(1 + COUPLING**2)
"""Y_t = Y_{t-1} / 2 + 0.8 X_{t-1} + N(0, 1) with X white: given Y_{t-1}, I = log(1 + 0.64) / 2."""


def coupled(n=3000, delay=1, seed=0):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=n), np.zeros(n)
    for t in range(max(delay, 1), n):
        y[t] = 0.5 * y[t - 1] + COUPLING * x[t - delay] + rng.normal()
    return x, y


@pytest.mark.parametrize("method", ["gaussian", "gaussian_copula", "ksg"])
def test_linear_process_in_closed_form(method):
    x, y = coupled()
    there, back = transfer_entropy(x, y, method=method), transfer_entropy(y, x, method=method)
    assert abs(there.value - TRUTH) < 3 * there.stderr
    assert abs(back.value) < 3 * back.stderr
    assert str(there).startswith("T(source -> target) = ")
    assert any("time series" in note for note in there.diagnostics)


def test_the_delay_is_found():
    x, y = coupled(delay=3)
    found = [
        transfer_entropy(x, y, method="gaussian", embedding=Embedding(delay=u)).value for u in (1, 2, 3, 4)
    ]
    assert int(np.argmax(found)) == 2
    both = transfer_entropy(x, y, method="gaussian", embedding=Embedding(source=3))
    assert abs(both.value - TRUTH) < 3 * both.stderr


def test_rows_of_an_embedding_by_hand():
    from infonats.data.convert import as_named
    from infonats.quantities.series import embed

    named = {"source": as_named(np.arange(10.0) ** 2, "s"), "target": as_named(np.arange(10.0), "y")}
    rows = embed(named, Embedding(target=2, source=2, delay=1, tau=3))
    assert rows.names == (("s[t-1]", "s[t-4]"), ("y",), ("y[t-1]", "y[t-4]"))
    np.testing.assert_array_equal(rows.blocks[1][:, 0], np.arange(4.0, 10.0))
    np.testing.assert_array_equal(rows.blocks[2], np.stack([np.arange(3.0, 9.0), np.arange(0.0, 6.0)], 1))
    np.testing.assert_array_equal(rows.blocks[0], rows.blocks[2] ** 2)


def test_times_that_lack_a_value_are_left_out_after_the_embedding():
    x, y = np.random.default_rng(0).normal(size=(2, 60))
    x[10] = np.nan
    with pytest.raises(InputError, match=r"'source\[t-1\]' has 1 NaN"):
        transfer_entropy(x, y, method="gaussian", block=1)
    found = transfer_entropy(x, y, method="gaussian", block=1, drop_missing=True)
    now = np.delete(np.arange(1, 60), 10)  # the time after the gap has no past; all others keep theirs
    expected = conditional_mutual_information(x[now - 1], y[now], y[now - 1], method="gaussian")
    assert (found.value, found.n_test) == (pytest.approx(expected.value, abs=1e-12), 58)


def test_conditioning_on_a_common_driver_removes_the_transfer():
    rng = np.random.default_rng(0)
    drive = rng.normal(size=3000)
    x = np.roll(drive, 1) + 0.5 * rng.normal(size=3000)  # sees the driver one step earlier than y
    y = np.roll(drive, 2) + 0.5 * rng.normal(size=3000)
    alone = transfer_entropy(x, y, method="gaussian")
    given_drive = transfer_entropy(x, y, given=np.roll(drive, 1), method="gaussian")
    assert alone.value > 10 * alone.stderr
    assert abs(given_drive.value) < 3 * given_drive.stderr


def test_surrogates_give_a_p_value_and_the_effective_value():
    x, y = coupled(600)
    found = transfer_entropy(x, y, method="gaussian", surrogates=19, seed=1)
    assert found.provenance["p_value"] == 0.05
    effective = effective_transfer_entropy(x, y, method="gaussian", surrogates=19, seed=1)
    assert effective.value == found.provenance["effective"]
    assert effective.provenance["raw"] == found.value
    assert effective.stderr > found.stderr
    # the surrogates' mean is that of an unbiased estimate of zero: one standard error of 19 at independence
    assert abs(effective.value - found.value) < 4 * math.sqrt(1 / 2) / 600


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda x, y: transfer_entropy(x, y, embedding=Embedding(delay=50)),
            "50 rows and the embedding looks 50 rows",
        ),
        (lambda x, y: Embedding(target=0), "target is 0; it must be a whole number of at least 1"),
        (lambda x, y: transfer_entropy(x, y[1:]), "different numbers of rows: source has 50, target has 49"),
        (
            lambda x, y: transfer_entropy(x, y, surrogates=3),
            "surrogates is 3; it must be a whole number of at least 19",
        ),
        (lambda x, y: lag_profile(x, y, lags=range(60)), "The lags 0 to 59 leave 0 of 50 rows"),
        (lambda x, y: lag_profile(x, y, lags=()), r"lags is \(\); give at least one whole number"),
        (lambda x, y: lag_profile(x, y, lags=(True,)), "A lag is True; it must be a whole number"),
        (lambda x, y: lag_profile(x, y[1:], lags=(0,)), "different numbers of rows: x has 50, y has 49"),
    ],
)
def test_bad_input_is_answered(call, message):
    with pytest.raises(InputError, match=message):
        call(*coupled(50))


def test_lag_profile_peaks_where_x_leads_and_uses_the_same_rows():
    x, y = coupled(1000, delay=2)
    found = lag_profile(np.stack([x, x**2], 1), y, lags=(-1, 0, 1, 2, 3), method="gaussian")
    assert found.ranked()[0][:2] == ("x0", 2)
    assert found.n == 996
    assert {e.n_test for e in found.estimates["x0"]} == {996}
    assert found.values.shape == found.stderr.shape == (2, 5)
    assert str(found).startswith("I(x0[t - lag]; y[t]) is largest at lag 2: ")
    assert found.plot().get_xlabel() == "lag, rows"


def test_lag_profile_given_z_is_the_conditional_information():
    x, y = coupled(300)
    z = np.random.default_rng(5).normal(size=300)
    found = lag_profile(x, y, lags=(3,), given=z, method="gaussian").estimates["x"][0]
    assert found is not None
    assert found.value == conditional_mutual_information(x[:-3], y[3:], z[3:], method="gaussian").value
    assert found.provenance["quantity"] == "I(x[t - 3]; y | z)"


def test_a_lag_at_which_x_is_y_has_no_value_and_says_why():
    x, _ = coupled(300)
    found = lag_profile(x, x, lags=(0, 1), method="gaussian")
    assert found.estimates["x"][0] is None
    assert "is 'y' itself" in found.notes["x", 0]
    assert np.isnan(found.values[0, 0])


def test_ennemis_weather_figures():
    """I(Temperature; X | day of the year) at 13:00 over five years, by ennemi 1.5 on the same table."""
    from pathlib import Path

    folder = Path(__file__).parents[3] / "shared/data/kaisaniemi_weather"
    if not folder.exists():
        pytest.skip("needs the weather table")
    import polars

    table = polars.read_csv(folder / "kaisaniemi.csv")
    published = polars.read_csv(folder / "ennemi_pairwise_cmi_given_DayOfYear_13utc.csv")
    rows = table.filter(polars.col(table.columns[0]).str.ends_with("13:00:00"))
    for other in ("AirPressure", "DewPoint", "WindDir", "WindSpeed"):
        found = conditional_mutual_information(
            rows["Temperature"], rows[other], rows["DayOfYear"], method="ksg"
        )
        theirs = published.filter(polars.col(published.columns[0]) == "Temperature")[other].item()
        # one decimal: ties are broken by other noise on either side, which moves each by part of its error
        assert found.value == pytest.approx(theirs, abs=found.stderr / 2)


def test_a_profile_of_few_lags_has_no_half_rows():
    x, y = np.random.default_rng(0).normal(size=(2, 60))
    ax = lag_profile(x, y, lags=(0, 1, 2), method="gaussian").plot()
    assert all(float(tick).is_integer() for tick in ax.get_xticks())


def test_closed_forms_without_entropies_have_errors_of_blocks_too():
    rng = np.random.default_rng(1)
    x, y = (np.convolve(rng.normal(size=420), np.ones(20), "valid") for _ in range(2))
    alone, blocks = (
        lag_profile(x, y, lags=(0,), method="kde", block=block).estimates["x"][0] for block in (1, 40)
    )
    assert blocks.value == pytest.approx(alone.value, abs=1e-12)
    assert blocks.stderr > 1.5 * alone.stderr
    assert blocks.provenance["block"] == 40


def test_each_column_has_its_best_lag_and_rates_over_all():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(80, 2))
    y = np.roll(x[:, 0], 1) + 0.3 * rng.normal(size=80)
    found = lag_profile(x, y, lags=(0, 1), method="gaussian", permutations=19, block=1)
    (name, lag, e, q), _ = found.best()
    assert (name, lag, e.provenance["p_value"]) == ("x0", 1, 0.05)
    assert q == found.q.min()
    assert (found.q >= found.p).all()
