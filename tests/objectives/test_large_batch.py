"""All pairs of a batch at linear memory, in one process and in two."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch
from torch.autograd import gradcheck

from infonats.bounds import DV, MINE, NWJ, SMILE, InfoNCE
from infonats.critics import BilinearCritic, JointCritic, SeparableCritic
from infonats.errors import InputError
from infonats.nn import seeded
from infonats.objectives import Contrastive, LargeBatch, large_batch
from infonats.train import TrainConfig, train


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def rows(n=37):
    x, noise = torch.randn(2, n, 3, generator=generator(), dtype=torch.float64)
    return x, 0.8 * x + 0.6 * noise


def critic(kind=SeparableCritic, columns=3):
    made = seeded(lambda: kind(columns, 3, (8,)), generator()).double()
    for parameter in made.parameters():  # no zeros at the start, which would hide most of the gradient
        torch.nn.init.uniform_(parameter, -0.7, 0.7, generator=generator(parameter.numel()))
    return made


def gradients(objective, x, y):
    step = objective(x, y)
    step.loss.backward()
    return step, [parameter.grad for parameter in objective.parameters()]


@pytest.mark.parametrize("at_once", [1, 200, 10**6], ids=lambda n: f"{n} scores at once")
@pytest.mark.parametrize("kind", [SeparableCritic, BilinearCritic])
@pytest.mark.parametrize("bound", [DV, MINE, NWJ, InfoNCE])
def test_equals_the_whole(monkeypatch, bound, kind, at_once):
    monkeypatch.setattr(large_batch, "AT_ONCE", at_once)
    x, y = (part.requires_grad_() for part in rows())
    step, ours = gradients(LargeBatch(critic(kind), bound()), x, y)
    of_rows = [x.grad.clone(), y.grad.clone()]
    x.grad = y.grad = None
    whole, theirs = gradients(Contrastive(critic(kind), bound()), x, y)
    # Sums of 37 x 36 products in another order: 1e-12 is a thousand roundings.
    assert step.loss.item() == pytest.approx(whole.loss.item(), abs=1e-12)
    assert step.value.item() == pytest.approx(whole.value.item(), abs=1e-12)
    for a, b in zip([*ours, *of_rows], [*theirs, x.grad, y.grad], strict=True):
        torch.testing.assert_close(a, b, atol=1e-12, rtol=1e-10)


def test_partition_passes_gradcheck(monkeypatch):
    monkeypatch.setattr(large_batch, "AT_ONCE", 10)
    a, b = (torch.randn(5, 3, generator=generator(s), dtype=torch.float64).requires_grad_() for s in range(2))
    assert gradcheck(lambda a, b: large_batch._Partition.apply(a, b, 0), (a, b))
    assert gradcheck(lambda a, b: large_batch._Partition.apply(a[:2], b, 3), (a, b))


@pytest.mark.parametrize("kind", [SeparableCritic, BilinearCritic])
def test_factors_are_the_scores(kind):
    x, y = rows()
    a, b = critic(kind).factors(x, y[:20])
    torch.testing.assert_close(a @ b.mT, critic(kind).all_pairs(x, y[:20]), atol=1e-13, rtol=0)


def test_trains_like_the_whole():
    histories, config = [], TrainConfig(max_steps=30, batch_size=16, evaluate_every=10, learning_rate=0.01)
    for build in (LargeBatch, Contrastive):
        objective = build(critic(), InfoNCE())
        histories.append(train(objective, rows(), rows(20), config, generator()).curves())
    for name, curve in histories[0].items():
        assert curve == pytest.approx(histories[1][name], abs=1e-9)


def test_log_ratio_is_that_of_the_bound():
    x, y = rows()
    ours, theirs = LargeBatch(critic(), NWJ()).log_ratio(x, y), Contrastive(critic(), NWJ()).log_ratio(x, y)
    torch.testing.assert_close(ours, theirs, atol=1e-13, rtol=0)


def test_what_it_does_not_take():
    with pytest.raises(InputError, match="JointCritic has no factors; large batches need a separable critic"):
        LargeBatch(critic(JointCritic), InfoNCE())
    with pytest.raises(
        InputError, match="smile needs every score; large batches take dv, mine, nwj or infonce"
    ):
        LargeBatch(critic(), SMILE())
    with pytest.raises(InputError, match="at least 2 pairs; 1 was given"):
        LargeBatch(critic(), InfoNCE())(*rows(1))


# Two processes

PROGRAM = """
import sys
import torch
from torch import distributed
sys.path.insert(0, sys.argv[4])
import test_large_batch as here
from infonats import bounds, objectives
from infonats.train import TrainConfig, train

folder, rank = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(1)
distributed.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2)
x, y = here.rows(40)
mine = slice(20 * rank, 20 * rank + 20)
found = {}
for name in ("DV", "MINE", "NWJ", "InfoNCE"):
    objective = objectives.LargeBatch(here.critic(), getattr(bounds, name)())
    assert objective.shared
    step, gradients = here.gradients(objective, x[mine], y[mine])
    found[name] = [step.loss.detach(), *gradients]
objective = objectives.LargeBatch(here.critic(), bounds.InfoNCE())
config = TrainConfig(max_steps=20, batch_size=20, evaluate_every=5, learning_rate=0.01, averaging=0.0)
history = train(objective, (x[mine], y[mine]), (x[mine], y[mine]), config, here.generator())
found["trained"] = [torch.tensor(history.validation_values, dtype=x.dtype), *objective.state_dict().values()]
torch.save(found, f"{folder}/{sys.argv[3]}")
distributed.destroy_process_group()
"""

UNEQUAL = """
import json
import sys
from pathlib import Path
import torch
from torch import distributed
sys.path.insert(0, sys.argv[4])
import test_large_batch as here
from infonats import bounds, objectives
from infonats.errors import InputError
from infonats.train import TrainConfig, train
from infonats.watch import Watch

folder, rank = Path(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(1)
distributed.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2)
(x, y), said = here.rows(40), []

def batch(n):
    objectives.LargeBatch(here.critic(), bounds.InfoNCE())(x[:n], y[:n])

def trained(n, validation=20, kept=None, **config):
    config = TrainConfig(**{"max_steps": 4, "batch_size": 16, "evaluate_every": 2} | config)
    rows = (x[:n], y[:n]), (x[:validation], y[:validation])
    objective = objectives.LargeBatch(here.critic(columns=x.shape[1]), bounds.InfoNCE())
    train(objective, *rows, config, here.generator(), Watch(checkpoint=kept))

def refused(work, *arguments, **keywords):
    try:
        work(*arguments, **keywords)
        said.append("")
    except InputError as error:
        said.append(str(error))

refused(batch, 20 + rank)
refused(trained, 12 + rank)
refused(trained, 20, 20 + rank)
refused(trained, 20, max_steps=4 + rank)
refused(trained, 20 + rank)  # batches are equal, so these train
trained(20, kept=folder / f"kept{rank}")
refused(trained, 20, kept=folder / f"{('kept', 'new')[rank]}{rank}", max_steps=6)
x = torch.cat([x, x[:, :rank]], 1)
refused(trained, 20)
(folder / sys.argv[3]).write_text(json.dumps(said))
distributed.destroy_process_group()
"""


def test_the_program_of_the_documentation_prints_what_is_shown(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "long-runs.md").read_text(encoding="utf-8")
    program = next(part for part in page.split("```python\n") if part.startswith("# program.py"))
    (tmp_path / "program.py").write_text(program.partition("```")[0], encoding="utf-8")
    command, shown = page.partition("\n$ torchrun ")[2].splitlines()[:2]
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", *command.split()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    value, *words = done.stdout.split()
    assert words == shown.split()[1:]
    assert float(value) == pytest.approx(float(shown.split()[0]), abs=0.011)  # processors round differently


def in_two_processes(source, folder, ending):
    """Run the program `source` as two processes; the paths of what they wrote."""
    program = folder / "program.py"
    program.write_text(textwrap.dedent(source), encoding="utf-8")
    here = str(Path(__file__).parent)
    words = [[sys.executable, str(program), str(folder), str(r), f"{r}.{ending}", here] for r in range(2)]
    processes = [
        subprocess.Popen(w, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for w in words
    ]
    said = [process.communicate(timeout=120)[0] for process in processes]
    assert not any(process.returncode for process in processes), "\n".join(said)
    return [folder / f"{r}.{ending}" for r in range(2)]


def test_unequal_processes_are_told_what_differs(tmp_path):
    first, second = (json.loads(path.read_text()) for path in in_two_processes(UNEQUAL, tmp_path, "json"))
    assert first == second
    listed = [message.partition(". ")[0].partition("ranks: ")[2] for message in first]
    assert listed == [
        "rows of a batch 20, 21",
        "rows of a batch 12, 13",
        "validation rows 20, 21",
        "max_steps 4, 5",
        "",
        "steps taken 4, 0",
        "columns of x 3, 4; parameters 649, 660",
    ]
    assert "cut the rows of each to the smallest number" in first[0]


def test_two_processes_are_one_batch(tmp_path):
    """Each meets the y's of both: the mean of their gradients is that of the whole batch in one process."""
    first, second = (torch.load(path, weights_only=True) for path in in_two_processes(PROGRAM, tmp_path, "pt"))
    x, y = rows(40)
    for name, bound in {"DV": DV, "MINE": MINE, "NWJ": NWJ, "InfoNCE": InfoNCE}.items():
        whole, gradient = gradients(Contrastive(critic(), bound()), x, y)
        for ours in (first, second):
            assert ours[name][0].item() == pytest.approx(whole.loss.item(), abs=1e-12)
        for a, b, c in zip(first[name][1:], second[name][1:], gradient, strict=True):
            torch.testing.assert_close((a + b) / 2, c, atol=1e-12, rtol=1e-10)
    # Batches of all rows: the order within them changes nothing but rounding.
    objective = Contrastive(critic(), InfoNCE())
    config = TrainConfig(max_steps=20, batch_size=40, evaluate_every=5, learning_rate=0.01, averaging=0.0)
    history = train(objective, (x, y), (x, y), config, generator())
    for a, b in zip(first["trained"], second["trained"], strict=True):
        assert torch.equal(a, b), "the processes have parted"
    assert first["trained"][0].tolist() == pytest.approx(history.validation_values, abs=1e-9)
