"""python_faults_test.py [--all], with the shim preloaded.

Every allocation, thread, read and open that the library makes in small runs in Python fails in its
turn: each raises an exception that says so, or scores as it should; the interpreter goes on. A
signal that interrupts one makes no difference.
Without --all: a random sample. Python and pybind11, which end the process here and there, are
spared.
"""

import ctypes
import faulthandler
import random
import sys

import numpy as np
import visq

SECONDS = 600  # after which a run hangs
SAMPLE = 25  # calls of a kind that fail
KINDS = {"memory": 1, "threads": 2, "reads": 4, "opens": 16, "maps": 32, "signals": 128}
EXPECTED = (MemoryError, visq.Error, OSError)

shim = ctypes.CDLL(None)
LIBRARY = ctypes.c_char_p(b"libvmaf.so")
shim.visq_faults_only(LIBRARY)


def frames(seed):
    numbers = np.random.default_rng(seed)
    return [
        tuple(
            numbers.integers(0, 256, size, dtype=np.uint8)
            for size in ((48, 64), (24, 32), (24, 32))
        )
        for _ in range(3)
    ]


CLIPS = frames(0), frames(1)


def whole_job():
    return visq.score(*CLIPS, ["vmaf", "psnr"], threads=2)["psnr_y"].tolist()


def session():
    with visq.Session(["ssimulacra2"], threads=2) as one:
        for pair in zip(*CLIPS, strict=True):
            one.push(*pair)
        return one.finish()["ssimulacra2"].tolist()


def outcome(run, kinds, call, every):
    """What the run gives or raises, and whether something failed."""
    faulthandler.dump_traceback_later(SECONDS, exit=True)
    shim.visq_faults_arm(kinds, ctypes.c_long(call), int(every))
    try:
        result = run()
    except BaseException as error:  # of which only some are right
        result = error
    shim.visq_faults_disarm()
    faulthandler.cancel_dump_traceback_later()
    return result, shim.visq_faults_failed() > 0


def main():
    every = "--all" in sys.argv
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    problems, tried = [], 0
    for run in (whole_job, session):
        whole = run()
        for kind, number in KINDS.items():
            outcome(run, number, -1, False)
            count = shim.visq_faults_disarm()
            for call in (
                range(count) if every or count <= SAMPLE else chance.sample(range(count), SAMPLE)
            ):
                for follow in (False,) if kind == "signals" else (False, True):
                    tried += 1
                    now = f"{run.__name__}, {kind}, call {call}{' and on' if follow else ''}"
                    result, failed = outcome(run, number, call, follow)
                    right = isinstance(result, MemoryError) or (
                        isinstance(result, EXPECTED) and failed and str(result) != ""
                    )
                    if result != whole and (kind == "signals" or not right):
                        problems.append(f"{now}: {result!r}")
        assert run() == whole
    print(*problems, f"{tried} faults, {len(problems)} problems (seed {seed})", sep="\n")
    sys.exit(1 if problems else 0)


main()
