"""What every bound must do, parametrised over the registry: one that is added later is tested as it is.

Hand values stand in tests/gold/bounds.toml. The declarations (side, invariance, ceiling) are measured in both
directions: a bound that declares more than it has fails, and so does one that declares less.
"""

import copy
import functools
import inspect
import math
import re

import jaxtyping
import pytest
import torch

from infonats import bounds, functional, inference, objectives
from infonats._math import off_diagonal
from infonats.bounds import BOUNDS
from infonats.critics import JointCritic
from infonats.errors import InputError
from infonats.nn import seeded
from infonats.objectives import Contrastive
from infonats.scores import Scores

pytestmark = pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.name)

Z = 4.0
"""Standard errors that a mean may lie from what is claimed: 3e-5 by chance, and seeds are fixed."""

RHO = 0.8
TRUTH = -0.5 * math.log1p(-(RHO**2))


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=generator(seed), dtype=dtype)


def some_scores(n=7, m=5, seed=0, dtype=torch.float64):
    """With a baseline always: a bound that needs none does not look at it."""
    shapes = {(n,): seed, (n, m): seed + 1}
    joint, product = (normal(*shape, seed=seed, dtype=dtype) for shape, seed in shapes.items())
    return Scores(joint, product, normal(n, seed=seed + 2, dtype=dtype))


def shifted(scores, by_row):
    return Scores(scores.joint + by_row, scores.product + by_row[:, None], scores.baseline)


def inputs_of(bound, scores):
    """The tensors that the bound reads, as leaves with gradients."""
    baseline = () if bound.needs == "nothing" else (scores.baseline,)
    return [t.clone().requires_grad_() for t in (scores.joint, scores.product, *baseline)]


# 1. Shape, dtype, device


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_value_is_a_scalar_of_the_same_dtype(bound, dtype):
    value = bound().value(some_scores(dtype=dtype))
    assert (value.shape, value.dtype) == ((), dtype)
    assert torch.isfinite(value)


@pytest.mark.parametrize("device", ["cpu", "meta", "cuda"])
def test_value_and_loss_stay_on_the_device(bound, device):
    if device == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    scores, on_device = some_scores(), bound().to(device)
    scores = Scores(*(t.to(device) for t in (scores.joint, scores.product, scores.baseline)))
    for result in (on_device.value(scores), on_device.loss(scores), on_device.eval().loss(scores)):
        assert result.device.type == device
        assert result.shape == ()


# 3. Gradients


@pytest.mark.parametrize("what", ["value", "loss"])
def test_gradients_are_those_of_finite_differences(bound, what):
    instance = bound().eval()
    inputs = inputs_of(bound, some_scores(4, 3))

    def function(*tensors):
        return getattr(instance, what)(Scores(*tensors))

    with torch.random.fork_rng(devices=[]):  # gradgradcheck draws from the global generator
        assert torch.autograd.gradcheck(function, inputs)
        assert torch.autograd.gradgradcheck(function, inputs)


def test_training_loss_moves_scores_apart(bound):
    """Joint scores are never pushed down, those of negatives never up, in training mode too."""
    joint, product, *baseline = inputs_of(bound, some_scores(6, 4))
    bound().train().loss(Scores(joint, product, *baseline)).backward()
    up = joint.grad if bound.side != "upper" else None
    if up is not None:
        assert up.sum() < 0
        assert product.grad.sum() > 0


# 4. Invariance


def test_order_does_not_matter(bound):
    scores, value = some_scores(), bound().value(some_scores()).item()
    rows = torch.randperm(7, generator=generator())
    columns = torch.stack([torch.randperm(5, generator=generator(i)) for i in range(7)])
    for same in (
        Scores(scores.joint[rows], scores.product[rows], scores.baseline[rows]),
        Scores(scores.joint, scores.product.gather(1, columns), scores.baseline),
    ):
        assert bound().value(same).item() == pytest.approx(value, abs=1e-12)


def test_declared_invariance_is_the_one_it_has(bound):
    scores = some_scores()
    value = bound().value(scores).item()
    offsets = {"shift": torch.full((7,), 7.3, dtype=torch.float64), "row shift": 3 * normal(7, seed=9)}
    expected = {"none": set(), "shift": {"shift"}, "row shift": {"shift", "row shift"}}[bound.invariance]
    for kind, offset in offsets.items():
        change = abs(bound().value(shifted(scores, offset)).item() - value)
        if kind in expected:
            assert change < 1e-12, f"declares invariance '{bound.invariance}', but a {kind} changes it"
        else:
            assert change > 1e-3, f"declares invariance '{bound.invariance}', but a {kind} leaves it as it is"


# 5. Extreme scores


EXTREME = {
    "apart": (80.0, -80.0),
    "swapped": (-80.0, 80.0),
    "all high": (80.0, 80.0),
    "all low": (-80.0, -80.0),
    "mixed": None,
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("case", EXTREME)
def test_extreme_scores_give_finite_values_and_gradients(bound, case, dtype):
    instance = bound().train()
    instance.loss(some_scores(dtype=dtype))  # so that a running state is not the extreme's own
    for what in (instance.value, instance.loss, instance.eval().loss):
        if case == "mixed":
            joint, product = (80.0 * normal(*shape, dtype=dtype).sign() for shape in ((6,), (6, 5)))
        else:
            high, low = EXTREME[case]
            joint, product = torch.full((6,), high, dtype=dtype), torch.full((6, 5), low, dtype=dtype)
        inputs = inputs_of(bound, Scores(joint, product, normal(6, seed=3, dtype=dtype)))
        result = what(Scores(*inputs))
        result.backward()
        found = [t.grad for t in inputs if t.grad is not None]  # a plug-in value reads joint scores alone
        assert len(found) == len(inputs) or what == instance.value
        assert all(torch.isfinite(t).all() for t in (result, *found))


# 6. The declared side, on bivariate Gaussians with known log ratio


def gaussian_blocks(blocks, n, seed):
    x, noise = normal(2, blocks, n, seed=seed)
    return x, RHO * x + math.sqrt(1 - RHO**2) * noise


def log_ratio(x, y):
    return TRUTH + (RHO * x * y - 0.5 * RHO**2 * (x * x + y * y)) / (1 - RHO**2)


SYMBOLS = 10


def symbol_blocks(blocks, n, seed):
    """y = x, one of ten symbols at random: I is log 10."""
    x = torch.randint(SYMBOLS, (blocks, n), generator=generator(seed)).double()
    return x, x


def symbols_log_ratio(x, y):
    return torch.where(x == y, math.log(SYMBOLS), -40.0).to(x.dtype)


OPTIMAL = (log_ratio, symbols_log_ratio)


def random_critic(seed):
    """A bounded random function of (x, y) added to a random share of the log ratio."""
    share = torch.rand((), generator=generator(seed), dtype=torch.float64)
    u, v, phase, size = normal(4, 8, seed=seed + 100)

    def critic(x, y):
        waves = torch.sin(x[..., None] * u + y[..., None] * v + phase) @ size
        return share * log_ratio(x, y) + 0.5 * waves

    return critic


CRITICS = {
    "optimal": log_ratio,
    **{f"{a} times": lambda x, y, a=a: a * log_ratio(x, y) for a in (0.5, 0.9, 1.1, 2.0)},
    "constant": lambda x, y: torch.zeros_like(x + y),
    **{f"random {seed}": random_critic(seed) for seed in range(3)},
}


def offset_of(bound):
    """What is added to the log ratio to make the scores at which the bound is best, as it declares."""
    zero = torch.zeros(1, dtype=torch.float64)
    return -bound().log_ratio(zero, zero).item()


def baseline_of(bound, critic, x, y):
    """The best one for the log ratio, a fair one otherwise."""
    best = {"nothing": None, "x": torch.zeros_like(x), "pair": -critic(x, y)}[bound.needs]
    return best if best is None or critic in OPTIMAL else best + 0.2 * torch.sin(3 * x)


def all_scores(bound, critic, x, y, offset):
    """Each row of a batch with all other rows as negatives, in batches along the first dimension."""
    matrix = critic(x[:, :, None], y[:, None, :]) + offset
    joint = matrix.diagonal(dim1=1, dim2=2)
    tensors = (joint, off_diagonal(matrix), baseline_of(bound, critic, x, y))
    return [t for t in tensors if t is not None]


def batch_values(bound, critic, offset, data=None):
    """The value on each of many independent batches with all other rows as negatives."""
    scores = all_scores(bound, critic, *(data or gaussian_blocks(10_000, n=4, seed=7)), offset)
    instance = bound()
    return torch.func.vmap(lambda *tensors: instance.value(Scores(*tensors)))(*scores)


@functools.cache
def excess(bound):
    """By how many standard errors the mean value exceeds I, for each critic."""
    offset = offset_of(bound)
    found = {}
    for name, critic in CRITICS.items():
        found[name] = standardised(batch_values(bound, critic, offset) - TRUTH)
    values = batch_values(bound, symbols_log_ratio, offset, symbol_blocks(10_000, n=4, seed=7))
    found["equal symbols"] = standardised(values - math.log(SYMBOLS))
    return found


def standardised(values):
    return (values.mean() / (values.std() / math.sqrt(len(values)) + 1e-12)).item()


def test_declared_side_is_the_one_it_has(bound):
    """A lower bound's mean exceeds I nowhere; one that declares no side exceeds it, and falls below it.

    Small batches show best what a batch does to the mean; equal symbols, what is tight on two-valued ratios.

    The negative control: at the optimal critic the Donsker-Varadhan plug-in is seen to exceed I.
    """
    assert excess(bounds.DV)["optimal"] > Z
    found = excess(bound)
    above = {name: z for name, z in found.items() if z > Z}
    below = {name: z for name, z in found.items() if z < -Z}
    measured = "lower" if not above else "upper" if not below else "none"
    assert bound.side == measured, f"declares '{bound.side}'; above I: {above}, below I: {below}"


def test_loss_is_least_at_the_declared_log_ratio(bound):
    """Its slopes, along a constant and along multiples of the scores, are zero within their error."""
    instance, offset = bound().eval(), offset_of(bound)
    slopes = []
    for tensors in zip(*all_scores(bound, log_ratio, *gaussian_blocks(12, 480, seed=3), offset), strict=True):
        constant, multiple = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (0.0, 1.0))
        joint, product = (multiple * (t - offset) + offset + constant for t in tensors[:2])
        loss = instance.loss(Scores(joint, product, *tensors[2:]))
        slopes.append(torch.stack(torch.autograd.grad(loss, (constant, multiple))))
    slopes = torch.stack(slopes)
    assert (slopes.mean(0).abs() < Z * slopes.std(0) / math.sqrt(len(slopes)) + 1e-12).all()


# 7. The declared ceiling


@pytest.mark.parametrize("m", [1, 4, 31])
def test_declared_ceiling_holds_and_is_reached(bound, m):
    ceiling = bound().ceiling(m)
    full = torch.full((5,), 30.0, dtype=torch.float64)
    baseline = -2 * full if bound.needs == "pair" else 0 * full
    best = bound().value(Scores(full, -full[:, None].expand(5, m), baseline)).item()
    if math.isinf(ceiling):
        assert best > math.log(m + 1) + 10, "declares no ceiling, but has one"
        return
    assert ceiling - 1e-9 < best <= ceiling + 1e-12
    for scale in (1.0, 10.0, 300.0):
        scores = Scores(scale * normal(50), scale * normal(50, m, seed=1))
        assert bound().value(scores).item() <= ceiling + 1e-12


# 8. Consistency in n


def test_consistent_at_the_optimal_critic(bound):
    offset = offset_of(bound)
    few, many = (
        batch_values(bound, log_ratio, offset, gaussian_blocks(12, n, seed)) - TRUTH
        for n, seed in ((60, 1), (480, 2))
    )
    error = many.std() / math.sqrt(len(many))
    if not bound.consistent:
        assert abs(many.mean()) > Z * error, "declares that it is not consistent, but is"
        return
    assert abs(many.mean()) < Z * error
    assert many.square().mean() < 0.5 * few.square().mean()  # eight times the rows: an eighth


# The baseline


def test_declared_need_of_a_baseline_is_the_one_it_has(bound):
    with_baseline = some_scores()
    without = Scores(with_baseline.joint, with_baseline.product)
    for instance in (bound().train(), bound().eval()):
        if bound.needs == "nothing":
            assert instance.value(without).item() == instance.value(with_baseline).item()
            continue
        for what in (instance.value, instance.loss):
            with pytest.raises(InputError, match="have no baseline, and the bound needs one"):
                what(without)


# 9. to 12. Purity, state, determinism


@pytest.mark.parametrize("mode", ["train", "eval"])
def test_value_changes_nothing(bound, mode):
    instance, scores = bound().train(mode == "train"), some_scores()
    instance.train().loss(some_scores(seed=5))
    instance.train(mode == "train")
    before = copy.deepcopy(instance.state_dict())
    first = instance.value(scores)
    if mode == "eval":
        instance.loss(scores)
    assert torch.equal(instance.value(scores), first)
    assert all(torch.equal(tensor, before[name]) for name, tensor in instance.state_dict().items())
    assert torch.equal(scores.joint, some_scores().joint)
    assert torch.equal(scores.product, some_scores().product)


def test_value_sees_scores_changed_in_place(bound):
    instance, scores, other = bound().eval(), some_scores(), some_scores(seed=3)
    before = instance.value(scores).item()
    scores.joint.copy_(other.joint)
    scores.product.copy_(other.product)
    scores.baseline.copy_(other.baseline)
    assert instance.value(scores).item() == instance.value(other).item() != before


def test_value_sees_parameters_changed_in_place(bound):
    x, y = normal(8, 2, dtype=torch.float32), normal(8, 3, seed=1, dtype=torch.float32)
    critic = seeded(lambda: JointCritic(2, 3, (8,)), generator())
    objective = Contrastive(critic, bound()).eval()
    before = objective(x, y).value.item()
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.add_(0.3)
    assert objective(x, y).value.item() != before


def train_losses(instance, seeds):
    instance.train()
    return [instance.loss(some_scores(seed=seed)).item() for seed in seeds]


def test_state_dict_holds_all_state(bound):
    trained, fresh = bound(), bound()
    train_losses(trained, range(0, 10, 2))
    fresh.load_state_dict(trained.state_dict())
    assert train_losses(fresh, [20, 22]) == train_losses(trained, [20, 22])


def test_same_scores_same_bits(bound):
    assert train_losses(bound(), range(5)) == train_losses(bound(), range(5))
    assert bound().value(some_scores()).item() == bound().value(some_scores()).item()


# 13. and 14. Two ways to one number


def test_chunked_equals_whole(bound, monkeypatch):
    critic = seeded(lambda: JointCritic(2, 3, (8,)), generator()).double()
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.add_(0.1 * normal(*parameter.shape, seed=4))
    x, y = normal(50, 2), normal(50, 3, seed=1)
    baseline = normal(50, seed=2)
    whole = bound().value(Scores.from_all_pairs(critic.all_pairs(x, y), baseline)).item()
    for at_once in (1, 130, 10**6):
        monkeypatch.setattr(inference, "AT_ONCE", at_once)
        value = bound().value(Scores.from_all_pairs(inference.all_pairs(critic, x, y), baseline))
        assert value.item() == pytest.approx(whole, abs=1e-12)


def test_vmap_equals_the_loop(bound):
    instance, tensors = bound(), (normal(6, 7), normal(6, 7, 5, seed=1), normal(6, 7, seed=2))
    at_once = torch.func.vmap(lambda *t: instance.value(Scores(*t)))(*tensors)
    one_by_one = torch.stack([instance.value(Scores(*t)) for t in zip(*tensors, strict=True)])
    torch.testing.assert_close(at_once, one_by_one, rtol=0, atol=1e-12)


def test_compiles_to_the_same_value(bound, monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # the shape checks do not compile
    torch.compiler.reset()  # all bounds share a wrapper of the shape checks, compiled a few times only
    instance, scores = bound(), some_scores()
    compiled = torch.compile(instance.value, backend="eager", fullgraph=True)
    assert compiled(scores).item() == pytest.approx(instance.value(scores).item(), abs=1e-12)


# 15. Names and words


def test_says_what_it_is(bound):
    assert bound.__module__ == f"infonats.bounds.{bound.name}"
    assert "Guarantee:" in bound.__doc__
    assert str(bound.reference.year) in bound.__doc__
    assert bound.reference.arxiv or bound.reference.doi
    assert all("," in author for author in bound.reference.authors)
    source = inspect.getdoc(inspect.getmodule(bound))
    assert re.search(r"arXiv \d{4}\.\d{4,5}|doi 10\.\d{4,}/", source)
    assert bound.summary
    assert "\n" not in bound.summary


def test_is_a_function_and_an_objective_too(bound):
    function = getattr(functional, bound.name)
    assert function.__module__ == bound.__module__
    assert "nats" in function.__doc__
    assert bound.name in dir(functional)
    critic = seeded(lambda: JointCritic(2, 3, (8,)), generator())
    objective = getattr(objectives, bound.__name__)(critic)
    assert isinstance(objective, Contrastive)
    assert type(objective.bound) is bound
    assert objective.critic is critic
