"""CONTRIBUTING.md's example is applied to a copy of the package, as printed, and held to the suite."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import indent

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COPIED = ("src", "changes", "tests/conftest.py", "tests/test_house.py", "tests/gold")
COPIED += ("tests/conformance/test_bounds.py", "pyproject.toml", "constraints.txt")


def blocks(language, after=""):
    """The code blocks in `language` that follow the words `after`."""
    rest = TEXT[TEXT.index(after) :]
    return [code for found, code in BLOCK.findall(rest) if found == language]


def registered(text, line):
    """The registry with an import `line` and its name in the tuple and in `__all__`."""
    name = line.split()[-1]
    text = text.replace(
        "from infonats.bounds.base import Bound\n", f"from infonats.bounds.base import Bound\n{line}"
    )
    text = re.sub(r"(BOUNDS: .* = \()([^)]*?),?(\s*\))", rf"\1\2, {name}\3", text)
    return text.replace("__all__ = [", f'__all__ = ["{name}", ')


def fork(to):
    for place in COPIED:
        source, target = ROOT / place, to / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)


def write(path, text):
    assert not path.exists(), f"{path.name} exists: show another example in CONTRIBUTING.md"
    path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def contributed(tmp_path_factory):
    """A copy of the package and its tests with the four steps of CONTRIBUTING.md done."""
    root = tmp_path_factory.mktemp("contributed")
    fork(root)
    bound, line, use = blocks("python", "### 1. The file")
    write(root / "src/infonats/bounds/hellinger.py", bound)
    registry = root / "src/infonats/bounds/__init__.py"
    registry.write_text(registered(registry.read_text(encoding="utf-8"), line), encoding="utf-8")
    with (root / "tests/gold/bounds.toml").open("a", encoding="utf-8") as gold:
        gold.write("\n" + blocks("toml")[0])
    write(root / "changes/123.hellinger.added.md", blocks("markdown")[0])
    body = indent(use, 8 * " ")  # a new critic draws from the global generator, as any network does
    head = "from torch.random import fork_rng\n\ndef test_hellinger_in_use():\n    with fork_rng(devices=[]):\n"
    write(root / "tests/test_use.py", head + body)
    return root


def run(root, *arguments):
    found = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "src"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


def test_the_example_passes_what_a_registered_bound_must(contributed):
    chosen = "hellinger or is_registered or every_bound_names or no_row or fragments"
    said = run(contributed, "pytest", "-p", "no:cacheprovider", "-k", chosen, "tests")
    passed = int(re.search(r"(\d+) passed", said).group(1))
    assert passed > 40, said


def test_the_example_is_clean_under_ruff(contributed):
    files = ["src/infonats/bounds/hellinger.py", "--no-cache"]
    run(contributed, "ruff", "check", *files)
    run(contributed, "ruff", "format", "--check", *files)


def test_commands_that_it_names_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"make ([a-z]+)\b(?=`|\n)", TEXT)) <= targets
    for path in set(re.findall(r"`((?:src|tests|changes)/[\w./]+)`", TEXT)) - {
        "src/infonats/bounds/hellinger.py",
        "changes/123.hellinger.added.md",
    }:
        assert (ROOT / path).exists(), f"CONTRIBUTING.md names {path}, which is not there"


def test_the_layout_names_parts_that_exist():
    package = ROOT / "src/infonats"
    for line in blocks("text")[0].splitlines():
        for part in re.split(r"\s{3,}", line)[0].split():
            assert (package / part).is_dir() or (package / f"{part}.py").exists(), part
