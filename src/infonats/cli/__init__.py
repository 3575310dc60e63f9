"""The command line. Each command is thin: it parses, calls the library and prints."""

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line; Ctrl-C at any moment ends in one line and exit status 130."""
    try:
        from infonats.cli.app import app

        app(prog_name="infonats")
    except KeyboardInterrupt:
        pass
    except SystemExit as end:
        if end.code != INTERRUPTED:
            raise
    print("interrupted", file=sys.stderr)
    sys.exit(INTERRUPTED)
