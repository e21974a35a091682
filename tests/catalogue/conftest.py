"""What the tests of the catalogue share: small clips, plans of them, and one run of the whole."""

import os
import pathlib
import subprocess

import pytest
import visq
from visq.catalogue import make_plan
from visq.catalogue.settings import Settings

ROOT = pathlib.Path(__file__).resolve().parents[2]


def missing(what):
    """Skips the test; in CI, where everything is there, fails it."""
    if os.environ.get("VISQ_REQUIRE_SHARED") == "1":
        pytest.fail(f"{what} is missing and required")
    pytest.skip(f"needs {what}")


def encode(path, crf, frames, *more, size="192x112"):
    """Testsrc2 with some noise: coded with B frames and an open GOP of 12."""
    source = f"testsrc2=size={size}:rate=25,noise=alls=6:allf=t:all_seed=7"
    words = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-f", "lavfi", "-i", source]
    words += ["-frames:v", str(frames), "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset"]
    words += [
        "veryfast",
        "-crf",
        str(crf),
        "-g",
        "12",
        "-bf",
        "2",
        "-threads",
        "1",
        *more,
        str(path),
    ]
    subprocess.run(words, check=True)
    return path


@pytest.fixture(scope="session")
def clips(tmp_path_factory):
    """A reference and two encodes of 60 frames."""
    folder = tmp_path_factory.mktemp("clips")
    encode(folder / "reference.mp4", 1, 60)
    encode(folder / "good.mp4", 25, 60)
    encode(folder / "bad.mkv", 38, 60)
    return folder


def rows_of(clips):
    reference = str(clips / "reference.mp4")
    return [
        {"id": "good", "reference": reference, "distorted": str(clips / "good.mp4"), "crf": 25},
        {"id": "bad", "reference": reference, "distorted": str(clips / "bad.mkv"), "crf": 38},
    ]


METRICS = ("psnr=enable_apsnr=true", "xpsnr", "motion")


@pytest.fixture
def plan(clips, tmp_path):
    return make_plan(rows_of(clips), Settings(METRICS), tmp_path / "catalogue", chunk=7)


@pytest.fixture(scope="session")
def whole(clips):
    """One uninterrupted run of each clip."""
    metrics = [(name, {}) for name in METRICS]
    reference = clips / "reference.mp4"
    good, bad = visq.score(
        reference, [str(clips / "good.mp4"), str(clips / "bad.mkv")], metrics, threads=1
    )
    return {"good": good, "bad": bad}
