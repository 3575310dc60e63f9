"""The examples of docs/tasks.md run."""

import re
from pathlib import Path

import numpy as np
import pytest

from infonats.tasks.registry import SUITES

PAGE = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text(encoding="utf-8")


def test_the_examples_run(capsys):
    first, second, _ = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    exec(compile(first + second, "docs/tasks.md", "exec"), {})
    truth, mean, hard = capsys.readouterr().out.splitlines()
    value, error = map(float, truth.split())
    assert value == pytest.approx(np.log(25 / 9), abs=1e-12), "two correlations of .8"
    assert error == 0
    assert mean.startswith("tensor(1.0")
    assert hard.startswith("spirals")


def test_the_page_names_every_suite():
    assert [suite for suite in SUITES if f"`{suite}`" not in PAGE] == []
