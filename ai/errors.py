"""What the scripts of this folder say when they cannot go on."""

import sys


class Refused(Exception):
    """One sentence for the user: which file, where, and what was expected."""


def run(main):
    """Runs a script's main(); what it refuses becomes one sentence and the exit code 1."""
    try:
        main()
    except Refused as error:
        sys.exit(f"{error}")
    except OSError as error:
        sys.exit(f"{error.filename or 'a file'}: {error.strerror or error}")
