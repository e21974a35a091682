#!/usr/bin/env python3
"""Two workers of `visq catalogue` beside one, each on a core of its own, in turns: frames a second
of VMAF, start and pooling included. Prints a Markdown table of medians.

    ctest --preset release -R python.copy
    PYTHONPATH=build/release/python_package .deps/catalogue/bin/python bench/catalogue.py
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from suite import clips as make

PROJECT = pathlib.Path(__file__).resolve().parent.parent


def visq_catalogue(cores, *words):
    mask = ",".join(map(str, cores))
    program = ["taskset", "-c", mask, sys.executable, "-m", "visq.catalogue"]
    subprocess.run([*program, *map(str, words)], check=True)


def frames_a_second(folder, cores, options):
    shutil.rmtree(folder / "run", ignore_errors=True)
    chunk = ["--chunk", options.frames // 2]
    visq_catalogue(cores, "plan", folder / "pairs.jsonl", "--out", folder / "run", *chunk)
    start = time.monotonic()
    visq_catalogue(cores, "run", folder / "run", "-q", "--on", f"local:{len(cores)}")
    return options.frames * options.pairs / (time.monotonic() - start)


def write_manifest(folder, clips, pairs):
    """The same clips under several names."""
    with (folder / "pairs.jsonl").open("w", encoding="utf-8") as manifest:
        for number in range(pairs):
            row = {"id": str(number)}
            for kind, clip in zip(("reference", "distorted"), clips, strict=True):
                row[kind] = str(folder / f"{kind}_{number}.mp4")
                os.symlink(clip.absolute(), row[kind])
            manifest.write(json.dumps(row) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--size", default="960x540")
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--clips", type=pathlib.Path, default=PROJECT / "build/bench/clips")
    options = parser.parse_args()
    first, second = sorted(os.sched_getaffinity(0))[:2]
    clips = make.mp4(make.y4m(options.clips, options.size, 8, options.frames, noise=False))
    rates = {(first,): [], (first, second): []}
    with tempfile.TemporaryDirectory() as name:
        write_manifest(pathlib.Path(name), clips, options.pairs)
        for _ in range(options.rounds):
            for cores, measured in rates.items():
                measured.append(frames_a_second(pathlib.Path(name), cores, options))
    one, two = (statistics.median(measured) for measured in rates.values())
    print("| workers | frames a second | efficiency |\n| --- | --- | --- |")
    print(f"| 1 | {one:.1f} | 1 |\n| 2 | {two:.1f} | {two / one / 2:.3f} |")


if __name__ == "__main__":
    main()
