"""A small ffmpeg with the libvmaf filter, from the distribution's own source package.

The source comes through apt, which checks its signatures; it is unpacked, not installed, and kept.
A program is built again only when the source, the headers, the pkg-config file or what is
configured have changed.

build_ffmpeg.py FOLDER NAME PREFIX makes FOLDER/NAME/ffmpeg, against the libvmaf that is installed
in PREFIX.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

PARTS = {
    "protocol": ["file", "pipe"],
    "demuxer": ["mov", "matroska", "yuv4mpegpipe", "rawvideo"],
    "parser": ["h264", "hevc", "mpeg4video"],
    "decoder": ["h264", "hevc", "mpeg4", "ffv1", "rawvideo", "wrapped_avframe"],
    "encoder": ["wrapped_avframe", "rawvideo"],
    "muxer": ["null", "yuv4mpegpipe"],
    "filter": ["libvmaf", "scale", "format", "null", "trim", "setpts", "settb", "split"],
}
OPTIONS = [
    "--disable-everything",
    "--disable-autodetect",
    "--disable-doc",
    "--disable-network",
    "--disable-ffplay",
    "--disable-ffprobe",
    "--disable-debug",
    "--enable-libvmaf",
]


class Trouble(Exception):
    """Why there is no ffmpeg, in one sentence."""


def run(command, log, **more):
    with open(log, "a", encoding="utf-8") as file:
        if (
            subprocess.run(
                command, stdout=file, stderr=subprocess.STDOUT, check=False, **more
            ).returncode
            != 0
        ):
            tail = "\n".join(pathlib.Path(log).read_text(errors="replace").splitlines()[-15:])
            raise Trouble(f"{command[0]} failed; the end of {log}:\n{tail}")


def source_lists():
    """deb-src lines for every place that this machine's apt takes packages of the distribution
    from.
    """
    release = dict(
        line.rstrip().split("=", 1)
        for line in open("/etc/os-release", encoding="utf-8")
        if "=" in line
    )
    name = release["ID"].strip('"')
    targets = subprocess.run(
        [
            "apt-get",
            "indextargets",
            "--format",
            "$(SITE) $(RELEASE) $(COMPONENT)|$(ORIGIN)",
            "Created-By: Packages",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    places = sorted(
        {line.split("|")[0] for line in targets.splitlines() if line.split("|")[1].lower() == name}
    )
    if not places:
        raise Trouble(f"apt's sources name no mirror of {name}")
    return "".join(
        f"deb-src [signed-by=/usr/share/keyrings/{name}-archive-keyring.gpg] {place}\n"
        for place in places
    )


def apt_get(folder, *arguments):
    user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    settings = [
        f"Dir::Etc::sourcelist={folder}/sources.list",
        "Dir::Etc::sourceparts=/dev/null",
        f"Dir::State::lists={folder}/lists",
        f"Dir::Cache={folder}/cache",
        "Acquire::Languages=none",
        f"APT::Sandbox::User={user}",
    ]
    run(
        ["apt-get", "-qq", *(f"-o{setting}" for setting in settings), *arguments],
        folder / "log",
        cwd=folder,
    )


def get_source(folder):
    """The unpacked source package, fetched when it is not there yet."""
    kept = folder / "source"
    if kept.is_dir():
        return kept
    for tool in ("apt-get", "dpkg-source"):
        if shutil.which(tool) is None:
            raise Trouble(
                f"the source package needs {tool} (Debian or Ubuntu; packages apt and dpkg-dev)"
            )
    fetched = folder / "apt"
    shutil.rmtree(fetched, ignore_errors=True)
    for part in ("lists/partial", "cache/archives/partial"):
        (fetched / part).mkdir(parents=True)
    (fetched / "sources.list").write_text(source_lists())
    apt_get(fetched, "update")
    apt_get(fetched, "source", "--download-only", "ffmpeg")
    description = next(fetched.glob("ffmpeg_*.dsc"))
    run(["dpkg-source", "-x", description.name, "unpacked"], fetched / "log", cwd=fetched)
    (fetched / "unpacked").rename(kept)
    shutil.rmtree(fetched)
    return kept


# What libvmaf.a stands on stays shared: distributions have no libfmt.a.
STATIC = ["--pkg-config-flags=--static"]


def configuration(prefix):
    parts = [f"--enable-{kind}={','.join(names)}" for kind, names in PARTS.items()]
    assembler = [] if shutil.which("nasm") else ["--disable-x86asm"]
    return OPTIONS + parts + assembler + (STATIC if is_static(prefix) else [])


def is_static(prefix):
    return not (library_folder(prefix) / "libvmaf.so").exists()


def without_shared_library(prefix, copy):
    """A copy of what is installed in `prefix`, where programs can only link libvmaf.a in."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(prefix, copy, symlinks=True, ignore=shutil.ignore_patterns("libvmaf.so*"))
    return copy


def library_folder(prefix):
    """The folder of libvmaf.so under a prefix: lib, lib64 or lib/ARCHITECTURE."""
    found = sorted(prefix.glob("lib*/**/pkgconfig/libvmaf.pc"))
    if not found:
        raise Trouble(f"{prefix} has no pkgconfig/libvmaf.pc in its lib folder")
    return found[0].parents[1]


def fingerprint(source, prefix):
    """What a built ffmpeg depends on; the library itself is loaded when it runs."""
    digest = hashlib.sha256("\n".join([str(prefix), *configuration(prefix)]).encode())
    files = [
        source / "RELEASE",
        library_folder(prefix) / "pkgconfig/libvmaf.pc",
        *sorted((prefix / "include/libvmaf").glob("*.h")),
        *([library_folder(prefix) / "libvmaf.a"] if is_static(prefix) else []),
    ]
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def build(folder, name, prefix):
    """FOLDER/NAME/ffmpeg, built against the libvmaf that is installed in `prefix`."""
    folder.mkdir(parents=True, exist_ok=True)
    source, built = get_source(folder), folder / name
    mark, wanted = built / "fingerprint", fingerprint(source, prefix)
    if mark.exists() and mark.read_text() == wanted:
        return built / "ffmpeg"
    shutil.rmtree(built, ignore_errors=True)
    built.mkdir()
    library = library_folder(prefix)
    environment = {
        **os.environ,
        "PKG_CONFIG_PATH": str(library / "pkgconfig"),
        "LD_LIBRARY_PATH": str(library),
    }
    for command in (
        ["bash", str(source / "configure"), *configuration(prefix)],
        ["make", f"-j{os.cpu_count()}", "ffmpeg"],
    ):
        run(command, built / "log", cwd=built, env=environment)
    mark.write_text(wanted)
    return built / "ffmpeg"


if __name__ == "__main__":
    build(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], pathlib.Path(sys.argv[3]).resolve())
