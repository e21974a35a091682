"""The scripts as a stranger runs them, with stand-ins for the downloads."""

import hashlib
import re
import subprocess
import sys

import numpy as np
import pytest
import torch_writer
from conftest import ROOT, read_json, small_trunk

from ai import pictures, selfcheck

try:
    import visq
except ImportError:  # pytest by hand; ctest has it on the path
    visq = None

FORMS = {
    "script": lambda name: [sys.executable, "-B", ROOT / f"ai/{name}.py"],
    "module": lambda name: [sys.executable, "-B", "-m", f"ai.{name}"],
}


def run(name, *arguments, form="script", good=True, code=1):
    """What the script prints; of one that fails, the one sentence, and `code` is its exit code."""
    command = [str(word) for word in (*FORMS[form](name), *arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == good, done.stdout + done.stderr
    if not good:
        assert done.returncode == code and done.stderr.count("\n") == 1, done.stderr
    return done.stdout if good else done.stderr


@pytest.fixture
def export(tmp_path):
    """Runs an exporter with downloads from the list of sources into tmp_path/store."""

    def call(name, sources, *arguments, **kw):
        places = ["--weights", tmp_path / "weights", "--out", tmp_path / "store"]
        return run(name, "--download", "--sources", sources, *places, *arguments, **kw)

    return call


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_from_download_to_score(export, stand_ins, server, tmp_path):
    sources = stand_ins({"alex": small_trunk("alex")})
    server.break_after = 1_000_000
    assert "run this again" in export("lpips_export", sources, "--net", "alex", good=False)
    printed = export("lpips_export", sources, "--net", "alex", form="module")
    assert "1.0 MB of them are here" in printed and "checked in ONNX Runtime" in printed
    assert "none is known" in printed
    model = tmp_path / "store/lpips_alex.onnx"
    assert f"{model}: {model.stat().st_size} bytes, sha256 {sha256(model)}" in printed
    assert sorted(path.name for path in model.parent.iterdir()) == [
        *("lpips_alex.json", "lpips_alex.onnx", "registry.local.json"),
    ]
    sidecar = read_json(model.with_suffix(".json"))
    assert (sidecar["name"], sidecar["kind"], sidecar["onnx_opset"]) == ("lpips_alex", "fr", 18)
    (line,) = read_json(model.parent / "registry.local.json")["models"]
    assert line["sha256"] == sha256(model) and line["license"] == "BSD-2-Clause"
    assert line["description"].endswith("at least 31x31 pixels.")
    assert len(line["notes"]) <= 512 and "max_bytes" not in line
    before = {path.name: path.read_bytes() for path in model.parent.iterdir()}
    export("lpips_export", sources, "--net", "alex")
    assert before == {path.name: path.read_bytes() for path in model.parent.iterdir()}
    check_in_library(model, printed)


def check_in_library(model, printed):
    """The library opens it, registered, and gives ONNX Runtime's score."""
    if visq is None:
        assert "not checked in the library: Python's package visq is not there" in printed
        return
    assert "checked in the library" in printed
    numbers = np.random.default_rng(3)
    a, b = (numbers.integers(0, 256, (70, 90, 3), np.uint8) for _ in range(2))
    expected = selfcheck.runtime(model)(
        *(pictures.tensor(p.transpose(2, 0, 1) / 255) for p in (a, b))
    )
    metric = {"lpips_alex": {"model_path": model, "engine": "stream"}}
    assert visq.score(a, b, metric)["lpips_alex"][0] == pytest.approx(expected, abs=2e-5)


def test_squeeze_has_the_published_sidecar_and_runs_in_the_streaming_engine(
    export, stand_ins, tmp_path
):
    printed = export(
        "lpips_export", stand_ins({"squeeze": small_trunk("squeeze")}), "--net", "squeeze"
    )
    sidecar = tmp_path / "store/lpips_sq.json"
    listed = read_json(ROOT / "models/registry.json")["files"]
    (line,) = [entry for entry in listed if entry["file"] == "tiny/lpips_sq.json"]
    assert sha256(sidecar) == line["sha256"]
    if visq is not None:
        assert "checked in the streaming engine: it gives that score" in printed


def test_vgg_and_dists_have_leave_to_be_large(export, stand_ins, tmp_path):
    sources = stand_ins({"vgg": small_trunk("vgg")})
    export("lpips_export", sources, "--net", "vgg")
    printed = export("dists_export", sources)
    half = export("dists_export", sources, "--fp16-weights")
    lines = read_json(tmp_path / "store/registry.local.json")["models"]
    assert [(line["id"], line["onnx"]) for line in lines] == [
        ("dists", "dists_vgg.onnx"),
        ("dists_f16", "dists_vgg_f16.onnx"),
        ("lpips_vgg", "lpips_vgg.onnx"),
    ]
    for line in lines:
        size = (tmp_path / "store" / line["onnx"]).stat().st_size
        assert line.get("max_bytes") == (size if size > 50 << 20 else None)
    if visq is not None:
        for words in (printed, half):
            assert "checked in the library, visq" in words


def test_a_published_score_that_is_missed_stops_the_export(export, stand_ins, tmp_path):
    weights = {"alex": small_trunk("alex")}
    wrong = stand_ins(weights, {"lpips_alex": {"score": 3, "tolerance": 1e-5}})
    sentence = export("lpips_export", wrong, "--net", "alex", good=False)
    assert "self-check: the score of the test pair" in sentence and "is not written" in sentence
    assert not list((tmp_path / "store").iterdir())
    score = float(sentence.split(" is ")[1].split(";")[0])
    right = stand_ins(weights, {"lpips_alex": {"score": score, "tolerance": 1e-5}})
    assert "the score is the published one" in export("lpips_export", right, "--net", "alex")


@pytest.fixture
def files(tmp_path, heads):
    """The files of an unknown AlexNet and of the known heads."""
    trunk = torch_writer.write_stream(tmp_path / "trunk.pth", small_trunk("alex"))
    lins = {f"lin{i}.model.1.weight": values for i, values in enumerate(heads("alex"))}
    return trunk, torch_writer.write_zip(tmp_path / "heads.pth", lins), lins


def lpips(files, tmp_path, *arguments, **kw):
    words = ["--net", "alex", "--trunk", files[0], "--heads", files[1], "--out", tmp_path / "store"]
    return run("lpips_export", *words, *arguments, **kw)


def test_unknown_weights_need_leave(files, tmp_path, shared):
    sentence = lpips(files, tmp_path, good=False)
    assert "trunk.pth has sha256" in sentence and "--allow-unknown-weights" in sentence
    assert not (tmp_path / "store").exists()
    printed = lpips(files, tmp_path, "--allow-unknown-weights")
    assert "taken as asked" in printed
    from_json = (files[0], shared / "models/lpips_heads/alex.json")
    before = sha256(tmp_path / "store/lpips_alex.onnx")
    lpips(from_json, tmp_path, "--allow-unknown-weights")
    assert sha256(tmp_path / "store/lpips_alex.onnx") == before


def test_heads_must_be_those_of_version_0_1(files, tmp_path):
    others = {name: values + np.float32(1e-7) for name, values in files[2].items()}
    torch_writer.write_zip(files[1], others)
    assert "other values than the published" in lpips(files, tmp_path, good=False)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda t: t.pop("features.3.bias"), "has no features.3.bias"),
        (lambda t: t.update({"features.3.bias": np.zeros(7, "<f4")}), "expected \\[192\\]"),
        (lambda t: t["features.0.bias"].fill(np.nan), "not finite"),
    ],
)
def test_wrong_trunks_are_refused(files, tmp_path, change, sentence):
    tensors = small_trunk("alex")
    change(tensors)
    torch_writer.write_zip(files[0], tensors)
    assert re.search(sentence, lpips(files, tmp_path, "--allow-unknown-weights", good=False))


TAKING_WEIGHTS = {  # how each script is given a file of weights, whatever its hash
    "lpips_export": ["--allow-unknown-weights", "--net", "alex", "--heads"],
    "dists_export": ["--allow-unknown-weights", "--heads"],
    "transnet_export": ["--allow-unknown-weights", "--trunk"],
    "fastdvdnet_export": [],
}


@pytest.mark.parametrize("form", ["zip", "stream"])
@pytest.mark.parametrize("script", TAKING_WEIGHTS)
def test_code_in_a_file_of_weights_does_not_run(script, tmp_path, form):
    ran, weights = tmp_path / "ran", tmp_path / "model.pth"
    call = torch_writer.call(torch_writer.name("os", "system"), torch_writer.text(f"touch {ran}"))
    torch_writer.WRITERS[form](weights, {}, torch_writer.pickle(call))
    words = [*TAKING_WEIGHTS[script], weights, "--out", tmp_path / "store"]
    sentence = run(script, *words, good=False)
    assert "os.system" in sentence and "tensors do not need" in sentence
    assert not ran.exists() and not (tmp_path / "store").exists()


def test_wrong_heads_are_refused(files, tmp_path):
    bad = dict(files[2])
    bad["lin1.model.1.weight"] = -bad["lin1.model.1.weight"]
    torch_writer.write_zip(files[1], bad)
    sentence = lpips(files, tmp_path, "--allow-unknown-weights", good=False)
    assert "lin1.model.1.weight must hold 192 numbers, none below 0" in sentence
    torch_writer.write_zip(files[1], {"lin0.model.1.weight": np.zeros(64, "<f4")})
    assert "has no lin1" in lpips(files, tmp_path, "--allow-unknown-weights", good=False)
    words = (files[0], tmp_path / "h.json")
    for text, sentence in (
        ("{", "no JSON"),
        ("[]", "must have 5 lists of numbers"),
        ('{"lins": [[1]]}', "must have 5 lists of numbers"),
        ('{"lins": [["a"], [], [], [], []]}', "must have 5 lists of numbers"),
        ('{"lins": [[NaN], [], [], [], []]}', "must hold 64 numbers"),
    ):
        words[1].write_text(text)
        assert sentence in lpips(words, tmp_path, "--allow-unknown-weights", good=False)


def test_missing_files_are_named_with_their_size(tmp_path, shared):
    empty = ["--weights", tmp_path, "--out", tmp_path / "store"]
    sentence = run("lpips_export", "--net", "vgg", *empty, good=False)
    assert "lpips_v0.1_vgg.pth" in sentence and "--download gets it (0.0 MB)" in sentence
    heads = ["--heads", shared / "models/dists/alpha_beta.json"]
    sentence = run("dists_export", *heads, *empty, good=False)
    assert "vgg16-397923af.pth: --download gets it (553.4 MB)" in sentence


def test_a_list_of_sources_must_be_whole(tmp_path):
    (tmp_path / "s.json").write_text('{"heads": {"alex": {"file": "a"}}}')
    sentence = run("lpips_export", "--net", "alex", "--sources", tmp_path / "s.json", good=False)
    assert "s.json has no heads alex with 'url'" in sentence


def test_a_broken_local_registry_is_not_overwritten(files, tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "store/registry.local.json").write_text("[]")
    sentence = lpips(files, tmp_path, "--allow-unknown-weights", good=False)
    assert 'has no list "models"' in sentence
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["registry.local.json"]


def test_packages_that_are_missing_or_do_not_fit_are_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    words = ("make_corpus", "m.csv", "--out", tmp_path / "c.parquet")
    package = tmp_path / "visq.py"
    for text, sentence in (
        ("import visq._core", "visq._core is not there: pip install .[ai]\n"),
        ("raise ImportError('use numpy 1')", "use numpy 1\n"),
    ):
        package.write_text(text)
        assert run(*words, good=False).endswith(sentence)


def test_the_sources_are_https_and_pinned():
    sources = read_json(ROOT / "ai/sources.json")
    entries = [*sources["trunks"].values(), *sources["heads"].values()]
    assert len(entries) == 7 and len({entry["file"] for entry in entries}) == 7
    for entry in entries:
        assert entry["url"].startswith("https://") and entry["bytes"] > 0
        assert len(entry["sha256"]) == 64 and int(entry["sha256"], 16)
