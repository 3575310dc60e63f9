"""The examples of docs/learn.md run; its commands parse."""

import re
import shlex
from pathlib import Path

import pytest
import torch
import typer

from infonats.cli.app import app

PAGE = (Path(__file__).parents[2] / "docs" / "learn.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = [line[2:] for language, text in BLOCKS if language == "console" for line in text.splitlines()]


@pytest.mark.parametrize("code", [text for language, text in BLOCKS if language == "python"])
def test_examples_run(code):
    said: dict = {"__name__": "__main__"}
    code = code.replace("InfoMax(8, noise=0.3)", "InfoMax(8, noise=0.3, config=QUICK)")
    if "QUICK" in code:  # the default takes a thousand steps
        from infonats.learn import InfoMaxConfig
        from infonats.train import TrainConfig

        said["QUICK"] = InfoMaxConfig(train=TrainConfig(max_steps=25))
    if "maximise(encoder" in code:
        code = code.replace("torch.randn(1000, 10)", "torch.randn(100, 10)")
    with torch.random.fork_rng(devices=[]):
        torch.random.default_generator.manual_seed(0)
        exec(compile(code, "learn.md", "exec"), said)
    if "codes" in said:
        assert said["codes"].shape == (100, 2)


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_parse(command):
    program, name, *arguments = shlex.split(command)
    assert program == "infonats"
    typer.main.get_command(app).commands[name].make_context(name, arguments)
