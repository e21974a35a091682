#!/usr/bin/env python3
"""How much of each room the tests run: a Markdown table, and exit code 1 where a room has less than
it should. After `ctest --preset coverage`:

    tests/coverage/table.py build/coverage
"""

import argparse
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys

PROJECT = pathlib.Path(__file__).resolve().parents[2]
ROOMS = {
    "src/base": "base",
    "src/picture": "picture",
    "src/collect": "collect",
    "src/models": "models",
    "src/engine": "engine",
    "src/report": "report",
    "src/capi": "capi",
    "io": "io",
    "job": "job",
    "cli": "cli",
}
LEAST = {"lines": 90, "branches": 75}  # per cent


def tool(name):
    """LLVM's, of the version of the clang that built."""
    version = subprocess.run(["clang", "-dumpversion"], capture_output=True, text=True, check=True)
    found = shutil.which(f"{name}-{version.stdout.split('.')[0]}") or shutil.which(name)
    if found is None:
        sys.exit(f"coverage: there is no {name}; run ./setup --with developer")
    return found


def programs(build):
    """Every program and library that was built."""
    for path in sorted(build.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.stat().st_mode & 0o111:
            with path.open("rb") as file:
                if file.read(4) == b"\x7fELF":
                    yield path


def measured(build):
    """Of each file what llvm-cov counts."""
    profiles = sorted(build.glob("profiles/*.profraw"))
    if not profiles:
        sys.exit(f"coverage: no profiles in {build}/profiles; run ctest --preset coverage")
    merged = build / "merged.profdata"
    (build / "profiles.txt").write_text("".join(f"{path}\n" for path in profiles))
    merge = [tool("llvm-profdata"), "merge", "-sparse", "-failure-mode=all", "-o", merged]
    subprocess.run([*merge, "-f", build / "profiles.txt"], check=True)
    first, *others = programs(build)
    words = [tool("llvm-cov"), "export", "-summary-only", f"-instr-profile={merged}", first]
    for path in others:
        words += ["-object", path]
    run = subprocess.run(words, stdout=subprocess.PIPE, check=True)
    files = json.loads(run.stdout)["data"][0]["files"]
    for file in files:  # which compilers name from the folder that they are called in
        file["filename"] = os.path.normpath(file["filename"])
    return files


def room_of(path):
    name = pathlib.Path(path)
    if not name.is_relative_to(PROJECT) or name.stem.endswith(("_test", "_fuzz", "_bench")):
        return None
    relative = name.relative_to(PROJECT).as_posix()
    return next((room for folder, room in ROOMS.items() if relative.startswith(folder + "/")), None)


def rooms(files):
    """Of each room covered and all lines and branches."""
    sums = collections.defaultdict(lambda: {kind: [0, 0] for kind in LEAST})
    for file in files:
        room = room_of(file["filename"])
        for kind in LEAST if room else ():
            told = file["summary"][kind]
            sums[room][kind][0] += told["covered"]
            sums[room][kind][1] += told["count"]
    return sums


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--files", action="store_true", help="also the files that have least")
    options = parser.parse_args()
    files = measured(options.build.absolute())
    found = rooms(files)
    print("| room | lines | branches |\n|---|---|---|")
    short = set(ROOMS.values()) - set(found)
    for room in ROOMS.values():
        shares = {k: 100 * done / max(1, count) for k, (done, count) in found[room].items()}
        print(f"| {room} | {shares['lines']:.1f} % | {shares['branches']:.1f} % |")
        if any(shares[kind] < least for kind, least in LEAST.items()):
            short.add(room)
    if options.files:
        by_branches = [
            (f["summary"]["branches"]["count"] - f["summary"]["branches"]["covered"], f)
            for f in files
            if room_of(f["filename"])
        ]
        for missing, file in sorted(by_branches, key=lambda each: -each[0])[:30]:
            summary = file["summary"]
            print(
                f"{missing:5} branches missed, {summary['lines']['percent']:.0f} % of lines: "
                f"{pathlib.Path(file['filename']).relative_to(PROJECT)}"
            )
    if short:
        sys.exit(f"coverage: less than {LEAST} in {', '.join(sorted(short))}")


if __name__ == "__main__":
    main()
