"""Parts of a clip have the scores that the whole clip has, bit by bit."""

import os
import subprocess

import numpy as np
import pytest
import visq
from support import model, use_networks

FRAMES = 53


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Pairs by what their files are: raw samples without times, and containers with B frames."""
    folder = tmp_path_factory.mktemp("range")
    source = "testsrc2=size=160x112:rate=50,noise=alls=9:allf=t:all_seed=3"

    def made(name, *words):
        subprocess.run(
            ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-f", "lavfi", "-i", source]
            + ["-frames:v", str(FRAMES), "-pix_fmt", "yuv420p", *words, str(folder / name)],
            check=True,
        )
        return folder / name

    coded = ["-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", "11", "-threads", "1"]
    open_gop = [*coded, "-x264-params", "open-gop=1:bframes=3"]
    hevc = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params"]
    hevc += ["log-level=none:open-gop=1:keyint=11:min-keyint=11:bframes=3:pools=none"]
    return {
        "y4m": (made("ref.y4m"), made("dis.y4m", "-vf", "boxblur=1")),
        "mp4": (made("ref.mp4", *coded, "-crf", "1"), made("dis.mp4", *coded, "-crf", "35")),
        "mkv": (made("ref.mkv", *hevc), made("dis.mkv", *open_gop, "-crf", "35")),
        "ts": (made("ref.ts", *open_gop, "-crf", "1"), made("dis.ts", *coded, "-crf", "35")),
        "ts_hevc": (made("ref2.ts", *hevc), made("dis2.ts", *hevc, "-crf", "40")),
        "mpeg2": (
            made("ref3.ts", "-c:v", "mpeg2video", "-bf", "2", "-q:v", "2"),
            made("dis3.ts", "-c:v", "mpeg2video", "-bf", "2", "-q:v", "20"),
        ),
    }


def check_parts(ref, dist, metrics, chunk, **more):
    whole = visq.score(ref, dist, metrics, threads=1, **more)
    for first in range(0, FRAMES, chunk):
        last = min(first + chunk, FRAMES) - 1
        part = visq.score(ref, dist, metrics, threads=2, range=(first, last), **more)
        assert part.frames.tolist() == list(range(first, last + 1))
        assert list(part) == list(whole)
        for name in whole:
            expected = whole[name][first : last + 1]
            assert part[name].tobytes() == expected.tobytes(), (name, first, last)
            assert part.pooled[name].min == np.min(expected)
    return whole


# With options that look farther than the defaults do.
OPTIONS = {
    "motion": [
        {"motion_five_frame_window": True, "motion_moving_average": True},
        {"motion_moving_average": True},
        {"debug": True},
    ],
    "float_motion": [{"motion_add_scale1": True, "motion_add_uv": True}],
    "psnr": [{"enable_apsnr": True}],
    "xpsnr": [{"fps": 25}],
}


@pytest.mark.parametrize("chunk", [7, 50, 1000])
@pytest.mark.parametrize("kind", ["y4m", "mp4", "mkv", "ts", "ts_hevc", "mpeg2"])
def test_parts_of_metrics_over_time(clips, kind, chunk):
    for options in [{}, *OPTIONS["motion"]]:
        check_parts(*clips[kind], [("motion", options), "xpsnr"], chunk)


@pytest.mark.parametrize("metric", [metric.name for metric in visq.list_metrics()])
@pytest.mark.parametrize("kind, chunk", [("y4m", 7), ("mp4", 50), ("ts", 1000)])
def test_parts_of_every_metric(clips, metric, kind, chunk):
    use_networks(metric)
    for options in [{}, *OPTIONS.get(metric, [])]:
        check_parts(*clips[kind], [(metric, options)], chunk)


@pytest.mark.parametrize(
    "name", [entry.name for entry in visq.list_models() if entry.kind == "vmaf"]
)
def test_parts_of_every_model(clips, name):
    check_parts(*clips["mp4"], [model_of(name)], 50)
    check_parts(*clips["ts"], [model_of(name)], 1000)
    check_parts(*clips["y4m"], [model_of(name)], 7)


def model_of(name):
    path = model(name)
    return name if path is None else f"path={path}:name={name}"


# Above HD it keeps sums of the reference's frames, whoever asks for them first.
@pytest.mark.parametrize("fps", [25, 50])
def test_parts_of_xpsnr_above_hd(fps):
    random = np.random.default_rng(fps)
    base = random.integers(0, 1000, (1040, 2304), dtype=np.uint16)
    reference = np.stack([np.roll(base, 3 * i, axis=1) for i in range(6)])
    copies = [np.minimum(reference + random.integers(0, n, (6, 1, 2304)), 1023) for n in (5, 40)]
    copies = [copy.astype(np.uint16) for copy in copies]

    def scores(dist, threads, part=None):
        more = {"bitdepth": 10, "layout": "NHW", "threads": threads, "range": part}
        return visq.score(reference, dist, [("xpsnr", {"fps": fps})], **more)

    alone = [scores(copy, 1) for copy in copies]
    assert all(np.isfinite(each["xpsnr_y"]).all() for each in alone)
    for threads in (1, 3):
        for whole, part in zip(alone, scores([iter(c) for c in copies], threads), strict=True):
            assert part["xpsnr_y"].tobytes() == whole["xpsnr_y"].tobytes()
        part = scores(copies[1], threads, (3, 4))
        assert part["xpsnr_y"].tobytes() == alone[1]["xpsnr_y"][3:5].tobytes()


def test_a_range_up_to_the_end_and_with_every_second_frame(clips):
    ref, dist = clips["mkv"]
    whole = visq.score(ref, dist, ["psnr", "motion"], subsample=2)
    part = visq.score(ref, dist, ["psnr", "motion"], subsample=2, range=(21, None))
    assert part.frames.tolist() == list(range(22, FRAMES, 2))
    for name in whole:
        assert part[name].tobytes() == whole[name][11:].tobytes()


def test_scores_of_a_part_are_of_its_frames_alone(clips):
    ref, dist = clips["y4m"]
    part = visq.score(ref, dist, [("psnr", {"enable_apsnr": True}), "xpsnr"], range=(10, 19))
    alone = visq.score(ref, dist, ("psnr",), skip_ref=10, skip_dist=10, frames=10)
    assert part.pooled["psnr_y"].mean == alone.pooled["psnr_y"].mean
    with_sums = visq.score(
        ref, dist, [("psnr", {"enable_apsnr": True})], skip_ref=10, skip_dist=10, frames=10
    )
    assert part.aggregate["apsnr_y"] == with_sums.aggregate["apsnr_y"]
    assert part.pooled["psnr_y"].min_frame >= 10


def test_shots_keep_their_places(clips):
    ref, dist = clips["y4m"]
    whole = visq.score(ref, dist, "psnr", shots=10)
    part = visq.score(ref, dist, "psnr", shots=10, range=(15, 34))
    assert [(s.first, s.last) for s in part.shots] == [(15, 19), (20, 29), (30, 34)]
    assert part.shots[1].pooled["psnr_y"] == whole.shots[2].pooled["psnr_y"]


def test_the_command_has_it_too(clips, command):
    ref, dist = clips["mp4"]
    report = command(ref, dist, "-n", "--feature", "motion", "--range", "20:29")
    whole = command(ref, dist, "-n", "--feature", "motion")
    assert report["frames"] == whole["frames"][20:30]


@pytest.mark.parametrize(
    "part, sentence",
    [
        ((5, 4), "is not FIRST:LAST"),
        ((-1, 4), "is not FIRST:LAST"),
        ((0, FRAMES), f"has {FRAMES} frames, and frame {FRAMES} is wanted"),
        ((FRAMES + 9, None), f"has {FRAMES} frames, and frame {FRAMES + 9} is wanted"),
        (7, "a pair of frames, not 7"),
    ],
)
def test_ranges_that_cannot_be(clips, part, sentence):
    with pytest.raises(visq.Error, match=sentence):
        visq.score(*clips["y4m"], "motion", range=part)


def test_shots_cannot_be_found_in_a_part(clips):
    command = os.environ["VISQ_VMAF"]
    words = [command, "-r", clips["y4m"][0], "-d", clips["y4m"][1], "--range", "0:9"]
    done = subprocess.run(
        [*words, "--shots", "detect"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and "--shots detect needs the whole clip" in done.stderr
