#!/usr/bin/env python3
"""Times `vmaf` of this build beside a named peer, in turns, and prints a Markdown table.

    bench/side_by_side.py --peer PATH_OF_ANOTHER_VMAF vif adm vmaf vmaf+neg
    bench/side_by_side.py lpips            (peer: ONNX Runtime alone, build/bench/bench/visq_lpips_peer)
    bench/side_by_side.py engines          (lpips with our engine, beside itself with engine=onnxruntime)
    bench/side_by_side.py clips            (vmaf of four clips against one reference, beside one clip)

Each figure is the best of --rounds runs, which take turns so that both meet the same machine; runs with N
threads are pinned to N cores. Frames a second are wall time, start and reading included; CPU is user and
system time, which other work on the machine disturbs less; memory is the peak resident set. "second clip" is the CPU
time that one more distorted clip of the same reference takes, over that of the first.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import time

PROJECT = pathlib.Path(__file__).resolve().parent.parent
OURS = PROJECT / "build/release/cli/vmaf"
LPIPS_PEER = PROJECT / "build/bench/bench/visq_lpips_peer"
LPIPS_MODEL = PROJECT / "models/store/tiny/lpips_sq.onnx"
MODEL_CASES = {"vmaf": ["vmaf_v0.6.1"], "neg": ["vmaf_v0.6.1neg"], "vmaf+neg": ["vmaf_v0.6.1", "vmaf_v0.6.1neg"]}


def make_clips(folder, size, bits, frames):
    """A moving scene of gradients, fractal texture and edges, with noise; and its strongly compressed copy."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{size}_{bits}bit_{frames}"
    ref, dist = folder / f"{name}_ref.y4m", folder / f"{name}_dist.y4m"
    pixels = "yuv420p" if bits == 8 else f"yuv420p{bits}le"
    scene = (f"gradients=s={size}:r=25:seed=7:speed=0.02[g];mandelbrot=s={size}:r=25[m];testsrc2=s=480x270:r=25[t];"
             "[g][m]blend=all_mode=average,noise=alls=6:allf=t[n];[n][t]overlay=x=60*t:y=40*t")
    ffmpeg = ["ffmpeg", "-nostdin", "-v", "error", "-y"]
    if not ref.exists():
        subprocess.run([*ffmpeg, "-f", "lavfi", "-i", scene, "-frames:v", str(frames), "-pix_fmt", pixels,
                        "-strict", "-1", str(ref)], check=True)
    if not dist.exists():
        small = folder / f"{name}.mkv"
        subprocess.run([*ffmpeg, "-i", str(ref), "-c:v", "mpeg4", "-qscale:v", "20", str(small)], check=True)
        subprocess.run([*ffmpeg, "-i", str(small), "-pix_fmt", pixels, "-strict", "-1", str(dist)], check=True)
    return ref, dist


def measure(command, threads):
    start = time.monotonic()
    child = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                             preexec_fn=lambda: os.sched_setaffinity(0, range(threads)))
    message = child.stderr.read().decode(errors="replace")
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command[0]} ended with {child.returncode}: {message.strip()}")
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def compressed(clips):
    """The same as H.264: a reference of high quality, and what is sent."""
    made = []
    for clip, quality in zip(clips, ("14", "30")):
        made.append(clip.with_suffix(".mp4"))
        if not made[-1].exists():
            subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", str(clip), "-c:v", "libx264", "-preset", "fast", "-crf", quality,
                            str(made[-1])], check=True)
    return made


def score(program, case, clips, threads, mask, distorted=1):
    wanted = [f"--model=version={v}" for v in MODEL_CASES.get(case, [])] or ["--no_prediction", "--feature", case]
    if case == "vmaf+neg":
        wanted = [f"{w}:name={v}" for w, v in zip(wanted, MODEL_CASES[case])]
    return [program, "-r", clips[0], *["-d", clips[1]] * distorted, *wanted, "--threads", threads, "--cpumask", mask, "--quiet",
            "--json", "--output", os.devnull]


ENGINES = ["engine=onnxruntime", "engine=stream", "engine=stream:precision=fast"]


def best_of(commands_by_case, threads, rounds):
    """Wall time, CPU time and memory of each command: the best of rounds in turns."""
    runs = {case: [] for case in commands_by_case}
    for _ in range(rounds):
        for case, command in commands_by_case.items():
            runs[case].append(measure(command, threads))
    return {case: tuple(map(min, zip(*values))) for case, values in runs.items()}


def compare_engines(options, _, clips, threads):
    """Each engine on one distorted clip, and on two of the same reference, in turns; the first row is what counts as 1."""
    best = best_of({(engine, distorted): score(OURS, f"lpips={engine}:model_path={LPIPS_MODEL}", clips, threads, 0, distorted)
                    for engine in ENGINES for distorted in (1, 2)}, threads, options.rounds)
    wall_of_peer, cpu_of_peer, _ = best[ENGINES[0], 1]
    for engine in ENGINES:
        wall, cpu, memory = best[engine, 1]
        second = best[engine, 2][1] / cpu - 1
        print(f"| {engine} | {options.size} | {threads} | {options.frames / wall:.2f} | {cpu / options.frames:.3f} | "
              f"{wall_of_peer / wall:.2f} | {cpu_of_peer / cpu:.2f} | {second:.2f} | {memory:.0f} |", flush=True)


def compare_clips(options, _, clips, threads):
    """One distorted clip and four, of files that need no decoding and of such that do."""
    kinds = {"y4m": clips, "mp4": compressed(clips)}
    best = best_of({(kind, distorted): score(OURS, "vmaf", files, threads, 0, distorted)
                    for kind, files in kinds.items() for distorted in (1, 4)}, threads, options.rounds)
    for kind, files in kinds.items():
        one, four = best[kind, 1], best[kind, 4]
        rates = " and ".join(f"{file.stat().st_size * 8 * 25 / options.frames / 1e6:.0f}" for file in files)
        print(f"| {kind} | {rates} | {options.size} | {threads} | {(four[0] / one[0] - 1) / 3:.2f} | {(four[1] / one[1] - 1) / 3:.2f} | "
              f"{one[2]:.0f} | {four[2]:.0f} |", flush=True)


def commands(options, case, clips, threads):
    ours = score(OURS, case, clips, threads, options.cpumask)
    if case == "lpips":
        width, height = options.size.split("x")
        return [LPIPS_PEER, LPIPS_MODEL, width, height, threads, options.frames], ours
    if options.peer is None:
        sys.exit(f"{case}: name the peer with --peer")
    return score(options.peer, case, clips, threads, options.cpumask), ours


def compare(options, case, clips, threads):
    peer, ours = commands(options, case, clips, threads)
    runs = [(measure(peer, threads), measure(ours, threads)) for _ in range(options.rounds)]
    (peer_wall, peer_cpu, peer_mb), (wall, cpu, mb) = (tuple(map(min, zip(*side))) for side in zip(*runs))
    print(f"| {case} | {options.size} | {options.bits} | {threads} | {options.frames / peer_wall:.2f} | "
          f"{options.frames / wall:.2f} | {peer_wall / wall:.2f} | {peer_cpu / cpu:.2f} | {peer_mb:.0f} | {mb:.0f} |",
          flush=True)


COMPARISON = "| what | size | bits | threads | peer frames/s | visq frames/s | ratio | CPU ratio | peer MB | visq MB |"
TABLES = {
    "engines": ("| engine | size | threads | frames/s | CPU s a frame | ratio | CPU ratio | second clip | MB |", compare_engines, [None]),
    "clips": ("| files | Mbit/s | size | threads | further clip, wall | further clip, CPU | MB, one | MB, four |", compare_clips, [None]),
}


def add_common_options(parser, frames, rounds):
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--frames", type=int, default=frames, help="of the clips")
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--threads", type=lambda text: [int(n) for n in text.split(",")], default=[1, 2])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", type=pathlib.Path, help="the vmaf command to compare with")
    add_common_options(parser, frames=40, rounds=3)
    parser.add_argument("--bits", type=int, default=8)
    parser.add_argument("--cpumask", type=int, default=0, help="as the command's option, for both")
    parser.add_argument("--clips", type=pathlib.Path, default=PROJECT / "build/bench/clips", help="folder for the clips")
    parser.add_argument("cases", nargs="+", help="a metric, or: engines, clips, " + ", ".join(MODEL_CASES))
    options = parser.parse_args()
    clips = make_clips(options.clips, options.size, options.bits, options.frames)
    table, rows, cases = TABLES.get(options.cases[0], (COMPARISON, compare, options.cases))
    print(table)
    print("|" + "---|" * (table.count("|") - 1))
    for case in cases:
        for threads in options.threads:
            rows(options, case, clips, threads)


if __name__ == "__main__":
    main()
