"""Whatever a file holds: what can be read of it, or an error of ours. Damaged, forged, and hostile ones."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save_file

from infonats.checkpoint import FILE

from . import readers
from .damage import damaged, damages, forged, forgeries
from .readers import FILES, READERS
from .trial import amount, ends_well

pytestmark = pytest.mark.fuzz
WHOLE = sorted(READERS)
CUTS = 40
"""A file is cut at so many places, at every byte where it has no more."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where damaged files lie; the run's checkpoint is made here once."""
    made = tmp_path_factory.mktemp("files")
    readers.training(made / FILE)
    FILES[FILE] = (made / FILE).read_bytes()
    return made


def read(folder, name, content):
    """Read `content` as a file called `name`, in a folder of its own."""
    path = folder / f"{len(list(folder.iterdir()))}" / name
    path.parent.mkdir()
    path.write_bytes(content)
    ends_well(lambda: READERS[name](path) and None)
    path.unlink(missing_ok=True)


@pytest.mark.parametrize("name", WHOLE)
def test_the_whole_file_is_read(folder, name):
    path = folder / f"whole-{name}" / name
    path.parent.mkdir()
    path.write_bytes(FILES[name])
    READERS[name](path)


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_that_was_cut(folder, name):
    whole = FILES[name]
    step = max(1, len(whole) // (CUTS if name != FILE else 4))
    for size in range(0, len(whole), step):
        read(folder, name, whole[:size])


@pytest.mark.parametrize("name", WHOLE)
@given(changes=damages, other=st.sampled_from(sorted(FILES)))
@amount(12)
def test_a_damaged_file(folder, name, changes, other):
    read(folder, name, damaged(FILES[name], FILES[other], changes))


def header(path):
    with safe_open(path, framework="pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        return json.loads(file.metadata()["infonats"]), tensors


@pytest.mark.parametrize("name", ["estimate.json", "matrix.json"])
@given(change=forgeries)
@amount(25)
def test_forged_json(folder, name, change):
    read(folder, name, json.dumps(forged(json.loads(FILES[name]), *change)).encode())


@given(change=forgeries)
@amount(15)
def test_a_forged_ledger(folder, change):
    lines = [json.loads(line) for line in FILES["ledger.jsonl"].splitlines()]
    read(folder, "ledger.jsonl", "\n".join(map(json.dumps, forged(lines, *change))).encode())


@pytest.mark.parametrize("name", ["estimator.safetensors", FILE])
@given(change=forgeries)
@amount(15)
def test_a_forged_header(folder, name, change):
    source = folder / f"source-{name}"
    source.write_bytes(FILES[name])
    tree, tensors = header(source)
    save_file(tensors, source, {"infonats": json.dumps(forged(tree, *change))})
    content = source.read_bytes()
    source.unlink()
    read(folder, name, content)
