"""The vmaf package: readers, BD-rate and the helpers that scripts import."""

import doctest
import importlib
import os
import subprocess
import sys

import numpy as np
import pytest
import visq
import vmaf
from support import write_yuv, yuv_frame
from vmaf import _left_out
from vmaf.config import VmafConfig, VmafExternalConfig
from vmaf.core.perf_metric import KendallPerfMetric, PccPerfMetric, RmsePerfMetric, SrccPerfMetric
from vmaf.tools import misc
from vmaf.tools.bd_rate import calculate_bd_rate
from vmaf.tools.bd_rate_calculator import BDrateCalculator
from vmaf.tools.convex_hull import calculate_convex_hull
from vmaf.tools.exceptions import (
    BdRateNonMonotonicException,
    BdRateNoOverlapException,
    BdRateNotEnoughPointsException,
    BdRateZeroRateException,
)
from vmaf.tools.pchip import Pchip
from vmaf.tools.reader import YuvReader
from vmaf.tools.typing_utils import RdPoint
from vmaf.tools.writer import YuvWriter


@pytest.mark.parametrize(
    "kind,bits,chroma",
    [("yuv420p", 8, "420"), ("yuv422p10le", 10, "422"), ("yuv444p16le", 16, "444")],
)
def test_frames_of_raw_files(tmp_path, kind, bits, chroma):
    frames = [yuv_frame(64, 48, seed, bits, chroma) for seed in (1, 2)]
    path = write_yuv(tmp_path / "clip.yuv", frames)
    with YuvReader(path, 64, 48, kind) as reader:
        assert reader.num_frms == 2
        for got, expected in zip(reader, frames, strict=True):
            assert all(np.array_equal(*pair) for pair in zip(got, expected, strict=True))
    with YuvReader(path, 64, 48, kind) as reader:
        copy = tmp_path / "copy.yuv"
        with YuvWriter(str(copy), 64, 48, kind) as writer:
            for _ in range(2):
                planes = reader.next(format="float")
                assert planes[0].max() <= 1
                writer.next(*planes, format="float2uint")
        with pytest.raises(StopIteration):
            reader.next()
    whole = np.frombuffer(copy.read_bytes(), frames[0][0].dtype).astype(int)
    samples = np.fromfile(path, frames[0][0].dtype).astype(int)
    # What was divided may be a little less than it was: samples are truncated.
    assert np.abs(whole - samples).max() <= 1
    with pytest.raises(AssertionError, match="Number of frames is not integer"):
        YuvReader(path, 65, 48, kind)
    with pytest.raises(AssertionError, match='"yuv411p" is no format'):
        YuvReader(path, 64, 48, "yuv411p")
    with pytest.raises(AssertionError, match="does not exist"):
        YuvReader(path + "x", 64, 48, kind)


RATES = [(100, 60.0), (200, 75.0), (400, 86.0), (800, 92.0), (1600, 95.5)]


def points(pairs):
    return [RdPoint(rate, metric) for rate, metric in pairs]


def test_bd_rate_of_a_factor():
    """The same curve with a tenth more rate takes a tenth more."""
    dearer = [(rate * 1.1, metric) for rate, metric in RATES]
    assert calculate_bd_rate(points(RATES), points(dearer)) == pytest.approx(0.1, rel=1e-12)
    assert BDrateCalculator.CalcBDRate(RATES, dearer) == pytest.approx(0.1, rel=1e-12)
    at = calculate_bd_rate(points(dearer), points(RATES), at_perc=30)
    assert at == pytest.approx(1 / 1.1 - 1, rel=1e-12)
    spread = [(rate * (1.1 if metric < 80 else 1.3), metric) for rate, metric in RATES]
    low = calculate_bd_rate(points(RATES), points(spread), max_metric=70)
    high = calculate_bd_rate(points(RATES), points(spread), min_metric=92)
    assert 0 < low < 0.15 and high == pytest.approx(0.3, abs=1e-9)


def test_bd_rate_of_hulls():
    worse = (500, 85.0)  # more rate, less quality
    with pytest.raises(BdRateNonMonotonicException):
        calculate_bd_rate(points(RATES), points([*RATES, worse]))
    hull = calculate_convex_hull(points([*RATES, worse]))
    assert hull == points(RATES)[::-1]
    value = calculate_bd_rate(points(RATES), points([*RATES, worse]), use_convex_hull=True)
    assert value == pytest.approx(0, abs=1e-12)


def test_bd_rate_refuses():
    far = [(rate, metric - 50) for rate, metric in RATES]
    free = [(0, 50.0), *RATES]
    for other, error in (
        (far, BdRateNoOverlapException),
        (RATES[:3], BdRateNotEnoughPointsException),
        ([], BdRateNotEnoughPointsException),
        (free, BdRateZeroRateException),
    ):
        with pytest.raises(error):
            calculate_bd_rate(points(RATES), points(other))
    with pytest.raises(ValueError, match="between 0 and 100"):
        calculate_bd_rate(points(RATES), points(RATES), at_perc=101)
    no_overlap = BDrateCalculator.REJECTED_BD_RATE_NO_OVERLAP
    assert BDrateCalculator.CalcBDRate(RATES, far) == no_overlap
    with pytest.raises(AssertionError, match="3 points"):
        BDrateCalculator.CalcBDRate(RATES, RATES[:3])


def test_pchip_keeps_the_shape():
    x, y = [0, 1, 2, 4, 5], [0, 0, 3, 3.5, 9]
    curve = Pchip(x, y)
    assert curve(x) == pytest.approx(y, abs=1e-12)
    dense = np.linspace(0, 5, 20001)
    assert (np.diff(curve(dense)) >= -1e-12).all() and curve(0.5) == 0
    middle = (dense[1:] + dense[:-1]) / 2
    inside = (middle > 0.5) & (middle < 4.5)
    area = curve(middle)[inside].sum() * (dense[1] - dense[0])
    assert curve.integral(0.5, 4.5) == pytest.approx(area, rel=1e-6)


def test_agreement_with_people():
    truths, predictions = [1, 2, 3, 4, 4], [10, 20, 35, 40, 30]
    rows = [
        (RmsePerfMetric, np.sqrt(np.mean(np.subtract(truths, predictions) ** 2.0))),
        (PccPerfMetric, np.corrcoef(truths, predictions)[0, 1]),
        (SrccPerfMetric, np.corrcoef([1, 2, 3, 4.5, 4.5], [1, 2, 4, 5, 3])[0, 1]),
        (KendallPerfMetric, 7 / np.sqrt(9 * 10)),  # 8 pairs agree, 1 does not, 1 is tied
    ]
    for metric, expected in rows:
        assert metric(truths, predictions).evaluate()["score"] == pytest.approx(expected)
    assert SrccPerfMetric([[1, 3], [2, 4], [5, 7]], [1, 2, 3]).evaluate()["score"] == 1
    with pytest.raises(AssertionError, match="5 groundtruths are not of 4"):
        RmsePerfMetric(truths, predictions[:4])


def test_files_of_python(tmp_path):
    file = tmp_path / "dataset.py"
    file.write_text("folder = '/a'\npath = folder + '/b.yuv'\n", encoding="utf-8")
    assert misc.import_python_file(str(file)).path == "/a/b.yuv"
    other = misc.import_python_file(str(file), {"folder": "/x", "width": 64})
    assert other.path == "/x/b.yuv" and other.width == 64


def test_helpers_do_as_their_examples_say():
    assert doctest.testmod(misc).failed == 0
    assert vmaf.convert_pixel_format_ffmpeg2vmafexec("yuv422p12le") == ("422", 12)


def test_files_that_a_template_names(tmp_path):
    (tmp_path / "frame00000004.tiff").touch()
    assert misc.match_any_files(str(tmp_path / "frame%08d.tiff"))
    assert not misc.match_any_files(str(tmp_path / "frame%08d.png"))


def test_commands():
    assert vmaf.run_process([sys.executable, "-c", "pass"]) == 0
    with pytest.raises(AssertionError, match=r"Process returned 3, .*no good"):
        vmaf.run_process([sys.executable, "-c", "print('no good'); exit(3)"])
    assert vmaf.ExternalProgram.vmafexec == VmafExternalConfig.vmafexec_path()
    version = subprocess.run(
        [vmaf.ExternalProgram.vmafexec, "--version"], capture_output=True, check=True
    )
    assert version.stderr or version.stdout


def test_models_as_the_clone_has_them(tmp_path, monkeypatch):
    name = "vmaf_v1.0.16_3d0h.json"  # built in, and in the model store where there is one
    assert os.path.basename(VmafConfig.model_path("vmaf_v1.0.16", name)) == name
    monkeypatch.setenv("VMAF_ROOT", str(tmp_path))
    own = tmp_path / "model/vmaf_v0.6.1.json"
    assert os.path.basename(VmafConfig.model_path("vmaf_v0.6.1.json")) == "vmaf_v0.6.1.json"
    assert VmafConfig.model_path("vmaf_v0.6.1.json") != str(own)
    own.parent.mkdir()
    own.touch()
    assert VmafConfig.model_path("vmaf_v0.6.1.json") == str(own)
    assert VmafConfig.model_path("other_models", "a.json") == str(
        own.parent / "other_models/a.json"
    )
    with pytest.raises(visq.NotFound, match="VMAF_ROOT names a clone"):
        VmafConfig.test_resource_path("yuv", "a.yuv")


@pytest.mark.parametrize("module", sorted(_left_out.MODULES))
def test_what_is_left_out_says_where_to_go(module):
    with pytest.raises(ImportError, match=f"{module}: .*(left out|does not train)"):
        importlib.import_module(module)


def test_training_says_where_to_go():
    from vmaf.routine import train_test_vmaf_on_dataset

    with pytest.raises(NotImplementedError, match="train_test_vmaf_on_dataset: .* does not train"):
        train_test_vmaf_on_dataset(None, None, None, None, None, None, None)
