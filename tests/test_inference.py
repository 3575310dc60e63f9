import math

import jaxtyping
import pytest
import torch
from scipy.stats import t as student_t

from infonats import inference
from infonats.bounds import BOUNDS, DV, NCE, NWJ, InfoNCE
from infonats.critics import JointCritic
from infonats.critics.base import Critic
from infonats.inference import baseline_blocks, block_size, held_out, score_blocks
from infonats.nn import seeded
from infonats.scores import Scores

RHO = 0.6
TRUTH = -0.5 * math.log1p(-(RHO**2))

every_bound = pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.name)


class LogRatio(Critic):
    """The exact log density ratio of a bivariate Gaussian, in the dtype of its input."""

    def forward(self, x, y):
        x, y = x.squeeze(-1), y.squeeze(-1)
        return TRUTH + (RHO * x * y - 0.5 * RHO**2 * (x * x + y * y)) / (1 - RHO**2)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def gaussian(n, seed=0, dtype=torch.float64):
    x, noise = torch.randn(2, n, 1, generator=generator(seed), dtype=dtype)
    return x, RHO * x + math.sqrt(1 - RHO**2) * noise


def baseline_of(bound, x, y):
    """One for each pair, if the bound needs it."""
    return None if bound.needs == "nothing" else 0.1 * torch.sin(x + 2 * y).squeeze(-1)


class Wave(torch.nn.Module):
    """The same as a module."""

    def forward(self, x, y):
        return 0.1 * torch.sin(x + 2 * y).squeeze(-1)


def ready(bound):
    """The bound with its optimum at the log ratio: NWJ's lies one above."""
    return bound(), 1.0 if bound is NWJ else 0.0


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(inference, "SMALLEST_BLOCK", 10)
    monkeypatch.setattr(inference, "LARGEST_BLOCK", 10)


# Blocks


@pytest.mark.parametrize(
    ("n", "size"),
    [(2, 2), (100, 100), (256, 256), (2000, 2000), (2048, 1953), (4000, 1000), (10**5, 256), (10**7, 256)],
)
def test_block_size(n, size):
    assert block_size(n) == size
    assert n * size <= max(inference.PAIRS, n * inference.SMALLEST_BLOCK)


@pytest.mark.parametrize(
    ("n", "shape"), [(10, (1, 10)), (11, (2, 5)), (20, (2, 10)), (29, (3, 9)), (7, (1, 7))]
)
def test_fewer_rows_than_blocks_are_left_out(n, shape, small_blocks):
    blocks = score_blocks(LogRatio(), *gaussian(n))
    assert blocks.shape == (*shape, shape[1])
    assert n - shape[0] * shape[1] < shape[0]


def test_blocks_hold_consecutive_rows(small_blocks):
    x, y = gaussian(29)
    blocks = score_blocks(LogRatio(), x, y)
    for i, block in enumerate(blocks):
        rows = slice(9 * i, 9 * i + 9)
        torch.testing.assert_close(block, LogRatio()(x[rows, None], y[None, rows]), rtol=0, atol=1e-12)


@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_all_pairs_in_chunks_are_all_pairs(at_once, monkeypatch):
    critic = seeded(lambda: JointCritic(1, 1, (8,)), generator())
    with torch.no_grad():
        critic.form.weight.fill_(0.7)
    x, y = gaussian(13, dtype=torch.float32)
    monkeypatch.setattr(inference, "AT_ONCE", at_once)
    scores = inference.all_pairs(critic, x, y[:5])
    assert scores.dtype == torch.float64
    assert not scores.requires_grad
    torch.testing.assert_close(scores, critic.all_pairs(x, y[:5]).double(), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_baselines_stand_at_the_diagonals(at_once, small_blocks, monkeypatch):
    monkeypatch.setattr(inference, "AT_ONCE", at_once)
    x, y = gaussian(29, dtype=torch.float32)
    baseline = baseline_blocks(Wave(), x, y)
    assert baseline.dtype == torch.float64
    torch.testing.assert_close(baseline, Wave()(x, y)[:27].double().reshape(3, 9), rtol=0, atol=1e-7)


# Values


@every_bound
def test_one_block_gives_the_bound_of_the_whole_matrix(bound):
    x, y = gaussian(50)
    baseline = baseline_of(bound, x, y)
    measured = held_out(bound(), score_blocks(LogRatio(), x, y), None if baseline is None else baseline[None])
    whole = bound().value(Scores.from_all_pairs(LogRatio()(x[:, None], y[None]), baseline))
    assert measured.value == pytest.approx(whole.item(), abs=1e-12)
    assert (measured.n, measured.negatives) == (50, 49)
    assert all(isinstance(number, float) for number in (measured.value, measured.stderr, *measured.interval))


@every_bound
def test_several_blocks_pool_their_pairs(bound, small_blocks):
    x, y = gaussian(40)
    blocks, baseline = score_blocks(LogRatio(), x, y), baseline_of(bound, x, y)
    measured = held_out(bound(), blocks, None if baseline is None else baseline.reshape(4, 10))
    joint = torch.cat([block.diagonal() for block in blocks])
    product = torch.cat([Scores.from_all_pairs(block).product for block in blocks])
    assert measured.value == pytest.approx(bound().value(Scores(joint, product, baseline)).item(), abs=1e-12)
    assert (measured.n, measured.negatives) == (40, 9)
    assert measured.log_partition == pytest.approx(product.exp().mean().log().item(), abs=1e-12)
    w = product.exp()
    sees_negatives = bound().value(Scores(joint, 0 * product, baseline)).item() != measured.value
    effective = (w.sum() ** 2 / (w * w).sum()).item() if sees_negatives else math.inf
    assert measured.effective == pytest.approx(effective, rel=1e-12)


def test_a_mean_log_ratio_rests_on_no_average_of_negatives():
    blocks = score_blocks(LogRatio(), *gaussian(40))
    assert held_out(NCE(), blocks).effective == math.inf
    assert held_out(NWJ(), blocks).effective < 40 * 39


@pytest.mark.parametrize("bound", [InfoNCE, DV, NWJ])
def test_blocks_give_a_gradient_to_nothing(bound):
    critic = seeded(lambda: JointCritic(1, 1, (8,)), generator())
    x, y = gaussian(30, dtype=torch.float32)
    measured = held_out(bound(), score_blocks(critic, x.requires_grad_(), y))
    assert all(parameter.grad is None for parameter in critic.parameters())
    assert measured.stderr == pytest.approx(0.0, abs=1e-12)  # an untrained critic says zero, without error


# Standard errors


@every_bound
@pytest.mark.parametrize(("n", "groups"), [(100, 32), (40, 20), (10, 5)])
def test_standard_error_is_the_brute_force_jackknife(bound, n, groups):
    """Leave each group of rows out of the data itself and compute everything again."""
    x, y = gaussian(n)
    left_out = []
    for part in torch.arange(n).tensor_split(groups):
        keep = torch.ones(n, dtype=torch.bool)
        keep[part] = False
        matrix = LogRatio()(x[keep][:, None], y[keep][None])
        baseline = baseline_of(bound, x[keep], y[keep])
        left_out.append(bound().value(Scores.from_all_pairs(matrix, baseline)).item())
    left_out = torch.tensor(left_out, dtype=torch.float64)
    stderr = ((groups - 1) / groups * (left_out - left_out.mean()).square().sum()).sqrt().item()
    baseline = None if bound.needs == "nothing" else baseline_blocks(Wave(), x, y)
    measured = held_out(bound(), score_blocks(LogRatio(), x, y), baseline)
    assert measured.stderr == pytest.approx(stderr, rel=1e-10)
    width = student_t.ppf(0.975, groups - 1) * stderr
    assert measured.interval == pytest.approx((measured.value - width, measured.value + width), rel=1e-10)


@every_bound
def test_blocks_are_thinned_alike(bound, small_blocks):
    """Of several blocks the same positions are left out, so a group is spread over all of them."""
    x, y = gaussian(40)
    blocks = score_blocks(LogRatio(), x, y)
    baseline = None if bound.needs == "nothing" else baseline_blocks(Wave(), x, y)
    left_out = []
    for part in torch.arange(10).tensor_split(5):
        keep = [i for i in range(10) if i not in part]
        thinned = torch.stack([block[keep][:, keep] for block in blocks])
        kept = None if baseline is None else baseline[:, keep]
        left_out.append(bound().value(Scores.from_all_pairs(thinned, kept)).item())
    spread = torch.tensor(left_out, dtype=torch.float64).std(correction=0)
    assert held_out(bound(), blocks, baseline).stderr == pytest.approx(2.0 * spread.item(), rel=1e-10)


def repeats(bound, n=80, count=100):
    """Many estimates with the exact critic, each on its own sample."""
    instance, offset = ready(bound)
    x, y = gaussian(n * count, seed=5)
    matrices = LogRatio()(x.reshape(count, n, 1, 1), y.reshape(count, 1, n, 1)) + offset
    return [held_out(instance, matrix[None]) for matrix in matrices]


@pytest.mark.parametrize("bound", [InfoNCE, DV, NWJ], ids=lambda bound: bound.name)
def test_standard_error_and_interval_are_honest(bound, monkeypatch):
    """Against the true spread over samples: within four standard errors of a ratio and of a coverage."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # checks would take most of the time
    found = repeats(bound)
    values = torch.tensor([measured.value for measured in found])
    claimed = torch.tensor([measured.stderr for measured in found]).square()
    kurtosis = ((values - values.mean()) ** 4).mean() / values.var(correction=0) ** 2
    error = math.sqrt((kurtosis - 1) / len(values) + (claimed.std() / claimed.mean()) ** 2 / len(values))
    assert abs(claimed.mean() / values.var() - 1) < 4 * error
    covered = sum(low < TRUTH < high for low, high in (measured.interval for measured in found)) / len(found)
    assert abs(covered - 0.95) < 4 * math.sqrt(0.95 * 0.05 / len(found))
