"""visq under FFmpeg's libvmaf filter: every frame's numbers are those of the `vmaf` command.

ffmpeg_test.py filter|swap|static BUILD_FOLDER PREFIX CLIPS_TOOL NETWORKS. PREFIX: where visq is
installed. CLIPS_TOOL: visq_clips. NETWORKS: what visq_synthetic_store wrote. `filter` builds ffmpeg
against our headers and library. `swap` builds it against another libvmaf, installed in the prefix
that VISQ_REFERENCE_LIBVMAF names, and puts our libvmaf.so.3 under it. `static` links our libvmaf.a
into ffmpeg.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

import build_ffmpeg

MODELS = [
    "version=vmaf_v0.6.1:name=vmaf",
    "version=vmaf_v0.6.1neg:name=neg",
    "version=vmaf_v0.6.1:name=limited:vif.vif_enhn_gain_limit=1.0:adm.adm_enhn_gain_limit=1.0",
]
FEATURES = ["psnr=enable_mse=true", "float_ssim", "float_ms_ssim", "cambi"]
SKIPPED = 77

MODE, FOLDER, PREFIX, CLIPS_TOOL, NETWORKS = (
    sys.argv[1],
    *(pathlib.Path(argument).resolve() for argument in sys.argv[2:6]),
)
VMAF = PREFIX / "bin/vmaf"
SHARED = pathlib.Path(__file__).resolve().parents[3] / "shared/clips"


def encode(source, target, quality):
    """mp4 by the ffmpeg of the distribution, in a codec that every build of it has."""
    subprocess.run(
        [
            "ffmpeg",
            "-nostdin",
            "-loglevel",
            "error",
            "-y",
            "-i",
            source,
            "-c:v",
            "mpeg4",
            "-q:v",
            str(quality),
            "-bf",
            "0",
            target,
        ],
        check=True,
    )


def generated_pairs(folder):
    """(reference, distorted): mp4 and y4m of the depths and formats that the filter takes."""
    subprocess.run([CLIPS_TOOL, folder], check=True)
    for side, quality in (("ref", 2), ("dis", 9)):
        encode(folder / f"576x324_420p8_{side}.y4m", folder / f"made_{side}.mp4", quality)
    yield folder / "made_ref.mp4", folder / "made_dis.mp4"
    for clip in ("576x324_420p8", "576x324_420p10", "352x288_422p10"):
        yield folder / f"{clip}_ref.y4m", folder / f"{clip}_dis.y4m"


def pairs(folder):
    """Those, and a longer pair of another codec."""
    yield from generated_pairs(folder)
    if (SHARED / "seeking_720x480_ref.mp4").exists():
        yield SHARED / "seeking_720x480_ref.mp4", SHARED / "seeking_720x480_crf36.mp4"


def by_command(pair, output, *more):
    subprocess.run(
        [VMAF, "-r", pair[0], "-d", pair[1], "--quiet", "--json", "-o", output, *more], check=True
    )
    return json.loads(output.read_text())


def command_options():
    models = [word for model in MODELS for word in ("--model", model)]
    return models + [word for spec in FEATURES for word in ("--feature", spec)]


def filter_options(**options):
    return "libvmaf=" + ":".join(f"{key}={value}" for key, value in options.items())


def list_options():
    """The same features and models as command_options, as the filter takes them."""

    def listed(specs):
        return "|".join(spec.replace(":", r"\\:") for spec in specs)

    return {
        "feature": listed("name=" + spec.replace("=", ":", 1) for spec in FEATURES),
        "model": listed(MODELS),
    }


def planes(header):
    """Samples in a row and rows of each plane of a y4m file."""
    tags = {word[:1]: word[1:] for word in header.split()[1:]}
    width, height, chroma = int(tags["W"]), int(tags["H"]), tags["C"]
    small = (
        width // (1 if chroma.startswith("444") else 2),
        height // (2 if chroma.startswith("420") else 1),
    )
    return [(width, height), small, small]


def without_right_halves(path):
    """What FFmpeg's filter up to 5.1 sees of clips above 8 bits: it copies as many bytes of a row
    as there are samples.
    """
    header, _, frames = path.read_bytes().partition(b"\n")
    rows = [width for width, height in planes(header.decode()) for _ in range(height)]
    output, at = bytearray(header + b"\n"), 0
    while at < len(frames):
        output += b"FRAME\n"
        at += len(b"FRAME\n")
        for width in rows:
            output += frames[at : at + width] + bytes(width)
            at += 2 * width
    cut = path.with_name(f"cut_{path.name}")
    cut.write_bytes(output)
    return cut


def as_the_filter_sees(pair):
    source = (FOLDER / "source/libavfilter/vf_libvmaf.c").read_text()
    halves = "sizeof(*dst_data) * dst->w[i]" in source
    deep = re.search(r"p1[0-9]_", pair[0].name)
    return tuple(without_right_halves(clip) for clip in pair) if halves and deep else pair


def by_filter(ffmpeg, library, pair, options):
    """What ffmpeg says on standard error."""
    environment = {**os.environ, "LD_LIBRARY_PATH": str(library)}
    command = [
        ffmpeg,
        "-nostdin",
        "-i",
        pair[1],
        "-i",
        pair[0],
        "-lavfi",
        f"[0:v][1:v]{options}",
        "-f",
        "null",
        "-",
    ]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise AssertionError(
            f"{' '.join(map(str, command))} ended with {run.returncode}: {run.stderr[-3000:]}"
        )
    return run.stderr


class Drop(unittest.TestCase):
    """The filter of FFMPEG with the library in LIBRARY."""

    ffmpeg = None
    library = None

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        self.log = self.folder / "filter.json"

    def score(self, pair, **options):
        said = by_filter(
            self.ffmpeg,
            self.library,
            pair,
            filter_options(log_fmt="json", log_path=self.log, **options),
        )
        return json.loads(self.log.read_text()), said

    def command(self, pair, *options):
        return by_command(as_the_filter_sees(pair), self.folder / "command.json", *options)

    def assert_same_frames(self, ours, command):
        self.assertEqual(
            [frame["frameNum"] for frame in ours["frames"]],
            [frame["frameNum"] for frame in command["frames"]],
        )
        for mine, other in zip(ours["frames"], command["frames"], strict=False):
            self.assertEqual(mine["metrics"], other["metrics"], f"frame {mine['frameNum']}")

    def test_loads_our_library(self):
        environment = {**os.environ, "LD_LIBRARY_PATH": str(self.library)}
        listed = subprocess.run(
            ["ldd", self.ffmpeg], env=environment, capture_output=True, text=True, check=False
        ).stdout
        if MODE == "static":
            self.assertNotIn("libvmaf", listed)
            self.assertIn("libfmt", listed)
        else:
            self.assertRegex(listed, rf"libvmaf\.so\.3 => {re.escape(str(self.library))}/")

    def test_every_frame_is_the_commands(self):
        for pair in pairs(self.folder):
            with self.subTest(pair[1].name):
                ours, said = self.score(pair, **list_options())
                command = self.command(pair, *command_options())
                self.assertRegex(ours["version"], "^visq-")
                self.assertGreater(len(ours["frames"]), 1)
                for name in (
                    "vmaf",
                    "neg",
                    "limited",
                    "mse_y",
                    *(f for f in FEATURES if "=" not in f),
                ):
                    self.assertIn(name, ours["frames"][0]["metrics"])
                self.assert_same_frames(ours, command)
                self.assertEqual(ours["pooled_metrics"], command["pooled_metrics"])
                self.assertIn(f"VMAF score: {command['pooled_metrics']['vmaf']['mean']:.6f}", said)

    @unittest.skipIf(MODE != "swap", "there is no other library")
    def test_scores_stay_what_they_were(self):
        pair = next(
            pairs(self.folder)
        )  # wider than 532, where the reference's vector code and C code agree
        ours, _ = self.score(pair, feature="name=psnr|name=float_ssim")
        before = type(
            "Before", (Drop,), {"library": build_ffmpeg.library_folder(reference_prefix())}
        )()
        before.log = self.folder / "before.json"
        theirs, _ = before.score(pair, feature="name=psnr|name=float_ssim")
        self.assertNotEqual(ours["version"], theirs["version"])
        for mine, other in zip(ours["frames"], theirs["frames"], strict=True):
            for name in ("vmaf", "psnr_y", "psnr_cb", "float_ssim"):
                self.assertAlmostEqual(mine["metrics"][name], other["metrics"][name], delta=2e-6)

    def test_threads_and_subsampling(self):
        pair = next(pairs(self.folder))
        ours, _ = self.score(pair, n_threads=3, n_subsample=2, **list_options())
        self.assert_same_frames(ours, self.command(pair, "--subsample", "2", *command_options()))

    def test_lpips_where_the_environment_names_its_network(self):
        network = PREFIX / "share/visq/models/tiny/lpips_sq.onnx"
        if not network.exists():
            self.skipTest(f"{network} is not there")
        pair = next(pairs(self.folder))
        with unittest.mock.patch.dict(os.environ, VMAF_LPIPS_MODEL_PATH=str(network)):
            ours, _ = self.score(pair, feature="name=lpips")
        self.assertGreater(ours["frames"][0]["metrics"]["lpips"], 0)
        self.assert_same_frames(ours, self.command(pair, "--feature", "lpips"))

    def test_learned_metrics_with_synthetic_networks(self):
        environment = {
            "VMAF_DISTS_MODEL_PATH": str(NETWORKS / "tiny/dists_vgg.onnx"),
            "VMAF_LPIPS_MODEL_PATH": str(NETWORKS / "tiny/lpips_alex.onnx"),
        }
        with unittest.mock.patch.dict(os.environ, environment):
            for pair in generated_pairs(self.folder):
                with self.subTest(pair[1].name):
                    ours, _ = self.score(pair, n_threads=2, feature="name=dists|name=lpips")
                    for name in ("dists", "lpips"):
                        self.assertGreater(ours["frames"][0]["metrics"][name], 0)
                    command = self.command(pair, "--feature", "dists", "--feature", "lpips")
                    self.assert_same_frames(ours, command)

    def test_the_smallest_score(self):
        ours, said = self.score(next(pairs(self.folder)), pool="min")
        self.assertIn(f"VMAF score: {ours['pooled_metrics']['vmaf']['min']:.6f}", said)

    def test_a_model_file_and_old_options(self):
        source = (FOLDER / "source/libavfilter/vf_libvmaf.c").read_text()
        if "enable_conf_interval" not in source:
            self.skipTest("this ffmpeg has dropped them")
        pair = next(pairs(self.folder))
        collection = next(PREFIX.glob("share/visq/models/vmaf/vmaf_b_v0.6.3.json"))
        ours, _ = self.score(pair, model_path=collection, enable_conf_interval=1, psnr=1)
        self.assert_same_frames(ours, self.command(pair, "--feature", "psnr=enable_chroma=false"))

    def test_a_model_that_is_not_there_is_said(self):
        pair = next(pairs(self.folder))
        with self.assertRaisesRegex(AssertionError, "there is no built-in model vmaf_v9"):
            self.score(pair, model="version=vmaf_v9")
        with self.assertRaisesRegex(AssertionError, "Invalid argument"):  # libvmaf's number
            self.score(pair, model="path=/nowhere.json")


def reference_prefix():
    named = os.environ.get("VISQ_REFERENCE_LIBVMAF")
    if not named:
        print(
            "skipped: VISQ_REFERENCE_LIBVMAF names no prefix with another libvmaf (headers, "
            "library, pkg-config file)"
        )
        sys.exit(SKIPPED)
    prefix = pathlib.Path(named).resolve()
    if not (build_ffmpeg.library_folder(prefix) / "libvmaf.so.3").exists():
        print(
            f"skipped: {prefix} has another soname than libvmaf.so.3, which is what can be "
            f"exchanged"
        )
        sys.exit(SKIPPED)
    return prefix


def main():
    try:
        if MODE == "filter":
            Drop.ffmpeg = build_ffmpeg.build(FOLDER, "ours", PREFIX)
        elif MODE == "swap":
            Drop.ffmpeg = build_ffmpeg.build(FOLDER, "other", reference_prefix())
        else:
            prefix = build_ffmpeg.without_shared_library(PREFIX, FOLDER / "static_prefix")
            Drop.ffmpeg = build_ffmpeg.build(FOLDER, "static", prefix)
        Drop.library = build_ffmpeg.library_folder(PREFIX)
    except build_ffmpeg.Trouble as trouble:
        sys.exit(f"no ffmpeg: {trouble}")
    unittest.main(argv=sys.argv[:1], verbosity=2)


if __name__ == "__main__":
    main()
