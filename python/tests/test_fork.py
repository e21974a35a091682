"""fork, as multiprocessing does it: the child has the parent's sessions, and none of their
threads.
"""

import multiprocessing
import os

import numpy as np
import pytest
import visq
from support import yuv_frame

FORK = multiprocessing.get_context("fork")
SECONDS = 60  # after which a child hangs


def frames(seed, count=4):
    return [yuv_frame(96, 64, seed + i) for i in range(count)]


def in_child(work):
    """What `work` returns in a child that ends as Python's processes do."""
    ours, theirs = FORK.Pipe(duplex=False)
    child = FORK.Process(target=lambda: theirs.send(work()))
    child.start()
    theirs.close()
    answer = ours.recv() if ours.poll(SECONDS) else "hangs"
    child.join(SECONDS)
    assert child.exitcode == 0, "it does not end" if child.is_alive() else child.exitcode
    return answer


def busy_session():
    session = visq.Session(["psnr", "ssimulacra2"], threads=3)
    for pair in zip(frames(0), frames(50), strict=True):
        session.push(*pair)
    return session


def refusals(session):
    said = []
    for call in (
        lambda: session.push(yuv_frame(96, 64, 1), yuv_frame(96, 64, 2)),
        lambda: session.scores(0),
        session.flush,
        session.finish,
    ):
        try:
            call()
            said.append("it did something")
        except visq.Error as error:
            said.append(str(error))
    return said


def test_a_session_of_the_parent_refuses():
    session = busy_session()
    said = in_child(lambda: refusals(session))
    assert all("opened before fork" in sentence for sentence in said), said
    assert len(session.finish()["psnr_y"]) == 4


@pytest.mark.parametrize("end", ["close", "delete", "leave"])
def test_a_session_of_the_parent_can_be_let_go(end):
    held = [busy_session()]

    def work():
        if end == "close":
            held[0].close()
        if end != "leave":
            held.clear()
        return "done"

    assert in_child(work) == "done"
    assert len(held[0].finish()["psnr_y"]) == 4


def test_the_child_scores_by_itself():
    session = busy_session()
    expected = visq.score(frames(0), frames(50), ["vmaf", "ssimulacra2"], threads=3)
    scored = in_child(
        lambda: dict(visq.score(frames(0), frames(50), ["vmaf", "ssimulacra2"], threads=3))
    )
    for name, values in expected.items():
        assert np.array_equal(values, scored[name])
    session.close()


def test_a_pool_of_processes_scores():
    with busy_session(), FORK.Pool(2) as pool:
        means = pool.map_async(mean_psnr, range(4)).get(SECONDS)
    assert means == [mean_psnr(seed) for seed in range(4)]


def mean_psnr(seed):
    result = visq.score(frames(seed), frames(seed + 50), "psnr", threads=2)
    return float(np.mean(result["psnr_y"]))


def test_a_video_that_is_being_read_can_be_let_go(shared):
    video = visq.read_video(shared / "clips/seeking_720x480_ref.mp4")
    held = [video, next(video)]
    assert in_child(lambda: (held.clear(), os.getpid())[1]) != os.getpid()
    assert len(held) == 2 and next(video) is not None
