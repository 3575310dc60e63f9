"""Bottlenecks: formulas at hand-computed values, the two players' gradients, the order of their steps."""

import math

import pytest
import torch
from torch import nn

from infonats import critics, densities, objectives
from infonats.bounds import BOUNDS, JSDLB
from infonats.errors import InputError
from infonats.learn import (
    CEB,
    VIB,
    Adversary,
    Bottleneck,
    GaussianEncoder,
    MultiViewBottleneck,
    TimeLaggedBottleneck,
    adaptive_clip,
    clipped_loss,
)
from infonats.learn.codes import Code
from infonats.learn.rates import Sample
from infonats.nn import MLP, seeded
from infonats.objectives import Contrastive
from infonats.train import TrainConfig, train


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def encoder(d=3, k=2, shift=5.0):
    return GaussianEncoder(seeded(lambda: MLP(d, 2 * k, (16,)), generator()), shift)


def linear(d, k):
    return seeded(lambda: nn.Linear(d, k), generator(8))


def gaussian(dx, dy):
    return seeded(lambda: densities.Gaussian(dx, dy), generator(7))


def critic(d=3, k=2):
    built = seeded(lambda: critics.JointCritic(d, k, (16,)), generator(5))
    with torch.no_grad():
        built.form.weight.copy_(torch.randn(k, d, generator=generator(6)))
    return built


def labelled(n=200):
    x = torch.randn(n, 3, generator=generator(1))
    return x, (x[:, 0] > 0).long()


def test_codes_by_hand():
    one = Code(torch.tensor([[1.0, 0.0]], dtype=torch.float64), torch.tensor([[2.0, 1.0]], dtype=torch.float64))
    # (4 + 1 - 1) / 2 - log 2 for the first coordinate, 0 for the second
    assert one.kl(one.standard()).item() == pytest.approx(2 - math.log(2), abs=1e-12)
    assert one.kl(one).item() == pytest.approx(0.0, abs=1e-12)
    z = torch.tensor([[3.0, 0.0]], dtype=torch.float64)
    assert one.log_prob(z).item() == pytest.approx(-0.5 - math.log(2) - math.log(2 * math.pi), abs=1e-12)
    drawn = Code(one.mean.expand(20_000, 2), one.scale.expand(20_000, 2)).draw(generator())
    error = 4 / math.sqrt(20_000)
    assert drawn.mean(0).tolist() == pytest.approx([1.0, 0.0], abs=2 * error)
    assert drawn.std(0).tolist() == pytest.approx([2.0, 1.0], abs=2 * error)


def test_the_encoder_starts_nearly_without_noise():
    code = GaussianEncoder(linear(3, 4))(torch.zeros(5, 3))
    assert code.mean.shape == code.scale.shape == (5, 2)
    assert (code.scale < 0.02).all()


def test_vib_is_the_printed_formula():
    x, y = labelled(20)
    decoder = linear(2, 2)
    bottleneck = Bottleneck(encoder(), decoder, 0.3, VIB()).eval()
    step = bottleneck(x, y, generator(4))
    code = bottleneck.encoder(x)
    z = code.draw(generator(4))
    ce = nn.functional.cross_entropy(decoder(z), y)
    kl = (0.5 * (code.mean**2 + code.scale**2 - 1) - code.scale.log()).sum(1).mean()
    assert step.loss.item() == pytest.approx((ce + 0.3 * kl).item(), rel=1e-6)
    assert step.value.item() == pytest.approx(-ce.item(), rel=1e-6)
    parts = bottleneck.measure(x, y, generator(4))
    assert (parts.distortion.item(), parts.rate.item()) == pytest.approx((ce.item(), kl.item()), rel=1e-6)


def test_ceb_is_zero_where_the_code_is_of_y_alone():
    """With q(z|x) = b(z|y) the rate vanishes draw by draw, whatever I(X;Z) is."""
    form = densities.GaussianForm("linear", "constant", "none")
    backward = seeded(lambda: densities.Gaussian(2, 1, form=form), generator())
    with torch.no_grad():
        for p in backward.parameters():
            p.zero_()
    code = Code(torch.zeros(6, 1), torch.ones(6, 1))
    z = code.draw(generator())
    sample = Sample(torch.zeros(6, 3), torch.tensor([0, 1, 0, 1, 0, 1]), code, z)
    b = backward.log_prob(z, torch.eye(2)[sample.y])
    expected = (code.log_prob(z) - b).mean().item()
    rate = CEB(backward)(sample, generator())
    assert rate.item() == pytest.approx(expected, abs=1e-6)
    given = Sample(sample.x, torch.eye(2)[sample.y], code, z)
    assert CEB(backward)(given, generator()).item() == rate.item()
    with pytest.raises(InputError, match="the density takes 2 columns"):
        CEB(backward)(Sample(sample.x, torch.zeros(6, 3), code, z), generator())


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.name)
def test_the_information_of_a_bound_is_its_value_with_gradients(bound):
    x, z = torch.randn(12, 3, generator=generator(1)), torch.randn(12, 2, generator=generator(2))
    z.requires_grad_()
    objective = Contrastive(critic(), bound())
    before = {name: tensor.clone() for name, tensor in objective.state_dict().items()}
    information = objective.information(x, z)
    information.backward()
    assert z.grad.any(1).all()
    assert all(torch.equal(before[name], tensor) for name, tensor in objective.state_dict().items())
    assert information.item() == objective(x, z).value.item()


@pytest.mark.parametrize("name", ["CLUB", "VCLUBS", "L1Out"])
def test_the_information_of_a_density_is_its_value_with_gradients(name):
    x, z = (
        torch.randn(12, 3, generator=generator(1)),
        torch.randn(12, 2, generator=generator(2)).requires_grad_(),
    )
    q = seeded(lambda: densities.Gaussian(3, 2), generator())
    with torch.no_grad():
        for p in q.parameters():
            p.add_(0.1 * torch.randn(p.shape, generator=generator(7)))
    objective = getattr(objectives, name)(q)
    information = objective.information(x, z)
    assert information.item() == pytest.approx(objective(x, z).value.item(), abs=1e-6)
    information.backward()
    assert z.grad.any()


def test_the_two_players_pull_in_opposite_directions():
    """The encoder's gradient is that of +beta value, the critic's that of its own loss: checked by hand."""
    x, y = labelled(30)
    objective = Contrastive(critic(), JSDLB())
    bottleneck = Bottleneck(encoder(), linear(2, 2), 0.5, objective)
    bottleneck(x, y, generator(4)).loss.backward()

    code = bottleneck.encoder(x)
    z = code.draw(generator(4))
    wanted = bottleneck.distortion(z, y) + 0.5 * objective.information(x, z)
    for p, g in zip(
        bottleneck.encoder.parameters(),
        torch.autograd.grad(wanted, [*bottleneck.encoder.parameters()]),
        strict=True,
    ):
        assert torch.allclose(p.grad, g, atol=1e-6)
    lost = objective(x, z.detach()).loss
    for p, g in zip(objective.parameters(), torch.autograd.grad(lost, [*objective.parameters()]), strict=True):
        assert torch.allclose(p.grad, g, atol=1e-6)


def test_critic_steps_leave_the_encoder_alone():
    x, y = labelled(30)
    bottleneck = Bottleneck(encoder(), linear(2, 2), 0.5, objectives.MINE(critic()), critic_steps=3)
    moved = []
    for _ in range(6):
        bottleneck.zero_grad(set_to_none=True)
        bottleneck(x, y, generator()).loss.backward()
        moved.append([p.grad is not None for p in bottleneck.encoder.parameters()])
        assert all(p.grad is not None for p in bottleneck.rate.parameters())
    assert [all(row) for row in moved] == [False, False, True] * 2
    assert [any(row) for row in moved] == [False, False, True] * 2
    assert all(p.requires_grad for p in bottleneck.parameters())
    bottleneck.eval()
    before = int(bottleneck.steps)
    bottleneck(x, y, generator())
    assert int(bottleneck.steps) == before


@pytest.mark.parametrize("kind", ["vib", "ceb", "jsd_lb", "club"])
def test_a_price_lowers_the_rate_and_keeps_the_label(kind):
    """At a price, less is kept of x: the same closed-form measure, VIB's, for all four."""
    x, y = labelled(600)
    steps = 400 if kind == "jsd_lb" else 150  # of four, one moves the encoder

    def trained(beta):
        rate = {
            "vib": VIB,
            "ceb": lambda: CEB(seeded(lambda: densities.Gaussian(2, 2), generator(3))),
            "jsd_lb": lambda: objectives.JSDLB(seeded(lambda: critics.JointCritic(3, 2, (16,)), generator(5))),
            "club": lambda: objectives.CLUB(seeded(lambda: densities.Gaussian(3, 2), generator(5))),
        }[kind]()
        bottleneck = Bottleneck(encoder(shift=0.0), linear(2, 2), beta, rate, 4 if kind == "jsd_lb" else 1)
        config = TrainConfig(max_steps=steps, batch_size=64, learning_rate=5e-3, evaluate_every=steps)
        train(bottleneck, (x[:400], y[:400]), (x[400:], y[400:]), config, generator(2))
        with torch.no_grad():
            code = bottleneck.encoder(x[400:])
            right = (bottleneck.decoder(code.mean).argmax(1) == y[400:]).float().mean().item()
        return (code.mean.var(0) / code.scale.square().mean(0)).mean().item(), right

    free, paid = trained(0.0), trained(0.3 if kind == "jsd_lb" else 0.1)
    assert paid[0] < 0.5 * free[0]  # signal to noise of the code
    assert paid[1] > 0.85


def test_a_density_decodes_numbers():
    x, _ = labelled(20)
    decoder = gaussian(2, 1)
    bottleneck = Bottleneck(encoder(), decoder, 0.0, VIB()).eval()
    step = bottleneck(x, x[:, :1], generator(4))
    z = bottleneck.encoder(x).draw(generator(4))
    assert step.value.item() == pytest.approx(decoder.log_prob(x[:, :1], z).mean().item(), abs=1e-6)


def test_multi_view_and_time_lagged_by_hand():
    x, y = torch.randn(10, 3, generator=generator(1)), torch.randn(10, 3, generator=generator(2))
    f, objective = encoder(), objectives.InfoNCE(critic(2, 2)).eval()
    a, b = f(x), f(y)
    source = generator(4)
    za, zb = a.draw(source), b.draw(source)
    inner = objective(za, zb)
    mib = MultiViewBottleneck(f, objective, 0.2).eval()(x, y, generator(4))
    surplus = (a.kl(b) + b.kl(a)).mean() / 2
    assert mib.loss.item() == pytest.approx((inner.loss + 0.2 * surplus).item(), rel=1e-6)
    assert mib.value.item() == inner.value.item()
    assert MultiViewBottleneck(f, objective, 0.2)(x, x, generator(4)).loss.item() == pytest.approx(
        objective(a.draw(again := generator(4)), a.draw(again)).loss.item(), rel=1e-6
    )
    transition = gaussian(2, 2)
    tib = TimeLaggedBottleneck(f, objective, transition, 0.2).eval()(x, y, generator(4))
    source = generator(4)
    za, zb = a.draw(source), b.draw(source)
    surplus = (b.log_prob(zb) - transition.log_prob(zb, za)).mean()
    assert tib.loss.item() == pytest.approx((objective(za, zb).loss + 0.2 * surplus).item(), rel=1e-5)


def test_adaptive_clip_by_hand():
    p = nn.Parameter(torch.tensor([1.0, 2.0]))
    q = nn.Parameter(torch.zeros(1))
    # gradients (3, 0) with norm 3 and (0, 12) with norm 12: the second is scaled to norm 3
    factor = adaptive_clip(3 * p[0], 12 * p[1], [p, q])
    assert factor == pytest.approx(0.25, abs=1e-12)
    assert p.grad.tolist() == pytest.approx([3.0, 3.0], abs=1e-12)
    assert q.grad is None
    # a shorter one is left as it is; what stood there is replaced
    assert adaptive_clip(3 * p[0], -2 * p[1], [p]) == 1.0
    assert p.grad.tolist() == [3.0, -2.0]
    # the norm is over all parameters together: 5 = |(3, 4)|
    assert adaptive_clip(3 * p[0] + 4 * q[0], 10 * p[1], [p, q]) == pytest.approx(0.5, abs=1e-12)
    assert (p.grad.tolist(), q.grad.tolist()) == ([3.0, 5.0], [4.0])
    assert adaptive_clip(torch.zeros(()), 2 * p[1], [p]) == 0.0


def test_clipped_loss_has_the_gradient_that_adaptive_clip_sets():
    """By hand as above: the same numbers, none in a parameter that was not named; others' losses add up."""
    p, q, other = (nn.Parameter(torch.tensor(v, dtype=torch.float64)) for v in ([1.0, 2.0], [0.5], [7.0]))
    first, second = 3 * p[0] * other[0].detach() / 7 + other[0], 12 * p[1] + other[0] ** 2
    loss = clipped_loss(first, second, [p, q])
    assert loss.item() == pytest.approx(first.item() + 0.25 * second.item(), abs=1e-12)
    (loss + 5 * other[0]).backward()
    assert p.grad.tolist() == pytest.approx([3.0, 3.0], abs=1e-12)
    assert q.grad is None
    assert other.grad.tolist() == [5.0]
    # and on a network, the sum of both gradients cut by one factor
    network = seeded(lambda: MLP(3, 1, (8,)), generator()).double()
    x = torch.randn(20, 3, generator=generator(1), dtype=torch.float64)
    losses = network(x).mean(), 50 * network(x).square().mean()
    factor = adaptive_clip(*losses, network.parameters())
    assert 0 < factor < 1
    expected = [w.grad.clone() for w in network.parameters()]
    found = torch.autograd.grad(clipped_loss(*losses, network.parameters()), list(network.parameters()))
    assert all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Bottleneck(encoder(), linear(2, 2), -1.0, VIB()), r"beta is -1\.0"),
        (lambda: MultiViewBottleneck(encoder(), objectives.InfoNCE(critic(2, 2)), -1.0), r"beta is -1\.0"),
        (lambda: Bottleneck(encoder(), linear(2, 2), 1.0, VIB(), 0), "critic_steps is 0"),
        (lambda: Bottleneck(encoder(), linear(2, 2), 1.0, VIB())(*labelled()), "give a generator"),
        (
            lambda: Adversary(objectives.VUB(gaussian(3, 2), gaussian(0, 2)))(
                Sample(
                    torch.zeros(4, 3), torch.zeros(4), (c := Code(torch.zeros(4, 2), torch.ones(4, 2))), c.mean
                ),
                generator(),
            ),
            "VUB has no differentiable value to lower",
        ),
        (lambda: adaptive_clip(torch.ones(()), torch.ones(()), []), "No parameters were given"),
        (
            lambda: adaptive_clip(torch.ones(()), torch.ones(()), [nn.Parameter(torch.ones(1))]),
            "Neither loss depends",
        ),
        (lambda: clipped_loss(torch.ones(()), torch.ones(()), []), "No parameters were given"),
    ],
)
def test_what_cannot_be_done_is_said(call, message):
    with pytest.raises(InputError, match=message):
        call()
