"""Doxygen has nothing to complain of in include/: reference_test.py DOXYFILE.

Skipped where there is no doxygen; a failure there with VISQ_REQUIRE_SHARED=1.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77


def complaints(doxyfile, folder, *more):
    """What doxygen says of what the file names, written into `folder`."""
    settings = [doxyfile.read_text(), f"OUTPUT_DIRECTORY = {folder}", *more]
    run = subprocess.run(
        ["doxygen", "-"], input="\n".join(settings), text=True, capture_output=True, check=False
    )
    return run.stderr.strip() or (f"exit code {run.returncode}" if run.returncode else "")


def self_test(doxyfile):
    with tempfile.TemporaryDirectory() as name:
        header = pathlib.Path(name) / "a.h"
        header.write_text("/** @file\n * A. */\nint undocumented(void);\n")
        said = complaints(doxyfile, name, f"INPUT = {header}", "STRIP_FROM_PATH =")
        assert "undocumented" in said, said


def main():
    if shutil.which("doxygen") is None:
        print("there is no doxygen; ./setup --with developer installs it")
        sys.exit(1 if os.environ.get("VISQ_REQUIRE_SHARED") == "1" else SKIPPED)
    doxyfile = pathlib.Path(sys.argv[1])
    self_test(doxyfile)
    with tempfile.TemporaryDirectory() as folder:
        said = complaints(doxyfile, folder)
        pages = len(list(pathlib.Path(folder).rglob("*.html")))
    if said:
        sys.exit(said)
    assert pages > 20, f"{pages} pages"
    print(f"{pages} pages")


if __name__ == "__main__":
    main()
