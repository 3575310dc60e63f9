"""Objectives of densities: the printed equations, the likelihood as loss, gradients where they belong."""

import math

import pytest
import torch

from infonats.densities import DENSITIES, Categorical, DensityConfig, Gaussian
from infonats.densities._parameters import bounded
from infonats.nn import seeded
from infonats.objectives import BA, CLUB, GM, PQ, VCLUBS, VUB, DoE, L1Out, Likelihood
from infonats.quantizers import KMeans

CONFIG = DensityConfig(hidden=(8,), components=3)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


def awake(build, seed=0):
    density = seeded(build, generator(seed)).double()
    with torch.no_grad():
        for i, parameter in enumerate(density.parameters()):
            parameter.add_(0.2 * normal(*parameter.shape, seed=seed + i))
    return density


X, Y = normal(9, 3), normal(9, 2, seed=1)
Q = awake(lambda: Gaussian(3, 2, CONFIG))
R = awake(lambda: Gaussian(0, 2, CONFIG), 10)
S = awake(lambda: Gaussian(0, 3, CONFIG), 20)
J = awake(lambda: Gaussian(0, 5, CONFIG), 30)
QUANTIZER = KMeans.fit(Y, 4, 0)
QC = awake(lambda: Categorical(3, 4, CONFIG), 40)
RC = awake(lambda: Categorical(0, 4, CONFIG), 50)

OBJECTIVES = {
    "likelihood": (lambda: Likelihood(Q), [Q]),
    "doe": (lambda: DoE(Q, R), [Q, R]),
    "ba": (lambda: BA(Q, 2.5), [Q]),
    "gm": (lambda: GM(J, S, R), [J, S, R]),
    "club": (lambda: CLUB(Q), [Q]),
    "vclub_s": (lambda: VCLUBS(Q), [Q]),
    "l1out": (lambda: L1Out(Q), [Q]),
    "vub": (lambda: VUB(Q, R, 3), [Q, R]),
    "pq": (lambda: PQ(QC, RC, QUANTIZER), [QC, RC]),
}
every = pytest.mark.parametrize("name", OBJECTIVES)


def mean(values):
    return torch.stack(list(values)).mean().item()


def expected_value(name):
    log_q, log_r, log_s, joint = (
        Q.all_pairs(X, Y),
        R.log_prob(Y),
        S.log_prob(X),
        J.log_prob(torch.cat([X, Y], 1)),
    )
    pairs = [(i, j) for i in range(9) for j in range(9) if i != j]
    code = QUANTIZER(Y)[:, None]
    return {
        "likelihood": log_q.diagonal().mean().item(),
        "doe": (log_q.diagonal() - log_r).mean().item(),
        "ba": log_q.diagonal().mean().item() + 2.5,
        "gm": (joint - log_s - log_r).mean().item(),
        "club": log_q.diagonal().mean().item() - mean(log_q[i, j] for i, j in pairs),
        "vclub_s": log_q.diagonal().mean().item() - mean(log_q[(i - 1) % 9, i] for i in range(9)),
        "l1out": mean(
            log_q[i, i] - torch.stack([log_q[j, i].exp() for j in range(9) if j != i]).mean().log()
            for i in range(9)
        ),
        "pq": (QC.log_prob(code, X) - RC.log_prob(code)).mean().item(),
    }[name]


@pytest.mark.parametrize("name", [name for name in OBJECTIVES if name != "vub"])
def test_value_is_the_printed_equation(name):
    objective = OBJECTIVES[name][0]()
    assert objective(X, Y).value.item() == pytest.approx(expected_value(name), abs=1e-12)
    if hasattr(objective, "terms"):
        assert objective.terms(X, Y).mean().item() == pytest.approx(expected_value(name), abs=1e-12)


def test_vub_is_the_divergence_of_two_gaussians():
    """Against the closed form of torch, within four standard errors of the draws; y is not looked at."""
    many = VUB(Q, R, 4000)
    terms = many.terms(X, Y, generator())
    assert torch.equal(terms, many.terms(X, 9 * Y, generator()))

    def law(density, x):
        mean_, drawn = density.mean(x).detach(), density.sample(x, generator(1), (1,))
        scale = torch.exp(bounded(density.scale(x))).detach()
        factor = torch.linalg.inv(density._factor(density.correlation(x)).detach()) * scale[..., None, :]
        assert drawn.shape[-1] == mean_.shape[-1]
        return torch.distributions.MultivariateNormal(mean_, scale_tril=factor)

    for i in range(9):
        expected = torch.distributions.kl_divergence(law(Q, X[i]), law(R, None))
        assert abs(terms[i] - expected) < 4 * math.sqrt(2 * (1 + expected) ** 2 * 4 / 4000)


@every
def test_loss_is_the_negative_log_likelihood(name):
    build, densities = OBJECTIVES[name]
    code = QUANTIZER(Y)[:, None]
    log_likelihood = {
        id(Q): Q.log_prob(Y, X),
        id(R): R.log_prob(Y),
        id(S): S.log_prob(X),
        id(J): J.log_prob(torch.cat([X, Y], 1)),
        id(QC): QC.log_prob(code, X),
        id(RC): RC.log_prob(code),
    }
    expected = -sum(log_likelihood[id(d)].mean() for d in densities)
    assert build()(X, Y, generator()).loss.item() == pytest.approx(expected.item(), abs=1e-12)


@every
def test_gradients_reach_every_density_and_the_value_has_none(name):
    build, densities = OBJECTIVES[name]
    objective = build()
    objective.zero_grad()
    step = objective(X, Y, generator())
    assert not step.value.requires_grad
    step.loss.backward()
    assert all(p.grad is not None for d in densities for p in d.parameters())
    objective.zero_grad(set_to_none=True)


@every
def test_a_function_of_the_generator(name):
    objective = OBJECTIVES[name][0]()
    first, second = (objective(X, Y, generator(4)).value for _ in range(2))
    assert torch.equal(first, second)


def test_vclub_s_never_takes_the_positive():
    """With q constant in x the terms are zero; with a generator every shift from 1 to n - 1 may come."""
    marginal = seeded(lambda: Gaussian(2, 2, CONFIG), generator()).double()
    x, y = normal(4, 2), normal(4, 2, seed=1)
    assert VCLUBS(marginal).terms(x, y, generator()).abs().max() == 0
    awake_terms = {tuple(VCLUBS(Q).terms(X[:3], Y[:3], generator(s)).tolist()) for s in range(20)}
    assert len(awake_terms) == 2
    assert all(0.0 not in terms for terms in awake_terms)


def test_state_dict_is_complete():
    one, other = BA(Q, 2.5), BA(awake(lambda: Gaussian(3, 2, CONFIG), 7), 0.0)
    other.load_state_dict(one.state_dict())
    assert torch.equal(other(X, Y).value, one(X, Y).value)


@pytest.mark.parametrize("name", ["mixture", "spline"])
def test_takes_any_density(name):
    q = awake(lambda: DENSITIES[name](3, 2, CONFIG), 3)
    r = awake(lambda: DENSITIES[name](0, 2, CONFIG), 5)
    for objective in (DoE(q, r), CLUB(q), L1Out(q), VCLUBS(q), VUB(q, r)):
        step = objective(X, Y, generator())
        assert torch.isfinite(step.loss)
        assert torch.isfinite(step.value)
