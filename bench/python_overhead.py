#!/usr/bin/env python3
"""What Python adds to the C interface: the same frames from memory, through visq.Session and
through examples/lend_frames.c, in turns. Prints a Markdown table of CPU time a pair of frames, the
best of --rounds.

    cmake --install build/release --component python --prefix build/release/python_package
    PYTHONPATH=build/release/python_package bench/python_overhead.py vmaf psnr
"""

import argparse
import pathlib
import resource
import subprocess
import sys

from suite import clips as make

PROJECT = pathlib.Path(__file__).resolve().parent.parent
C_PROGRAM = PROJECT / "build/release/examples/lend_frames"


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def score_in_python(metric, threads, pairs, size, reference, distorted):
    """lend_frames.c once more. Prints what it prints."""
    import numpy as np
    import visq

    width, height = (int(side) for side in size.split("x"))
    chroma = ((width + 1) // 2, (height + 1) // 2)
    planes = [(width, height), chroma, chroma]

    def frames(path):
        samples = np.fromfile(path, np.uint8).reshape(-1, sum(w * h for w, h in planes))
        for row in samples:
            parts = np.split(row, np.cumsum([w * h for w, h in planes])[:2])
            yield tuple(part.reshape(h, w) for part, (w, h) in zip(parts, planes, strict=False))

    clips = [list(frames(path)) for path in (reference, distorted)]
    with visq.Session(metric, threads=int(threads)) as session:
        start = cpu_seconds()
        for i in range(int(pairs)):
            session.push(*(clip[i % len(clip)] for clip in clips))
        scores = session.finish()
        spent = cpu_seconds() - start
    name = "vmaf" if metric == "vmaf" else next(iter(scores))
    print(scores.pooled[name].mean, spent / int(pairs) * 1000)


def compare(metric, threads, options, clips):
    arguments = [metric, threads, options.pairs, options.size, *clips]
    commands = {
        "C": [C_PROGRAM, *arguments],
        "Python": [sys.executable, __file__, "--child", *arguments],
    }
    best, means = {}, set()
    for _ in range(options.rounds):
        for name, command in commands.items():
            done = subprocess.run(
                [str(word) for word in command], check=True, capture_output=True, text=True
            )
            mean, spent = done.stdout.split()
            best[name] = min(float(spent), best.get(name, float("inf")))
            means.add(float(mean))
    if len(means) != 1:
        sys.exit(f"{metric}: the two do not score the same: {means}")
    added = 100 * (best["Python"] / best["C"] - 1)
    print(
        f"| {metric} | {options.size} | {threads} | {best['C']:.2f} | {best['Python']:.2f} | "
        f"{added:+.1f} % |",
        flush=True,
    )


def main():
    if sys.argv[1:2] == ["--child"]:
        score_in_python(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--frames", type=int, default=12, help="of the clips")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--threads", type=lambda text: [int(n) for n in text.split(",")], default=[1, 2]
    )
    parser.add_argument("--pairs", type=int, default=48, help="that are scored")
    parser.add_argument("metrics", nargs="+")
    options = parser.parse_args()
    pair = make.y4m(PROJECT / "build/bench/clips", options.size, 8, options.frames)
    clips = [make.raw(clip) for clip in pair]
    print(
        "| metric | size | threads | C, ms a pair | Python, ms a pair | Python adds |\n"
        "|---|---|---|---|---|---|"
    )
    for metric in options.metrics:
        for threads in options.threads:
            compare(metric, threads, options, clips)


if __name__ == "__main__":
    main()
