"""soak.py VMAF [MINUTES], with the package visq on PYTHONPATH.

Mixed jobs of the command (mp4, y4m, png, lpips, several clips, a page), to many of which a signal
comes at any moment, beside one Python process that scores and opens sessions all the time. At the
end each report was whole under its name, and the Python process has the memory and the descriptors
that it had after its first fifth.
"""

import json
import os
import pathlib
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time

SIGNALS = [None, None, None, signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]
ENDS = {None: {0}, signal.SIGKILL: {0, -9}}  # of the others: also "interrupted", or by the signal
SECONDS = 120  # after which a job hangs
GROWTH = 1.05  # of the resident memory, which is most


def make_clips(folder):
    """A reference and two that differ, in four forms."""
    source = ["-f", "lavfi", "-i", "testsrc2=s=176x144:r=25:d=1"]
    for name, options in {
        "r.y4m": ["-pix_fmt", "yuv420p"],
        "d.y4m": ["-pix_fmt", "yuv420p", "-vf", "boxblur=2"],
        "e.y4m": ["-pix_fmt", "yuv420p", "-vf", "noise=alls=20"],
        "r.mp4": ["-c:v", "mpeg4", "-q:v", "2"],
        "d.mp4": ["-c:v", "mpeg4", "-q:v", "20"],
        "r.png": ["-frames:v", "1"],
        "d.png": ["-frames:v", "1", "-vf", "boxblur=2"],
    }.items():
        subprocess.run(
            ["ffmpeg", "-nostdin", "-v", "error", "-y", *source, *options, str(folder / name)],
            check=True,
        )


JOBS = {
    "mp4": ["-r", "r.mp4", "-d", "d.mp4", "--threads", "2"],
    "y4m": ["-r", "r.y4m", "-d", "d.y4m", "--feature", "cambi", "--feature", "ssimulacra2"],
    "png": ["-r", "r.png", "-d", "d.png", "--no_prediction", "--feature", "psnr"],
    "lpips": ["-r", "r.png", "-d", "d.png", "--no_prediction", "--feature", "lpips"],
    "clips": ["-r", "r.y4m", "-d", "d.y4m", "-d", "e.y4m", "--threads", "3"],
    "page": ["-r", "r.mp4", "-d", "d.y4m", "--report", "PAGE"],
}


def what_is_wrong(report, ended, sent, said):
    """With a job that ended, or None."""
    allowed = ENDS.get(sent, {0, 130, -(sent or 0)})
    if ended not in allowed:
        return f"it ends with {ended}: {said[-300:]!r}"
    if ended == 0 and not report.exists():
        return "it ends well without a report"
    if report.exists():
        text = report.read_text(encoding="utf-8")
        try:
            json.loads(text)
        except ValueError:
            return f"its report is not whole: {text[-100:]!r}"
    return None


def run_job(vmaf, clips, chance):
    """Its name, the signal, and what is wrong."""
    name, sent = chance.choice(list(JOBS)), chance.choice(SIGNALS)
    with tempfile.TemporaryDirectory() as made:
        place = pathlib.Path(made)
        words = [str(clips / w) if "." in w else w for w in JOBS[name]]
        words = [str(place / "page.html") if w == "PAGE" else w for w in words]
        process = subprocess.Popen(
            [vmaf, *words, "--json", "-o", str(place / "out.json")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )
        if sent is not None:
            time.sleep(chance.random() * chance.choice([0.05, 0.5, 2]))
            process.send_signal(sent)
        try:
            said = process.communicate(timeout=SECONDS)[1]
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return name, sent, "it hangs"
        wrong = what_is_wrong(place / "out.json", process.returncode, sent, said)
        left = [p.name for p in place.glob(".visq-*")]
        if wrong is None and left and sent != signal.SIGKILL:
            wrong = f"it leaves {left}"
        return name, sent, wrong


def work(folder):
    """One process that scores until its input ends, and says what it holds after each round."""
    import numpy as np  # pylint: disable=import-outside-toplevel
    import visq  # pylint: disable=import-outside-toplevel

    clips, chance = pathlib.Path(folder), random.Random(1)
    frames = np.random.default_rng(0).integers(0, 256, (6, 96, 128), dtype=np.uint8)

    def interrupted():
        with visq.Session(["vmaf", "psnr"], threads=2) as one:  # left without an end
            for index in range(3):
                one.push(frames[index], frames[index + 1])

    def refused():
        try:
            visq.score(clips / "r.y4m", clips / "none.y4m", ["psnr"])
        except visq.Error:
            return
        raise AssertionError("a clip that is not there is scored")

    rounds = [
        lambda: visq.score(clips / "r.mp4", clips / "d.mp4", ["vmaf"], threads=2),
        lambda: visq.score(clips / "r.y4m", [clips / "d.y4m", clips / "e.y4m"], ["psnr", "vif"]),
        lambda: visq.score(frames, frames[::-1], ["ssimulacra2", "ciede"]),
        lambda: list(visq.read_video(clips / "r.mp4")),
        interrupted,
        refused,
    ]
    while True:
        for each in chance.sample(rounds, len(rounds)):
            each()
        with open("/proc/self/statm", encoding="ascii") as statm:
            pages = int(statm.read().split()[1])
        print(pages * os.sysconf("SC_PAGE_SIZE"), len(os.listdir("/proc/self/fd")), flush=True)


def growth(held):
    """Of what the Python process held, from its first fifth on: sentences of what is wrong."""
    if len(held) < 10:
        return [f"it has only {len(held)} rounds"]
    fifth = len(held) // 5
    early, late = held[fifth : 2 * fifth], held[-fifth:]
    memory = [statistics.median(row[0] for row in part) for part in (early, late)]
    files = [statistics.median(row[1] for row in part) for part in (early, late)]
    print(f"{len(held)} rounds of Python: {memory[0] / 1e6:.1f} MB, then {memory[1] / 1e6:.1f}")
    print(f"{files[0]:.0f} descriptors, then {files[1]:.0f}")
    wrong = [] if memory[1] <= GROWTH * memory[0] else ["its memory grows"]
    return wrong + ([] if files[1] <= files[0] else ["its descriptors grow"])


def main():
    if sys.argv[1] == "--work":
        work(sys.argv[2])
    vmaf, minutes = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 45
    seed = random.randrange(1 << 32)
    chance, wrong, done = random.Random(seed), [], 0
    with tempfile.TemporaryDirectory() as made:
        clips = pathlib.Path(made)
        make_clips(clips)
        with open(clips / "held", "w", encoding="ascii") as held:
            worker = subprocess.Popen([sys.executable, __file__, "--work", made], stdout=held)
        end = time.monotonic() + minutes * 60
        while time.monotonic() < end and worker.poll() is None:
            name, sent, problem = run_job(vmaf, clips, chance)
            done += 1
            if problem:
                wrong.append(f"{name}, {sent}: {problem}")
        if worker.poll() is not None:
            wrong.append(f"the Python process ends with {worker.returncode}")
        worker.kill()
        worker.wait()
        rows = (clips / "held").read_text(encoding="ascii").splitlines()
    wrong += growth([[int(number) for number in row.split()] for row in rows])
    print(*wrong, f"{done} jobs, {len(wrong)} problems (seed {seed})", sep="\n")
    sys.exit(1 if wrong else 0)


main()
