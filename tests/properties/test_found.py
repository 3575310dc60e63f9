"""What throwing odd things at everything has found, each defect by itself."""

import numpy as np
import pytest
import scipy.sparse
import torch

from infonats import closedform, learn, quantities
from infonats._random import spawn
from infonats.benchmark import Store
from infonats.cli.tables import whole_numbers
from infonats.data import as_pairs, three_way
from infonats.data.blocks import block_length
from infonats.densities import DensityConfig, Gaussian
from infonats.errors import EstimationError, InputError, KindError, StoreError
from infonats.estimators import make
from infonats.estimators.parameters import from_plain
from infonats.learn import InfoMax, Learning
from infonats.nn import seeded
from infonats.sklearn import MutualInfoSelector, mutual_info
from infonats.train import TrainConfig

from .damage import Damage, damaged
from .readers import FILES

RARE = three_way(60, spawn(1, 1)[0]).test[0]
"""A row that fits no probe at seed 1."""
X, Y = np.random.default_rng(0).standard_normal((2, 60, 1))


@pytest.mark.parametrize("given", [scipy.sparse.csr_matrix(X), {"a": X[:, 0]}, {1.0, 2.0}, iter([1.0])])
@pytest.mark.parametrize("text", [True, False])
def test_what_numpy_takes_for_one_object(given, text):
    with pytest.raises(InputError, match=r"x is no array but a single (csr_matrix|dict|set|list_it.*); give"):
        as_pairs(given, Y, text=text)


@pytest.mark.parametrize("name", ["gaussian_entropy", "histogram_entropy", "kde_entropy", "kl_entropy"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_entropies_of_what_is_not_finite(name, bad):
    with pytest.raises(InputError, match="y has 1 rows with NaN or infinite values; leave these rows out"):
        getattr(closedform, name)(np.where(np.arange(60)[:, None] == 3, bad, X))


@pytest.mark.parametrize("name", ["histogram_entropy", "kde_entropy", "kl_entropy"])
def test_entropies_of_nothing(name):
    with pytest.raises(InputError, match=r"y has shape \(0, 1\); it must be \(n, d\)"):
        getattr(closedform, name)(np.empty((0, 1)))


@pytest.mark.parametrize("counts", [[], [1.0, 0.0], [np.inf, 1.0], [-1.0]])
def test_nsb_of_what_are_no_counts(counts):
    with pytest.raises(InputError, match="give positive counts of the symbols seen, and a support"):
        closedform.nsb(np.array(counts), 5)


def test_a_support_smaller_than_what_was_seen():
    with pytest.raises(InputError, match="a support of 1; give positive counts"):
        closedform.nsb(np.array([2.0, 3.0]), 1)


def test_infinitely_many_rows():
    with pytest.raises(InputError, match=r"give \(s,\) whole numbers of rows"):
        closedform.entropy_of_counts(np.array([np.inf, 1.0]))


@pytest.mark.parametrize("local", [[], [1.0], [1.0, np.nan], [1.0, np.inf]])
def test_a_standard_error_of_too_little(local):
    with pytest.raises(InputError, match="have no standard error; give two or more finite values"):
        closedform.standard_error(np.array(local))


@pytest.mark.parametrize(
    ("matrix", "dx", "nu"),
    [
        (np.ones((2, 2)), 1, 4.0),
        (np.full((2, 2), np.nan), 1, 4.0),
        (np.array([[1.0, 2.0], [2.0, 1.0]]), 1, 4.0),
        (np.eye(2), 0, 4.0),
        (np.eye(2), 2, 4.0),
        (np.eye(2), 1, 0.0),
    ],
)
def test_student_information_of_no_density(matrix, dx, nu):
    with pytest.raises(InputError, match="give a correlation matrix without linear dependence"):
        closedform.student_information(matrix, dx, nu)


@pytest.mark.parametrize("hidden", [np.inf, -np.inf, np.nan, 2.5, True, (), "x"])
def test_widths_that_are_none(hidden):
    with pytest.raises(InputError, match="hidden is"):
        make("mine", hidden=hidden)


@pytest.mark.parametrize("threads", [0, -1, 1025, 10**6])
def test_threads_that_torch_would_die_of(threads):
    for build in (lambda: make("mine", threads=threads), lambda: make("gm", threads=threads)):
        with pytest.raises(InputError, match=f"threads is {threads}; give 1 to 1024, or None"):
            build()
    with pytest.raises(InputError, match=f"threads is {threads}; give 1 to 1024"):
        Learning(threads=threads)


@pytest.mark.parametrize("method", ["mine", "gm", "doe+mine"])
def test_fractions_that_are_not_three(method):
    with pytest.raises(InputError, match=r"fractions is .*; it must be 3 numbers, such as 0.6,0.2,0.2"):
        make(method, fractions=(1.0,))


@pytest.mark.parametrize("name", ["learning_rate", "weight_decay"])
def test_steps_without_end(name):
    with pytest.raises(InputError, match="learning_rate or weight_decay is infinite"):
        TrainConfig(**{name: np.inf})


def test_parameters_of_another_kind_in_a_file():
    with pytest.raises(InputError, match="k is 'three'; it must be a whole number"):
        from_plain(make("ksg"), {"k": "three"})


def test_a_y_that_is_constant_where_a_density_is_fitted():
    generator = torch.Generator().manual_seed(0)
    density = seeded(lambda: Gaussian(1, 1, DensityConfig(hidden=(4,))), generator)
    with pytest.raises(
        EstimationError, match="the 20 training rows of y is singular or no number: a column is"
    ):
        density.start(torch.ones(20, 1), generator)


GIVEN_TO_SKLEARN = {
    "a tensor with gradient": torch.tensor(X, requires_grad=True),
    "a sparse tensor": torch.tensor(X).to_sparse(),
    "a number": 3.0,
    "one row": X[:1],
    "a hole": np.where(np.arange(60)[:, None] == 3, np.nan, X),
    "words": np.array(["x"] * 60)[:, None],
}


@pytest.mark.parametrize("case", GIVEN_TO_SKLEARN)
def test_what_scikit_learn_refuses_is_refused_in_our_words(case):
    given = GIVEN_TO_SKLEARN[case]
    for fit in (mutual_info, lambda x, y: MutualInfoSelector().fit(x, y), lambda x, y: InfoMax().fit(x)):
        with pytest.raises(InputError, match=r"Give X as a table \(n, d\) of finite numbers"):
            fit(given, Y[:, 0])


def test_a_kind_that_cannot_be_used_is_a_type_error_too():
    with pytest.raises(TypeError, match="Give X as a table"):
        mutual_info(scipy.sparse.csr_matrix(X), Y[:, 0])
    assert issubclass(KindError, InputError)


def test_a_channel_that_is_no_matrix():
    with pytest.raises(InputError, match="Give the channel as a matrix"):
        quantities.channel_capacity([["a", "b"]])


@pytest.mark.parametrize(
    ("z", "y", "message"),
    [
        (np.where(X > 1, np.inf, X), Y, "cannot be used"),
        (X, np.hstack([Y, Y]), "y has 2 columns; probe one"),
        (X, np.arange(60) == RARE, "y is constant in the 48 rows that fit the probes or in the 12"),
        (X[:3], X[:3] * 1.5, "y is constant in the|neighbours is 5"),
    ],
)
def test_probes_of_what_cannot_be_probed(z, y, message):
    with pytest.raises(InputError, match=message):
        learn.evaluate(z, y, seed=1)


@pytest.mark.parametrize("neighbours", [0, 61, True])
def test_probes_of_too_many_neighbours(neighbours):
    with pytest.raises(InputError, match="give 1 to 48, the rows that fit the probes"):
        learn.evaluate(X, Y, neighbours=neighbours)


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_probes_have_no_units(scale):
    plain, scaled = learn.evaluate(X, X + Y), learn.evaluate(X * scale, (X + Y) * scale)
    assert (scaled.linear, scaled.neighbours) == pytest.approx((plain.linear, plain.neighbours), rel=1e-9)


@pytest.mark.parametrize("scale", [1e-300, 1e300, 1.7e308])
def test_a_block_length_has_no_units(scale):
    series = np.sin(np.arange(60.0) / 5)[:, None]
    assert block_length(series * scale) == block_length(series) > 1


def test_classes_beyond_whole_numbers_are_continuous():
    huge = np.random.default_rng(0).choice([-1.7e308, 0.0, 1.7e308], 60)
    chosen = MutualInfoSelector(1, method="mixed_ksg").fit(np.hstack([X, huge[:, None]]), huge)
    assert chosen.get_support().tolist() == [False, True]


def test_values_that_only_scaling_makes_equal_are_not_rounded():
    """Nothing repeats, though beside the largest most are as good as 0: the value is that of exact columns."""
    y = 10.0 ** (8 * Y)
    assert closedform.rounded_ksg(X, y) == closedform.ksg(X, y)


def test_whole_numbers_that_do_not_repeat_are_no_classes():
    assert learn.evaluate(X, np.arange(60)).kind == "R2"
    assert learn.evaluate(X, np.arange(60) // 3).kind == "accuracy"
    with pytest.raises(InputError, match="y has 60 words in 60 rows; classes need 3 rows each"):
        learn.evaluate(X, np.array([f"w{i}" for i in range(60)]))


@pytest.mark.parametrize("k", ["", 2.5, None, [1], np.nan])
def test_a_matrix_by_neighbours_without_a_number_of_them(k):
    for method in ("ksg", "mixed_ksg", "auto"):
        with pytest.raises(InputError, match=r"k is .*; it must be a whole number, such as 3"):
            quantities.mi_matrix(np.hstack([X, Y]), method=method, k=k, n_jobs=1)
    (record,) = quantities.mi_matrix(np.hstack([X, Y]), method="ksg", k=60, n_jobs=1).records
    assert "There are 60 rows and k = 60" in record.note


@pytest.mark.parametrize("correction", [2.5, True, [1], np.nan])
def test_a_correction_that_is_no_name(correction):
    with pytest.raises(InputError, match=r"correction is .*; it must be a name, such as 'auto'"):
        quantities.conditional_mutual_information(X, Y, Y[::-1], method="discrete", correction=correction)


def test_more_lags_than_a_computer_holds():
    for text in ("0:" + 30 * "9", "5:0:-1,0:999999999", "-999999999:0"):
        with pytest.raises(InputError, match=r"--lags .* names more than 10000 numbers; give a shorter range"):
            whole_numbers(text, "--lags")
    assert whole_numbers("4:0:-2,9", "--lags") == (4, 2, 0, 9)
    for text in ("0:1:2:3,5", "1,x", "0:5:0", "5:0"):
        with pytest.raises(InputError, match="is not understood; write whole numbers"):
            whole_numbers(text, "--lags")


def test_values_whose_differences_overflow():
    x = np.array([-1.7e308, -1e300, 1e300, 1.7e308, 0.0, 1.0, 2.0, 3.0])[:, None]
    assert np.isfinite(closedform.ksg(x, np.roll(x, 3)))
    assert 0.0 < quantities.average_precision(x[:, 0], np.arange(8) > 4) <= 1.0


def test_a_store_whose_schema_is_no_text(tmp_path):
    """One bit of a letter in what SQLite says of its tables."""
    path = tmp_path / "store.db"
    path.write_bytes(damaged(FILES["store.db"], b"", [Damage("flip", 0.328125, 7)]))
    with pytest.raises(StoreError, match=r"cannot be used: .*codec can't decode"):
        Store(path, create=False)


def test_numbers_of_numpy_are_numbers():
    assert make("ksg", k=np.int64(5)).k == 5
    (a,), (b,) = (
        quantities.mi_matrix(np.hstack([X, Y]), method="ksg", k=k, n_jobs=1).records for k in (5, np.int64(5))
    )
    assert a == b


def test_negatives_that_no_finite_log_ratio_weighs():
    """One value is so far off that the fitted joint density of all others underflows there."""
    far = np.full((60, 1), 0.0)
    far[::7] = [[1e-323], [5e-324], [-1e-323], [2e-323], [-5e-324], [3.6e-322], [1e-322], [5e-324], [-1e-321]]
    with pytest.raises(
        EstimationError, match=r"gives \d+ of \d+ rows no finite log ratios, by which their neg"
    ):
        make("gm+nwj", max_steps=2, evaluate_every=1, hidden=(4,), batch_size=8).fit(X, far)
