"""The vmaf package: options and what an asset says are honoured or refused."""

import numpy as np
import pytest
import visq
from support import RAW, as_read, asset, metrics_of, predicted, write_y4m, write_yuv, yuv_frame
from vmaf.core.asset import Asset, AssetError, NorefAsset
from vmaf.core.cambi_feature_extractor import CambiFeatureExtractor
from vmaf.core.cambi_quality_runner import CambiFullReferenceQualityRunner, CambiQualityRunner
from vmaf.core.feature_assembler import FeatureAssembler
from vmaf.core.feature_extractor import (
    MomentFeatureExtractor,
    PyPsnrFeatureExtractor,
    PyPsnrMaxdb100FeatureExtractor,
    VmafFeatureExtractor,
)
from vmaf.core.noref_feature_extractor import (
    MomentNorefFeatureExtractor,
    NiqeNorefFeatureExtractor,
    SiTiNorefFeatureExtractor,
)
from vmaf.core.proc_func import proc_func_dict
from vmaf.core.quality_runner import (
    EnsembleVmafQualityRunner,
    PsnrQualityRunner,
    QualityRunner,
    VmafexecQualityRunner,
    VmafLegacyQualityRunner,
    VmafnegQualityRunner,
    VmafQualityRunner,
)
from vmaf.core.result_store import FileSystemResultStore

V1 = "vmaf_v1.0.16_3d0h"


def run(runner, one, **settings):
    executor = runner([one], None, **settings)
    executor.run()
    return executor.results[0]


@pytest.mark.parametrize(
    "options,spec",
    [
        ({"motion_force_zero": True}, "motion.motion_force_zero=true"),
        (
            {"vif_enhn_gain_limit": 1.0, "adm_enhn_gain_limit": 1.2},
            "vif.vif_enhn_gain_limit=1.0:adm.adm_enhn_gain_limit=1.2",
        ),
    ],
)
def test_a_model_takes_options_of_its_features(pair, command, options, spec):
    result = run(VmafQualityRunner, asset(pair), optional_dict=options)
    expected = metrics_of(command(*pair, *RAW, "-m", f"version=vmaf_v0.6.1:{spec}"))
    assert result["VMAF_scores"] == predicted(expected["vmaf"])
    # Keys have no options in their names.
    assert list(result.result_dict) == [
        *(f"VMAF_integer_feature_vif_scale{i}_scores" for i in range(4)),
        "VMAF_integer_feature_adm2_scores",
        "VMAF_integer_feature_motion2_scores",
        "VMAF_scores",
    ]


@pytest.mark.parametrize(
    "runner,options,words",
    [
        (VmafQualityRunner, {"motion_force_zeros": True}, "VMAF has no option motion_force_zeros"),
        (VmafnegQualityRunner, {"vif_enhn_gain_limit": 1.1}, "the model has options of its own"),
        (VmafexecQualityRunner, {"psnr_hvs": True}, "VMAFEXEC has no option psnr_hvs"),
        (VmafFeatureExtractor, {"vif_kernel": 1}, "VMAF_feature has no option vif_kernel"),
        (PsnrQualityRunner, {"model_filepath": "a.json"}, "has no option model_filepath"),
    ],
)
def test_what_nothing_would_honour_is_refused(pair, runner, options, words):
    with pytest.raises(visq.InvalidArgument, match=words):
        run(runner, asset(pair), optional_dict=options)


def test_options_that_are_not_given_are_none(pair):
    plain = run(PsnrQualityRunner, asset(pair))
    none = run(PsnrQualityRunner, asset(pair), optional_dict={"model_filepath": None})
    assert plain["PSNR_scores"] == none["PSNR_scores"]


LARGE = {"width": 480, "height": 360}
LARGE_RAW = ("-w", "480", "-h", "360", "-p", "420", "-b", "8")


@pytest.fixture(name="large")
def fixture_large(tmp_path):
    """A ramp that has bands in the distorted clip, of a size that CAMBI takes for an encode's."""
    ramp = np.tile(np.linspace(60, 100, 480), (360, 1))
    noise = np.random.default_rng(1).normal(0, 0.5, ramp.shape)
    grey = np.full((180, 240), 128, np.uint8)
    lumas = {"ref": ramp + noise, "dist": ramp // 2 * 2}
    return [
        write_yuv(tmp_path / f"large_{name}.yuv", [(luma.astype(np.uint8), grey, grey)])
        for name, luma in lumas.items()
    ]


def test_a_model_is_told_of_the_encode(large, command):
    encoded = asset(large, **LARGE, dis_enc_width=320, dis_enc_height=240, dis_enc_bitdepth=10)
    overloads = "cambi.enc_width=320:cambi.enc_height=240:cambi.enc_bitdepth=10"
    expected = as_read(command(*large, *LARGE_RAW, "-m", f"version={V1}:disable_clip:{overloads}"))
    plain = metrics_of(command(*large, *LARGE_RAW, "-m", f"version={V1}:disable_clip"))
    options = {"model_filepath": f"{V1}.json", "disable_clip_score": True}
    result = run(VmafQualityRunner, encoded, optional_dict=options)
    assert result["VMAF_scores"] == predicted(expected["vmaf"])
    assert result["VMAF_scores"] != predicted(plain["vmaf"])
    assert list(result.result_dict) == [
        "Cambi_feature_cambi_scores",
        "Speed_chroma_feature_speed_chroma_uv_scores",
        "VMAF_integer_feature_adm3_scores",
        "VMAF_integer_feature_motion3_scores",
        "VMAF_scores",
    ]
    named = run(VmafexecQualityRunner, encoded, optional_dict=options)
    keys = [key for key in named.result_dict if "cambi" in key]
    assert len(keys) == 1 and keys[0].endswith("_encbd_10_ench_240_encw_320_scores")
    assert named["VMAFEXEC_scores"] == expected["vmaf"]


def test_cambi_is_told_of_the_encode(large, command):
    size = {**LARGE, "dis_enc_width": 320, "dis_enc_height": 240}
    encoded = asset(large, **size)
    feature = "cambi=enc_bitdepth=8:enc_width=320:enc_height=240"
    expected = as_read(command(*large, *LARGE_RAW, "-n", "--feature", feature))
    result = run(CambiQualityRunner, encoded)
    (column,) = expected
    assert result["Cambi_scores"] == expected[column]
    full = run(CambiFullReferenceQualityRunner, encoded)
    assert {"Cambi_FR_scores", "Cambi_FR_feature_cambi_source_scores"} <= set(full.result_dict)
    alone = NorefAsset("test", 0, 0, large[1], size)
    assert run(CambiQualityRunner, alone)["Cambi_scores"] == expected[column]
    for described, words in (
        ({}, "CAMBI needs dis_enc_width and dis_enc_height"),
        ({"dis_enc_width": 96, "dis_enc_height": 72}, "CAMBI needs dis_enc_bitdepth"),
        (
            {"dis_enc_width": 96, "dis_enc_height": 72, "dis_enc_bitdepth": 10},
            "would be compared as yuv420p",
        ),
    ):
        size = {"quality_width": 192, "quality_height": 144, "yuv_type": "notyuv"}
        clip = NorefAsset("test", 0, 0, "gone.mp4", {**size, **described})
        with pytest.raises(AssetError, match=words):
            run(CambiFeatureExtractor, clip)


def test_callbacks_get_luma_as_floats(pair, tmp_path, command):
    def darker(plane):
        assert plane.dtype == float and plane.max() <= 1
        return plane * 0.5

    proc_func_dict["darker"] = darker
    try:
        result = run(PsnrQualityRunner, asset(pair, dis_proc_callback="darker"))
        ranged = run(
            PsnrQualityRunner, asset(pair, dis_proc_callback="darker", start_frame=1, end_frame=2)
        )
    finally:
        del proc_func_dict["darker"]
    frames = []
    for i in range(5):
        luma, *chroma = yuv_frame(192, 144, 30 + i)
        frames.append(((luma / 255 * 0.5 * 255).astype(np.uint8), *chroma))
    dark = write_yuv(tmp_path / "dark.yuv", frames)
    expected = as_read(command(pair[0], dark, *RAW, "-n", "--feature", "float_psnr"))
    assert result["PSNR_scores"] == expected["float_psnr"]
    assert ranged["PSNR_scores"] == expected["float_psnr"][1:3]
    with pytest.raises(AssetError, match='proc_callback "brighter" is none of identity'):
        run(PsnrQualityRunner, asset(pair, ref_proc_callback="brighter"))


def test_moments_are_of_samples_as_they_are(tmp_path):
    frames = [yuv_frame(64, 48, seed, bits=10) for seed in (1, 2)]
    clip = write_yuv(tmp_path / "ten.yuv", frames)
    ten = {"width": 64, "height": 48, "yuv_type": "yuv420p10le"}
    result = run(MomentFeatureExtractor, asset([clip, clip], **ten))
    alone = run(MomentNorefFeatureExtractor, NorefAsset("test", 0, 0, clip, ten))
    for i, (luma, *_) in enumerate(frames):
        luma = luma.astype(float)
        for key, value in ("1st", luma.mean()), ("2nd", (luma**2).mean()), ("var", luma.var()):
            assert result[f"Moment_feature_ref{key}_scores"][i] == pytest.approx(value, rel=1e-6)
            noref = alone[f"Moment_noref_feature_{key}_scores"][i]
            assert noref == pytest.approx(value, rel=1e-6)


def test_spatial_and_temporal_information(tmp_path):
    ramp = np.tile(np.arange(0, 128, 2, dtype=np.uint8), (48, 1))
    grey = np.full((24, 32), 128, np.uint8)
    clip = write_yuv(tmp_path / "ramp.yuv", [(ramp, grey, grey), (ramp + 3, grey, grey)])
    result = run(
        SiTiNorefFeatureExtractor, NorefAsset("t", 0, 0, clip, {"width": 64, "height": 48})
    )
    slopes = np.full((48, 64), 16.0)  # a step of 2, over two columns, in rows of weights 1, 2, 1
    slopes[:, [0, -1]] = 8
    assert result["SITI_noref_feature_si_scores"] == pytest.approx([slopes.std()] * 2)
    assert result["SITI_noref_feature_ti_scores"] == [0, 0]
    with pytest.raises(visq.NotSupported, match="NIQE and BRISQUE are left out"):
        NiqeNorefFeatureExtractor([], None)


def test_psnr_of_planes(pair, command):
    expected = metrics_of(command(*pair, *RAW, "-n", "--feature", "psnr"))
    result = run(PyPsnrFeatureExtractor, asset(pair))
    for key, column in ("psnry", "psnr_y"), ("psnru", "psnr_cb"), ("psnrv", "psnr_cr"):
        assert result[f"PyPsnr_feature_{key}_scores"] == pytest.approx(expected[column], rel=1e-12)
    same = asset([pair[0], pair[0]])
    assert run(PyPsnrFeatureExtractor, same)["PyPsnr_feature_psnry_score"] == 60
    bound = run(PyPsnrMaxdb100FeatureExtractor, same)
    assert bound["PyPsnr_maxdb100_feature_psnry_score"] == 100
    bound = run(PyPsnrFeatureExtractor, same, optional_dict={"max_db": 80})
    assert bound["PyPsnr_feature_psnru_score"] == 80


def test_an_ensemble_is_the_mean(pair):
    paths = ["vmaf_float_v0.6.1.pkl", "vmaf_v0.6.1.json"]  # a .pkl is not read: its .json is
    result = run(EnsembleVmafQualityRunner, asset(pair), optional_dict={"model_filepath": paths})
    parts = [
        run(VmafQualityRunner, asset(pair), optional_dict={"model_filepath": path})
        for path in ("vmaf_float_v0.6.1.json", "vmaf_v0.6.1.json")
    ]
    for i, part in enumerate(parts):
        assert result[f"EnsembleVMAF_model_{i}_scores"] == part["VMAF_scores"]
    mean = np.mean([part["VMAF_scores"] for part in parts], axis=0)
    assert result["EnsembleVMAF_scores"] == pytest.approx(mean.tolist(), rel=1e-15)


def test_an_assembler_gives_chosen_features(pair):
    assembler = FeatureAssembler(
        {"VMAF_feature": ["vif", "adm2"], "PSNR_feature": "all"},
        {"VMAF_feature": {"adm_enhn_gain_limit": 1.0}},
        [asset(pair)],
        None,
        optional_dict=None,
    )
    assembler.run()
    assert list(assembler.results[0].result_dict) == [
        "VMAF_feature_vif_scores",
        "VMAF_feature_adm2_scores",
        "PSNR_feature_psnr_scores",
    ]
    limited = run(VmafFeatureExtractor, asset(pair), optional_dict={"adm_enhn_gain_limit": 1.0})
    key = "VMAF_feature_adm2_egl_1_scores"
    assert assembler.results[0]["VMAF_feature_adm2_scores"] == limited[key]


def test_the_first_vmaf_is_a_model_of_libsvm(pair, tmp_path, monkeypatch):
    """Of two support vectors: the prediction can be written down."""
    model = tmp_path / "model/other_models/model_V8a.model"
    model.parent.mkdir(parents=True)
    head = "svm_type nu_svr\nkernel_type rbf\ngamma 0.5\nnr_class 2\ntotal_sv 2\nrho -50\nSV\n"
    model.write_text(head + "10 1:1 2:1 3:1 4:1 \n-5 1:0.5 3:0.25 \n", encoding="utf-8")
    monkeypatch.setenv("VMAF_ROOT", str(tmp_path))
    result = run(VmafLegacyQualityRunner, asset(pair))
    ranges = {"vif": (0, 1), "adm": (0.4, 1), "ansnr": (10, 50), "motion": (0, 20)}
    features = np.array(
        [
            (np.clip(result[f"VMAF_feature_{name}_scores"], low, high) - low) / (high - low)
            for name, (low, high) in ranges.items()
        ]
    ).T
    vectors = np.array([[1, 1, 1, 1], [0.5, 0, 0.25, 0]])
    distances = ((features[:, None] - vectors) ** 2).sum(axis=2)
    expected = np.exp(-0.5 * distances) @ [10, -5] + 50
    assert result["VMAF_legacy_scores"] == pytest.approx(expected.tolist(), rel=1e-12)


def test_runners_are_found_by_type():
    assert QualityRunner.find_subclass("VMAF") is VmafQualityRunner
    with pytest.raises(AssertionError, match="0 derived classes of type VMAFF"):
        QualityRunner.find_subclass("VMAFF")


def test_workfiles_are_kept(pair, tmp_path):
    store = FileSystemResultStore(result_store_dir=str(tmp_path / "store"))
    scaled = asset(pair, quality_width=96, quality_height=72)
    settings = {"result_store": store, "fifo_mode": False, "save_workfiles": True}
    result = run(PyPsnrFeatureExtractor, scaled, **settings)
    kept = [
        store._get_result_file_path(result) + f"_{side}.96x72.yuv420p.yuv"
        for side in ("ref", "dis")
    ]
    again = visq.score(*kept, ["psnr"], width=96, height=72, pixel_format="420", bitdepth=8)
    assert result["PyPsnr_feature_psnry_scores"] == pytest.approx(again["psnr_y"].tolist())
    with pytest.raises(AssertionError, match="FIFO mode cannot be true"):
        PyPsnrFeatureExtractor([scaled], None, result_store=store, save_workfiles=True)
    with pytest.raises(AssertionError, match="needs a result_store"):
        PyPsnrFeatureExtractor([scaled], None, fifo_mode=False, save_workfiles=True)


def test_the_scale_of_samples_must_be_known(tmp_path):
    clip = str(write_y4m(tmp_path / "ten.y4m", [yuv_frame(64, 48, 1, bits=10)], bits=10))
    file = {"yuv_type": "notyuv"}
    with pytest.raises(visq.InvalidArgument, match="workfile_yuv_type says how many bits"):
        run(MomentFeatureExtractor, Asset("test", 0, 0, clip, clip, file))
    ten = {**file, "workfile_yuv_type": "yuv420p10le"}
    result = run(MomentFeatureExtractor, Asset("test", 0, 0, clip, clip, ten))
    mean = yuv_frame(64, 48, 1, bits=10)[0].mean()
    assert result["Moment_feature_ref1st_score"] == pytest.approx(mean, rel=1e-6)
