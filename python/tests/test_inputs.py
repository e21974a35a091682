"""Clips whose samples mean different things, as visq.score() and read_video() meet them."""

import subprocess

import numpy as np
import pytest
import visq

SOURCE = "ffmpeg -nostdin -v error -y -f lavfi -i testsrc2=size=64x48:rate=25"


@pytest.fixture
def clips(tmp_path):
    """Of one scene: an RGB picture, its JPEG, and a video with its full-range copy."""
    for name, how in {
        "a.png": "-frames:v 1",
        "a.jpg": "-frames:v 1 -pix_fmt yuvj420p -q:v 2",
        "a.y4m": "-frames:v 3 -pix_fmt yuv420p",
        "a.mov": "-frames:v 3 -pix_fmt yuvj420p -c:v mjpeg -q:v 2",
        "gray.png": "-frames:v 1 -pix_fmt gray",
    }.items():
        subprocess.run([*SOURCE.split(), *how.split(), str(tmp_path / name)], check=True)
    return lambda name: str(tmp_path / name)


def test_a_picture_and_its_jpeg_are_compared_by_every_metric(clips, command):
    metrics = ["psnr", "ssimulacra2", "float_ssim", "ciede"]
    words = [word for name in metrics for word in ("--feature", name)]
    scores = visq.score(clips("a.png"), clips("a.jpg"), metrics)
    report = command(clips("a.png"), clips("a.jpg"), "-n", *words)
    for name, pooled in report["pooled_metrics"].items():
        assert scores[name][0] == pytest.approx(pooled["mean"], abs=1e-6)
    assert scores["psnr_y"][0] > 35


def test_full_range_is_brought_to_limited(clips):
    assert visq.score(clips("a.y4m"), clips("a.mov"), ["psnr"])["psnr_y"].min() > 40
    codes = visq.score(clips("a.y4m"), clips("a.mov"), ["psnr"], colour_dist="limited")
    assert codes["psnr_y"].max() < 32
    with pytest.raises(visq.InvalidArgument, match="which strict=True refuses"):
        visq.score(clips("a.y4m"), clips("a.mov"), ["psnr"], strict=True)


def test_full_range_is_multiplied(clips):
    (gray,) = next(visq.read_video(clips("gray.png")))
    (deep,) = next(visq.read_video(clips("gray.png"), to_bitdepth=16))
    assert np.array_equal(deep, gray.astype(np.uint16) * 257)


def test_gray_arrays_are_compared_with_rgb(clips):
    (gray,) = next(visq.read_video(clips("gray.png")))
    rgb = np.repeat(gray[:, :, None], 3, axis=2)
    assert visq.score(gray, rgb, ["psnr"])["psnr_y"][0] == 60
