"""What the scripts of this folder say when they cannot go on."""

import contextlib
import sys
from typing import Callable, Iterator


class Refused(Exception):
    """One sentence for the user: which file, where, and what was expected."""


@contextlib.contextmanager
def missing_packages() -> Iterator[None]:
    """Around the imports of a script: a package that is not there is named."""
    try:
        yield
    except ModuleNotFoundError as error:
        sys.exit(f"{error.name} is not there: pip install .[ai], or ./setup --with ai")


def run(main: Callable[[], None]) -> None:
    """Runs a script's main(); what it refuses becomes one sentence and the exit code 1."""
    try:
        main()
    except Refused as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{error.filename or 'a file'}: {error.strerror or error}")
