"""What the tests share: the golden clips, the vmaf command, and small clips made here."""

import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import visq
from vmaf.core.asset import Asset

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"


def missing(what):
    """Skips the test; in CI, where everything is there, fails it."""
    if os.environ.get("VISQ_REQUIRE_SHARED") == "1":
        pytest.fail(f"{what} is missing and required")
    pytest.skip(f"needs {what}")


@pytest.fixture(scope="session")
def shared():
    """../shared, the folder of golden files: beside the project in CI, not on a user's machine."""
    if not (SHARED / "golden").is_dir():
        missing("../shared")
    return SHARED


def model(name):
    """The path of a model of the store; None of one that is built in."""
    for entry in visq.list_models():
        if entry.name == name:
            return entry.path
    return missing(f"the model {name}")


def use_networks(metric):
    """Has a metric find its networks: those of the model store, else the build's own ones of the
    same names, with synthetic weights.
    """
    for entry in (m for m in visq.list_metrics() if m.name == metric):
        for needed in (o for o in entry.options if o.role == "model_file"):
            synthetic = pathlib.Path(os.environ["VISQ_BUILD"]) / "tests/synthetic"
            for place in needed.places:
                if (synthetic / place.store_file).is_file():
                    os.environ[place.environment] = str(synthetic / place.store_file)
                else:
                    model(pathlib.Path(place.store_file).stem)


@pytest.fixture(scope="session")
def command(tmp_path_factory):
    """Runs the vmaf command and gives its JSON report with all digits."""
    folder = tmp_path_factory.mktemp("reports")

    def run(reference, distorted, *arguments):
        report = folder / "report.json"
        words = [
            os.environ["VISQ_VMAF"],
            "-r",
            reference,
            "-d",
            distorted,
            "-q",
            "--json",
            "--precision",
            "max",
            "-o",
            report,
            *arguments,
        ]
        subprocess.run([str(word) for word in words], check=True)
        return json.loads(report.read_text(encoding="utf-8"))

    return run


def noise(shape, seed, top=255, dtype=np.uint8):
    """Smooth noise: a picture that every metric takes for one."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]]
    wave = np.sin(rows / 7 + seed) * np.cos(columns / 11 - seed) * 0.35 + 0.5
    wave = wave.reshape(wave.shape + (1,) * (len(shape) - 2))
    return np.clip(
        (wave + np.random.default_rng(seed).normal(0, 0.02, shape)) * top, 0, top
    ).astype(dtype)


def yuv_frame(width, height, seed, bits=8, chroma="420"):
    dtype, top = (np.uint8, 255) if bits == 8 else (np.uint16, (1 << bits) - 1)
    half = (
        (height + 1) // 2 if chroma == "420" else height,
        (width + 1) // 2 if chroma != "444" else width,
    )
    return (
        noise((height, width), seed, top, dtype),
        noise(half, seed + 1, top, dtype),
        noise(half, seed + 2, top, dtype),
    )


def write_y4m(path, frames, chroma="420", bits=8):
    """Frames (Y, U, V) as the command reads them."""
    height, width = frames[0][0].shape
    depth = f"p{bits}" if bits > 8 else ""
    with open(path, "wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F25:1 Ip C{chroma}{depth}\n".encode())
        for frame in frames:
            file.write(b"FRAME\n")
            for plane in frame:
                file.write(np.ascontiguousarray(plane).tobytes())
    return path


def metrics_of(report):
    """Name -> values of all frames, of a JSON report."""
    names = {name for frame in report["frames"] for name in frame["metrics"]}
    return {name: [frame["metrics"].get(name) for frame in report["frames"]] for name in names}


def as_read(report):
    """The same with six decimals, which a report has that libvmaf's package reads."""
    return {
        name: [value if value is None else round(value, 6) for value in values]
        for name, values in metrics_of(report).items()
    }


def predicted(values):
    """Nearly these: a model of libvmaf's package reads its features so."""
    return pytest.approx(values, abs=2e-4)


def same_pooled(pooled, expected):
    for name, values in expected.items():
        shares = values.get("share_below", {})
        assert {float(k): v for k, v in shares.items()} == dict(pooled[name].share_below)
        for key, value in values.items():
            if key == "share_below":
                continue
            got = getattr(pooled[name], key)
            assert (got if np.isfinite(got) else None) == value, (name, key)


def same(scores, report):
    """Bit for bit: every score, pooled value and aggregate of the report."""
    expected = metrics_of(report)
    assert set(scores) == set(expected)
    assert [int(n) for n in scores.frames] == [frame["frameNum"] for frame in report["frames"]]
    for name, values in expected.items():
        got = [None if not np.isfinite(v) else v for v in scores[name].tolist()]
        assert got == values, name
    same_pooled(scores.pooled, report["pooled_metrics"])
    shots = report.get("shots", [])
    assert [shot[:2] for shot in scores.shots] == [(s["first"], s["last"]) for s in shots]
    for got, shot in zip(scores.shots, shots, strict=True):
        assert set(got.pooled) == set(shot["scores"])
        same_pooled(got.pooled, shot["scores"])
    assert {k: v if np.isfinite(v) else None for k, v in scores.aggregate.items()} == report[
        "aggregate_metrics"
    ]


# What the tests of the vmaf package share: pairs of raw clips.
SIZE = {"width": 192, "height": 144, "yuv_type": "yuv420p"}
RAW = ("-w", "192", "-h", "144", "-p", "420", "-b", "8")


def write_yuv(path, frames):
    path.write_bytes(
        b"".join(np.ascontiguousarray(plane).tobytes() for frame in frames for plane in frame)
    )
    return str(path)


@pytest.fixture(name="pair")
def fixture_pair(tmp_path):
    return [
        write_yuv(tmp_path / f"{name}.yuv", [yuv_frame(192, 144, seed + i) for i in range(5)])
        for name, seed in (("ref", 1), ("dist", 30))
    ]


def asset(pair, **described):
    return Asset("test", 0, 0, pair[0], pair[1], {**SIZE, **described})


sys.modules.setdefault("support", sys.modules[__name__])  # tests import the helpers from here
