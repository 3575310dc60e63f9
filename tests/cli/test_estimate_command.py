import json
import os
import re
import signal

import numpy as np
import polars
import pytest

import infonats.estimators
from infonats.estimate import Estimate


def test_block_is_readable_at_80_columns_without_colour(estimate):
    result = estimate(x="raf", y="mek,pka")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert re.match(r"I\(raf; mek, pka\) = -?\d\.\d{4} nats = -?\d\.\d{4} bits$", lines[0])
    assert [line.split("  ")[0] for line in lines[1:4]] == ["standard error", "95 % interval", "method"]
    assert re.search(r"^method +ksg: no one-sided guarantee", result.stdout, re.MULTILINE)
    assert re.search(r"^samples +853 samples$", result.stdout, re.MULTILINE)
    assert re.search(r"^seed ", result.stdout, re.MULTILINE)
    assert re.search(r"^diagnostics ", result.stdout, re.MULTILINE)
    assert all(len(line) <= 80 and line == line.rstrip() for line in lines)
    assert "\x1b" not in result.output
    assert result.stderr == ""


def test_units_choose_which_unit_leads(estimate):
    headline = estimate("--units", "bits").stdout.splitlines()[0]
    assert re.match(r"I\(raf; mek\) = \d\.\d{4} bits = \d\.\d{4} nats$", headline)


def test_json_is_the_whole_estimate_and_nothing_else(estimate):
    read = Estimate.from_json(estimate("--json").stdout)
    assert read.method == "ksg"
    assert read.provenance["x"] == ["raf"]
    assert read.n_test == 853


def test_same_seed_same_estimate(estimate):
    assert estimate("--json", "--seed", 3).stdout == estimate("--json", "--seed", 3).stdout


def test_set_reaches_the_method(estimate):
    read = Estimate.from_json(estimate("--json", "--set", "k=7").stdout)
    assert read.provenance["parameters"]["k"] == 7


def test_auto_says_why_it_chose(estimate):
    assert json.loads(estimate("--json", method="auto").stdout)["provenance"]["choice"]


def test_html_is_written_and_its_place_is_told(estimate, tmp_path):
    result = estimate("--html", tmp_path / "r.html")
    assert result.stdout.splitlines()[-1] == f"report written to {tmp_path / 'r.html'}"
    assert "I(raf; mek)" in (tmp_path / "r.html").read_text(encoding="utf-8")
    assert os.listdir(tmp_path) == ["r.html"]


def test_html_with_json_tells_its_place_on_stderr(estimate, tmp_path):
    result = estimate("--json", "--html", tmp_path / "r.html")
    assert Estimate.from_json(result.stdout)
    assert result.stderr == f"report written to {tmp_path / 'r.html'}\n"


def test_drop_missing(estimate, tmp_path):
    rows = [f"{i % 17},{(i * i) % 23}" for i in range(300)]
    (tmp_path / "holes.csv").write_text("\n".join(["a,b", ",1", *rows]))
    refused = estimate(file=tmp_path / "holes.csv", x="a", y="b", method="gaussian")
    assert refused.exit_code == 2
    assert "--drop-missing" in refused.stderr
    dropped = estimate("--drop-missing", "--json", file=tmp_path / "holes.csv", x="a", y="b", method="gaussian")
    assert Estimate.from_json(dropped.stdout).n_test == 300


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((), {"x": "ref"}, r"^error: There is no column 'ref'.* Did you mean 'raf'\?"),
        ((), {"method": "ksq"}, r"^error: There is no method 'ksq'.* Did you mean 'ksg'\?"),
        ((), {"file": "absent.csv"}, r"^error: .*absent\.csv"),
        ((), {"y": "raf"}, r"^error: .*raf"),
        (("--set", "k"), {}, r"^error: --set k is not understood; write NAME=VALUE"),
        (("--set", "bandwidth=2"), {}, r"^error: .*bandwidth"),
        (("--set", "track=tensorboard"), {}, r"^error: --set track=tensorboard: .* write --track instead"),
        (
            ("--checkpoint", "folder"),
            {},
            r"^error: ksg computes its value at once: there is no training",
        ),
        (
            ("--track", "wandb"),
            {"method": "mine"},
            r"^error: There is no tracker 'wandb'\. Allowed: tensorboard",
        ),
        (("--html", "absent/r.html"), {}, r"^error: The report cannot be written to 'absent/r\.html'"),
    ],
)
def test_errors_are_one_sentence_on_stderr(estimate, arguments, options, message):
    result = estimate(*arguments, **options)
    assert result.exit_code == 2
    assert re.search(message, result.stderr)
    assert "Traceback" not in result.output
    assert result.stdout == ""


def test_a_bad_destination_is_refused_before_the_work(estimate, monkeypatch):
    monkeypatch.setattr(infonats.estimators, "mutual_information_of", lambda *_, **__: pytest.fail("worked"))
    assert estimate("--html", "absent/r.html").exit_code == 2


BRIEF = [f"--set={setting}" for setting in ("max_steps=30", "evaluate_every=10", "hidden=8,")]


def test_a_kept_estimate_is_the_same_and_goes_on(estimate, monkeypatch, tmp_path):
    kept = (*BRIEF, "--json", "--checkpoint", tmp_path / "run")
    first = estimate(*kept, method="mine")
    assert first.stdout == estimate(*BRIEF, "--json", method="mine").stdout
    monkeypatch.setattr("infonats.run.Run.advance", lambda *_: pytest.fail("trained again"))
    assert estimate(*kept, method="mine").stdout == first.stdout
    other = estimate(*kept, "--seed", 1, method="mine")
    assert (other.exit_code, other.stdout) == (2, "")
    assert "keeps another run" in other.stderr


def test_auto_that_trains_nothing_says_that_nothing_is_kept(estimate, tmp_path):
    pytest.importorskip("tensorboard")
    rng = np.random.default_rng(0)
    polars.DataFrame(rng.normal(size=(150, 2)), schema=["a", "b"]).write_csv(tmp_path / "few.csv")
    kept = ("--checkpoint", tmp_path / "run", "--track", f"tensorboard:{tmp_path / 'log'}")
    result = estimate("--set=budget=fast", *kept, file=tmp_path / "few.csv", x="a", y="b", method="auto")
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        f"auto trained no critic: there is no checkpoint in {tmp_path / 'run'}",
        f"auto trained no critic: there is no log in {tmp_path / 'log'}",
    ]


@pytest.mark.parametrize("option", ["--checkpoint=c", "--track=tensorboard"])
def test_what_is_not_for_conditional_information(estimate, option):
    result = estimate("--given", "pka", option)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "keep one training; leave them out with --given" in result.stderr


def test_what_cannot_be_kept_is_a_warning(estimate, monkeypatch, tmp_path):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("infonats.checkpoint.write_whole", full)
    result = estimate(*BRIEF, "--checkpoint", tmp_path / "run", method="mine")
    assert result.exit_code == 0
    assert result.stderr.startswith("warning: Cannot write the checkpoint")
    assert result.stderr.count("warning") == 1


def test_asked_to_stop_it_says_where_it_goes_on(estimate, monkeypatch, tmp_path):
    monkeypatch.setattr("infonats.run.Run._take_step", lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    result = estimate(*BRIEF, "--checkpoint", tmp_path / "run", method="mine")
    assert result.exit_code == 130
    assert "the same call goes on from" in result.stderr


def test_ctrl_c_ends_with_status_130_and_no_report(estimate, monkeypatch, tmp_path):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(infonats.estimators, "mutual_information_of", interrupt)
    result = estimate("--html", tmp_path / "r.html")
    assert (result.exit_code, result.output) == (130, "")
    assert os.listdir(tmp_path) == []


@pytest.fixture
def parquet(tmp_path):
    import numpy as np
    import polars as pl

    x, noise = np.random.default_rng(0).standard_normal((2, 2000))
    pl.DataFrame({"a": x, "b": 0.8 * x + 0.6 * noise}).write_parquet(tmp_path / "t.parquet")
    return tmp_path / "t.parquet"


def test_a_stream_is_estimated_and_drawn(run, parquet, tmp_path):
    asked = ("estimate", parquet, "--x", "a", "--y", "b", "--stream", *BRIEF)
    result = run(*asked, "--html", tmp_path / "r.html")
    assert result.exit_code == 0, result.output
    assert re.search(r"infonce: a lower bound in expectation; chosen because the rows\s+stay", result.stdout)
    assert "I(a; b)" in (tmp_path / "r.html").read_text(encoding="utf-8")
    assert run(*asked, "--json").stdout == run(*asked, "--json").stdout


def test_what_cannot_be_streamed_is_a_sentence(run, estimate, parquet):
    asked = ("estimate", parquet, "--x", "a", "--y", "b", "--stream")
    refused = run(*asked, "--method", "ksg")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "ksg needs all 2000 rows in memory together" in refused.stderr
    assert "cannot be read by parts" in estimate("--stream").stderr
    assert "and --given needs them all" in run(*asked, "--given", "a").stderr
    assert "and --rows, --transpose needs" in run(*asked, "--rows", ":9", "--transpose").stderr
