"""The vmaf package: what existing scripts write, and its command."""

import json
import os
import re
import subprocess
import sys
from xml.etree import ElementTree

from support import RAW, metrics_of, model, predicted, write_yuv, yuv_frame
from vmaf.core.vmafexec_feature_extractor import VmafexecFeatureExtractor
from vmaf.tools.stats import ListStats


def test_the_example_runs_as_it_is(pair, tmp_path, monkeypatch, capsys, command):
    """The example of issue 7/7, with clips of its size."""
    monkeypatch.chdir(tmp_path)
    for name, seed in ("ref.yuv", 1), ("dist.yuv", 2):
        write_yuv(tmp_path / name, [yuv_frame(1920, 1080, seed)])
    os.symlink(model("lpips_sq"), "lpips_sq.onnx")
    fex = VmafexecFeatureExtractor(
        logger=None,
        workdir_root=None,
        ref_path="ref.yuv",
        dis_path="dist.yuv",
        asset_dict={
            "width": 1920,
            "height": 1080,
            "yuv_type": "yuv420p",
            "quality_width": 1920,
            "quality_height": 1080,
        },
        optional_dict={"feature_params": {"lpips": {"model_path": "lpips_sq.onnx"}}},
    )
    fex.run()
    per_frame = fex.results[0].get_ordered_list_scores_key("lpips_scores")
    print("mean LPIPS:", ListStats.nonemean(per_frame))
    report = command(
        "ref.yuv",
        "dist.yuv",
        "-w",
        "1920",
        "-h",
        "1080",
        "-p",
        "420",
        "-b",
        "8",
        "-n",
        "--feature",
        "lpips",
    )
    assert per_frame == metrics_of(report)["lpips"]
    assert capsys.readouterr().out == f"mean LPIPS: {report['pooled_metrics']['lpips']['mean']}\n"


def run_vmaf(*words):
    return subprocess.run(
        [sys.executable, "-m", "vmaf", *words], capture_output=True, text=True, check=False
    )


def test_the_command(pair, command, tmp_path):
    model("vmaf_b_v0.6.3")
    words = ["yuv420p", "192", "144", *pair]
    expected = metrics_of(command(*pair, *RAW))["vmaf"]
    text = run_vmaf(*words, "--pool", "harmonic_mean")
    (score,) = re.findall(r"VMAF_score:([0-9.]+)", text.stdout.splitlines()[-1])
    assert text.returncode == 0
    assert float(score) == predicted(ListStats.harmonic_mean(expected))
    data = json.loads(run_vmaf(*words, "--out-fmt", "json", "--model", "vmaf_v0.6.1neg").stdout)
    neg = metrics_of(command(*pair, *RAW, "-m", "version=vmaf_v0.6.1neg"))["vmaf"]
    assert [frame["VMAF_score"] for frame in data["frames"]] == predicted(neg)
    interval = run_vmaf(*words, "--ci", "--out-fmt", "xml", "--save-plot", str(tmp_path / "plots"))
    assert (
        ElementTree.fromstring(interval.stdout)
        .find("aggregate")
        .get("BOOTSTRAP_VMAF_ci95_low_score")
        is not None
    )
    assert (tmp_path / "plots/dist.png").stat().st_size > 1000
    for bad in (
        ["yuv411p", *words[1:]],
        words[:4],
        [*words, "--pool", "mode"],
        ["yuv420p", "0", *words[2:]],
    ):
        assert run_vmaf(*bad).returncode == 2
    failed = run_vmaf("yuv420p", "192", "144", pair[0], str(tmp_path / "gone.yuv"))
    assert (
        failed.returncode == 1
        and failed.stderr.startswith("vmaf: error: ")
        and "gone.yuv" in failed.stderr
    )
