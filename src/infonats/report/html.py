"""One self-contained HTML file: no script, no network, every name escaped."""

import dataclasses
import html
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from infonats.errors import InputError

DEVICES = (("dev",), ("proc",))
"""Folders at the root whose files, such as /dev/stdout, are none that a report could replace."""


@dataclasses.dataclass(frozen=True)
class Section:
    """A part of a page: a plain-text title and a body that is HTML already."""

    title: str
    body: str


def paragraph(text: str) -> str:
    """Plain text as a paragraph."""
    return f"<p>{html.escape(text)}</p>"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], prose: bool = False) -> str:
    """Plain cells as a table; the first column names the row.

    On a narrow screen it scrolls sideways or, where its cells are `prose`, breaks their lines.
    """
    head = "".join(f"<th scope='col'>{html.escape(cell)}</th>" for cell in header)
    body = "".join(
        f"<tr><th scope='row'>{html.escape(first)}</th>"
        + "".join(f"<td>{html.escape(c)}</td>" for c in rest)
        + "</tr>"
        for first, *rest in rows
    )
    css = "prose" if prose else "numbers"
    return f"<div class='wide'><table class='{css}'><tr>{head}</tr>{body}</table></div>"


def details(summary: str, body: str) -> str:
    """A part that opens on a click: plain-text `summary`, HTML `body`."""
    return f"<details><summary>{html.escape(summary)}</summary>{body}</details>"


def page(title: str, sections: Sequence[Section], lead: str = "") -> str:
    """The whole document. `title` and `lead` are plain text."""
    style = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    parts = "\n".join(f"<section><h2>{html.escape(s.title)}</h2>{s.body}</section>" for s in sections)
    opening = f"<p class='lead'>{html.escape(lead)}</p>" if lead else ""
    return (
        "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{html.escape(title)}</title>\n<style>{style}</style></head>\n"
        f"<body><main><header><h1>{html.escape(title)}</h1>{opening}</header>\n{parts}\n</main></body></html>\n"
    )


def check_destination(path: str | Path, endings: tuple[str, ...] = (".html", ".htm")) -> Path:
    """Return where a report given as `path` will lie, or raise InputError if it cannot be written there.

    Of what is no page, other `endings` are allowed, in lower case; any where there are none.

    Call it before long work. A temporary file is made in the folder and removed again.
    """
    given = Path(path).expanduser().absolute()
    target = given.resolve()
    if (target.exists() and not target.is_file()) or given.parts[1:2] in DEVICES:
        raise InputError(
            f"The report cannot be written to '{path}': it is no regular file. Name a file ending in .html."
        )
    if endings and target.suffix.lower() not in endings:
        raise InputError(
            f"The report cannot be written to '{path}': it is a page. Name a file ending in .html."
        )
    if not target.parent.is_dir():
        raise InputError(
            f"The report cannot be written to '{path}': there is no folder '{target.parent}'. Create it."
        )
    try:
        _beside(target).touch()
        _beside(target).unlink()
    except OSError as error:
        raise InputError(
            f"The report cannot be written to '{path}': {error.strerror}. Name a file in a folder open to you."
        ) from error
    return target


def write_report(path: str | Path, title: str, sections: Sequence[Section], lead: str = "") -> Path:
    """Write the page and return its full path: the whole file or, when interrupted, nothing.

    Raises InputError where the file cannot be written.
    """
    target, text = check_destination(path), page(title, sections, lead)
    temporary = _beside(target)
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    return target


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name[:100]}.{os.getpid()}.tmp")
