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
        extra = "train" if error.name in ("torch", "sklearn") else "ai"
        ours = (error.name or "").startswith("visq")  # which ./setup does not install
        other = "" if ours else f", or ./setup --with {extra}"
        sys.exit(f"{error.name} is not there: pip install .[{extra}]{other}")
    except ImportError as error:  # one that is there and does not fit, as numpy 2 to an old build
        sys.exit(str(error))


def run(main: Callable[[], int | None], refused: int = 1) -> None:
    """Runs a script's main(), whose number is the exit code; what it refuses becomes one sentence
    and the exit code `refused`.
    """
    try:
        sys.exit(main())
    except Refused as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or 'a file'}: {error.strerror or error}", file=sys.stderr)
    sys.exit(refused)
