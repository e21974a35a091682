"""Runs pytest in an environment that ./setup --with NAME makes: run_pytest.py NAME [TEST...].

Without it the tests are skipped (exit code 77); where VISQ_REQUIRE_SHARED=1 says that nothing may
be skipped, they fail. A file of which all tests are skipped is skipped, too: pytest says why.
"""

import os
import pathlib
import subprocess
import sys

NOTHING_RAN = 5  # pytest's own code
ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    name, *tests = sys.argv[1:]
    python = ROOT / ".deps" / name / "bin/python"
    if not python.exists():
        print(f"these tests need what ./setup --with {name} installs")
        sys.exit(1 if os.environ.get("VISQ_REQUIRE_SHARED") == "1" else 77)
    pytest = [python, "-B", "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider"]
    code = subprocess.run([*pytest, *tests], cwd=ROOT, check=False).returncode
    sys.exit(77 if code == NOTHING_RAN else code)


if __name__ == "__main__":
    main()
