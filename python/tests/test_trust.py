"""Names, outputs and Ctrl-C: what is refused, what stays whole, what ends."""

import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import visq
from support import noise, write_y4m, yuv_frame


@pytest.fixture(name="files")
def fixture_files(tmp_path):
    """Two clips, whose names no encoding has."""
    names = [os.fsencode(tmp_path) + b"/ref-\xff.y4m", os.fsencode(tmp_path) + b"/dist-\xfe.y4m"]
    for seed, name in enumerate(names):
        write_y4m(name, [yuv_frame(64, 48, seed) for _ in range(3)])
    return names


def test_bytes_and_names_of_no_encoding_are_paths(files):
    expected = None
    for kind in (bytes, os.fsdecode, lambda name: pathlib.Path(os.fsdecode(name))):
        ref, dist = (kind(name) for name in files)
        scores = visq.score(ref, dist, ["psnr"])
        expected = scores if expected is None else expected
        assert np.array_equal(scores["psnr_y"], expected["psnr_y"])
        assert len(list(visq.read_video(ref))) == 3
    assert len(visq.score(files[0], files, ["psnr"])) == 2


def test_sentences_name_them(files):
    with pytest.raises(visq.NotFound, match="there is no file .*ref-\udcff.y4m.gone"):
        visq.score(files[0] + b".gone", files[1], ["psnr"])


def test_a_nul_ends_no_name(files):
    with pytest.raises(visq.InvalidArgument, match="followed by a NUL"):
        visq.score(files[0] + b"\0x", files[1], ["psnr"])
    with pytest.raises(visq.InvalidArgument, match="followed by a NUL"):
        next(visq.read_video(files[0] + b"\0"))
    for metrics in (["psnr\0x"], [("psnr", {"enable_mse": "true\0"})]):
        with pytest.raises(visq.InvalidArgument, match="followed by a NUL"):
            visq.score(files[0], files[1], metrics)
    with pytest.raises(visq.InvalidArgument, match="followed by a NUL"):
        visq.score(files[0], files[1], ["psnr"]).to_json("out.json\0")


def test_one_iterator_is_no_two_clips():
    frames = iter([noise((64, 64), i) for i in range(4)])
    for dist in (frames, [frames], [iter([]), frames]):
        with pytest.raises(visq.InvalidArgument, match="one iterator is given for two clips"):
            visq.score(frames, dist, ["psnr"])
    array = noise((5, 64, 64), 1)
    assert visq.score(array, array, ["psnr"]).frames.size == 5, "an array gives them to both"


def test_masked_arrays_are_refused():
    good = noise((64, 64), 1)
    masked = np.ma.masked_array(good, mask=np.zeros((64, 64), bool))
    half = np.ma.masked_array(noise((32, 32), 2))
    for ref in (masked, [masked], iter([masked]), (masked, half, half)):
        with pytest.raises(visq.InvalidArgument, match="masked array: fill"):
            visq.score(ref, good, ["psnr"])
    with visq.Session(["psnr"]) as session:
        with pytest.raises(visq.InvalidArgument, match="masked array: fill"):
            session.push(good, masked)


def test_json_is_written_whole_or_not_at_all(files, tmp_path):
    scores = visq.score(files[0], files[1], ["psnr", "float_ssim"])
    path = tmp_path / "s.json"
    path.write_text("old", encoding="utf-8")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (512, before[1]))
    try:
        with pytest.raises(visq.Error, match="cannot write the report .*s.json: File too large"):
            scores.to_json(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_text(encoding="utf-8") == "old"
    assert [entry for entry in os.listdir(tmp_path) if entry.startswith(".visq")] == []
    text = scores.to_json(os.fsencode(path))
    assert path.read_text(encoding="utf-8") == text + "\n" and json.loads(text)


def test_a_playlist_is_read_where_that_is_allowed(tmp_path):
    made = subprocess.run(
        [
            "ffmpeg",
            "-nostdin",
            "-loglevel",
            "error",
            "-f",
            "lavfi",
            "-i",
            "testsrc2=s=64x48:r=5:d=1",
        ]
        + ["-pix_fmt", "yuv420p", "-c:v", "mpeg2video", str(tmp_path / "s.ts")],
        check=False,
    )
    assert made.returncode == 0
    playlist = tmp_path / "live.mp4"
    playlist.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\ns.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(visq.Error, match="is a playlist.*; allow_playlists=True opens"):
        visq.score(playlist, playlist, ["psnr"])
    assert visq.score(playlist, playlist, ["psnr"], allow_playlists=True).frames.size == 5
    assert len(list(visq.read_video(playlist, allow_playlists=True))) == 5


@pytest.mark.skipif(not visq.dnn.available(), reason="this build has no ONNX Runtime")
def test_what_a_model_may_take_is_limited():
    models = pathlib.Path(os.environ["VISQ_BUILD"]) / "tests"
    picture = noise((1024, 512), 1)
    relu, endless = [str(models / "relu.onnx")], [str(models / "endless.onnx")]
    assert visq.score(picture, picture, relu, tiny_limit_mb=16)
    with pytest.raises(visq.OutOfMemory, match="more than the 1 MB of memory"):
        visq.score(picture, picture, relu, tiny_limit_mb=1)
    with visq.Session(endless, tiny_limit_seconds=1) as session:
        with pytest.raises(visq.Error, match="takes longer than the 1 seconds"):
            session.push(picture, picture)
            session.finish()


def test_memory_of_frames_in_flight_changes_no_score(files):
    scores = visq.score(*files, ["vif", "motion"], memory=1, threads=4)
    expected = visq.score(*files, ["vif", "motion"])
    assert np.array_equal(scores["integer_vif_scale0"], expected["integer_vif_scale0"])
    for name in ("memory", "tiny_limit_seconds", "tiny_limit_mb", "threads"):
        for number in (-1, 1 << 32):
            with pytest.raises(visq.InvalidArgument, match=f"{name} {number} is not from 0 to"):
                visq.score(*files, ["psnr"], **{name: number})


WAITS = {
    "score": "visq.score(sys.argv[1], sys.argv[2], ['psnr'])",
    "score of several": "visq.score(sys.argv[2], [sys.argv[1]], ['psnr'])",
    "read_video": "list(visq.read_video(sys.argv[1]))",
    "frames beside": "visq.score(sys.argv[1], iter([np.zeros((48, 64), np.uint8)]), ['psnr'])",
}
PROGRAM = """
import sys, numpy as np, visq
print("begin", flush=True)
try:
    {}
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("wait", WAITS)
def test_ctrl_c_ends_a_wait_for_a_pipe(wait, files, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(WAITS[wait]), pipe, files[0]],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "begin\n"
        time.sleep(0.5)
        os.kill(process.pid, signal.SIGINT)
        output, _ = process.communicate(timeout=600)
    assert output == "interrupted\n" and process.returncode == 0
