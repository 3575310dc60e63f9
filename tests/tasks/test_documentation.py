"""The examples of docs/tasks.md run."""

import re
from pathlib import Path

from infonats.tasks.registry import SUITES

PAGE = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text(encoding="utf-8")


def test_the_examples_run(capsys):
    first, second, _ = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    exec(compile(first + second, "docs/tasks.md", "exec"), {})
    truth, mean, hard = capsys.readouterr().out.splitlines()
    assert truth == "1.0216512475319814 0.0"
    assert mean.startswith("tensor(1.0")
    assert hard.startswith("spirals")


def test_the_page_names_every_suite():
    assert [suite for suite in SUITES if f"`{suite}`" not in PAGE] == []
