"""The command line. Each command is thin: it parses, calls the library and prints."""

import errno
import os
import sys

INTERRUPTED = 130
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main() -> None:
    """Run the command line. Ctrl-C at any moment ends in one line and exit status 130, a full disk in 2."""
    try:
        from infonats.cli.app import app

        app(prog_name="infonats")
    except KeyboardInterrupt:
        pass
    except OSError as error:
        if error.errno not in FULL:
            raise
        print(f"error: The output cannot be written: {error.strerror}. Make room.", file=sys.stderr)
        os._exit(2)  # what is left in the buffer cannot be written at the end either
    except SystemExit as end:
        if end.code != INTERRUPTED:
            raise
    print("interrupted", file=sys.stderr)
    sys.exit(INTERRUPTED)
