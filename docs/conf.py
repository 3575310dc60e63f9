"""How Sphinx builds the site: the pages of this folder, and pages that are generated first.

`make docs` builds into build/docs. Links that point out of this folder lead to a copy where there is one (the
README, the contributing guide, the changes), and are plain words otherwise.
"""

import os
import re
import sys
from pathlib import Path

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path[:0] = [str(DOCS), str(ROOT / "src")]

import api_pages  # noqa: E402
import changelog  # noqa: E402

import infonats  # noqa: E402

project = "infonats"
author = copyright = "The infonats developers"
version = release = infonats.__version__
extensions = ["myst_parser"]
exclude_patterns = ["generated/README.md"]
html_theme = "furo"
html_title = f"infonats {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # the README's copy starts at its own level

GENERATED = DOCS / "generated"
COPIES = {
    ROOT / "README.md": GENERATED / "readme.md",
    ROOT / "CONTRIBUTING.md": GENERATED / "contributing.md",
    ROOT / "CHANGELOG.md": GENERATED / "changes.md",
    ROOT / "changes": GENERATED / "changes.md",
}
"""What stands outside this folder and has a page."""
LINK = re.compile(r"\[([^\]]*)\]\((?!https?:|mailto:|#|<)([^)\s#]+)(#[^)\s]*)?\)")


def relinked(text: str, source: Path, target: Path) -> str:
    """`text` of the file `source` as shown at `target`: links lead to the same files, or become words."""

    def link(match: re.Match[str]) -> str:
        words, address, anchor = match[1], match[2], match[3] or ""
        there = (source.parent / address).resolve()
        there = COPIES.get(there, there)
        if DOCS not in there.parents:
            return words
        return f"[{words}]({os.path.relpath(there, target.parent)}{anchor})"

    return LINK.sub(link, text)


def generate() -> None:
    """Write the pages that are made from the rest of the repository."""
    api_pages.write(GENERATED)
    for source, target in COPIES.items():
        if source.is_file():
            text = source.read_text(encoding="utf-8")
            if source.name == "CHANGELOG.md":
                head, old, rest = text.partition("\n## ")
                text = f"{head}\n{changelog.section(ROOT / 'changes', 'Not released yet')}{old}{rest}"
            target.write_text(relinked(text, source, target), encoding="utf-8")


def at_reading(app, docname: str, content: list[str]) -> None:
    """Lead the links of a page of this folder to the copies."""
    path = DOCS / f"{docname}.md"
    if GENERATED not in path.parents:
        content[0] = relinked(content[0], path, path)


def setup(app) -> None:
    """Generate first, then read."""
    generate()
    app.connect("source-read", at_reading)
