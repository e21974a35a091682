"""score(): files, arrays and iterables give the command's numbers, bit for bit."""

import json

import numpy as np
import pytest
import visq
from support import model, noise, same, use_networks, write_y4m, yuv_frame

EVERY_METRIC = [m.name for m in visq.list_metrics()]


def clips(width, height, bits=8, chroma="420", frames=3):
    return [
        [yuv_frame(width, height, seed + 10 * i, bits, chroma) for i in range(frames)]
        for seed in (1, 4)
    ]


@pytest.fixture(name="pair")
def fixture_pair(tmp_path):
    """A reference and a distorted clip as frames and as files."""

    def make(width=193, height=161, bits=8, chroma="420", frames=3):
        ref, dist = clips(width, height, bits, chroma, frames)
        return (
            ref,
            dist,
            write_y4m(tmp_path / "ref.y4m", ref, chroma, bits),
            write_y4m(tmp_path / "dist.y4m", dist, chroma, bits),
        )

    return make


@pytest.mark.parametrize(
    "clip",
    [
        "src01_576x324_420p8",
        "odd_353x289_420p8",
        "p422_320x180_422p10",
        "odd_227x131_444p8",
        "gray_256x144_400p8",
        "hdr_640x360_420p12",
    ],
)
def test_files_score_as_with_the_command(shared, command, clip):
    ref, dist = (shared / "clips" / f"{clip}_{side}.y4m" for side in ("ref", "dis"))
    metrics = ["vmaf", "psnr", "float_ssim"] + ([] if "400p" in clip else ["lpips"])
    arguments = [word for name in metrics[1:] for word in ("--feature", name)]
    same(visq.score(ref, dist, metrics), command(ref, dist, *arguments))


def test_video_files_score_as_with_the_command(shared, command):
    ref, dist = shared / "clips/seeking_720x480_ref.mp4", shared / "clips/seeking_720x480_crf36.mp4"
    same(
        visq.score(str(ref), str(dist), ["psnr"], frames=12),
        command(ref, dist, "-n", "--feature", "psnr", "--frame_cnt", "12"),
    )


@pytest.mark.parametrize("metric", EVERY_METRIC)
@pytest.mark.parametrize("bits,chroma", [(8, "420"), (10, "422"), (16, "444")])
def test_every_metric_scores_borrowed_and_copied_arrays_as_files(
    pair, command, metric, bits, chroma
):
    ref, dist, ref_file, dist_file = pair(bits=bits, chroma=chroma)
    use_networks(metric)
    report = command(ref_file, dist_file, "-n", "--feature", metric)
    for copy in (False, True):
        same(visq.score(ref, dist, [metric], bitdepth=bits, copy=copy, threads=2), report)


def test_stacked_planes_iterators_and_files_mix(pair, command):
    ref, dist, ref_file, dist_file = pair()
    report = command(ref_file, dist_file)
    stacked = tuple(np.stack(planes) for planes in zip(*dist, strict=False))
    same(visq.score(ref_file, stacked), report)
    same(visq.score((frame for frame in ref), dist_file), report)
    same(visq.score(visq.read_video(ref_file), iter(dist)), report)


def test_raw_files_need_their_format(pair, command, tmp_path):
    ref, dist, ref_file, dist_file = pair(bits=10)
    raws = []
    for name, frames in ("r", ref), ("d", dist):
        raws.append(tmp_path / f"{name}.yuv")
        raws[-1].write_bytes(b"".join(plane.tobytes() for frame in frames for plane in frame))
    report = command(ref_file, dist_file)
    same(visq.score(*raws, width=193, height=161, pixel_format="420", bitdepth=10), report)
    with pytest.raises(visq.InvalidArgument, match="needs all of width, height"):
        visq.score(*raws, width=193)


def test_gray_pictures_of_any_shape(tmp_path):
    a, b = noise((90, 120), 1), noise((90, 120), 2)
    expected = visq.score(a, b, ["psnr", "float_ssim"])
    assert set(expected) == {"psnr_y", "float_ssim"}
    mse = np.mean((a.astype(float) - b) ** 2)
    assert expected["psnr_y"][0] == pytest.approx(10 * np.log10(255**2 / mse), abs=1e-9)
    for ref, dist in [
        (a[None], b[None]),
        (a[None, :, :, None], b[None, :, :, None]),
        ([a], [b]),
        ([a[:, :, None]], iter([b])),
    ]:
        got = visq.score(ref, dist, ["psnr", "float_ssim"])
        assert all(np.array_equal(got[name], expected[name]) for name in expected)


def test_rgb_is_scored_as_rgb_files_are(command, tmp_path):
    from matplotlib import image  # pylint: disable=import-outside-toplevel

    model("lpips_sq")
    rgb = [
        np.stack([noise((110, 150), seed + channel) for channel in range(3)], axis=2)
        for seed in (1, 5)
    ]
    files = [tmp_path / "a.png", tmp_path / "b.png"]
    for file, array in zip(files, rgb, strict=False):
        image.imsave(file, array)
    report = command(*files, "--feature", "lpips", "--feature", "ssimulacra2", "--feature", "psnr")
    same(visq.score(*files, ["vmaf", "lpips", "ssimulacra2", "psnr"]), report)
    alpha = visq.score(*rgb, ["vmaf", "lpips", "ssimulacra2", "psnr"])
    same(alpha, report)
    planar = [
        np.ascontiguousarray(array.transpose(2, 0, 1)).transpose(1, 2, 0) for array in rgb
    ]  # borrowed as it lies
    same(visq.score(*planar, ["vmaf", "lpips", "ssimulacra2", "psnr"]), report)
    swapped = [np.ascontiguousarray(array[:, :, ::-1]) for array in rgb]
    same(
        visq.score(
            swapped[0][:, :, ::-1], swapped[1][:, :, ::-1], ["vmaf", "lpips", "ssimulacra2", "psnr"]
        ),
        report,
    )


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_are_rounded_to_the_depth(dtype):
    model("lpips_sq")
    a, b = (noise((90, 120, 3), seed) for seed in (1, 2))
    expected = visq.score(a, b, ["psnr", "lpips"])
    got = visq.score(
        (a / 255).astype(dtype), (b / 255).astype(dtype), ["psnr", "lpips"], bitdepth=8
    )
    assert all(np.array_equal(got[name], expected[name]) for name in expected)
    deep = visq.score((a.astype(np.uint16) * 257), b.astype(np.uint16) * 257, ["psnr"])
    fine = visq.score(a.astype(np.float64) / 255, b / np.float64(255), ["psnr"])
    assert np.array_equal(deep["psnr_y"], fine["psnr_y"])


def test_any_strides_and_byte_orders_are_read_rightly():
    a, b = noise((90, 120), 1, 1023, np.uint16), noise((90, 120), 2, 1023, np.uint16)
    expected = visq.score(a, b, ["psnr"], bitdepth=10)["psnr_y"]
    wide = np.zeros((90, 300), np.uint16)
    wide[:, 10:130] = a
    views = [
        wide[:, 10:130],
        np.asfortranarray(a),
        a[::-1, ::-1].copy()[::-1, ::-1],
        np.repeat(a, 3, axis=1)[:, ::3],
        a.astype(">u2"),
    ]
    for view in views:
        assert np.array_equal(visq.score(view, b, ["psnr"], bitdepth=10)["psnr_y"], expected)
    flat = np.broadcast_to(a[:1], a.shape)  # rows without a stride
    assert np.array_equal(
        visq.score(flat, b, ["psnr"], bitdepth=10)["psnr_y"],
        visq.score(flat.copy(), b, ["psnr"], bitdepth=10)["psnr_y"],
    )


def test_colour_reaches_the_metrics(pair):
    model("lpips_sq")
    ref, dist, *_ = pair(frames=1)
    scores = {
        visq.score(ref, dist, ["lpips"], matrix=matrix, range=full)["lpips"][0]
        for matrix in ("bt709", "bt601")
        for full in ("limited", "full")
    }
    assert len(scores) == 4
    with pytest.raises(visq.InvalidArgument, match='matrix "bt7" is none of'):
        visq.score(ref, dist, matrix="bt7")


def test_models_and_metrics_by_every_spelling(pair, command):
    ref, dist, ref_file, dist_file = pair()
    report = command(
        ref_file,
        dist_file,
        "-m",
        "version=vmaf_v0.6.1",
        "-m",
        "version=vmaf_v0.6.1neg:name=vmaf_v0.6.1neg",
        "--feature",
        "psnr=enable_mse=true:enable_chroma=false",
    )
    for metrics in (
        ["vmaf", "vmaf_v0.6.1neg", "psnr=enable_mse=true:enable_chroma=false"],
        {"vmaf": {}, "vmaf_v0.6.1neg": None, "psnr": {"enable_mse": True, "enable_chroma": False}},
        [
            "version=vmaf_v0.6.1",
            "version=vmaf_v0.6.1neg:name=vmaf_v0.6.1neg",
            ("psnr", {"enable_mse": "true", "enable_chroma": False}),
        ],
    ):
        same(visq.score(ref, dist, metrics), report)
    report = command(
        ref_file,
        dist_file,
        "-m",
        "version=vmaf_v0.6.1:disable_clip:vif.vif_enhn_gain_limit=1.0:name=odd",
    )
    same(
        visq.score(
            ref,
            dist,
            [("vmaf", {"name": "odd", "disable_clip": True, "vif.vif_enhn_gain_limit": 1.0})],
        ),
        report,
    )


def test_a_bootstrap_model_gives_its_interval(pair, command):
    model("vmaf_b_v0.6.3")
    ref, dist, ref_file, dist_file = pair(frames=2)
    same(
        visq.score(ref, dist, ["version=vmaf_b_v0.6.3"]),
        command(ref_file, dist_file, "-m", "version=vmaf_b_v0.6.3"),
    )


def test_tiny_models_score_as_with_the_command(pair, command):
    ref, dist, ref_file, dist_file = pair()
    path = model("vmaf_tiny_v2")
    same(
        visq.score(ref, dist, [path, "psnr"]),
        command(ref_file, dist_file, "-n", "--tiny-model", path, "--feature", "psnr"),
    )
    with pytest.raises(visq.InvalidArgument, match="has no options"):
        visq.score(ref, dist, {path: {"crf": 3}})


def test_subsampling_skipping_and_limits(pair, command):
    ref, dist, ref_file, dist_file = pair(frames=8)
    same(visq.score(ref, dist, subsample=3), command(ref_file, dist_file, "--subsample", "3"))
    same(visq.score(ref, dist, frames=4), command(ref_file, dist_file, "--frame_cnt", "4"))
    report = command(ref_file, dist_file, "--frame_skip_ref", "2", "--shortest")
    same(visq.score(ref, dist, skip_ref=2, shortest=True), report)
    same(visq.score(ref_file, dist_file, skip_ref=2, shortest=True), report)
    for clip in (ref, ref_file):
        with pytest.raises(visq.InvalidArgument, match="ended after 6 frames, before"):
            visq.score(clip, dist if clip is ref else dist_file, skip_ref=2)


def test_files_of_different_depths_meet(pair, command, tmp_path):
    *_, ref_file, _ = pair(bits=8)
    deep = write_y4m(tmp_path / "deep.y4m", clips(193, 161, 10)[1], bits=10)
    with pytest.raises(visq.InvalidArgument, match='must be the same; add to_bitdepth="auto"'):
        visq.score(ref_file, deep, ["psnr"])
    for options in {"common_depth": True}, {"to_bitdepth": "auto"}:
        same(
            visq.score(ref_file, deep, ["psnr"], **options),
            command(ref_file, deep, "-n", "--feature", "psnr", "--to_bitdepth", "auto"),
        )


def test_unlike_clips_are_converted_as_by_the_command(pair, command, tmp_path):
    ref, _, ref_file, _ = pair(192, 160, 10)
    small = clips(96, 80, 10, "444")[1]
    small_file = write_y4m(tmp_path / "small.y4m", small, "444", 10)
    with pytest.raises(visq.InvalidArgument, match='add scale="auto" to_pixel_format="auto"'):
        visq.score(ref_file, small_file, ["psnr"])
    options = {
        "scale": "auto",
        "scaler": "lanczos",
        "to_bitdepth": 12,
        "to_pixel_format": "420",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    report = command(ref_file, small_file, "-n", "--feature", "psnr", *map(str, words))
    same(visq.score(ref_file, small_file, ["psnr"], **options), report)
    same(visq.score(iter(ref), small_file, ["psnr"], bitdepth=10, **options), report)
    with visq.Session(["psnr"], **options, bitdepth=10) as session:
        for pair_of_frames in zip(ref, small, strict=True):
            session.push(*pair_of_frames)
        same(session.finish(), report)
    with pytest.raises(visq.InvalidArgument, match='scale: "huge" is not auto, reference'):
        visq.score(ref_file, small_file, ["psnr"], scale="huge")
    with pytest.raises(visq.InvalidArgument, match="scale, which asks for it, is missing"):
        visq.score(ref_file, small_file, ["psnr"], scaler="lanczos")
    planes = next(visq.read_video(ref_file, scale="96x80", to_pixel_format="444", to_bitdepth=12))
    assert [plane.shape for plane in planes] == [(80, 96)] * 3 and planes[0].max() > 1023


def test_several_clips_share_a_reference(pair, command):
    ref, dist, ref_file, dist_file = pair()
    report = command(ref_file, dist_file, "-d", ref_file, "-n", "--feature", "psnr")["clips"]
    several = visq.score(ref_file, [dist_file, ref_file], ["psnr"])
    mixed = visq.score(iter(ref), [iter(dist), ref_file], ["psnr"])
    for scores in several, mixed:
        assert len(scores) == 2
        for got, expected in zip(scores, report, strict=True):
            same(got, expected)
    assert isinstance(visq.score(ref_file, [dist_file], ["psnr"]), list)


@pytest.mark.parametrize("bad", ["missing.y4m", "empty.y4m", "short.y4m"])
def test_one_bad_clip_leaves_the_others_their_scores(pair, tmp_path, bad):
    ref, dist, ref_file, dist_file = pair()
    (tmp_path / "empty.y4m").touch()
    write_y4m(tmp_path / "short.y4m", dist[:-1])
    with pytest.raises(visq.Error) as alone:
        visq.score(ref_file, tmp_path / bad, ["psnr"])
    assert alone.value.scores is None
    expected = visq.score(ref_file, dist_file, ["psnr"])
    for reference, good in (ref_file, dist_file), (iter(ref), iter(dist)):
        with pytest.raises(visq.Error) as raised:
            visq.score(reference, [tmp_path / bad, good], ["psnr"])
        error = raised.value
        failed, scores = error.scores
        assert type(error) is type(failed) is type(alone.value)
        assert str(error) == str(failed) and bad in str(failed)
        assert error.errno == failed.errno == alone.value.errno
        assert np.array_equal(scores["psnr_y"], expected["psnr_y"])
    with pytest.raises(visq.Error) as raised:
        visq.score(ref_file, [tmp_path / bad, tmp_path / bad], ["psnr"])
    assert str(raised.value) == str(alone.value)


def test_sync_finds_where_files_begin_alike(tmp_path):
    whole = clips(64, 64, frames=30)[0]
    ref = write_y4m(tmp_path / "a.y4m", whole)
    late = write_y4m(tmp_path / "late.y4m", whole[7:])
    scores = visq.score(ref, late, ["psnr"], sync="auto")
    assert len(scores.frames) == 23 and np.all(scores["psnr_y"] == scores["psnr_y"].max())
    with pytest.raises(visq.InvalidArgument, match="have to be files"):
        visq.score(iter(whole), late, ["psnr"], sync="auto")


def test_devices_are_those_of_the_command(pair):
    ref, dist, *_ = pair()
    path = model("vmaf_tiny_v2")
    assert visq.score(ref, dist, [path], device="cpu").pooled
    with pytest.raises(visq.Error, match='device "gpu" is none of auto, cpu'):
        visq.score(ref, dist, [path], device="gpu")


def test_progress_counts_and_can_stop_the_clip(pair):
    ref, dist, *_ = pair(frames=5)
    seen = []
    visq.score(ref, dist, ["psnr"], progress=seen.append)
    assert seen == [1, 2, 3, 4, 5]

    def stop(count):
        if count == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        visq.score(ref, dist, ["psnr"], progress=stop)


def test_the_result_as_json_pandas_plot_and_text(pair, command, tmp_path):
    ref, dist, ref_file, dist_file = pair()
    dist[0] = ref[0]
    write_y4m(dist_file, dist)
    scores = visq.score(ref, dist, ["vmaf", "float_ssim=enable_db=true"])
    report = command(ref_file, dist_file, "--feature", "float_ssim=enable_db=true")
    written = json.loads(
        (scores.to_json(tmp_path / "s.json"), (tmp_path / "s.json").read_text())[1]
    )
    for key in ("version", "frames", "pooled_metrics", "aggregate_metrics"):
        assert written[key] == report[key]
    table = scores.to_pandas()
    assert (
        list(table.index) == [0, 1, 2]
        and list(table.columns) == list(scores)
        and table["vmaf"][1] == scores["vmaf"][1]
    )
    axes = scores.plot(["vmaf", "float_ssim"])
    assert [ax.get_ylabel() for ax in axes] == ["vmaf", "float_ssim"]
    assert np.array_equal(axes[0].lines[0].get_ydata(), scores["vmaf"])
    assert "vmaf" in repr(scores) and "3 frames" in repr(scores)
    with pytest.raises(KeyError, match='no score "vmof"; there are'):
        scores["vmof"]  # pylint: disable=pointless-statement


def test_worst_means_worst(pair, command):
    ref, dist, ref_file, dist_file = pair()
    scores = visq.score(
        ref,
        dist,
        [("psnr", {"enable_mse": True, "enable_apsnr": True}), "motion"],
        thresholds={"mse_y": [0, 1e9], "psnr_y": np.float64(99.5)},
    )
    values = np.sort(scores["mse_y"])
    mse = scores.pooled["mse_y"]
    assert mse.worst_percentile_5 == pytest.approx(np.percentile(values, 95), rel=1e-12)
    assert mse.worst_1_percent_mean == mse.worst_frame_value == values[-1]
    assert mse.worst_frame == int(np.argmax(scores["mse_y"]))
    assert mse.share_below == {0.0: 1.0, 1e9: 0.0}
    psnr = scores.pooled["psnr_y"]
    assert psnr.worst_percentile_5 == psnr.percentile_5
    assert psnr.share_below == {99.5: 1.0}
    assert psnr.clip == scores.aggregate["apsnr_y"] != psnr.mean
    assert mse.clip == mse.mean
    motion = scores.pooled["integer_motion2"]
    assert motion.worst_frame is None and motion.worst_1_percent_mean is None
    report = command(
        ref_file,
        dist_file,
        *"-n --feature psnr=enable_mse=true:enable_apsnr=true --feature motion".split(),
        *"--threshold mse_y:0 --threshold mse_y:1e9 --threshold psnr_y:99.5".split(),
    )
    same(scores, report)
    assert scores.to_dict()["pooled_metrics"] == report["pooled_metrics"]
    assert "in frame" in repr(scores)
    with pytest.raises(visq.InvalidArgument, match='threshold="psnr:1": there is no score "psnr"'):
        visq.score(ref, dist, ["psnr"], thresholds={"psnr": 1})


def test_a_model_by_size(pair):
    ref, dist, _, _ = pair()
    assert "vmaf_v0.6.1" in visq.score(ref, dist, ["auto"])


def test_the_catalogue_is_that_of_the_library():
    psnr = next(m for m in visq.list_metrics() if m.name == "psnr")
    assert [f.name for f in psnr.features][:3] == [
        "psnr_y",
        "mse_y",
        "psnr_cb",
    ] and psnr.features[0].unit == "dB"
    assert any(
        o.name == "enable_mse" and o.type == "bool" and o.default == "false" for o in psnr.options
    )
    assert (psnr.needs_reference, psnr.exactness) == (True, "exact")
    models = {m.name: m for m in visq.list_models()}
    assert models["vmaf_v0.6.1"].path is None and models["vmaf_v0.6.1"].kind == "vmaf"
