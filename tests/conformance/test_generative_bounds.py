"""Functionals of log q(y|x): hand values, gradients, and what holds only where q is exact."""

import inspect
import math

import pytest
import torch

from infonats import functional, objectives
from infonats._math import off_diagonal
from infonats.bounds import CLUB, GENERATIVE, L1Out
from infonats.densities import Density, DensityConfig, Gaussian, GaussianForm
from infonats.densities._parameters import unbounded
from infonats.inference import held_out, score_blocks
from infonats.nn import seeded
from infonats.scores import Scores

every = pytest.mark.parametrize("bound", GENERATIVE, ids=lambda bound: bound.name)
RHO = 0.8
Z = 4.0


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


def log_of(ratios):
    return torch.tensor(ratios, dtype=torch.float64).log()


def exact(d, rho):
    """The conditional density of d independent pairs of correlation rho."""
    form = GaussianForm(mean="linear", scale="constant", correlation="none")
    density = seeded(lambda: Gaussian(d, d, DensityConfig(), form), generator()).double()
    with torch.no_grad():
        density.mean.linear.weight.copy_(rho * torch.eye(d))
        density.scale.base.fill_(unbounded(torch.tensor(0.5 * math.log1p(-(rho**2)))).item())
    return density


def correlated(*shape, rho, seed):
    x, noise = normal(2, *shape, seed=seed)
    return x, rho * x + math.sqrt(1 - rho**2) * noise


# joint log 8, log 2; product rows (1, 3) and (2, 6), (1, 1, 4) and (2, 2, 2)
ROWS = [
    (CLUB, [8.0, 2.0], [[1.0, 3.0], [2.0, 6.0]], math.log(4) - math.log(36) / 4),
    (CLUB, [8.0, 2.0], [[1.0, 1.0, 4.0], [2.0, 2.0, 2.0]], math.log(4) - math.log(32) / 6),
    (L1Out, [8.0, 2.0], [[1.0, 3.0], [2.0, 6.0]], math.log(4) - math.log(8) / 2),
    (L1Out, [8.0, 2.0], [[1.0, 1.0, 4.0], [2.0, 2.0, 2.0]], math.log(4) - math.log(4) / 2),
]


@pytest.mark.parametrize(("bound", "joint", "product", "value"), ROWS)
def test_gold(bound, joint, product, value):
    assert bound().value(Scores(log_of(joint), log_of(product))).item() == pytest.approx(value, abs=1e-12)


def test_l1out_divides_by_the_number_of_terms():
    """A batch of three equal conditionals: the mean over two others is that of one, so the value is zero."""
    matrix = log_of([[5.0] * 3] * 3)
    assert L1Out().value(Scores.from_all_pairs(matrix)).item() == pytest.approx(0, abs=1e-12)


class Table(Density):
    """log q(y_j | x_i) from a table: x and y are row numbers."""

    def __init__(self, table):
        super().__init__()
        self.table = table

    def log_prob(self, y, x=None):
        return self.table[x.long(), y.long()].squeeze(-1)

    def sample(self, x, generator, shape=()):
        raise NotImplementedError


def test_which_axis_is_left_out():
    """q(y_j | x_i), rows x: CLUB leaves out y's of one x, L1Out x's of one y."""
    q, rows = [[0.5, 0.3, 0.2], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6]], torch.arange(3.0)[:, None]
    left_out = math.log(0.5 / 0.15) + math.log(0.8 / 0.25) + math.log(0.6 / 0.15)
    objective = objectives.L1Out(Table(log_of(q)))
    assert L1Out().value(objective.scores(rows, rows)).item() == pytest.approx(left_out / 3, abs=1e-12)
    product = 0.3 * 0.2 * 0.1 * 0.1 * 0.2 * 0.2
    contrast = math.log(0.5 * 0.8 * 0.6) / 3 - math.log(product) / 6
    objective = objectives.CLUB(Table(log_of(q)))
    assert CLUB().value(objective.scores(rows, rows)).item() == pytest.approx(contrast, abs=1e-12)


@every
def test_gradients(bound):
    inputs = tuple(t.requires_grad_() for t in (normal(4), normal(4, 3, seed=1)))
    assert torch.autograd.gradcheck(lambda j, p: bound().value(Scores(j, p)), inputs)


@every
def test_declared_invariance(bound):
    scores, by_row = Scores(normal(7), normal(7, 5, seed=1)), normal(7, seed=2)
    moved = Scores(scores.joint + by_row, scores.product + by_row[:, None])
    assert bound.invariance == "row shift"
    assert bound().value(moved).item() == pytest.approx(bound().value(scores).item(), abs=1e-12)


@every
def test_upper_for_the_exact_density_only(bound):
    """The mean over many small batches is above I; with half the slope it is below: hence heuristic."""
    truth, n = -0.5 * math.log1p(-(RHO**2)), 8
    x, y = correlated(4000, n, 1, rho=RHO, seed=7)
    excess = {}
    for share in (1.0, 0.5):
        density = exact(1, RHO)
        with torch.no_grad():
            density.mean.linear.weight.mul_(share)
            matrix = density.all_pairs(x, y)
        matrix = matrix.mT if bound is L1Out else matrix
        joint, product = matrix.diagonal(dim1=1, dim2=2), off_diagonal(matrix)
        values = torch.func.vmap(lambda j, p: bound().value(Scores(j, p)))(joint, product) - truth
        excess[share] = (values.mean() / (values.std() / math.sqrt(len(values)))).item()
    assert excess[1.0] > Z
    assert bound is CLUB or excess[0.5] < -Z
    assert (bound.side, bound.heuristic) == ("upper", True)


def test_club_of_a_wrong_density_falls_below():
    """A slope of a quarter: 2 rho^2 / 4 over 2 (1 - rho^2) = .444 nats, below the .511 of the truth."""
    density = exact(1, RHO)
    with torch.no_grad():
        density.mean.linear.weight.mul_(0.25)
        found = held_out(CLUB(), score_blocks(density, *correlated(1000, 1, rho=RHO, seed=3)))
    expected = 0.25 * RHO**2 / (1 - RHO**2)
    assert abs(found.value - expected) < Z * found.stderr
    assert expected < -0.5 * math.log1p(-(RHO**2))


@pytest.mark.parametrize(
    ("d", "rho", "n", "truth"), [(5, 0.5, 800, 0.7192), (20, 0.5, 2000, 2.8768), (1, 0.8, 800, 0.5108)]
)
def test_l1out_of_the_exact_conditional_is_the_truth(d, rho, n, truth):
    assert truth == pytest.approx(-0.5 * d * math.log1p(-(rho**2)), abs=1e-4)
    with torch.no_grad():
        matrix = exact(d, rho).all_pairs(*correlated(n, d, rho=rho, seed=11))
    value = L1Out().value(Scores.from_all_pairs(matrix.mT)).item()
    assert abs(value - truth) < 3 * rho * math.sqrt(d / n)  # the log ratio varies by rho sqrt(d)


def test_club_of_the_exact_conditional():
    """CLUB adds the reverse divergence: rho^2 / (1 - rho^2) for a bivariate Gaussian."""
    found = held_out(CLUB(), score_blocks(exact(1, RHO), *correlated(1000, 1, rho=RHO, seed=5)))
    assert abs(found.value - RHO**2 / (1 - RHO**2)) < 3 * found.stderr


@every
def test_says_what_it_is(bound):
    assert bound.__module__ == f"infonats.bounds.{bound.name}"
    assert "Guarantee: an upper bound only" in bound.__doc__
    assert "heuristic" in bound.__doc__
    assert str(bound.reference.year) in inspect.getdoc(inspect.getmodule(bound))
    assert getattr(functional, bound.name).__module__ == bound.__module__
    assert bound.name in dir(functional)
