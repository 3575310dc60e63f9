"""Make the environments of the peers: `python benchmarks/peers/install.py [NAME ...]`, by default all."""

import argparse
import subprocess
import sys
import venv
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.peers import PACKAGES, environment


def install(name: str) -> None:
    """Make the environment of `name`, or bring it up to date."""
    folder = environment(name)
    if not folder.exists():
        venv.create(folder, with_pip=True)
    for package in PACKAGES[name]:  # one by one: the first pins what the next would fetch in another build
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", package], check=True)


def main() -> None:
    """Make the environments of the peers that are named."""
    parser = argparse.ArgumentParser(description="Make the environments of peers, by default of all.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PACKAGES))
    asked = parser.parse_args()
    if unknown := [name for name in asked.names if name not in PACKAGES]:
        parser.error(f"there is no peer '{unknown[0]}'; choose from {', '.join(PACKAGES)}")
    for name in asked.names or PACKAGES:
        print(name, "in", environment(name))
        install(name)


if __name__ == "__main__":
    main()
