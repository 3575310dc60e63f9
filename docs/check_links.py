"""Check every link inside the built site: its file is there, and the place in it too.

    python docs/check_links.py build/docs

Prints each dead link and ends with status 1 where there is one. Addresses elsewhere are not asked for.
"""

import functools
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

ADDRESS = re.compile(r'(?:href|src)="([^"]+)"')
ELSEWHERE = re.compile(r"https?:|data:|mailto:|//")


@functools.cache
def places(page: Path) -> frozenset[str]:
    """The names that a link may point to within a page."""
    return frozenset(re.findall(r'\bid="([^"]+)"', page.read_text(encoding="utf-8")))


def dead(site: Path) -> Iterator[str]:
    """Each dead link as "page: address"."""
    for page in sorted(site.rglob("*.html")):
        for address in ADDRESS.findall(page.read_text(encoding="utf-8")):
            if ELSEWHERE.match(address):
                continue
            path, _, place = unquote(address).partition("#")
            target = (page.parent / path.partition("?")[0]).resolve() if path else page
            lost = place and target.suffix == ".html" and target.exists() and place not in places(target)
            if lost or not target.exists():
                yield f"{page.relative_to(site)}: {address}"


if __name__ == "__main__":
    found = list(dead(Path(sys.argv[1])))
    print("\n".join(found) or "every link inside the site leads somewhere")
    sys.exit(bool(found))
