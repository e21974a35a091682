"""The vmaf package: datasets, and the commands that score them."""

import re
import types

import numpy as np
import pytest
import visq
from support import as_read, predicted, write_yuv, yuv_frame
from vmaf.core.asset import AssetError
from vmaf.core.quality_runner import PsnrQualityRunner, VmafQualityRunner
from vmaf.core.result_store import FileSystemResultStore
from vmaf.dataset_stats import Scatter, get_stats
from vmaf.routine import (
    SubjectiveDatasetReader,
    SubjectiveDatasetTester,
    compare_two_quality_runners_on_dataset,
    read_dataset,
    run_remove_results_for_dataset,
    run_test_on_dataset,
)
from vmaf.script import (
    run_cambi,
    run_cleaning_cache,
    run_psnr,
    run_testing,
    run_vmaf,
    run_vmaf_in_batch,
)
from vmaf.tools.misc import import_python_file

RAW = ("-w", "192", "-h", "144", "-p", "420", "-b", "8")


@pytest.fixture(name="clips")
def fixture_clips(tmp_path):
    """Two references, and two encodes of each: the second is the noisier."""
    paths = {}
    for content in (0, 1):
        frames = [yuv_frame(192, 144, 10 * content + i) for i in range(2)]
        paths[content, 0] = write_yuv(tmp_path / f"ref{content}.yuv", frames)
        for level in (1, 2):
            noise = np.random.default_rng(level).integers(-3 * level**2, 3 * level**2, (144, 192))
            noisy = [(np.clip(y + noise, 0, 255).astype(np.uint8), u, v) for y, u, v in frames]
            paths[content, level] = write_yuv(tmp_path / f"dis{content}_{level}.yuv", noisy)
    return paths


@pytest.fixture(name="file")
def fixture_file(tmp_path, clips):
    refs = [{"content_id": c, "path": clips[c, 0]} for c in (0, 1)]
    dis = [
        {
            "content_id": c,
            "asset_id": 2 * c + level,
            "path": clips[c, level],
            "dmos": 95 - 30 * level - 5 * c,
        }
        for c in (0, 1)
        for level in (1, 2)
    ]
    path = tmp_path / "dataset.py"
    path.write_text(
        "dataset_name = 'example'\nyuv_fmt = 'yuv420p'\nwidth = 192\nheight = 144\n"
        f"ref_videos = {refs}\ndis_videos = {dis}\n",
        encoding="utf-8",
    )
    return str(path)


def dataset(ref=None, dis=None, **common):
    return types.SimpleNamespace(
        dataset_name="d",
        ref_videos=[{"content_id": 0, "path": "ref.yuv", **(ref or {})}],
        dis_videos=[{"content_id": 0, "asset_id": 1, "path": "dis.yuv", **(dis or {})}],
        **common,
    )


RAW_SIZE = {"ref_width": 64, "ref_height": 48, "dis_width": 64, "dis_height": 48}
TYPES = {"ref_yuv_type": "yuv420p", "dis_yuv_type": "yuv420p"}


@pytest.mark.parametrize(
    "described,expected",
    [
        ({"width": 64, "height": 48}, RAW_SIZE),
        ({"ref": {"width": 64, "height": 48}}, RAW_SIZE),
        ({"dis": {"width": 64, "height": 48}}, RAW_SIZE),
        (
            {
                "ref": {"width": 64, "height": 48},
                "dis": {"width": 32, "height": 24, "quality_width": 64, "quality_height": 48},
            },
            {
                **RAW_SIZE,
                "dis_width": 32,
                "dis_height": 24,
                "quality_width": 64,
                "quality_height": 48,
            },
        ),
        (
            {
                "dis": {"yuv_fmt": "notyuv", "enc_width": 32, "enc_bitdepth": 10},
                "width": 64,
                "height": 48,
            },
            {
                "dis_yuv_type": "notyuv",
                "ref_width": 64,
                "ref_height": 48,
                "dis_enc_width": 32,
                "dis_enc_bitdepth": 10,
            },
        ),
        (
            {"crop_cmd": "8:8:0:0", "dis": {"pad_cmd": "16:16", "os": [1, 2], "fps": 25}},
            {
                "ref_crop_cmd": "8:8:0:0",
                "dis_crop_cmd": "8:8:0:0",
                "dis_pad_cmd": "16:16",
                "raw_groundtruth": [1, 2],
                "fps": 25,
            },
        ),
        ({"dis": {"resampling_type": "lanczos"}}, {"resampling_type": "lanczos"}),
        (
            {"ref": {"resampling_type": "bilinear"}, "dis": {"resampling_type": "lanczos"}},
            {"ref_resampling_type": "bilinear", "dis_resampling_type": "lanczos"},
        ),
        (
            {
                "ref": {"ref_start_frame": 1, "ref_end_frame": 2},
                "dis": {"mos": 3, "dis_end_frame": 7},
            },
            {"ref_start_frame": 1, "ref_end_frame": 2, "dis_end_frame": 7, "groundtruth": 3},
        ),
    ],
)
def test_what_a_dataset_says_of_an_asset(described, expected):
    (asset,) = read_dataset(dataset(yuv_fmt="yuv420p", **described))
    assert asset.asset_dict == {**TYPES, **expected}
    assert (asset.dataset, asset.content_id, asset.asset_id) == ("d", 0, 1)


def test_which_assets_are_read():
    two = dataset(yuv_fmt="yuv420p")
    two.dis_videos.append({"content_id": 0, "asset_id": 2, "path": "b.yuv", "score": 5})
    assert len(read_dataset(two)) == 2
    assert [a.asset_id for a in read_dataset(two, asset_ids=[2])] == [2]
    assert read_dataset(two, asset_ids=[2], groundtruth_key="score")[0].groundtruth == 5
    assert read_dataset(two, content_ids=[3]) == []
    assert read_dataset(two, skip_asset_with_none_groundtruth=True) == []
    for wrong, error, words in (
        (types.SimpleNamespace(dataset_name="x"), AssertionError, "no ref_videos, dis_videos"),
        (dataset(), AssertionError, "has a yuv_fmt"),
        (dataset(ref={"width": 64}, yuv_fmt="yuv420p"), AssetError, "only one of width and height"),
        (
            dataset({"width": 64, "height": 48}, {"width": 32, "height": 24}, yuv_fmt="yuv420p"),
            AssetError,
            "quality_width and quality_height say",
        ),
    ):
        with pytest.raises(error, match=words):
            read_dataset(wrong)


def test_a_dataset_is_scored(file, clips, command, capsys):
    assets, results = run_test_on_dataset(
        import_python_file(file), PsnrQualityRunner, None, None, None, aggregate_method=np.min
    )
    assert [asset.groundtruth for asset in assets] == [65, 35, 60, 30]
    for result, key in zip(results, [(0, 1), (0, 2), (1, 1), (1, 2)], strict=True):
        pair = clips[key[0], 0], clips[key]
        expected = as_read(command(*pair, *RAW, "-n", "--feature", "float_psnr"))["float_psnr"]
        assert result["PSNR_scores"] == expected and result["PSNR_score"] == min(expected)
    assert capsys.readouterr().out.startswith("Stats on testing data: (SRCC: ")


def test_statistics_of_a_dataset(file):
    tester = SubjectiveDatasetTester(
        SubjectiveDatasetReader(import_python_file(file)),
        VmafQualityRunner,
        result_store=None,
        split_test_indices_for_perf_ci=True,
        n_splits_test_indices=3,
    )
    tester.run()
    stats = tester.stats
    assert stats["ys_label"] == [65, 35, 60, 30] and stats["SRCC"] > 0.7
    assert len(stats["SRCC_across_test_splits_distribution"]) == 3
    perfect = get_stats([1, 2, 3, 4], [1, 2, 3, 4])
    assert perfect["SRCC"] == perfect["KENDALL"] == pytest.approx(1)
    opinions = [[1, 2, 2], [3, 3, 2], [5, 4, 5], [5, 5, 5]]
    with_opinions = get_stats([1, 2, 3, 4], [1, 2, 3, 4], raw=opinions)
    assert with_opinions["AUC_BW"] == 1
    assert np.isnan(get_stats([1, 2, 3, 4], [1, 2, 3, 4], raw=[[1]] * 4)["AUC_BW"])
    with pytest.raises(visq.NotSupported, match='type "classifier"'):
        SubjectiveDatasetTester(None, None, type="classifier")


def test_two_runners_are_compared(file):
    found = compare_two_quality_runners_on_dataset(
        import_python_file(file),
        PsnrQualityRunner,
        VmafQualityRunner,
        None,
        num_resample=5,
        seed_resample=3,
    )
    assert len(found["plcc"]) == 5 and len(found["srocc_ci95_diff"]) == 2


def test_points_are_drawn(tmp_path):
    from matplotlib import pyplot

    pyplot.close("all")
    stats = get_stats([1, 2, 3, 4], [1, 3, 2, 4], stddev=[0.1, None, 0.2, 0.3])
    axes = pyplot.subplots()[1]
    scatter = Scatter(stats, [0, 0, 1, 1], ["a", "b", "c", "d"])
    scatter.draw(axes, ["aggregate", "per_content"], fit=True)
    assert len(pyplot.get_fignums()) == 3 and [t.get_text() for t in axes.texts] == list("abcd")
    scatter.draw(pyplot.subplots()[1], ["groundtruth_predicted_in_parallel"])
    assert len(pyplot.get_fignums()) == 4
    with pytest.raises(AssertionError, match="do_plot pie is none of"):
        scatter.draw(axes, ["pie"])
    pyplot.close("all")


def test_the_commands_of_datasets(file, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VMAF_ROOT", str(tmp_path))
    words = ["PSNR", file, "--parallelize", "--suppress-plot", "--cache-result", "--print-result"]
    assert run_testing.main(words) == 0
    out = capsys.readouterr().out
    assert (
        "Stats on testing data: (SRCC: " in out and out.count("Aggregate (mean): PSNR_score:") == 4
    )
    store = tmp_path / "workspace/result_store_dir/file_result_store"
    kept = [path for path in store.rglob("*") if path.is_file()]
    assert len(kept) == 4
    result = FileSystemResultStore.load_result(str(kept[0]))
    assert (
        result.executor_id == "PSNR_feature_V1.1" and len(result["PSNR_feature_psnr_scores"]) == 2
    )
    assert run_cleaning_cache.main(["PSNR", file]) == 0
    assert not [path for path in store.rglob("*") if path.is_file()]
    assert run_testing.main(["VMAF", file, "--save-plot", str(tmp_path / "plots")]) == 0
    assert len(list((tmp_path / "plots").glob("*.png"))) == 1
    for wrong, code, words in (
        (["VMAFF", file, "--suppress-plot"], 1, "0 derived classes of type VMAFF"),
        (["PSNR", file, "--vmaf-model", "a.json"], 1, "PSNR has no VMAF model"),
        (["PSNR", file, "--suppress-plot", "--processes", "2"], 1, "needs --parallelize"),
        (["PSNR", file, "--processes", "0"], 2, "0 is less than 1"),
        (["PSNR", file, "--plot-wh", "5"], 2, "5 is not WxH"),
    ):
        assert run_testing.main(wrong) == code
        assert words in capsys.readouterr().err


def test_the_commands_of_clips(clips, tmp_path, capsys, command):
    pair = [clips[0, 0], clips[0, 1]]
    line = ["yuv420p", "192", "144", *pair]
    expected = as_read(command(*pair, *RAW, "--feature", "float_psnr"))
    assert run_psnr.main([*line, "--pool", "min"]) == 0
    assert f"PSNR_score:{min(expected['float_psnr']):.6f}" in capsys.readouterr().out
    batch = tmp_path / "batch"
    batch.write_text(f"# pairs\n{' '.join(line)}\n\n{' '.join(line)}\n", encoding="utf-8")
    assert run_vmaf_in_batch.main([str(batch), "--parallelize"]) == 0
    means = re.findall(r"Aggregate.*VMAF_score:([0-9.]+)", capsys.readouterr().out)
    assert [float(mean) for mean in means] == predicted([np.mean(expected["vmaf"])] * 2)
    batch.write_text("yuv420p 192\n", encoding="utf-8")
    assert run_vmaf_in_batch.main([str(batch)]) == 1
    assert "line 1: " in capsys.readouterr().err
    assert run_vmaf.main([*line, "--local-explain"]) == 2
    large = write_yuv(tmp_path / "large.yuv", [yuv_frame(480, 360, 3)])
    words = ["yuv420p", "480", "360", large, "--enc-width", "320", "--enc-height", "240"]
    assert run_cambi.main([*words, "--ref-path", large, "--out-fmt", "json"]) == 0
    assert '"Cambi_FR_score": 0.0' in capsys.readouterr().out
    assert run_cambi.main(words) == 0
    assert run_cambi.main(["yuv420p", "480", "360", str(tmp_path / "gone.yuv")]) == 1


def test_results_of_a_dataset_are_removed(file, tmp_path):
    store = FileSystemResultStore(result_store_dir=str(tmp_path / "store"))
    run_test_on_dataset(import_python_file(file), VmafQualityRunner, None, store, None)
    assert len([path for path in (tmp_path / "store").rglob("*") if path.is_file()]) == 4
    run_remove_results_for_dataset(store, import_python_file(file), VmafQualityRunner)
    assert not [path for path in (tmp_path / "store").rglob("*") if path.is_file()]
