"""What the options of single bounds promise."""

import math

import jaxtyping
import pytest
import torch

from infonats import functional
from infonats._math import leave_one_out_logsumexp
from infonats.bounds import DV, FLO, JSDLB, MINE, NWJ, SMILE, TUBA, AlphaTUBA, InfoNCEAnchor
from infonats.bounds.jsd_lb import xi
from infonats.errors import InputError
from infonats.scores import Scores


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def some_scores(n=7, m=5, seed=0):
    return Scores(normal(n, seed=seed), normal(n, m, seed=seed + 1), normal(n, seed=seed + 2))


def close(a, b, tolerance=1e-12):
    torch.testing.assert_close(a, b, rtol=0, atol=tolerance)


# TUBA


def test_tuba_with_a_constant_baseline():
    scores = some_scores()
    close(TUBA(baseline=1.0).value(scores), NWJ().value(scores))
    close(TUBA(baseline=0.4).value(scores), functional.tuba(scores, torch.full((7,), 0.4, dtype=torch.float64)))
    assert TUBA(baseline=1.0).needs == "nothing"
    assert TUBA().needs == "x"


def test_tuba_is_dv_at_its_best_constant():
    scores = some_scores()
    best = scores.product.exp().mean().log().item()
    close(TUBA(baseline=best).value(scores), DV().value(scores))


def test_tuba_moving_average_has_the_gradient_of_mine():
    tuba, mine = TUBA(baseline="moving average", rate=0.2), MINE(rate=0.2)
    for seed in range(4):
        scores = some_scores(seed=10 * seed)
        leaves = [t.clone().requires_grad_() for t in (scores.joint, scores.product)]
        found = [torch.autograd.grad(bound.loss(Scores(*leaves)), leaves) for bound in (tuba, mine)]
        for a, b in zip(*found, strict=True):
            close(a, b)


def test_tuba_moving_average_moves_in_training_only():
    bound, scores = TUBA(baseline="moving average"), some_scores()
    at_first = bound.value(scores)
    close(at_first, TUBA(baseline=0.0).value(scores))
    bound.eval().loss(scores)
    close(bound.value(scores), at_first)
    bound.train().loss(scores)
    close(bound.value(scores), DV().value(scores), 1e-6)  # its buffers are in single precision
    ratio = bound.log_ratio(torch.zeros(2)).double()
    close(ratio, -scores.product.exp().mean().log().expand(2), 1e-6)


def test_tuba_with_another_word(monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # what a user meets
    with pytest.raises(InputError, match="baseline is 'ema'; give 'learned', 'moving average' or a number"):
        TUBA(baseline="ema")


# alpha-TUBA


def printed_alpha_tuba(scores, alpha, a):
    """By double loop."""
    joint, product = scores.joint.exp(), scores.product.exp()
    n, m = product.shape
    first = [
        joint[i].log() - (alpha * (joint[i] + product[i].sum() - product[i, j]) / m + (1 - alpha) * a).log()
        for i in range(n)
        for j in range(m)
    ]
    second = [product[i, j] / (alpha * product[i].mean() + (1 - alpha) * a) for i in range(n) for j in range(m)]
    return 1 + torch.stack(first).mean() - torch.stack(second).mean()


@pytest.mark.parametrize("alpha", [0.01, 0.5, 0.99, 1.0])
@pytest.mark.parametrize("m", [1, 2, 5])
def test_alpha_tuba_is_the_printed_equation(alpha, m):
    scores = some_scores(m=m)
    expected = printed_alpha_tuba(scores, alpha, math.exp(0.3))
    close(AlphaTUBA(alpha, log_a=0.3).value(scores), expected)


def test_alpha_tuba_at_its_ends():
    scores = some_scores(m=2)
    close(AlphaTUBA(1e-12, log_a=1.0).value(scores), NWJ().value(scores), 1e-9)
    pairs = [Scores(scores.joint, scores.product[:, j : j + 1]) for j in (0, 1)]
    close(AlphaTUBA(1.0).value(scores), torch.stack([functional.infonce(p) for p in pairs]).mean())
    assert AlphaTUBA(1.0).ceiling(8) == math.log(8)


@pytest.mark.parametrize("alpha", [0.0, -0.1, 1.1, math.nan])
def test_alpha_tuba_outside_its_range(alpha):
    with pytest.raises(InputError, match=r"alpha is .*; it must be above 0 and at most 1"):
        AlphaTUBA(alpha)


# Clipping, anchors, exponentials


def test_smile_without_clipping_is_dv():
    scores = some_scores()
    close(SMILE(math.inf).value(scores), DV().value(scores))
    assert SMILE(0.5).value(scores) != DV().value(scores)


@pytest.mark.parametrize("tau", [0.0, -5.0, math.nan])
def test_smile_outside_its_range(tau):
    with pytest.raises(InputError, match=r"tau is .*; it must be positive"):
        SMILE(tau)


@pytest.mark.parametrize("nu", [0.0, -1.0, math.inf, math.nan])
def test_anchor_outside_its_range(nu):
    with pytest.raises(InputError, match=r"nu is .*; it must be a positive number"):
        InfoNCEAnchor(nu)


@pytest.mark.parametrize("nu", [0.3, 1.0, 7.0])
def test_anchor_is_the_printed_equation(nu):
    scores = some_scores(n=3, m=4)
    r, t = scores.joint.exp(), scores.product.exp()
    which = [(r[i] / (nu + r[i] + t[i].sum() - t[i, j])).log() for i in range(3) for j in range(4)]
    none = (nu / (nu + t.sum(1))).log()
    expected = 4 / (4 + nu) * torch.stack(which).mean() + nu / (4 + nu) * none.mean()
    close(functional.infonce_anchor(scores, nu), expected)


def test_one_negative_makes_three_losses_one():
    """With m = 1 the anchor's, NCE's and Jensen-Shannon's objectives are logistic regression."""
    scores = some_scores(m=1)
    close(2 * functional.infonce_anchor(scores), functional.nce(scores))
    close(functional.nce(scores), functional.js(scores))
    close(functional.js(scores), functional.fdime_gan(scores))


def test_flo_goes_on_as_a_tangent():
    far = [Scores(torch.full((1,), -t), torch.zeros(1, 1), torch.zeros(1)) for t in (80.0, 81.0, 82.0)]
    values = [FLO().value(scores).item() for scores in far]
    assert values == pytest.approx([1 - math.exp(80) * k for k in (1, 2, 3)], rel=1e-5)


def test_leave_one_out_logsumexp_is_the_double_loop():
    kept, t = normal(4), 30 * normal(4, 6, seed=1)
    found = leave_one_out_logsumexp(kept, t)
    for i in range(4):
        for j in range(6):
            rest = torch.cat([kept[i : i + 1], t[i, :j], t[i, j + 1 :]])
            close(found[i, j], torch.logsumexp(rest, 0))


def test_leave_one_out_logsumexp_of_equals():
    close(leave_one_out_logsumexp(torch.zeros(1), torch.zeros(1, 3)), torch.full((1, 3), math.log(3)), 1e-6)


# JSD-LB


@pytest.mark.parametrize("i", [0.0, 1e-6, 0.01, 0.5, 3.0, 20.0, 80.0])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 1e-4)])
def test_xi_inverts_the_divergence_of_two_bernoullis(i, dtype, tolerance):
    q = math.exp(-i)  # log 2 - D_JS(Bern(1), Bern(q)) = ((1 + q) log(1 + q) - q log q) / 2
    ce = torch.tensor(((1 + q) * math.log1p(q) + q * i) / 2, dtype=dtype, requires_grad=True)
    found = xi(ce)
    assert found.item() == pytest.approx(i, rel=tolerance, abs=1e-6)
    (slope,) = torch.autograd.grad(found, ce)
    assert slope.item() == pytest.approx(-2 * math.exp(i) / math.log1p(math.exp(i)), rel=1e-3)


def test_jsd_lb_crosses_zero_smoothly():
    values = [
        JSDLB().value(Scores(torch.tensor([t]).double(), torch.tensor([[0.0]]).double())) for t in (-1e-4, 1e-4)
    ]
    slope = torch.stack(values).diff().item() / 2e-4
    assert slope == pytest.approx(1 / (2 * math.log(2)), rel=1e-3)


# ReMINE


@pytest.mark.parametrize("build", [DV, MINE])
def test_remine_adds_the_drift_in_training_alone(build):
    scores = some_scores()
    plain, held = build(), build(penalty=0.3, target=2.0)
    drift = (scores.product.exp().mean().log() - 2.0) ** 2
    close(held.train().loss(scores) - plain.train().loss(scores), 0.3 * drift)
    close(held.eval().loss(scores), plain.eval().loss(scores))
    close(held.value(scores), plain.value(scores))


@pytest.mark.parametrize("build", [DV, MINE])
def test_remine_holds_the_offset(build):
    """Gradient steps move the partition function to its target; without a penalty it stays where it was."""
    for penalty, expected in ((0.0, 3.0), (1.0, 0.5)):
        bound, offset = build(penalty=penalty, target=0.5), torch.tensor(3.0, requires_grad=True)
        for _ in range(200):
            scores = Scores(offset.expand(4), offset.expand(4, 3))
            (slope,) = torch.autograd.grad(bound.train().loss(scores), offset)
            offset = (offset - 0.1 * slope).detach().requires_grad_()
        assert offset.item() == pytest.approx(expected, abs=1e-3 if build is DV else 0.1)
