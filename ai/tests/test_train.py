"""Trainers: what is learned, what is refused, and docs/ai/training.md on a miniature corpus."""

import ctypes
import os
import pathlib
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT, by_command, read_json, small_trunk, vmaf_command
from test_export import run

from ai import codec_block, corpus, distil, dists_graph, store

visq = pytest.importorskip("visq", reason="needs Python's package visq, which ctest has")
pytest.importorskip("torch", reason="trainers need torch: ./setup --with train")
pytest.importorskip("sklearn", reason="baselines need scikit-learn: ./setup --with train")

from ai import loso, regressors  # noqa: E402


def write(path, noise=0.5, sources=5, frames=6, **changes):
    """A corpus whose target is nearly a function of its features and of the crf."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    numbers, rows = np.random.default_rng(1), []
    for source in range(sources):
        shift = numbers.normal(0, 0.02)
        for i, codec in enumerate(("libx264", "libx265", "libsvtav1")):
            for crf in range(10, 60, 6):
                quality = 1 - crf / 80 + shift
                for frame in range(frames):
                    wave = quality + numbers.normal(0, 0.01)
                    vif = {f"vif_scale{k}": wave * (0.6 + 0.1 * k) for k in range(4)}
                    rows.append(
                        {
                            "source": f"s{source}",
                            "encode": f"s{source}_{codec}_{crf}",
                            "frame": frame,
                            **{"codec": codec, "preset": "5", "crf": float(crf)},
                            **{"adm2": wave, **vif, "motion2": float(numbers.random())},
                            "target": 100 * wave**1.5 + 6 * i + numbers.normal(0, noise),
                        }
                    )
    pq.write_table(pa.table({n: [row[n] for row in rows] for n in rows[0]} | changes), path)
    return path


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    return write(tmp_path_factory.mktemp("rows") / "c.parquet")


def train(rows, out, *words, **kw):
    return run("train_fr_regressor", rows, "--out", out, *words, **kw)


def test_v1_is_written_with_its_card_and_gives_the_same_bytes(rows, tmp_path):
    printed = train(rows, tmp_path / "a", "--version", "v1", "--epochs", "20")
    assert "this network" in printed and "linear regression" in printed
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    name = "fr_regressor_v1_here"
    assert files == [*(f"{name}{end}" for end in (".json", ".md", ".onnx")), store.REGISTRY]
    sidecar = read_json(tmp_path / f"a/{name}.json")
    assert sidecar["feature_order"] == list(corpus.SIX) and "encoder_vocab" not in sidecar
    card = (tmp_path / f"a/{name}.md").read_text()
    assert "| gradient boosting |" in card and "not agreement with people" in card.replace(
        "\n", " "
    )
    train(rows, tmp_path / "b", "--version", "v1", "--epochs", "20")
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


class Input(ctypes.Structure):
    _fields_ = [
        *(("name", ctypes.c_char_p), ("data", ctypes.c_void_p)),
        *(("shape", ctypes.POINTER(ctypes.c_int64)), ("rank", ctypes.c_size_t)),
    ]


class Output(ctypes.Structure):
    _fields_ = [
        *(("name", ctypes.c_char_p), ("data", ctypes.c_void_p)),
        *(("capacity", ctypes.c_size_t), ("written", ctypes.c_size_t)),
    ]


def by_c(model, arrays):
    """The scores of vmaf_dnn_session_run, in the library of Python's package."""
    library = ctypes.CDLL(pathlib.Path(visq.__file__).parent / "lib/libvmaf.so.3")
    session, scores = ctypes.c_void_p(), np.empty(len(arrays["features"]), np.float32)
    assert library.vmaf_dnn_session_open(ctypes.byref(session), os.fsencode(model), None) == 0
    given = (Input * len(arrays))(
        *(
            Input(name.encode(), array.ctypes.data, (ctypes.c_int64 * 2)(*array.shape), 2)
            for name, array in arrays.items()
        )
    )
    taken = Output(b"score", scores.ctypes.data, scores.size, 0)
    run_session = library.vmaf_dnn_session_run
    assert run_session(session, given, len(arrays), ctypes.byref(taken), 1) == 0
    library.vmaf_dnn_session_close(session)
    return scores[: taken.written]


def test_the_library_gives_the_trainers_scores(rows, tmp_path):
    """Of --tiny-model and sessions of Python and C, all told how the clip was encoded."""
    train(rows, tmp_path, "--version", "v3", "--epochs", "5", "--name", "m")
    codec = ["--tiny_codec", "libx264", "--tiny_preset", "slow", "--tiny_crf", "33"]
    found = [frame["m"] for frame in by_command(tmp_path, tmp_path / "m.onnx", *codec)]
    names = [f"integer_{name}" for name in corpus.SIX]
    scores = visq.score(tmp_path / "a.y4m", tmp_path / "b.y4m", "vmaf")
    features = np.stack([scores[name] for name in names], 1)
    sidecar = read_json(tmp_path / "m.json")
    scaler = regressors.Scaler(*(np.array(sidecar[f"feature_{k}"]) for k in ("mean", "std")))
    block = codec_block.block(sidecar, "libx264", "slow", 33)
    inputs = {
        "features": scaler(features).astype(np.float32),
        "codec": np.tile(block, (len(features), 1)),
    }
    wanted = visq.dnn.Session(tmp_path / "m.onnx").run(inputs)["score"]
    np.testing.assert_allclose(found, wanted, rtol=1e-5)
    np.testing.assert_allclose(by_c(tmp_path / "m.onnx", inputs), wanted, rtol=1e-6)


def test_an_ensemble_is_a_manifest_of_members(rows, tmp_path):
    words = ("--version", "v3", "--ensemble", "2", "--epochs", "20", "--name", "e")
    train(rows, tmp_path, *words)
    manifest = read_json(tmp_path / "e.json")
    assert [m["onnx"] for m in manifest["members"]] == ["e_seed0.onnx", "e_seed1.onnx"]
    frame = by_command(tmp_path, tmp_path / "e.json")[0]
    assert {"e", "e_stddev"} <= set(frame)
    train(rows, tmp_path / "again", *words)
    for path in (tmp_path / "again").iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()


def test_what_misses_its_gate_is_not_written(rows, tmp_path):
    noisy = write(tmp_path / "noisy.parquet", noise=80)
    words = ("--version", "v1", "--epochs", "2", "--name", "bad")
    done = train(noisy, tmp_path / "out", *words, good=False, code=3)
    assert "bad is not written: mean PLCC" in done
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_trained_is_2(rows, tmp_path):
    words = ("--version", "v1", "--features", "adm2", "nothing")
    assert "has no column nothing" in train(rows, tmp_path, *words, good=False, code=2)
    two = write(tmp_path / "two.parquet", sources=2)
    assert "there are 2" in train(two, tmp_path, "--version", "v1", good=False, code=2)
    (tmp_path / "x.parquet").write_bytes(b"nothing")
    sentence = train(tmp_path / "x.parquet", tmp_path, "--version", "v1", good=False, code=2)
    assert "no whole Parquet file" in sentence
    (tmp_path / store.REGISTRY).write_text('{"models": [{"id": "a"}]}')
    words = ("--version", "v1", "--epochs", "20")
    assert "model 1 has no onnx" in train(rows, tmp_path, *words, good=False, code=2)
    assert not list(tmp_path.glob("*.onnx"))
    words = ("--version", "v1", "--ensemble", "3")
    assert "of --version v3" in train(rows, tmp_path, *words, good=False, code=2)


def test_an_encode_has_the_means_of_its_frames(rows):
    table = corpus.read(rows)
    of = loso.rows_of(table, list(corpus.SIX), codec=True, per_encode=True)
    first = table.columns["encode"] == "s0_libx264_10"
    place = int(np.flatnonzero(np.isclose(of.target, table.columns["target"][first].mean()))[0])
    np.testing.assert_allclose(of.features[place, 0], table.columns["adm2"][first].mean())
    assert of.codec[place, 0] == 1 and len(of.target) == 5 * 3 * 9


def test_sources_that_do_not_vary_do_not_count():
    target = np.array([1.0, 2, 3, 4, 5, 6, 7, 7, 7])
    names = np.array(["a"] * 3 + ["b"] * 3 + ["c"] * 3, dtype=object)
    of = loso.Rows(names, np.zeros((9, 1)), None, target, None)
    figures = loso.figures(of, target + 1)
    assert figures.folds == 2 and figures.plcc == pytest.approx(1) and figures.rmse == 1


def commands():
    """The first two blocks of the page: the commands, and what names the model store."""
    page = (ROOT / "docs/ai/training.md").read_text()
    blocks = re.findall(r"^```\n(.*?)^```", page, flags=re.M | re.S)[:2]
    lines, (store_line,) = (block.replace("\\\n", "").splitlines() for block in blocks)
    return lines, store_line


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
def test_the_four_commands_of_the_page(tmp_path):
    """On clips of 96x64 pixels and three frames."""
    lines, store_line = commands()
    assert len(lines) == 4
    lines[0] += " --size 96x64 --frames 3 --only city text leaves clouds"
    lines[1] += " --codecs libx264 --crfs 25 34 45"
    lines[2] += " --epochs 150"
    (tmp_path / "ai").symlink_to(ROOT / "ai")
    (tmp_path / "models/store/tiny").mkdir(parents=True)
    path = f"{vmaf_command().parent}:{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    for line in lines:
        done = subprocess.run(
            f"{store_line}\n{line}",
            shell=True,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, (line, done.stdout, done.stderr)
    assert "fr_regressor_v1_here" in done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
def test_a_student_of_an_expensive_metric(tmp_path, heads):
    """DISTS, with a made-up trunk."""
    teacher = tmp_path / "dists_vgg_f16.onnx"
    teacher.write_bytes(dists_graph.build(small_trunk("vgg"), *heads("dists"), True))
    scenes = ("city", "text", "leaves", "clouds")
    run("scenes", tmp_path, "--size", "64x48", "--frames", "2", "--only", *scenes)
    words = [tmp_path / "manifest.csv", "--teacher", "dists", "--corpus", tmp_path / "d.parquet"]
    words += ["--codecs", "libx264", "--epochs", "60", "--gate", "-1", "--out", tmp_path / "out"]
    words += ["--teacher-model", teacher]
    run("distil", *words, "--inputs", "taps", "ssim")
    run("distil", *words, "--inputs", "taps", "ssim", "--out", tmp_path / "again")
    for name in ("dists_student.onnx", "dists_student.json", store.REGISTRY):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()
    many = run("distil", *words, "--inputs", *distil.CHEAP, good=False)
    assert "--inputs ssim ssimulacra2 scales taps: 33 features; 32 are possible" in many
    card = (tmp_path / "out/dists_student.md").read_text()
    assert "ms of dists" in card and "lpips_tap6 float_ssim" in card
    table = corpus.read(tmp_path / "d.parquet")
    assert np.array_equal(table.columns["target"], table.columns["dists"])
    taps = table.numbers([f"lpips_tap{i}" for i in range(7)])
    np.testing.assert_allclose(taps.sum(1), table.columns["lpips"], rtol=1e-12)
    a = np.random.default_rng(3).integers(0, 256, (2, 64, 96), np.uint8)
    scores = visq.score(a, a // 2, [str(tmp_path / "out/dists_student.onnx")])
    assert np.isfinite(scores["dists_student"]).all()
