"""Session: frames in, scores as they become final; threads, memory, interrupts."""

import gc
import logging
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import weakref

import numpy as np
import pytest
import visq
from support import noise, yuv_frame


def test_scores_become_final_in_order():
    with visq.Session(["vmaf", "psnr"], threads=1) as session:
        given = []
        for i in range(5):
            assert session.push(yuv_frame(176, 144, i), yuv_frame(176, 144, i + 50)) == i
            given += list(session.new_scores())
        assert [index for index, _ in given] == [0, 1, 2, 3]  # motion of a frame needs the next one
        assert "vmaf" not in session.scores(4) and "psnr_y" in session.scores(4)
        result = session.finish()
        given += list(session.new_scores())
    assert [index for index, _ in given] == [0, 1, 2, 3, 4]
    for index, scores in given:
        assert scores == {name: result[name][index] for name in result}


def test_scores_of_frames_in_flight_are_not_waited_for():
    with visq.Session("vmaf", threads=2) as session:
        assert session.scores(0) == {} and session.frames_final == 0
        for i in range(6):
            session.push(yuv_frame(320, 180, i), yuv_frame(320, 180, i + 9))
        while session.frames_done < 6:
            time.sleep(0.001)
        assert session.frames_final == 5 and session.frames_pushed == 6
        session.flush()
        assert session.frames_final == 6


def test_threads_do_not_change_scores():
    frames = [(yuv_frame(200, 120, i), yuv_frame(200, 120, i + 9)) for i in range(6)]
    results = []
    for threads in (0, 1, 2, 5):
        with visq.Session(["vmaf", "float_ssim"], threads=threads) as session:
            for pair in frames:
                session.push(*pair)
            results.append(session.finish())
    for other in results[1:]:
        assert all(np.array_equal(other[name], results[0][name]) for name in results[0])


def run_session(seed, results):
    with visq.Session(["vmaf", "psnr"], threads=2) as session:
        for i in range(12):
            session.push(yuv_frame(240, 136, seed + i), yuv_frame(240, 136, seed + i + 30))
        results[seed] = session.finish()


def test_two_sessions_in_two_threads():
    alone, together = {}, {}
    for seed in (1, 2):
        run_session(seed, alone)
    threads = [threading.Thread(target=run_session, args=(seed, together)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in (1, 2):
        assert all(np.array_equal(alone[seed][name], together[seed][name]) for name in alone[seed])


def test_one_session_takes_frames_of_many_threads():
    with visq.Session(["psnr"], threads=2) as session:

        def push():
            for i in range(25):
                session.push(noise((64, 64), i), noise((64, 64), i + 1))

        threads = [threading.Thread(target=push) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(session.finish()["psnr_y"]) == 100


def test_python_runs_while_the_library_works():
    """With the interpreter's lock held, a frame's work would stop every other thread."""
    counted = []
    stop = threading.Event()

    def count():
        while not stop.is_set():
            counted.append(time.process_time())
            time.sleep(0.0005)

    frame = yuv_frame(1280, 720, 1), yuv_frame(1280, 720, 2)
    counter = threading.Thread(target=count)
    counter.start()
    with visq.Session(["vmaf"], threads=1, copy=True) as session:
        begin = time.process_time()
        for _ in range(12):
            session.push(*frame)
        session.flush()
        end = time.process_time()
    stop.set()
    counter.join()
    inside = [t for t in counted if begin <= t <= end]
    gaps = np.diff([begin, *inside, end])
    assert gaps.max() < (end - begin) / 2 and len(inside) > 5


def resident():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


@pytest.mark.parametrize("copy", [False, True])
def test_ten_thousand_frames_leave_memory_flat(copy):
    with visq.Session(["psnr", "motion"], threads=2, copy=copy) as session:
        marks = []
        for i in range(10_000):
            session.push(np.full((64, 64), i % 200, np.uint8), np.full((64, 64), i % 199, np.uint8))
            if i in (2000, 9999):
                gc.collect()
                marks.append(resident())
        assert session.frames_pushed == 10_000
        # Scores stay: a few columns of doubles. The frames that passed are 65 MB.
        assert marks[1] - marks[0] < 4 << 20, f"grew by {(marks[1] - marks[0]) >> 10} kB"
        assert len(session.finish()["psnr_y"]) == 10_000


def test_many_sessions_leave_memory_flat():
    def one():
        with visq.Session(["psnr"], threads=2) as session:
            session.push(noise((64, 64), 1), noise((64, 64), 2))
            session.finish()

    for _ in range(30):
        one()
    before = resident()
    for _ in range(150):
        one()
    assert resident() - before < 8 << 20


def watched(seed):
    array = noise((64, 64), seed)
    return array, weakref.ref(array)


def test_borrowed_arrays_are_held_while_they_are_read_and_not_longer():
    with visq.Session(["psnr"], threads=1) as session:
        array, reference = watched(1)
        session.push(array, noise((64, 64), 2))
        del array
        session.flush()
        session.close()
        gc.collect()
        assert reference() is None
    with visq.Session(["motion"], threads=1) as session:
        array, reference = watched(1)
        session.push(array, noise((64, 64), 2))
        del array
        session._last.clear()  # pylint: disable=protected-access
        gc.collect()
        assert reference() is not None  # the next frame is compared with it
        session.close()
        gc.collect()
        assert reference() is None


def test_copied_arrays_are_not_held():
    with visq.Session(["motion"], threads=1, copy=True) as session:
        array, reference = watched(1)
        session.push(array, noise((64, 64), 2))
        del array
        gc.collect()
        assert reference() is None
        session.flush()


def test_memory_that_is_used_again_is_refused_or_copied():
    buffer = noise((64, 64), 1)

    def frames():
        for i in range(4):
            buffer[:] = noise((64, 64), i)
            yield buffer

    others = [noise((64, 64), i + 9) for i in range(4)]
    with pytest.raises(
        visq.InvalidArgument, match="frame 1 of the reference is in the memory of frame 0"
    ):
        visq.score(frames(), iter(others), ["motion", "psnr"])
    kept = visq.score([noise((64, 64), i) for i in range(4)], others, ["motion", "psnr"])
    copied = visq.score(frames(), iter(others), ["motion", "psnr"], copy=True)
    assert all(np.array_equal(kept[name], copied[name]) for name in kept)
    still = noise((64, 64), 1)
    still.flags.writeable = False
    with visq.Session(["psnr"]) as session:  # nobody can write to it
        for other in others:
            session.push(still, other)
        assert len(session.finish().frames) == 4


def test_a_session_that_ended_says_so():
    session = visq.Session(["psnr"])
    with pytest.raises(visq.InvalidArgument, match="ended before its first frame"):
        session.flush()
    session.close()
    session.close()
    for call in (
        lambda: session.push(noise((64, 64), 1), noise((64, 64), 2)),
        lambda: session.frames_done,
        session.finish,
    ):
        with pytest.raises(visq.InvalidArgument, match="the session is closed"):
            call()
    with visq.Session(["psnr"]) as session:
        session.push(noise((64, 64), 1), noise((64, 64), 2))
        session.finish()
        with pytest.raises(visq.InvalidArgument, match="after the end of the clip"):
            session.push(noise((64, 64), 1), noise((64, 64), 2))


def test_an_exception_in_the_caller_frees_the_session():
    with pytest.raises(RuntimeError):
        with visq.Session(["vmaf"], threads=2) as session:
            session.push(yuv_frame(640, 360, 1), yuv_frame(640, 360, 2))
            raise RuntimeError


def test_warnings_go_to_logging(caplog):
    frames = [yuv_frame(64, 64, 1)], [yuv_frame(64, 64, 2)]
    with caplog.at_level(logging.WARNING, "visq"):
        visq.score(*frames, ["speed_chroma"])
    assert any(
        "speed_chroma" in record.message or "SpEED" in record.message for record in caplog.records
    )


INTERRUPTED = """
import sys, numpy as np, visq
def frames():
    while True:
        yield np.zeros((720, 1280), np.uint8)
print("begin", flush=True)
try:
    visq.score(frames(), frames(), ["vmaf"])
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_ctrl_c_stops_a_clip():
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "begin\n"
        time.sleep(0.5)
        os.kill(process.pid, signal.SIGINT)
        output, _ = process.communicate(timeout=600)
    assert output == "interrupted\n" and process.returncode == 0


def test_a_session_that_nobody_closed_does_not_hang_the_interpreter():
    program = (
        "import numpy as np, visq; s = visq.Session(['motion'], threads=2); "
        "gray = lambda level: np.full((64, 64), level, np.uint8); "
        "[s.push(gray(i), gray(0)) for i in range(5)]"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=600, check=False).returncode == 0
