"""What every critic must do, parametrised over the registry."""

import pytest
import torch

from infonats.critics import CRITICS, JointCritic, SeparableCritic
from infonats.critics.terms import form_scale
from infonats.errors import InputError
from infonats.nn import ACTIVATIONS, seeded

N, M, DX, DY = 6, 4, 3, 2

every_critic = pytest.mark.parametrize("name", CRITICS)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0, dtype=torch.float32):
    return torch.randn(*shape, generator=generator(seed), dtype=dtype)


def build(name, seed=0, awake=True, dtype=torch.float32):
    """A small critic; awake, every parameter is moved away from zero."""
    critic = seeded(lambda: CRITICS[name](DX, DY, (8, 5), "silu"), generator(seed)).to(dtype)
    with torch.no_grad():
        for i, parameter in enumerate(critic.parameters()):
            parameter.add_(awake * 0.3 * normal(*parameter.shape, seed=100 + i, dtype=dtype))
    return critic


def data(dtype=torch.float32):
    return normal(N, DX, dtype=dtype), normal(M, DY, seed=1, dtype=dtype)


@every_critic
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-6), (torch.float64, 1e-12)])
def test_all_pairs_equals_the_double_loop(name, dtype, tolerance):
    critic, (x, y) = build(name, dtype=dtype), data(dtype)
    loop = torch.stack([torch.stack([critic(a[None], b[None])[0] for b in y]) for a in x])
    pairs = critic.all_pairs(x, y)
    assert (pairs.shape, pairs.dtype) == ((N, M), dtype)
    assert loop.std() > 0.01
    torch.testing.assert_close(pairs, loop, rtol=tolerance, atol=tolerance)


@every_critic
def test_leading_dimensions_broadcast(name):
    critic, (x, y) = build(name, dtype=torch.float64), data(torch.float64)
    whole = critic.all_pairs(x, y)
    close = {"rtol": 0, "atol": 1e-12}
    torch.testing.assert_close(critic(x[:M], y), whole[:M].diagonal(), **close)
    torch.testing.assert_close(critic(x[:, None], y), whole, **close)
    torch.testing.assert_close(critic(x[0], y), whole[0], **close)
    torch.testing.assert_close(critic(x, y[1]), whole[:, 1], **close)
    blocks = critic.all_pairs(x.reshape(2, 3, DX), y.reshape(2, 2, DY))
    torch.testing.assert_close(blocks, torch.stack([whole[:3, :2], whole[3:, 2:]]), **close)


@every_critic
def test_starts_at_exactly_zero(name):
    critic, (x, y) = build(name, awake=False), data()
    assert torch.equal(critic.all_pairs(x, y), torch.zeros(N, M))
    assert any(parameter.any() for parameter in critic.parameters())


@every_critic
def test_leaves_zero_at_the_first_step(name):
    """Zero is no saddle point: some parameter has a gradient there."""
    critic, (x, y) = build(name, awake=False), data()
    critic(x[:M], y).square().sub(critic(x[:M], y)).sum().backward()
    assert any(p.grad is not None and p.grad.any() for p in critic.parameters())


@every_critic
def test_every_parameter_gets_a_gradient(name):
    critic, (x, y) = build(name), data()
    critic.all_pairs(x, y).square().sum().backward()
    without = [key for key, p in critic.named_parameters() if p.grad is None or not p.grad.any()]
    assert not without


@every_critic
@pytest.mark.parametrize("all_pairs", [False, True])
def test_gradients_flow_to_both_sides(name, all_pairs):
    critic, (x, y) = build(name, dtype=torch.float64), data(torch.float64)
    x, y = x[:M].requires_grad_(), y.requires_grad_()
    assert torch.autograd.gradcheck(critic.all_pairs if all_pairs else critic, (x, y))
    critic(x, y).sum().backward()
    assert x.grad.any(1).all()
    assert y.grad.any(1).all()


@every_critic
def test_a_function_of_the_generator_alone(name):
    one, same, other = (build(name, seed, awake=False).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert any(not torch.equal(one[key], other[key]) for key in one)


@every_critic
def test_state_dict_round_trip(name):
    critic, other, (x, y) = build(name), build(name, seed=1, awake=False), data()
    other.load_state_dict(critic.state_dict())
    assert torch.equal(other.all_pairs(x, y), critic.all_pairs(x, y))


@every_critic
def test_sees_parameters_changed_in_place(name):
    critic, (x, y) = build(name), data()
    before = critic.all_pairs(x, y)
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.mul_(0.5)
    assert not torch.equal(critic.all_pairs(x, y), before)


@every_critic
@pytest.mark.parametrize("act", ACTIVATIONS)
def test_takes_every_activation_and_one_layer(name, act):
    critic = seeded(lambda: CRITICS[name](1, 1, (4,), act), generator())
    assert critic(normal(3, 1), normal(3, 1, seed=1)).shape == (3,)


@every_critic
def test_unknown_activation(name):
    with torch.random.fork_rng(devices=[]), pytest.raises(InputError, match="activation is 'swish'; it must"):
        CRITICS[name](1, 1, (4,), "swish")


@every_critic
def test_a_form_of_many_entries_is_scaled_in_every_way_of_scoring(name):
    """128 x 256 entries are twice as many as are learnt as they stand."""
    critic = seeded(lambda: CRITICS[name](128, 256, (8,), "silu"), generator()).double()
    assert critic.form_scale == 0.5
    x, y = normal(N, 128, dtype=torch.float64), normal(N, 256, seed=1, dtype=torch.float64)
    before = critic.all_pairs(x, y)
    with torch.no_grad():
        critic.form.weight.copy_(normal(256, 128, seed=2, dtype=torch.float64))
    moved = 0.5 * x @ critic.form.weight.T @ y.T
    close = {"rtol": 0, "atol": 1e-9}
    torch.testing.assert_close(critic.all_pairs(x, y) - before, moved, **close)
    torch.testing.assert_close(critic(x, y) - before.diagonal(), moved.diagonal(), **close)
    if hasattr(critic, "factors"):
        a, b = critic.factors(x, y)
        torch.testing.assert_close(a @ b.mT - before, moved, **close)


def test_forms_of_128_by_128_entries_are_learnt_as_they_stand():
    assert [form_scale(*shape) for shape in ((1, 1), (128, 128), (128, 512))] == [1.0, 1.0, 0.25]


# What the formulas of single critics say


def test_split_first_layer_equals_concatenation():
    critic, (x, y) = build("joint", dtype=torch.float64), data(torch.float64)
    whole = torch.nn.utils.skip_init(torch.nn.Linear, DX + DY, 8, dtype=torch.float64)
    with torch.no_grad():
        whole.weight.copy_(torch.cat([critic.project_x.weight, critic.project_y.weight], dim=1))
        whole.bias.copy_(critic.project_x.bias)
    rows = torch.cat([x[:M], y], dim=1)
    expected = critic.trunk(whole(rows)).squeeze(-1) + torch.einsum("ni,ji,nj->n", x[:M], critic.form.weight, y)
    torch.testing.assert_close(critic(x[:M], y), expected, rtol=0, atol=1e-12)


def test_joint_critic_without_its_bilinear_path():
    critic = seeded(lambda: JointCritic(DX, DY, (8,), bilinear=False), generator())
    assert critic.form is None
    assert torch.equal(critic.all_pairs(*data()), torch.zeros(N, M))


def test_bilinear_critic_holds_the_gaussian_log_ratio():
    """With quadratic a and b it would be exact; its form alone is the mixed second derivative."""
    critic, (x, y) = build("bilinear", dtype=torch.float64), data(torch.float64)
    x, y = x[0].requires_grad_(), y[0].requires_grad_()
    (dx,) = torch.autograd.grad(critic(x, y), x, create_graph=True)
    mixed = torch.stack([torch.autograd.grad(d, y, retain_graph=True)[0] for d in dx])
    torch.testing.assert_close(mixed, critic.form.weight.T, rtol=0, atol=1e-12)


def test_separable_critic_has_the_rank_of_its_features():
    critic = seeded(lambda: SeparableCritic(4, 4, (8,), features=2), generator()).double()
    with torch.no_grad():
        critic.embed_y.layers[-1].weight.copy_(normal(2, 8, seed=3))
    scores = critic.all_pairs(normal(9, 4, dtype=torch.float64), normal(9, 4, seed=1, dtype=torch.float64))
    assert torch.linalg.matrix_rank(scores) == 2
