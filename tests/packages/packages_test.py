"""Debian's packages and the container: packages_test.py PROJECT FOLDER.

On a new machine of Debian 13 (see tests/fresh/fresh_test.py, whose variables and network settings
these are) a user runs the first stage of the Dockerfile, which makes the packages, and lintian
finds nothing in them. The second stage runs on another machine, and what it adds is the container's
size. On a third one they are installed, and used by an ffmpeg that knows nothing of them (use.sh).
Debian has no libvmaf, and its ffmpeg no filter of that name: the same source is built with it.

VISQ_FRESH_FOLDER=FOLDER  keeps the machines and the compiler cache, and takes those that are there
VISQ_REFERENCE_LIBVMAF=PREFIX
                          builds that ffmpeg against the libvmaf there, with which it also scores;
                          without it, against the package visq-dev
"""

import os
import pathlib
import shlex
import shutil
import subprocess
import sys

from dockerfile import stages

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/fresh"))
import fresh_test as fresh  # noqa: E402

SUITE = "trixie"
LIMIT = 300e6  # bytes of the whole container
BASE = 80e6  # of debian:13-slim, which the machine of debootstrap stands for
SLIM = """# what that image leaves out of packages
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/man/*
path-exclude /usr/share/locale/*
"""
BUILT = f"{fresh.HOME}/visq/build/packages"
LINT = "lintian --fail-on error,warning --info build/packages/*.deb"
UNPACK = (
    "for package in build/packages/{libvmaf3-visq,visq-dev}_*.deb; do "
    "dpkg -x $package build/unpacked; done"
)


def step(machine, cache, shared, command):
    code = fresh.run(machine, cache, shared, command)
    if code:
        sys.exit(f"{machine} ended with exit code {code}: {command}")


def machines(folder):
    """One to build on, and two that know nothing of visq."""
    builder, blank = folder / SUITE, folder / "blank"
    for machine in (builder, blank):
        if not machine.is_dir():
            fresh.make_machine(machine, SUITE)
    copies = folder / "container", folder / "user"
    for copy in copies:
        shutil.rmtree(copy, ignore_errors=True)
        subprocess.run(["cp", "--archive", blank, copy], check=True)
        (copy / fresh.HOME / "visq").mkdir(exist_ok=True)
    (copies[0] / "etc/dpkg/dpkg.cfg.d/docker").write_text(SLIM)
    return builder, blank, *copies


def build_ffmpeg(builder, user, cache):
    """Leaves it in the user's folder, and the libvmaf that it was built against, where that is
    another one.
    """
    target = user / fresh.HOME / "visq/other"
    target.mkdir()
    named = os.environ.get("VISQ_REFERENCE_LIBVMAF")
    prefix = pathlib.Path(named or f"/{fresh.HOME}/visq/build/unpacked/usr")
    if named:
        inside = builder / prefix.relative_to("/")
        shutil.rmtree(inside, ignore_errors=True)  # of an earlier run
        shutil.copytree(prefix, inside, symlinks=True)
        shutil.copy(next(prefix.glob("lib*/**/libvmaf.so.3")), target)
    else:
        step(builder, cache, None, UNPACK)
    step(builder, cache, None, f"python3 tests/ffmpeg/build_ffmpeg.py build/ffmpeg other {prefix}")
    shutil.copy(builder / fresh.HOME / "visq/build/ffmpeg/other/ffmpeg", target)


def size(machine):
    """Without what apt downloads, which an image does not keep."""
    left_out = [f"--exclude={machine}/var/{name}" for name in ("lib/apt/lists", "cache/apt")]
    return int(fresh.output("du", "-sb", *left_out, machine).split()[0])


def main():
    project, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    why = fresh.missing(fresh.SUITES[SUITE][0])
    if why:
        fresh.skip(why)
    kept = os.environ.get("VISQ_FRESH_FOLDER")
    folder = pathlib.Path(kept or folder).resolve()
    cache = folder / "ccache"
    shared = project.parent / "shared"
    shared = shared.resolve() if shared.is_dir() else None
    builder, blank, container, user = machines(folder)
    making, running = stages(project)

    fresh.copy_project(project, builder)
    for package in (builder / BUILT).glob("*.deb"):
        package.unlink()
    for command in (*making, LINT):
        step(builder, cache, shared, command)
    (container / "packages").mkdir()
    for package in (builder / BUILT).glob("*.deb"):
        print(f"{package.name}: {package.stat().st_size / 1e6:.2f} MB", flush=True)
        shutil.copy(package, container / "packages")
        shutil.copy(package, user / fresh.HOME / "visq")

    for command in running:
        step(container, cache, None, f"sudo sh -c {shlex.quote(command)}")
    step(container, cache, None, "visq --version && visq --list-models >/dev/null")
    shutil.rmtree(container / "packages")
    whole = BASE + size(container) - size(blank)
    print(f"container: {whole / 1e6:.0f} MB, {BASE / 1e6:.0f} of them the system's", flush=True)
    if whole > LIMIT:
        sys.exit(f"the container has more than {LIMIT / 1e6:.0f} MB")

    build_ffmpeg(builder, user, cache)
    shutil.copy(pathlib.Path(__file__).with_name("use.sh"), user / fresh.HOME / "visq")
    step(user, cache, None, "bash use.sh")
    if not kept:
        for machine in (builder, blank, container, user, cache):
            shutil.rmtree(machine)


if __name__ == "__main__":
    main()
