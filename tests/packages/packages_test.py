"""Debian's packages: packages_test.py PROJECT FOLDER.

On a new machine of Debian 13 (see tests/fresh/fresh_test.py, whose variables and network settings
these are) a user makes the packages, and lintian finds nothing in them. On another one, which has
never seen a compiler, they are installed beside the distribution's ffmpeg.

VISQ_FRESH_FOLDER=FOLDER  keeps both machines and the compiler cache, and takes those that are there
"""

import os
import pathlib
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/fresh"))
import fresh_test as fresh  # noqa: E402

SUITE = "trixie"
BUILD = """
export DEBIAN_FRONTEND=noninteractive
./setup --with packages &&
cmake --preset packages -DVISQ_MAINTAINER='The visq authors <visq@example.com>' &&
rm -rf build/packages/packages && cmake --build --preset packages &&
lintian --fail-on error,warning --info build/packages/packages/*.deb
"""


def step(machine, cache, shared, command):
    code = fresh.run(machine, cache, shared, command)
    if code:
        sys.exit(f"{machine} ended with exit code {code}: {command}")


def machines(folder):
    """One to build on, and one that stays as debootstrap made it until packages come."""
    builder, user = folder / SUITE, folder / "user"
    if not builder.is_dir():
        fresh.make_machine(builder, SUITE)
    if not user.is_dir():
        fresh.make_machine(user, SUITE)
    return builder, user


def main():
    project, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    why = fresh.missing()
    if why:
        fresh.skip(why)
    kept = os.environ.get("VISQ_FRESH_FOLDER")
    folder = pathlib.Path(kept or folder).resolve()
    cache = folder / "ccache"
    shared = project.parent / "shared"
    shared = shared.resolve() if shared.is_dir() else None
    builder, user = machines(folder)
    fresh.copy_project(project, builder)
    step(builder, cache, shared, BUILD)
    place = user / fresh.HOME / "visq"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for package in (builder / fresh.HOME / "visq/build/packages/packages").glob("*.deb"):
        print(f"{package.name}: {package.stat().st_size / 1e6:.2f} MB", flush=True)
        shutil.copy(package, place)
    shutil.copy(pathlib.Path(__file__).with_name("use.sh"), place)
    step(user, cache, None, "bash use.sh")
    if not kept:
        for machine in (builder, user, cache):
            shutil.rmtree(machine)


if __name__ == "__main__":
    main()
