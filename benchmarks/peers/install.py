"""Make the environments of the peers: `python benchmarks/peers/install.py [NAME ...]`, by default all."""

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


if __name__ == "__main__":
    for name in sys.argv[1:] or PACKAGES:
        print(name, "in", environment(name))
        install(name)
