"""The vmaf package: its runners and feature extractors give the command's numbers."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest
import visq
from support import RAW, as_read, asset, metrics_of, model, predicted, write_yuv, yuv_frame
from vmaf.config import VmafConfig
from vmaf.core._svr import Svr
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
from vmaf.core.vmafexec_feature_extractor import (
    FloatAdmFeatureExtractor,
    IntegerVifFeatureExtractor,
)


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
    result, expected = runner.results[0], as_read(command(*pair, *RAW))
    assert result["VMAF_scores"] == predicted(expected["vmaf"])
    assert result["VMAF_score"] == pytest.approx(np.mean(result["VMAF_scores"]), abs=1e-12)
    for atom in ("adm2", "motion2", "vif_scale0", "vif_scale3"):
        assert result[f"VMAF_integer_feature_{atom}_scores"] == expected[f"integer_{atom}"]
    assert (
        "VMAF_scores" in result.get_ordered_list_scores_key()
        and "VMAF_score" in result.get_ordered_list_score_key()
    )
    assert runner.executor_id.startswith("VMAF_VF")


def test_a_model_reads_features_of_six_decimals(pair, shared, tmp_path):
    """The prediction of a model of libsvm from the result's own features, to the last digits."""
    file = shared / "models/vmaf/vmaf_float_v0.6.1.json"
    data = json.loads(file.read_text(encoding="utf-8"))["model_dict"]
    runner = VmafQualityRunner([asset(pair)], None, optional_dict={"model_filepath": str(file)})
    runner.run()
    result = runner.results[0]
    features = np.array([result[f"{name}s"] for name in data["feature_names"]])
    assert (features == np.round(features, 6)).all()
    slope, *slopes = data["slopes"]
    intercept, *intercepts = data["intercepts"]
    (tmp_path / "libsvm").write_text(data["model"], encoding="utf-8")
    scaled = Svr(str(tmp_path / "libsvm")).predict(features.T * slopes + intercepts)
    expected = np.clip((scaled - intercept) / slope, *data["score_clip"])
    assert result["VMAF_scores"] == pytest.approx(expected.tolist(), rel=1e-12)


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
    expected = metrics_of(command(*pair, *RAW, "-m", model_spec))
    assert run.results[0][f"{key}_scores"] == predicted(expected["vmaf"])


def test_models_by_file_and_name(pair, command, shared):
    file = str(shared / "models/vmaf/vmaf_float_v0.6.1.json")
    expected = as_read(command(*pair, *RAW, "-m", f"path={file}:disable_clip"))
    for name in (file, "vmaf_float_v0.6.1", VmafConfig.model_path("vmaf_float_v0.6.1.json")):
        runner = VmafQualityRunner(
            [asset(pair)], None, optional_dict={"model_filepath": name, "disable_clip_score": True}
        )
        runner.run()
        assert runner.results[0]["VMAF_scores"] == predicted(expected["vmaf"])
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
        assert result[f"BOOTSTRAP_VMAF_{key}scores"] == predicted(expected[column])
    every = result[runner.get_all_models_scores_key()]
    assert (
        np.shape(every) == (20, 5)
        and every[0] == predicted(expected["vmaf_0001"])
        and len(result["BOOTSTRAP_VMAF_all_models_score"]) == 20
    )
    assert ElementTree.fromstring(result.to_xml()).find("frames")[0].get(
        "BOOTSTRAP_VMAF_score"
    ) == str(result["BOOTSTRAP_VMAF_scores"][0])
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
    expected = as_read(
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


def test_vmafexec_runner_without_gain_or_prediction(pair, command):
    limited = VmafexecQualityRunner(
        [asset(pair)],
        None,
        optional_dict={"disable_enhn_gain": True, "subsample": 2, "motion_force_zero": True},
    )
    limited.run()
    expected = as_read(
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
    expected = as_read(
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
    read = metrics_of if extractor.DECIMALS is None else as_read
    expected = read(
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
