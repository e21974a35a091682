"""What cannot be scored is an exception with a sentence."""

import numpy as np
import pytest
import visq
from support import noise, yuv_frame

GOOD = noise((64, 64), 1)
DEEP = noise((64, 64), 1, 1023, np.uint16)
YUV = yuv_frame(64, 64, 1)
NAN = np.full((64, 64), 0.5)
NAN[3, 5] = np.nan

FRAMES = [
    (np.zeros((2, 3, 4, 5, 6), np.uint8), "an array has the shape"),
    (np.zeros((64, 64, 3, 3), np.uint8), "mismatch"),  # 64 frames of 64x3
    (np.zeros((4, 64, 64, 5), np.uint8), "an array has the shape"),
    ([np.zeros((64, 64, 5), np.uint8)], "a frame has the shape"),
    ([np.zeros((3, 64, 64), np.uint8)], 'if channels come first, layout="CHW"'),
    (np.zeros((3, 64, 64), np.uint8), 'say layout="NHW" or layout="CHW"'),
    (np.zeros((4, 64, 64), np.uint8), 'say layout="NHW" or layout="CHW"'),
    (np.zeros((9, 3, 64, 3), np.uint8), 'say layout="NHWC" or layout="NCHW"'),
    ([np.zeros((64,), np.uint8)], "a frame has the shape"),
    ([np.zeros((0, 64), np.uint8)], "a frame has the shape"),
    (np.zeros((64, 64), np.int64), "uint8, uint16 or float, not int64"),
    (np.zeros((64, 64), bool), "uint8, uint16 or float, not bool"),
    (np.zeros((64, 64), np.uint32), "uint8, uint16 or float, not uint32"),
    (np.zeros((64, 64), complex), "uint8, uint16 or float, not complex128"),
    (np.full((64, 64), "a"), "uint8, uint16 or float, not <U1"),
    (np.full((64, 64), None), "uint8, uint16 or float, not object"),
    (NAN, "sample nan in row 3, column 5: samples in floating point are 0 to 1"),
    (NAN.astype(np.float32), "sample nan in row 3, column 5"),
    (np.full((64, 64), 1.5), "sample 1.5 in row 0, column 0"),
    (np.full((64, 64), -0.1), "sample -0.1"),
    (np.full((64, 64), np.inf), "sample inf"),
    ([np.full((64, 64, 3), np.nan)], "plane 0, has the sample nan"),
    ((GOOD, GOOD), "this one has 2 parts"),
    ((GOOD, GOOD, GOOD, GOOD), "this one has 4 parts"),
    ((GOOD[None], GOOD, GOOD), "planes have the shapes"),
    ((np.stack([GOOD] * 2), np.stack([GOOD] * 3), np.stack([GOOD] * 2)), "with the same N"),
    ([(GOOD, GOOD)], "planes are Y, U and V; there are 2"),
    ((GOOD, GOOD[:32], GOOD[:32]), "neither 4:4:4, 4:2:2 nor 4:2:0"),
    ((GOOD, GOOD[:32, :32], GOOD[:32, :31]), "neither 4:4:4, 4:2:2 nor 4:2:0"),
    ((GOOD, GOOD[:0], GOOD[:0]), "a plane has the shape"),
    ((DEEP, DEEP, DEEP), "bitdepth says how many bits"),
    ((GOOD, DEEP, DEEP), "samples of 8 bits are uint8 or float, not uint16"),
    (17, "is a path, an array, a tuple of planes or an iterable of frames, not int"),
    (None, "not NoneType"),
    ([], "the reference clip has no frame"),
    (np.zeros((0, 64, 64), np.uint8), "the reference clip has no frame"),
    ([object()], "uint8, uint16 or float, not object"),
]


@pytest.mark.parametrize("clip,sentence", FRAMES)
def test_frames_that_are_none(clip, sentence):
    if sentence == "mismatch":
        with pytest.raises(visq.InvalidArgument):
            visq.score(clip, GOOD, ["psnr"])
        return
    with pytest.raises(visq.InvalidArgument) as caught:
        visq.score(clip, clip, ["psnr"])
    assert sentence in str(caught.value)
    assert isinstance(caught.value, (visq.Error, ValueError)) and caught.value.errno == 22


@pytest.mark.parametrize(
    "ref,dist",
    [
        (GOOD, GOOD[:32]),
        (GOOD, GOOD[:, :32]),
        (GOOD, YUV),
        (YUV, yuv_frame(64, 64, 1, chroma="444")),
        (GOOD, DEEP),
        (GOOD, NAN[:2]),
    ],
)
def test_clips_that_do_not_belong_together(ref, dist):
    with pytest.raises(visq.InvalidArgument) as caught:
        visq.score(ref, dist, ["psnr"])
    assert len(str(caught.value)) > 20


def test_a_clip_that_changes_its_size():
    with pytest.raises(visq.InvalidArgument, match="the format cannot change within a clip"):
        visq.score([GOOD, GOOD[:32]], [GOOD, GOOD[:32]], ["psnr"])


def test_samples_beyond_the_depth():
    high = DEEP.copy()
    high[7, 9] = 1024
    for copy in (False, True):
        with pytest.raises(
            visq.InvalidArgument,
            match="sample 1024 in row 7, column 9: samples of 10 bits are 0 to 1023",
        ):
            visq.score(high, DEEP, ["psnr", "cambi"], bitdepth=10, copy=copy)
    with pytest.raises(
        visq.InvalidArgument, match="samples of 10 bits are uint16 or float, not uint8"
    ):
        visq.score(GOOD, GOOD, ["psnr"], bitdepth=10)
    for bits in (7, 17):
        with pytest.raises(visq.InvalidArgument, match=f"bitdepth {bits} is not from 8 to 16"):
            visq.score(GOOD, GOOD, ["psnr"], bitdepth=bits)


@pytest.mark.parametrize(
    "metrics,sentence",
    [
        ("pnsr", 'there is no metric "pnsr"; did you mean "psnr"'),
        ([], "nothing to score"),
        ([3], "a metric is a name"),
        ([("psnr",)], "a metric is a name"),
        ("psnr=enable_mse", "is not option=value"),
        ({"psnr": {"enable_mze": True}}, "enable_mze"),
        ({"psnr": {"enable_mse": "perhaps"}}, "enable_mse"),
        ("version=vmaf_v9", "vmaf_v9"),
        ({"vmaf": {"clip": True}}, 'model vmaf: "clip" is none of'),
        (["vmaf", "version=vmaf_v0.6.1neg"], "two models"),
    ],
)
def test_metrics_that_are_none(metrics, sentence):
    with pytest.raises(visq.Error) as caught:
        visq.score(GOOD, GOOD, metrics)
    assert sentence in str(caught.value)


def test_files_that_are_none(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        visq.score(tmp_path / "a.mp4", tmp_path / "b.mp4")
    assert "a.mp4" in str(caught.value)
    (tmp_path / "c.mp4").write_bytes(b"no video")
    with pytest.raises(visq.Error, match="c.mp4"):
        visq.score(tmp_path / "c.mp4", tmp_path / "c.mp4")
    with pytest.raises(visq.Error, match="model.json"):
        visq.score(GOOD, GOOD, [str(tmp_path / "model.json")])
    with pytest.raises(visq.Error, match="m.onnx"):
        visq.score(GOOD, GOOD, {"lpips": {"model_path": tmp_path / "m.onnx"}})


def test_a_truncated_file_names_the_frame(tmp_path):
    for name, size in ("a", 64 * 64 * 3), ("b", 64 * 64 * 2):
        (tmp_path / f"{name}.yuv").write_bytes(bytes(size + 100 * (name == "b")))
    with pytest.raises(visq.Error) as caught:
        visq.score(
            tmp_path / "a.yuv",
            tmp_path / "b.yuv",
            ["psnr"],
            width=64,
            height=64,
            pixel_format="400",
            bitdepth=8,
        )
    assert "b.yuv" in str(caught.value)


def test_settings_that_cannot_be():
    for settings in (
        {"threads": -1},
        {"subsample": -1},
        {"range": "wide"},
        {"transfer": "x"},
        {"matrix": 999},
        {"frames": 0},
        {"skip_ref": -1},
        {"pixel_format": "411", "width": 64, "height": 64, "bitdepth": 8},
        {"threads": 5000},
    ):
        with pytest.raises(visq.InvalidArgument):
            visq.score(YUV, YUV, ["psnr"], **settings)
    with pytest.raises(visq.InvalidArgument, match="there is no frame -1"):
        visq.Session(["psnr"]).scores(-1)


def test_an_error_in_an_iterator_comes_through():
    def frames():
        yield GOOD
        raise OSError("the camera is gone")

    with pytest.raises(OSError, match="the camera is gone"):
        visq.score(frames(), [GOOD, GOOD], ["psnr"])
