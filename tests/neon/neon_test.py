#!/usr/bin/env python3
"""neon_test.py PROJECT FOLDER: compiles every kernel, with its tests, for aarch64 and runs them
under qemu-user.

Needs Debian's g++-aarch64-linux-gnu, qemu-user and googletest (as source); ends with 77, ctest's
"skipped", without.
"""

import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys

GOOGLETEST = pathlib.Path("/usr/src/googletest/googletest")
SYSTEM = pathlib.Path("/usr/include")


def include_folder(project, folder):
    """Of headers alone that are the same for every processor: the others here are not aarch64's."""
    own = project / ".deps/highway/include"
    headers = folder / "include"
    headers.mkdir(parents=True, exist_ok=True)
    for name in ("hwy", "fmt", "tl"):
        link = headers / name
        link.unlink(missing_ok=True)
        link.symlink_to(own / name if (own / name).exists() else SYSTEM / name)
    return headers


def sources_of(project):
    files = [*project.glob("src/kernels/**/*.cc"), *project.glob("src/base/*.cc")]
    # No kernel needs the last two: which of several targets runs, and libcrypto. What does is left
    # out by the linker.
    left_out = ("_bench.cc", "cpu.cc", "sha256.cc")
    mine = [f for f in files if not f.name.endswith(left_out)]
    tests_of_base = [f for f in mine if "base" in f.parts and f.name.endswith("_test.cc")]
    return [
        *(f for f in mine if f not in tests_of_base),
        GOOGLETEST / "src/gtest-all.cc",
        project / "tests/neon/main.cc",
    ]


def main():
    project, folder = (pathlib.Path(name).resolve() for name in sys.argv[1:3])
    compiler, emulator = shutil.which("aarch64-linux-gnu-g++"), shutil.which("qemu-aarch64")
    if not (compiler and emulator and GOOGLETEST.exists()):
        print("skipped: no cross compiler, emulator or sources of googletest")
        return 77
    flags = ["-std=c++20", "-O2", "-march=armv8-a+crypto", "-ffp-contract=off"]
    flags += ["-ffunction-sections"]
    flags += ["-DHWY_COMPILE_ONLY_STATIC", "-DFMT_HEADER_ONLY"]
    flags += [f"-I{include_folder(project, folder)}", f"-I{project}", f"-I{project / 'src'}"]
    flags += [f"-I{GOOGLETEST}/include", f"-I{GOOGLETEST}"]

    def compiled(numbered):
        number, source = numbered
        target = folder / f"{number}.o"
        subprocess.run([compiler, *flags, "-c", source, "-o", target], check=True)
        return target

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        objects = list(pool.map(compiled, enumerate(sources_of(project))))
    program = folder / "neon_tests"
    subprocess.run([compiler, "-static", "-Wl,--gc-sections", *objects, "-o", program], check=True)
    return subprocess.run([emulator, program], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
