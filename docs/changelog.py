"""Build the change log from the fragments in `changes/`.

    python docs/changelog.py                                        what is not released yet
    python docs/changelog.py --release 0.2.0 --date 2027-01-31      move it into CHANGELOG.md

A release deletes the fragments. A version that CHANGELOG.md already has is refused.
"""

import argparse
import datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
KINDS = {
    "removed": "Removed",
    "deprecated": "Deprecated",
    "changed": "Changed",
    "added": "Added",
    "accuracy": "Accuracy",
    "speed": "Speed",
    "fixed": "Fixed",
}
"""What a fragment may be, in the order in which a reader should meet it: first what may break their code."""


def fragments(folder: Path) -> list[Path]:
    """The fragments by issue number, then by name."""
    found = [path for path in folder.glob("*.md") if path.name != "README.md"]
    return sorted(found, key=lambda path: (int(path.name.partition(".")[0]), path.name))


def section(folder: Path, title: str) -> str:
    """All fragments as one section of the change log, by kind; the title alone where there is none."""
    lines = [f"## {title}", ""]
    for kind, heading in KINDS.items():
        ours = [path for path in fragments(folder) if path.suffixes[-2] == f".{kind}"]
        texts = [path.read_text(encoding="utf-8").strip() for path in ours]
        if texts:
            lines += [f"### {heading}", "", *texts, ""]
    return "\n".join(lines)


def release(root: Path, version: str, date: datetime.date) -> None:
    """Put the section of `version` above the older ones of CHANGELOG.md, and delete its fragments.

    Raises ValueError where that version stands there already or nothing has changed.
    """
    log, folder = root / "CHANGELOG.md", root / "changes"
    text = log.read_text(encoding="utf-8")
    if f"\n## {version} " in text:
        raise ValueError(f"CHANGELOG.md has a section {version} already: give the next version")
    if not fragments(folder):
        raise ValueError(f"There is no fragment in {folder}: nothing to release")
    head, old, rest = text.partition("\n## ")
    log.write_text(f"{head}\n{section(folder, f'{version} ({date})')}{old}{rest}", encoding="utf-8")
    for path in fragments(folder):
        path.unlink()


def main() -> None:
    """Print the section, or make the release."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--release", metavar="VERSION")
    parser.add_argument("--date", type=datetime.date.fromisoformat, metavar="YYYY-MM-DD")
    given = parser.parse_args()
    if given.release is None:
        print(section(ROOT / "changes", "Not released yet"))
    elif given.date is None:
        parser.error("--release needs the day too: --date YYYY-MM-DD")
    else:
        release(ROOT, given.release, given.date)


if __name__ == "__main__":
    main()
