"""``python -m infonats`` is the same as ``infonats``."""

from infonats.cli import main

if __name__ == "__main__":
    main()
