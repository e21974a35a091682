"""The vmaf package: pairs of clips, and what is done to them before they are scored."""

import logging
import subprocess

import pytest
import visq
from support import RAW, SIZE, as_read, asset, metrics_of, predicted
from vmaf.core.asset import Asset, AssetError, NorefAsset
from vmaf.core.quality_runner import PsnrQualityRunner, VmafexecQualityRunner, VmafQualityRunner


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
    with pytest.raises(AssertionError, match="needs parallelize=True"):
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
    assert runner.results[0]["VMAF_scores"] == predicted(expected["vmaf"])


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
    assert runner.results[0]["VMAF_scores"] == predicted(expected["vmaf"])
    assert len(expected["vmaf"]) == 3
    deep = VmafQualityRunner([asset(pair, workfile_yuv_type="yuv420p10le")], None)
    deep.run()
    assert len(deep.results[0]["VMAF_scores"]) == 5 and deep.results[0]["VMAF_scores"] != predicted(
        expected["vmaf"]
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
        == as_read(command(*files, "-n", "--feature", "psnr", "--frame_cnt", "5"))["psnr_y"]
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
    assert str(one) == "test_0_0_ref_192x144_1to3_vs_dist_192x144_e_96x72_1to3_q_192x144"
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


def test_a_clip_without_a_reference(pair):
    alone = NorefAsset("test", 0, 0, pair[1], {**SIZE, "dis_start_frame": 1, "dis_end_frame": 2})
    assert alone.ref_path == alone.dis_path == alone.copy(ref_path=pair[0]).ref_path
    assert (
        alone.ref_start_end_frame == (1, 2) and str(alone) == "test_0_0_dist_192x144_1to2_q_192x144"
    )
    assert alone == NorefAsset.from_repr(repr(alone)).copy()
    beside = alone.copy_as_asset(ref_path=pair[0])
    assert type(beside) is Asset and beside.ref_path == pair[0] and beside.dis_path == pair[1]


def test_accessors_of_filters_and_files(pair):
    one = asset(pair, crop_cmd="8:8:0:0", dis_pad_cmd="16:16", fps_cmd="25", quality_width=8)
    assert (one.crop_cmd, one.ref_crop_cmd, one.dis_crop_cmd) == ("8:8:0:0",) * 3
    assert (one.pad_cmd, one.ref_pad_cmd, one.dis_pad_cmd) == (None, None, "16:16")
    assert one.fps_cmd == one.ref_fps_cmd == one.dis_fps_cmd == "25"
    assert one.ref_workfile_path == f"{one.workdir}/ref_{one}"
    assert one.dis_procfile_path == f"{one.workdir}/disp_{one}"
    one.use_path_as_workpath = one.use_workpath_as_procpath = True
    assert one.ref_procfile_path == pair[0]
    one.clear_up_width_height()
    assert one.ref_width_height is None
    with pytest.raises(AssetError, match="no title"):
        one.copy(title="x")
    with pytest.raises(AssetError, match="dis_enc_bitdepth 9"):
        _ = asset(pair, dis_enc_bitdepth=9).dis_encode_bitdepth


def test_a_crop_says_at_which_size(pair):
    """The size of the comparison counts: what was cropped is scaled to it."""
    with pytest.raises(AssetError, match="quality_width and quality_height say"):
        PsnrQualityRunner([asset(pair, crop_cmd="96:72:0:0")], None)
    sizes = {}
    for width, height in (96, 72), (192, 144):
        cropped = asset(pair, crop_cmd="96:72:0:0", quality_width=width, quality_height=height)
        runner = PsnrQualityRunner([cropped], None)
        runner.run()
        sizes[width] = runner.results[0]["PSNR_scores"]
    assert sizes[96] != sizes[192]
