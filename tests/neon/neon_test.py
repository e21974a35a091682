#!/usr/bin/env python3
"""neon_test.py PROJECT FOLDER: compiles the kernels of networks and of their input, with tests, for
aarch64 and runs them under
qemu-user.

Needs Debian's g++-aarch64-linux-gnu, qemu-user and googletest (as source); ends with 77, ctest's
"skipped", without.
"""

import pathlib
import shutil
import subprocess
import sys

GOOGLETEST = pathlib.Path("/usr/src/googletest/googletest")
HIGHWAY = pathlib.Path("/usr/include/hwy")


def main():
    project, folder = map(pathlib.Path, sys.argv[1:3])
    compiler, emulator = shutil.which("aarch64-linux-gnu-g++"), shutil.which("qemu-aarch64")
    if not (compiler and emulator and GOOGLETEST.exists() and HIGHWAY.exists()):
        print("skipped: no cross compiler, emulator or sources of googletest")
        return 77
    headers = (
        folder / "include"
    )  # Highway alone: the rest of this machine's headers are not aarch64's
    headers.mkdir(parents=True, exist_ok=True)
    if not (headers / "hwy").exists():
        (headers / "hwy").symlink_to(HIGHWAY)
    kernels = sorted(
        f
        for family in ("nn", "rgb")
        for f in (project / "src/kernels" / family).glob("*.cc")
        if not f.name.endswith("_bench.cc")
    )
    sources = [*kernels, GOOGLETEST / "src/gtest-all.cc", project / "tests/neon/main.cc"]
    program = folder / "neon_tests"
    subprocess.run(
        [
            compiler,
            "-std=c++20",
            "-O2",
            "-static",
            "-ffp-contract=off",
            "-DHWY_COMPILE_ONLY_STATIC",
            f"-I{headers}",
            f"-I{project / 'src'}",
            f"-I{GOOGLETEST}/include",
            f"-I{GOOGLETEST}",
            *map(str, sources),
            "-o",
            str(program),
        ],
        check=True,
    )
    return subprocess.run([emulator, str(program)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
