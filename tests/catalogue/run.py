"""Runs tests of the catalogue in the environment that ./setup --with catalogue makes: run.py
[TEST...].

Without it they are skipped (exit code 77); where VISQ_REQUIRE_SHARED=1 says that nothing may be
skipped, they fail.
"""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".deps/catalogue/bin/python"


def main():
    if not PYTHON.exists():
        print("the tests of the catalogue need what ./setup --with catalogue installs")
        sys.exit(1 if os.environ.get("VISQ_REQUIRE_SHARED") == "1" else 77)
    pytest = [PYTHON, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    sys.exit(subprocess.run([*pytest, *sys.argv[1:]], cwd=ROOT, check=False).returncode)


if __name__ == "__main__":
    main()
