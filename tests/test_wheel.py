"""What a stranger gets: the wheel holds all of the package, says who may use it, and its change log adds up."""

import datetime
import importlib.util
import shutil
import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

import infonats

ROOT = Path(__file__).parents[1]


def module_at(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


changelog = module_at(ROOT / "docs" / "changelog.py")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel built from a copy of what the repository keeps."""
    pytest.importorskip("hatchling", reason="pip install hatchling")
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    (built,) = out.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        yield archive


def metadata(wheel):
    name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return HeaderParser().parsestr(wheel.read(name).decode())


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel):
    ours = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == ours
    assert {"infonats/py.typed", "infonats/datasets/sachs.csv", "infonats/report/style.css"} <= held


def test_the_wheel_says_what_it_is(wheel):
    said = metadata(wheel)
    assert (said["Name"], said["Version"]) == ("infonats", infonats.__version__)
    assert said["Requires-Python"] == ">=3.11"
    python = "Programming Language :: Python :: 3."
    assert {f"{python}{minor}" for minor in (11, 12, 13)} <= set(said.get_all("Classifier"))
    assert {"dev", "docs", "tracking", "distributed"} <= set(said.get_all("Provides-Extra"))
    script = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "infonats = infonats.cli:main" in wheel.read(script).decode()


@pytest.fixture
def project(tmp_path):
    (tmp_path / "changes").mkdir()
    (tmp_path / "changes" / "README.md").write_text("how\n")
    (tmp_path / "changes" / "12.added.md").write_text("- later issue\n")
    (tmp_path / "changes" / "2.cli.added.md").write_text("- earlier issue\n")
    (tmp_path / "changes" / "3.removed.md").write_text("- gone\n")
    (tmp_path / "CHANGELOG.md").write_text("# Changes\n\nWords.\n\n## 0.0.9 (2026-01-01)\n\n- old\n")
    return tmp_path


def test_a_release_moves_the_fragments_into_the_change_log(project):
    changelog.release(project, "0.1.0", datetime.date(2026, 2, 3))
    assert (project / "CHANGELOG.md").read_text() == (
        "# Changes\n\nWords.\n\n## 0.1.0 (2026-02-03)\n\n### Removed\n\n- gone\n\n"
        "### Added\n\n- earlier issue\n- later issue\n\n## 0.0.9 (2026-01-01)\n\n- old\n"
    )
    assert [path.name for path in (project / "changes").iterdir()] == ["README.md"]


def test_a_release_that_makes_no_sense_is_refused(project):
    with pytest.raises(ValueError, match=r"has a section 0\.0\.9 already: give the next version"):
        changelog.release(project, "0.0.9", datetime.date(2026, 2, 3))
    assert len(changelog.fragments(project / "changes")) == 3
    changelog.release(project, "0.1.0", datetime.date(2026, 2, 3))
    with pytest.raises(ValueError, match="nothing to release"):
        changelog.release(project, "0.2.0", datetime.date(2026, 2, 4))


def test_no_fragment_is_lost():
    """Every fragment of this repository stands in the section that `docs/changelog.py` prints."""
    text = changelog.section(ROOT / "changes", "Not released yet")
    for path in changelog.fragments(ROOT / "changes"):
        assert path.read_text(encoding="utf-8").strip() in text
