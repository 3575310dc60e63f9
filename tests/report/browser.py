"""A page as a real browser leaves it, and what in it could act."""

import shutil
import subprocess
from html.parser import HTMLParser

import pytest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WORDS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
WORDS += " --disable-component-update --disable-sync --virtual-time-budget=2000 --dump-dom"


def dom_of(path, profile):
    """The document after the browser ran it; skips the test where there is no browser."""
    if BROWSER is None:
        pytest.skip("there is no Chromium or Chrome here")
    command = [BROWSER, *WORDS.split(), f"--user-data-dir={profile}", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert "</html>" in done.stdout, done.stderr
    return done.stdout


class _Actors(HTMLParser):
    """Collects scripts, event handlers, frames, and addresses that run or load something."""

    def __init__(self):
        super().__init__()
        self.found, self.title, self._inside = [], "", ""

    def handle_starttag(self, tag, attrs):
        self._inside = tag
        acts = tag in {"iframe", "object", "embed", "base", "form", "link"}
        acts |= any(k.startswith("on") or (v or "").strip().lower().startswith("javascript:") for k, v in attrs)
        acts |= any(k in {"src", "href"} and not (v or "").startswith(("data:image/", "#")) for k, v in attrs)
        if acts:
            self.found.append((tag, attrs))

    def handle_data(self, data):
        if self._inside == "script" and data.strip():
            self.found.append(("script", data))
        if self._inside == "title":
            self.title += data

    def handle_endtag(self, tag):
        self._inside = ""


def actors(dom):
    """What acts in the document, as (tag, attributes or text), and its title."""
    parser = _Actors()
    parser.feed(dom)
    return parser.found, parser.title
