"""The vmaf package: what existing scripts write, with the command's numbers."""

import json
import logging
import os
import pathlib
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
import visq
from support import metrics_of, model, yuv_frame
from vmaf.config import VmafConfig
from vmaf.core.asset import Asset
from vmaf.core.feature_extractor import (
    MomentFeatureExtractor,
    SsimFeatureExtractor,
    VmafFeatureExtractor,
    VmafIntegerFeatureExtractor,
)
from vmaf.core.quality_runner import (
    BootstrapVmafQualityRunner,
    Ciede2000QualityRunner,
    MsSsimQualityRunner,
    PsnrQualityRunner,
    SsimQualityRunner,
    VmafexecQualityRunner,
    VmafnegQualityRunner,
    VmafPhoneQualityRunner,
    VmafQualityRunner,
)
from vmaf.core.result import Result
from vmaf.core.result_store import FileSystemResultStore
from vmaf.core.vmafexec_feature_extractor import (
    FloatAdmFeatureExtractor,
    IntegerVifFeatureExtractor,
    VmafexecFeatureExtractor,
)
from vmaf.tools.stats import ListStats

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


def test_vmaf_runner_gives_the_commands_scores(pair, command):
    runner = VmafQualityRunner(
        [asset(pair)],
        None,
        fifo_mode=True,
        delete_workdir=True,
        result_store=None,
        optional_dict=None,
        optional_dict2=None,
    )
    runner.run()
    result, expected = runner.results[0], metrics_of(command(*pair, *RAW))
    assert result["VMAF_scores"] == expected["vmaf"] and result["VMAF_score"] == pytest.approx(
        np.mean(expected["vmaf"]), abs=1e-12
    )
    for atom in ("adm2", "motion2", "vif_scale0", "vif_scale3"):
        assert result[f"VMAF_integer_feature_{atom}_scores"] == expected[f"integer_{atom}"]
    assert (
        "VMAF_scores" in result.get_ordered_list_scores_key()
        and "VMAF_score" in result.get_ordered_list_score_key()
    )
    assert runner.executor_id.startswith("VMAF_VF")


@pytest.mark.parametrize(
    "runner,model_spec,key",
    [
        (VmafnegQualityRunner, "version=vmaf_v0.6.1neg", "VMAFNEG"),
        (VmafPhoneQualityRunner, "version=vmaf_v0.6.1:enable_transform", "VMAF_Phone"),
    ],
)
def test_other_vmaf_runners(pair, command, runner, model_spec, key):
    run = runner([asset(pair)], None)
    run.run()
    assert (
        run.results[0][f"{key}_scores"]
        == metrics_of(command(*pair, *RAW, "-m", model_spec))["vmaf"]
    )


def test_models_by_file_and_name(pair, command, shared):
    file = str(shared / "models/vmaf/vmaf_float_v0.6.1.json")
    expected = metrics_of(command(*pair, *RAW, "-m", f"path={file}:disable_clip"))
    for name in (file, "vmaf_float_v0.6.1", VmafConfig.model_path("vmaf_float_v0.6.1.json")):
        runner = VmafQualityRunner(
            [asset(pair)], None, optional_dict={"model_filepath": name, "disable_clip_score": True}
        )
        runner.run()
        assert runner.results[0]["VMAF_scores"] == expected["vmaf"]
        assert runner.results[0]["VMAF_feature_adm2_scores"] == expected["adm2"]


def test_bootstrap_runner(pair, command):
    model("vmaf_b_v0.6.3")
    runner = BootstrapVmafQualityRunner([asset(pair)], None)
    runner.run()
    result, expected = (
        runner.results[0],
        metrics_of(command(*pair, *RAW, "-m", "version=vmaf_b_v0.6.3")),
    )
    for key, column in (
        ("", "vmaf"),
        ("bagging_", "vmaf_bagging"),
        ("stddev_", "vmaf_stddev"),
        ("ci95_low_", "vmaf_ci_p95_lo"),
        ("ci95_high_", "vmaf_ci_p95_hi"),
    ):
        assert result[f"BOOTSTRAP_VMAF_{key}scores"] == expected[column]
    every = result[runner.get_all_models_scores_key()]
    assert (
        np.shape(every) == (20, 5)
        and every[0] == expected["vmaf_0001"]
        and len(result["BOOTSTRAP_VMAF_all_models_score"]) == 20
    )
    assert ElementTree.fromstring(result.to_xml()).find("frames")[0].get(
        "BOOTSTRAP_VMAF_score"
    ) == str(expected["vmaf"][0])
    with pytest.raises(visq.InvalidArgument, match="is not a bootstrap model"):
        BootstrapVmafQualityRunner(
            [asset(pair)], None, optional_dict={"model_filepath": "vmaf_v0.6.1.json"}
        ).run()


def test_vmafexec_runner(pair, command):
    options = {
        "models": ["version=vmaf_v0.6.1:name=one", "version=vmaf_v0.6.1neg:name=two"],
        "float_psnr": True,
        "psnr": True,
        "float_ssim": True,
        "float_moment": True,
        "n_threads": 2,
    }
    runner = VmafexecQualityRunner([asset(pair)], None, optional_dict=options)
    runner.run()
    result = runner.results[0]
    expected = metrics_of(
        command(
            *pair,
            *RAW,
            "-m",
            options["models"][0],
            "-m",
            options["models"][1],
            "--feature",
            "float_psnr",
            "--feature",
            "psnr",
            "--feature",
            "float_ssim",
            "--feature",
            "float_moment",
        )
    )
    for key, column in (
        ("one", "one"),
        ("two", "two"),
        ("adm2", "integer_adm2"),
        ("float_psnr", "float_psnr"),
        ("psnr_cb", "psnr_cb"),
        ("float_moment_ref1st", "float_moment_ref1st"),
    ):
        assert result[f"VMAFEXEC_{key}_scores"] == expected[column]
    limited = VmafexecQualityRunner(
        [asset(pair)],
        None,
        optional_dict={"disable_enhn_gain": True, "subsample": 2, "motion_force_zero": True},
    )
    limited.run()
    expected = metrics_of(
        command(
            *pair,
            *RAW,
            "--subsample",
            "2",
            "-m",
            "version=vmaf_v0.6.1:vif.vif_enhn_gain_limit=1.0:adm.adm_enhn_gain_limit=1.0"
            ":motion.motion_force_zero=true",
        )
    )
    assert limited.results[0]["VMAFEXEC_scores"] == expected["vmaf"] and len(expected["vmaf"]) == 3
    alone = VmafexecQualityRunner(
        [asset(pair)], None, optional_dict={"no_prediction": True, "psnr": True}
    )
    alone.run()
    assert alone.results[0].get_ordered_list_scores_key() == [
        "VMAFEXEC_psnr_cb_scores",
        "VMAFEXEC_psnr_cr_scores",
        "VMAFEXEC_psnr_y_scores",
    ]


@pytest.mark.parametrize(
    "runner,feature,column",
    [
        (PsnrQualityRunner, "float_psnr", "float_psnr"),
        (SsimQualityRunner, "float_ssim", "float_ssim"),
        (MsSsimQualityRunner, "float_ms_ssim", "float_ms_ssim"),
        (Ciede2000QualityRunner, "ciede", "ciede2000"),
    ],
)
def test_single_score_runners(tmp_path, command, runner, feature, column):
    pair = [
        write_yuv(tmp_path / f"{name}.yuv", [yuv_frame(256, 192, seed)])
        for name, seed in (("ref", 1), ("dist", 30))
    ]
    run = runner([Asset("test", 0, 0, *pair, {"width": 256, "height": 192})], None)
    run.run()
    expected = metrics_of(
        command(*pair, "-w", "256", "-h", "192", "-p", "420", "-b", "8", "-n", "--feature", feature)
    )
    assert run.results[0][run.get_scores_key()] == expected[column]


@pytest.mark.parametrize(
    "extractor,features,keys",
    [
        (
            VmafFeatureExtractor,
            [
                "float_adm=debug=true",
                "float_vif=debug=true",
                "float_motion=debug=true",
                "float_ansnr",
            ],
            {
                "VMAF_feature_vif": "vif",
                "VMAF_feature_adm_num_scale2": "adm_num_scale2",
                "VMAF_feature_ansnr": "float_ansnr",
                "VMAF_feature_motion2": "motion2",
            },
        ),
        (
            VmafIntegerFeatureExtractor,
            ["adm=debug=true", "vif=debug=true", "motion=debug=true"],
            {
                "VMAF_integer_feature_vif": "integer_vif",
                "VMAF_integer_feature_motion": "integer_motion",
            },
        ),
        (
            MomentFeatureExtractor,
            ["float_moment"],
            {"Moment_feature_ref1st": "float_moment_ref1st"},
        ),
        (
            SsimFeatureExtractor,
            ["float_ssim=enable_lcs=true"],
            {"SSIM_feature_ssim": "float_ssim", "SSIM_feature_ssim_l": "float_ssim_l"},
        ),
        (
            FloatAdmFeatureExtractor,
            ["float_adm"],
            {"float_ADM_feature_adm2": "adm2", "float_ADM_feature_adm_scale1": "adm_scale1"},
        ),
    ],
)
def test_feature_extractors(pair, command, extractor, features, keys):
    fex = extractor([asset(pair)], None)
    fex.run()
    expected = metrics_of(
        command(
            *pair, *RAW, "-n", *[word for feature in features for word in ("--feature", feature)]
        )
    )
    for key, column in keys.items():
        assert fex.results[0][f"{key}_scores"] == expected[column]


def test_options_are_part_of_the_name(pair):
    fex = IntegerVifFeatureExtractor(
        [asset(pair)], None, optional_dict={"vif_enhn_gain_limit": 1.0}
    )
    fex.run()
    result = fex.results[0]
    assert "integer_VIF_feature_vif_scale0_egl_1_scores" in result.result_dict
    assert (
        Result.scores_key_wildcard_match(
            result.result_dict, "integer_VIF_feature_vif_scale0_scores"
        )
        == "integer_VIF_feature_vif_scale0_egl_1_scores"
    )


def test_derived_features(pair):
    fex = VmafFeatureExtractor([asset(pair)], None)
    fex.run()
    result = fex.results[0]
    ratios = [
        result[f"VMAF_feature_vif_num_scale{i}_scores"][0]
        / result[f"VMAF_feature_vif_den_scale{i}_scores"][0]
        for i in range(4)
    ]
    assert result["VMAF_feature_vif2_scores"][0] == pytest.approx(np.mean(ratios), abs=1e-12)
    moments = MomentFeatureExtractor([asset(pair)], None)
    moments.run()
    luma = yuv_frame(192, 144, 1)[0].astype(float)
    assert moments.results[0]["Moment_feature_refvar_scores"][0] == pytest.approx(
        luma.var(), rel=1e-5
    )


def test_lists_of_assets_run_in_parallel_in_their_order(pair, caplog):
    assets = [asset(pair), asset(pair[::-1]), asset([pair[0], pair[0]])] * 3
    serial = VmafQualityRunner(assets, None)
    serial.run()
    with caplog.at_level(logging.INFO):
        parallel = VmafQualityRunner(assets, logging.getLogger("test"))
        parallel.run(parallelize=True, processes=3)
    assert [r["VMAF_scores"] for r in parallel.results] == [
        r["VMAF_scores"] for r in serial.results
    ]
    assert len({tuple(r["VMAF_scores"]) for r in serial.results}) == 3 and len(caplog.records) == 9
    with pytest.raises(ValueError, match="needs parallelize=True"):
        serial.run(processes=2)


def test_an_asset_that_fails_says_why(pair, tmp_path):
    runner = VmafQualityRunner([asset(pair), asset([pair[0], str(tmp_path / "gone.yuv")])], None)
    for parallel in (False, True):
        with pytest.raises(FileNotFoundError, match="gone.yuv"):
            runner.run(parallelize=parallel)


def test_frame_ranges(pair, command):
    runner = VmafQualityRunner([asset(pair, start_frame=1, end_frame=3)], None)
    runner.run()
    expected = metrics_of(
        command(*pair, *RAW, "--frame_skip_ref", "1", "--frame_skip_dist", "1", "--frame_cnt", "3")
    )
    assert runner.results[0]["VMAF_scores"] == expected["vmaf"]


def ffmpeg(*words):
    subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-y", *words], check=True)


def raw_input(path):
    return ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", "192x144", "-i", path]


def test_sizes_filters_and_formats_go_through_ffmpeg(pair, tmp_path, command):
    wanted = {
        "quality_width": 160,
        "quality_height": 120,
        "resampling_type": "lanczos",
        "dis_crop_cmd": "160:120:8:8",
        "start_frame": 1,
        "end_frame": 3,
    }
    runner = VmafQualityRunner([asset(pair, **wanted)], None)
    runner.run()
    frames = r"select='gte(n\,1)*lte(n\,3)',setpts=PTS-STARTPTS,"
    by_hand = [str(tmp_path / "r.yuv"), str(tmp_path / "d.yuv")]
    ffmpeg(
        *raw_input(pair[0]),
        "-vf",
        frames + "scale=160x120:flags=lanczos",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "yuv420p",
        "-vsync",
        "0",
        by_hand[0],
    )
    ffmpeg(
        *raw_input(pair[1]),
        "-vf",
        frames + "crop=160:120:8:8,scale=160x120:flags=lanczos",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "yuv420p",
        "-vsync",
        "0",
        by_hand[1],
    )
    expected = metrics_of(command(*by_hand, "-w", "160", "-h", "120", "-p", "420", "-b", "8"))
    assert runner.results[0]["VMAF_scores"] == expected["vmaf"] and len(expected["vmaf"]) == 3
    deep = VmafQualityRunner([asset(pair, workfile_yuv_type="yuv420p10le")], None)
    deep.run()
    assert (
        len(deep.results[0]["VMAF_scores"]) == 5
        and deep.results[0]["VMAF_scores"] != expected["vmaf"]
    )


def test_encoded_files_are_read(shared, command):
    files = [str(shared / f"clips/seeking_720x480_{name}.mp4") for name in ("ref", "crf36")]
    clip = Asset(
        "test",
        0,
        0,
        *files,
        {"ref_yuv_type": "notyuv", "dis_yuv_type": "notyuv", "start_frame": 0, "end_frame": 4},
    )
    runner = VmafexecQualityRunner(
        [clip], None, optional_dict={"no_prediction": True, "psnr": True}
    )
    runner.run()
    assert (
        runner.results[0]["VMAFEXEC_psnr_y_scores"]
        == metrics_of(command(*files, "-n", "--feature", "psnr", "--frame_cnt", "5"))["psnr_y"]
    )
    sized = clip.copy(asset_dict={"quality_width": 360, "quality_height": 240})
    runner = VmafexecQualityRunner(
        [sized], None, optional_dict={"no_prediction": True, "psnr": True}
    )
    runner.run()
    assert len(runner.results[0]["VMAFEXEC_psnr_y_scores"]) == 5


def test_what_ffmpeg_cannot_convert(pair, tmp_path):
    (tmp_path / "no.mp4").write_bytes(b"no video at all")
    bad = Asset(
        "test",
        0,
        0,
        pair[0],
        str(tmp_path / "no.mp4"),
        {"ref_width": 192, "ref_height": 144, "dis_yuv_type": "notyuv"},
    )
    with pytest.raises(visq.Error, match="ffmpeg could not convert .*no.mp4"):
        VmafQualityRunner([bad], None).run()
    with pytest.raises(visq.Error, match="ffmpeg could not convert"):
        VmafQualityRunner(
            [asset(pair, crop_cmd="999:999:0:0", quality_width=192, quality_height=144)], None
        ).run()


def test_an_asset_knows_itself(pair):
    one = asset(
        pair,
        fps=25,
        start_sec=0.04,
        end_sec=0.16,
        groundtruth=70,
        dis_enc_width=96,
        dis_enc_height=72,
    )
    assert (
        one.ref_start_end_frame == (1, 3)
        and one.dis_duration_sec == pytest.approx(0.12)
        and one.groundtruth == 70
    )
    assert (
        one.quality_width_height == (192, 144)
        and one.dis_encode_width_height == (96, 72)
        and one.dis_encode_bitdepth == 8
    )
    assert (
        one == one.copy()
        and hash(one) == hash(one.copy())
        and one != one.copy(asset_dict={"groundtruth": 71})
    )
    assert str(one) == "test_0_0_ref_192x144_1to3_vs_dist_192x144_1to3_q_192x144"
    for described in (
        {"yuv_type": "yuv411p"},
        {"ref_yuv_type": "notyuv"},
        {"resampling_type": "nearest"},
        {"fps": 0},
    ):
        with pytest.raises(AssertionError):
            asset(pair, **described)
    with pytest.raises(AssertionError, match="quality_width"):
        VmafQualityRunner([asset(pair, dis_width=96, dis_height=72)], None)


def test_a_result_in_every_form(pair):
    runner = VmafQualityRunner([asset(pair)], None)
    runner.run()
    result = runner.results[0]
    data = json.loads(result.to_json())
    assert (
        data["frames"][2]["VMAF_score"] == result["VMAF_scores"][2]
        and data["aggregate"]["VMAF_score"] == result["VMAF_score"]
    )
    for again in (Result.from_json(result.to_json()), Result.from_xml(result.to_xml())):
        assert (
            again["VMAF_scores"] == result["VMAF_scores"]
            and again.executor_id == result.executor_id
        )
    assert f"VMAF_score:{result['VMAF_score']:.6f}" in result.to_string().splitlines()[-1]
    table = result.to_dataframe()
    assert (
        set(table["scores_key"]) == set(result.get_ordered_list_scores_key())
        and table.iloc[0]["dataset"] == "test"
    )
    assert Result.combine_result([result, result])["VMAF_scores"] == result["VMAF_scores"] * 2
    result.set_score_aggregate_method(ListStats.harmonic_mean)
    assert result["VMAF_score"] == pytest.approx(ListStats.harmonic_mean(result["VMAF_scores"]))
    with pytest.raises(KeyError, match='no "VMAV_score"'):
        result["VMAV_score"]  # pylint: disable=pointless-statement


def test_results_are_stored(pair, tmp_path):
    store = FileSystemResultStore(result_store_dir=str(tmp_path / "store"))
    first = VmafQualityRunner([asset(pair)], None, result_store=store)
    first.run()
    pathlib.Path(pair[1]).write_bytes(b"")  # it is not read again
    second = VmafQualityRunner([asset(pair)], None, result_store=store)
    second.run()
    assert second.results == first.results
    second.remove_results()
    with pytest.raises(visq.Error):
        second.run()


def test_statistics():
    scores = [1, 2, 3, 4, 5, 11, 12, 13, 14, 15]
    assert ListStats.nonemean([None, None, 1, 2]) == 1.5
    assert ListStats.harmonic_mean(scores) == pytest.approx(4.5223, abs=1e-4)
    assert ListStats.lp_norm(scores, 3) == pytest.approx(10.5072, abs=1e-4)
    assert ListStats.total_variation(scores) == pytest.approx(1.5556, abs=1e-4)
    assert [
        round(f(scores), 2)
        for f in (ListStats.perc1, ListStats.perc5, ListStats.perc10, ListStats.perc20)
    ] == [1.09, 1.45, 1.9, 2.8]
    smooth = ListStats.moving_average(scores, 2, "simple")
    assert smooth[2] == 2.5 and smooth[0] == smooth[1] == smooth[2]


def run_vmaf(*words):
    return subprocess.run(
        [sys.executable, "-m", "vmaf", *words], capture_output=True, text=True, check=False
    )


def test_the_command(pair, command, tmp_path):
    model("vmaf_b_v0.6.3")
    words = ["yuv420p", "192", "144", *pair]
    expected = metrics_of(command(*pair, *RAW))["vmaf"]
    text = run_vmaf(*words, "--pool", "harmonic_mean")
    assert (
        text.returncode == 0
        and f"VMAF_score:{ListStats.harmonic_mean(expected):.6f}" in text.stdout.splitlines()[-1]
    )
    data = json.loads(run_vmaf(*words, "--out-fmt", "json", "--model", "vmaf_v0.6.1neg").stdout)
    neg = metrics_of(command(*pair, *RAW, "-m", "version=vmaf_v0.6.1neg"))["vmaf"]
    assert [frame["VMAF_score"] for frame in data["frames"]] == neg
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
