import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import infonats

# Stands in for the estimators, so that the child needs no torch: it says that it works, then waits. Ctrl-C
# reaches it even where the tests run in the background, which hands "ignore SIGINT" down.
WAITING = textwrap.dedent(
    """
    import signal, sys, time, types

    signal.signal(signal.SIGINT, signal.default_int_handler)

    def mutual_information_of(*_, **__):
        print("working", flush=True)
        time.sleep(60)

    sys.modules["infonats.estimators"] = types.SimpleNamespace(mutual_information_of=mutual_information_of)
    from infonats.cli import main
    main()
    """
)


def python(code, *arguments, **options):
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **options,
    )


def test_the_help_of_a_flag_names_no_value():
    lines = python("from infonats.cli import main; main()", "estimate", "--help").stdout.splitlines()
    (flag,) = (line for line in lines if "--stream" in line)
    assert "Leave the rows" in flag
    assert "bool" not in flag


@pytest.mark.parametrize("arguments", [["--help"], ["estimate", "--help"], ["demo", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments):
    code = textwrap.dedent(
        """
        import sys
        from infonats.cli import main
        try:
            main()
        finally:
            heavy = {"torch", "numpy", "scipy", "sklearn", "polars", "matplotlib"} & set(sys.modules)
            print("heavy:", sorted(heavy), file=sys.stderr)
        """
    )
    result = python(code, *arguments)
    assert result.returncode == 0
    assert result.stderr == "heavy: []\n"


def test_module_and_version():
    command = [sys.executable, "-m", "infonats", "--version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == (
        f"infonats {infonats.__version__}\n"
    )


def test_ctrl_c_of_a_running_estimate(tmp_path):
    report = tmp_path / "r.html"
    data = infonats.datasets.path("sachs")
    command = ["estimate", data, "--x", "raf", "--y", "mek", "--html", report]
    child = subprocess.Popen(
        [sys.executable, "-c", WAITING, *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout.readline() == "working\n"
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=30)
    assert (child.returncode, out, err) == (130, "", "interrupted\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk to write to")
def test_a_full_disk_behind_the_output():
    with open("/dev/full", "w", encoding="utf-8") as full:
        result = subprocess.run(
            [sys.executable, "-m", "infonats", "cite", "nwj"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (result.returncode, result.stderr) == (
        2,
        "error: The output cannot be written: No space left on device. Make room.\n",
    )
