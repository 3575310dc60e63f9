import os
import subprocess
import sys

import pytest

from infonats.errors import InputError
from infonats.report import Section, check_destination, page, write_report
from infonats.report.html import table


def test_page_escapes_titles_and_lead_and_asks_nothing_of_the_network():
    text = page("<b>title</b>", [Section("<i>part</i>", "<p>body</p>")], lead="1 < 2")
    assert "&lt;b&gt;title&lt;/b&gt;" in text
    assert "&lt;i&gt;part&lt;/i&gt;" in text
    assert "1 &lt; 2" in text
    assert "<p>body</p>" in text
    assert not any(word in text for word in ("<script", "<link", "http://", "https://", "@import"))


def test_table_escapes_cells():
    assert "<td>&lt;b&gt;</td>" in table(("a", "b"), [("x", "<b>")])


def test_write_report_leaves_only_the_report(tmp_path):
    target = write_report(tmp_path / "r.html", "t", [])
    assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert os.listdir(tmp_path) == ["r.html"]


def test_an_interrupted_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    (tmp_path / "r.html").write_text("old")

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_report(tmp_path / "r.html", "t", [])
    assert os.listdir(tmp_path) == ["r.html"]
    assert (tmp_path / "r.html").read_text() == "old"


def test_destination_in_a_missing_folder(tmp_path):
    with pytest.raises(InputError, match=r"cannot be written to .*there is no folder .*Create it"):
        check_destination(tmp_path / "none" / "r.html")


def test_destination_that_is_a_folder_or_a_device(tmp_path):
    for path in (tmp_path, "/dev/stdout", "/dev/null"):
        with pytest.raises(InputError, match=r"no regular file. Name a file ending in .html"):
            check_destination(path)


@pytest.mark.parametrize("name", ["r.pdf", "r", "r.html.png"])
def test_a_page_bears_the_name_of_a_page(tmp_path, name):
    with pytest.raises(InputError, match=r"it is a page. Name a file ending in .html"):
        check_destination(tmp_path / name)
    assert check_destination(tmp_path / "R.HTM").name == "R.HTM"
    assert check_destination(tmp_path / name, ()).name == name


def test_destination_where_nothing_may_be_written(tmp_path, monkeypatch):
    def refuse(self, *_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.touch", refuse)
    with pytest.raises(InputError, match=r"Permission denied. Name a file in a folder open to you"):
        check_destination(tmp_path / "r.html")


def test_check_destination_writes_nothing(tmp_path):
    assert check_destination(tmp_path / "r.html") == (tmp_path / "r.html").resolve()
    assert os.listdir(tmp_path) == []


def test_report_imports_no_torch():
    code = "import infonats.report, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
