"""Setup, demo and tests on a new machine: fresh_test.py PROJECT SUITE FOLDER [COMMAND].

The machine is what debootstrap makes of the distribution's SUITE, and sudo: no git, no pty, no
locales. A user who is not root unpacks the project there, with ../shared beside it where this
machine has it, and runs what the README says; what that says is in FOLDER/SUITE.log. The mirror,
proxies, certificates and the settings of apt, pip and npm are this machine's.

VISQ_FRESH_FOLDER=FOLDER   keeps machine and compiler cache there; without it they go at the end
VISQ_FRESH_DEBIAN=ADDRESS, VISQ_FRESH_UBUNTU=ADDRESS
                           the distribution's mirror, in the place of the one that apt uses here
With COMMAND, nothing is made anew: it runs in the machine that was kept, with the project as it is
now copied over.
"""

import filecmp
import os
import pathlib
import re
import shutil
import subprocess
import sys

SKIPPED = 77
# The distribution of a suite, and debootstrap's script for it: an older debootstrap has none for
# each Ubuntu, and all are alike.
SUITES = {
    "bookworm": ("Debian", "sid"),
    "trixie": ("Debian", "sid"),
    "jammy": ("Ubuntu", "gutsy"),
    "noble": ("Ubuntu", "gutsy"),
}
USER = "user"
HOME = f"home/{USER}"
SETTINGS = ("pip.conf", "npmrc")  # of /etc
CERTIFICATES = "usr/local/share/ca-certificates"
APT = re.compile(r"^Acquire::(?:(?:https?|ftp)::|Check-)")
# Variables of this machine that say how to reach a network.
NETWORK = re.compile(r"(?i)^(?:(?:https?|ftp|all|no)_proxy|pip_(?!find_links)\w+|npm_config_\w+)$")

# The mounts are seen by this process and its children alone, and go with them; all of them end when
# this one does, and this one with the test. Without /dev/pts there is no pty.
INSIDE = """
set -eu
mount -t proc proc "$1/proc"
mount -t tmpfs -o mode=1777 tmpfs "$1/dev/shm"
mount --bind "$2" "$1/$3/.cache/ccache"
[ -z "$4" ] || { mount --bind "$4" "$1/$3/shared"; mount -o remount,bind,ro "$1/$3/shared"; }
shift 4
"$@"
exit $?
"""


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def mirror(distribution):
    """Where this machine takes packages of the distribution from."""
    named = os.environ.get(f"VISQ_FRESH_{distribution.upper()}")
    if named:
        return named
    sites = output("apt-get", "indextargets", "--format", "$(SITE)", f"ORIGIN: {distribution}")
    return next(iter(sites.split()), None)


def keyring(distribution):
    return pathlib.Path(f"/usr/share/keyrings/{distribution.lower()}-archive-keyring.gpg")


def missing(distribution):
    """Why this machine cannot make another one, or nothing."""
    if os.geteuid() != 0:
        return "a new machine is made by root"
    for program in ("debootstrap", "git", "unshare", "setpriv"):
        if not shutil.which(program):
            return f"{program} is not installed"
    if not keyring(distribution).exists():
        return f"{keyring(distribution)}, of the package {distribution.lower()}-keyring, is missing"
    if not mirror(distribution):
        return (
            f"apt's sources name no mirror of {distribution}; name one in "
            f"VISQ_FRESH_{distribution.upper()}"
        )
    return None


def settings_of_this_machine(machine):
    """How to reach the network, and whom to believe there."""
    apt = [line for line in output("apt-config", "dump").splitlines() if APT.match(line)]
    (machine / "etc/apt/apt.conf.d/90network").write_text("\n".join([*apt, ""]))
    for name in (*SETTINGS, "resolv.conf", "hosts"):
        if pathlib.Path("/etc", name).exists():
            shutil.copy(pathlib.Path("/etc", name), machine / "etc" / name)
    shutil.copytree("/" + CERTIFICATES, machine / CERTIFICATES, dirs_exist_ok=True)


def make_machine(machine, suite):
    print(f"making {machine}: {suite}", flush=True)
    shutil.rmtree(machine, ignore_errors=True)
    distribution, script = SUITES[suite]
    components = "main,universe" if distribution == "Ubuntu" else "main"
    make = ["debootstrap", "--variant=minbase", "--include=sudo", f"--components={components}"]
    make += [f"--keyring={keyring(distribution)}", suite, machine, mirror(distribution), script]
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
    settings_of_this_machine(machine)
    chroot = ["chroot", machine, "useradd", "--create-home", "--shell", "/bin/bash", USER]
    subprocess.run(chroot, check=True)
    (machine / "etc/dpkg/dpkg.cfg.d/fast").write_text("force-unsafe-io\n")
    (machine / "etc/sudoers.d/user").write_text(f"{USER} ALL=(ALL) NOPASSWD: ALL\n")


def copy_project(project, machine):
    """As an archive has it: what git tracks, and what it would. What is there already keeps its
    time, and what was built of it stays.
    """
    listed = output("git", "-C", project, "ls-files", "-z", "-c", "-o", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        source, target = project / name, machine / HOME / "visq" / name
        if target.is_file() and filecmp.cmp(source, target, shallow=False):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def run(machine, cache, shared, command, log=None):
    """In the machine, as its user. Gives the exit code."""
    for folder in (cache, machine / HOME / ".cache/ccache", machine / HOME / "shared"):
        folder.mkdir(parents=True, exist_ok=True)
    if not shared:
        (machine / HOME / "shared").rmdir()
    user = (machine / HOME).stat()
    owner = f"{user.st_uid}:{user.st_gid}"
    subprocess.run(["chown", "-R", owner, machine / HOME, cache], check=True)
    environment = [f"{name}={value}" for name, value in os.environ.items() if NETWORK.match(name)]
    inside = ["setpriv", "--pdeathsig", "KILL"]
    inside += ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", INSIDE, "sh"]
    inside += [machine, cache, HOME, shared or ""]
    inside += ["chroot", f"--userspec={USER}:{USER}", machine, "/usr/bin/env", "-i"]
    inside += [f"HOME=/{HOME}", f"USER={USER}", "PATH=/usr/local/bin:/usr/bin:/bin", *environment]
    inside += [f"CMAKE_BUILD_PARALLEL_LEVEL={os.cpu_count()}", "bash", "-c"]
    inside += [f"cd ~/visq && {{ {command}\n}}"]
    said = {"stdout": log, "stderr": log and subprocess.STDOUT}
    return subprocess.run(inside, stdin=subprocess.DEVNULL, check=False, **said).returncode


def closing_lines(log):
    """ctest's summary; where there is none, where it ended."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    summary = [i for i, line in enumerate(lines) if "tests passed" in line]
    return "\n".join(lines[summary[-1] :] if summary else lines[-40:])


def readme_command(project):
    """What the README says under "The tests"."""
    text = (project / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^## The tests\n+```sh\n(.*?)\n```", text, flags=re.M | re.S)
    if not found:
        sys.exit("README.md has no command under its heading 'The tests'")
    return found.group(1)


def main():
    project, suite, folder = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3]
    why = missing(SUITES[suite][0])
    if why:
        skip(why)
    kept = os.environ.get("VISQ_FRESH_FOLDER")
    folder = pathlib.Path(kept or folder).resolve()
    machine, cache = folder / suite, folder / "ccache"
    shared = project.parent / "shared"
    shared = shared.resolve() if shared.is_dir() else None
    if sys.argv[4:]:
        copy_project(project, machine)
        sys.exit(run(machine, cache, shared, sys.argv[4]))
    make_machine(machine, suite)
    copy_project(project, machine)
    log = folder / f"{suite}.log"
    with log.open("wb") as file:
        code = run(machine, cache, shared, f"./setup && ./demo && {readme_command(project)}", file)
    print(f"{closing_lines(log)}\n{suite}: exit code {code}; all that was said is in {log}")
    if not kept:
        shutil.rmtree(machine)
        shutil.rmtree(cache)
    sys.exit(code)


if __name__ == "__main__":
    main()
