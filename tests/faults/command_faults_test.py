"""command_faults_test.py VMAF SHIM [--all]

Every allocation, thread, read, write, open and map of small runs of the command fails in its turn:
it ends by itself within seconds, with an exit code and a sentence, and what ends well has all its
scores. Without --all: a random sample.
"""

import concurrent.futures
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

SECONDS = 600  # after which a run hangs
SAMPLE = 12  # calls of a kind that fail
KINDS = {
    "memory": 1,
    "threads": 2,
    "reads": 4,
    "writes": 8,
    "opens": 16,
    "maps": 32,
    "finishes": 64,
    "signals": 128,  # which interrupt a call: it makes no difference
}


def clip(seed):
    """A y4m of three frames."""
    numbers = random.Random(seed)
    frames = b"".join(b"FRAME\n" + numbers.randbytes(64 * 48 * 3 // 2) for _ in range(3))
    return b"YUV4MPEG2 W64 H48 F25:1 C420\n" + frames


RUNS = {
    "vmaf": ["--threads", "2", "--json", "-o", "OUT"],
    "metrics": ["--threads", "1", "--no_prediction", "--feature", "psnr", "--feature", "cambi"]
    + ["--csv", "-o", "OUT"],
    "standard output": ["--threads", "2", "--feature", "ciede", "--json", "-o", "-", "-q"],
    "page": ["--threads", "2", "--report", "PAGE"],
}


class Command:
    """The command on two clips, under the shim."""

    def __init__(self, vmaf, shim, folder):
        self.vmaf, self.shim, self.folder = vmaf, shim, pathlib.Path(folder)
        self.clips = [self.folder / "ref.y4m", self.folder / "dist.y4m"]
        for seed, path in enumerate(self.clips):
            path.write_bytes(clip(seed))

    def run(self, arguments, faults):
        """The ended process, the number of calls (None: it did not say), and its report."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            place = pathlib.Path(name)
            named = {"OUT": str(place / "out"), "PAGE": str(place / "page.html")}
            count = place / "count"
            ended = subprocess.run(
                [self.vmaf, "-r", self.clips[0], "-d", self.clips[1]]
                + [named.get(argument, argument) for argument in arguments],
                env=os.environ
                | {"LD_PRELOAD": self.shim, "VISQ_FAULTS": faults, "VISQ_FAULTS_COUNT": count},
                capture_output=True,
                timeout=SECONDS,
                stdin=subprocess.DEVNULL,
                check=False,
            )
            report = ended.stdout if "-" in arguments else None
            if (place / "out").exists():
                report = (place / "out").read_bytes()
            numbers = count.read_text().split() if count.exists() else []
            return ended, [int(number) for number in numbers], report


def without_times(report):
    """What a report says of the clips."""
    if report is None or not report.lstrip().startswith(b"{"):
        return report
    said = json.loads(report)
    return [said["frames"], said["pooled_metrics"]]


def problem_of(command, name, kind, faults, whole):
    """What is wrong with a run, or None."""
    try:
        found = judged(name, kind, *command.run(RUNS[name], faults), whole)
    except subprocess.TimeoutExpired:
        found = "it hangs"
    return found and f"{name}, {kind}, VISQ_FAULTS={faults}: {found}"


def judged(name, kind, ended, numbers, report, whole):
    """What is wrong with what a run came to, or None."""
    said = ended.stderr.decode(errors="replace")
    if ended.returncode < 0:
        return f"signal {-ended.returncode} ends it: {said[-300:]}"
    if ended.returncode == 0 and (name == "page" or without_times(report) == whole):
        return None
    if ended.returncode == 0:
        return "it ends well with another report"
    if kind == "signals":
        return f"a signal ends it with {ended.returncode}: {said}"
    if numbers and numbers[1] == 0:
        return f"nothing failed, and it ends with {ended.returncode}: {said}"
    if kind != "writes" and not said.strip():
        return f"it ends with {ended.returncode} and says nothing"
    return None


def main():
    vmaf, shim = sys.argv[1:3]
    every = "--all" in sys.argv
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        command = Command(vmaf, shim, folder)
        jobs = []
        for name, arguments in RUNS.items():
            ended, _, report = command.run(arguments, "0:-1")
            assert ended.returncode == 0, ended.stderr.decode()
            whole = without_times(report)
            for kind, number in KINDS.items():
                count = command.run(arguments, f"{number}:-1")[1][0]
                calls = (
                    range(count)
                    if every or count <= SAMPLE
                    else chance.sample(range(count), SAMPLE)
                )
                for call in calls:
                    follow = "" if kind == "signals" else chance.choice(["", "+"])
                    faults = f"{number}:{call}{follow}"
                    jobs.append(pool.submit(problem_of, command, name, kind, faults, whole))
        problems = [problem for job in jobs if (problem := job.result())]
    print(*problems, f"{len(jobs)} faults, {len(problems)} problems (seed {seed})", sep="\n")
    sys.exit(1 if problems else 0)


main()
