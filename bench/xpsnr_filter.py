#!/usr/bin/env python3
"""xpsnr beside FFmpeg's filter of that name: the same frames from memory, one thread each, in
turns. Prints a Markdown table of CPU time a pair of frames, the best of --rounds.

    python3 -m venv build/av && build/av/bin/pip install av==18.1.0 numpy
    build/av/bin/python bench/xpsnr_filter.py 1920x1080 3840x2160 3840x2160:10
"""

import argparse
import fractions
import pathlib
import statistics
import subprocess
import sys
import time

from suite import clips as make

PROJECT = pathlib.Path(__file__).resolve().parent.parent
C_PROGRAM = PROJECT / "build/release/examples/lend_frames"


def pictures(path):
    """All of a clip, decoded."""
    import av

    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def size_and_bits(clip):
    """Of "3840x2160:10"; 8 bits where nothing is said."""
    size, _, bits = clip.partition(":")
    return size, int(bits or 8)


def filter_with(clip):
    """The inputs and the output of a graph of one filter."""
    import av

    graph = av.filter.Graph()
    graph.threads = 1
    size, bits = size_and_bits(clip)
    pixels = "yuv420p" if bits == 8 else f"yuv420p{bits}le"
    source = f"video_size={size}:pix_fmt={pixels}:time_base=1/{make.RATE}:frame_rate={make.RATE}"
    inputs = [graph.add("buffer", source), graph.add("buffer", source)]
    xpsnr, output = graph.add("xpsnr"), graph.add("buffersink")
    for i, node in enumerate(inputs):
        node.link_to(xpsnr, 0, i)
    xpsnr.link_to(output)
    graph.configure()
    return graph, inputs, output


def score_with_filter(clip, pairs, *paths):
    """What lend_frames prints: the mean of luma's scores, and CPU milliseconds a pair."""
    clips = [pictures(path) for path in paths]
    graph, inputs, output = filter_with(clip)
    scores = []
    start = time.process_time()
    for i in range(int(pairs)):
        for node, frames in zip(inputs, clips, strict=True):
            frame = frames[i % len(frames)]
            frame.pts, frame.time_base = i, fractions.Fraction(1, make.RATE)
            node.push(frame)
        scores.append(float(output.pull().metadata["lavfi.xpsnr.xpsnr.y"]))
    print(statistics.mean(scores), (time.process_time() - start) * 1000 / int(pairs))
    del graph


def compare(clip, options):
    pair = make.y4m(PROJECT / "build/bench/clips", *size_and_bits(clip), options.frames)
    commands = {
        "visq": [C_PROGRAM, "xpsnr", 1, options.pairs, clip, *map(make.raw, pair)],
        "filter": [sys.executable, __file__, "--child", clip, options.pairs, *pair],
    }
    best, means = {}, []
    for _ in range(options.rounds):
        for name, command in commands.items():
            words = [str(word) for word in command]
            done = subprocess.run(words, check=True, capture_output=True, text=True)
            mean, spent = map(float, done.stdout.split())
            best[name] = min(spent, best.get(name, float("inf")))
            means.append(mean)
    if max(means) - min(means) > 1e-4:
        sys.exit(f"{clip}: the two do not score the same: {sorted(set(means))}")
    times = best["filter"] / best["visq"]
    print(f"| {clip} | {best['filter']:.2f} | {best['visq']:.2f} | {times:.1f} |", flush=True)


def main():
    if sys.argv[1:2] == ["--child"]:
        score_with_filter(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=12, help="of the clips")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pairs", type=int, default=48, help="that are scored")
    parser.add_argument("clips", nargs="+", metavar="SIZE[:BITS]")
    options = parser.parse_args()
    print("| clip | filter, ms a pair | visq, ms a pair | times as fast |\n|---|---|---|---|")
    for clip in options.clips:
        compare(clip, options)


if __name__ == "__main__":
    main()
