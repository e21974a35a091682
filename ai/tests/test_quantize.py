"""Quantised models: what they lose is measured, within the budgets that the registry has."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import onnx
import pytest
from conftest import ROOT, by_command, read_json
from onnx import TensorProto, helper, numpy_helper
from test_export import run

from ai import agreement, dists_graph, inputs, lpips_graph, quantize, store

visq = pytest.importorskip("visq", reason="needs Python's package visq, which ctest has")
from ai import measure_quant_drop  # noqa: E402

needs_time = pytest.mark.skipif("VISQ_LONG_TESTS" not in os.environ, reason="takes minutes")


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_ranks_of_equal_values_are_their_mean():
    assert agreement.ranks([3, 1, 3, 0]).tolist() == [2.5, 1, 2.5, 0]
    a, b = np.array([1.0, 2, 2, 3, 9]), np.array([2.0, 4, 5, 5, 1])
    # With ties Spearman's correlation is Pearson's of the ranks, and not 1 - 6 d^2 / (n^3 - n).
    assert agreement.srocc(a, b) == pytest.approx(-0.1315789, abs=1e-6)
    assert agreement.plcc(a, 3 * a + 7) == pytest.approx(1)
    assert np.isnan(agreement.plcc(a, np.ones(5)))


@pytest.fixture
def folder(tmp_path, shared):
    """Models of the store, with the published registry."""
    for name in ("lpips_sq", "vmaf_tiny_v4", "nr_metric_v1", "fr_regressor_v2"):
        for file in (shared / "models/tiny").glob(f"{name}.*"):
            shutil.copy(file, tmp_path)
    shutil.copy(shared / "models/tiny/registry.json", tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def rows(tmp_path_factory):
    """A corpus of features that could be, with every codec."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    numbers, count = np.random.default_rng(3), 240
    quality = numbers.random(count)
    columns = {
        "source": [f"s{i % 8}" for i in range(count)],
        "encode": [f"s{i % 8}_{i // 8}" for i in range(count)],
        "frame": list(range(count)),
        "codec": [("libx264", "libx265", "libsvtav1", "libvpx-vp9")[i % 4] for i in range(count)],
        "preset": [("medium", "slow", "8", "good")[i % 4] for i in range(count)],
        "crf": [float(i % 40 + 10) for i in range(count)],
        "adm2": 0.6 + 0.4 * quality,
        **{f"vif_scale{i}": (0.2 + 0.2 * i) + (0.7 - 0.2 * i) * quality for i in range(4)},
        "motion2": numbers.random(count) * 20,
    }
    columns["target"] = 100 * quality + numbers.normal(0, 1, count)
    path = tmp_path_factory.mktemp("rows") / "corpus.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def card_rows():
    """What the cards say of each model and mode: its file, the verdict, the budget, the bytes."""
    head = r"^\| (dynamic|static|weights) \| [\d.]+ \|"
    row = head + r" (within|\*\*beyond\*\*) ([\d.]+) \|[^|]+\|[^|]+\| ([\d ]+) \|"
    for card in sorted((ROOT / "docs/ai/models").glob("*.md")):
        text = card.read_text(encoding="utf-8")
        file = re.search(r"`tiny/(\w+)\.onnx`", text)
        for mode, verdict, budget, size in re.findall(row, text, flags=re.M) if file else []:
            yield file[1], mode, verdict == "within", float(budget), int(size.replace(" ", ""))


SLOW = ("saliency_student", "learned_filter", "lpips_alex", "dists_vgg", "transnet_v2")
ROWS = [
    pytest.param(*row, id=f"{row[0]}-{row[1]}", marks=needs_time if row[0].startswith(SLOW) else [])
    for row in card_rows()
]


def test_every_model_that_can_be_measured_has_a_row_for_every_mode():
    modes = {}
    for name, mode, *_ in card_rows():
        modes.setdefault(name, []).append(mode)
    features = [*(f"vmaf_tiny_v{i}" for i in (2, 3, 4)), *(f"fr_regressor_v{i}" for i in (1, 2, 3))]
    members = [f"fr_regressor_v2_ensemble_v1_seed{i}" for i in range(5)]
    pictures = ["lpips_sq", "lpips_alex", "dists_vgg", "nr_metric_v1", "learned_filter_v1"]
    pictures += ["transnet_v2", "saliency_student_v1", "saliency_student_v2"]
    assert modes == {n: list(quantize.MODES) for n in (*features, *members, *pictures)}


@pytest.fixture
def model(folder, shared, synthetic, heads):
    """A model by its name: of the store, or with the made-up trunk that the cards speak of."""

    def get(name):
        path = folder / f"{name}.onnx"
        if name == "lpips_alex":
            path.write_bytes(lpips_graph.build("alex", synthetic("alex"), heads("alex")))
        elif name == "dists_vgg":
            path.write_bytes(dists_graph.build(synthetic("vgg"), *heads("dists"), False))
            line = {"id": name, "onnx": path.name, "sha256": sha256(path)}  # as exporters write it
            line["max_bytes"] = path.stat().st_size
            (folder / store.REGISTRY).write_bytes(store.with_lines(folder, [line]))
        elif name == "transnet_v2":
            made_here = ROOT / "models/store/tiny/transnet_v2.onnx"
            if not made_here.exists():
                assert os.environ.get("VISQ_REQUIRE_SHARED") != "1", (
                    "CI runs ./setup --with transnet"
                )
                pytest.skip("needs the model that ./setup --with transnet makes")
            shutil.copy(made_here, path)
            lines = read_json(folder / "registry.json")["models"]  # of another export
            others = {"models": [line for line in lines if line["onnx"] != path.name]}
            (folder / "registry.json").write_text(json.dumps(others))
        else:
            for file in (shared / "models/tiny").glob(f"{name}.*"):
                shutil.copy(file, folder)
        return path

    return get


@pytest.mark.parametrize(("name", "mode", "within", "budget", "size"), ROWS)
def test_int8_keeps_within_the_budget_as_its_card_says(
    model, rows, shared, name, mode, within, budget, size
):
    path = model(name)
    real = shared / "clips/seeking_720x480_ref_48x27.rgb"
    clips = [str(real)] if name == "transnet_v2" else []
    quantize.write(path, mode, inputs.Source(rows=str(rows), calibration=True))
    loss = measure_quant_drop.measured(path, inputs.Source(clips, str(rows)))
    assert (loss.mode, loss.budget) == (mode, budget) and quantize.BUDGETS[mode] == budget
    assert loss.within() == within and loss.runs >= {"transnet_v2": 3}.get(name, 200)
    assert loss.int8_bytes == pytest.approx(size, rel=0.01)


def test_the_published_int8_files_are_within_the_budget_of_the_registry(folder, rows):
    words = ("measure_quant_drop", folder, "--all", "--corpus", rows)
    printed = run(*words)
    assert printed.count("within") == 2 and "vmaf_tiny_v4 dynamic" in printed
    assert "nr_metric_v1 dynamic" in printed


@pytest.mark.parametrize("mode", ["dynamic", "static", "weights"])
def test_two_runs_give_the_same_bytes(folder, rows, mode):
    model = folder / "fr_regressor_v2.onnx"
    words = ["quantize", model, "--mode", mode, "--calibration", rows]
    made = []
    for _ in range(2):
        run(*words)
        made.append(sha256(folder / "fr_regressor_v2.int8.onnx"))
    assert made[0] == made[1]


def test_every_member_of_an_ensemble_is_quantised_and_they_run_together(folder, rows, shared):
    """By Python, which takes the manifest for a metric, and by the command."""
    name = "fr_regressor_v2_ensemble_v1"
    for file in (shared / "models/tiny").glob(f"{name}*"):
        shutil.copy(file, folder)
    manifest = folder / f"{name}.json"
    for i in range(5):
        quantize.write(folder / f"{name}_seed{i}.onnx", "dynamic", inputs.Source())
    full = [frame[name] for frame in by_command(folder, manifest)]
    scores = visq.score(folder / "a.y4m", folder / "b.y4m", [str(manifest)])
    np.testing.assert_allclose(scores[name], full, atol=1e-6)
    assert (scores[f"{name}_stddev"] > 0).all()
    small = [frame[name] for frame in by_command(folder, manifest, "--tiny_quant", "int8")]
    assert 0 < np.abs(np.subtract(small, full)).max() < 2
    (folder / f"{name}_seed3.int8.onnx").unlink()
    with pytest.raises(subprocess.CalledProcessError):
        by_command(folder, manifest, "--tiny_quant", "int8")


def test_the_registry_says_what_was_made_and_the_library_runs_it(folder):
    model = folder / "lpips_sq.onnx"
    run("quantize", model, "--mode", "static")
    int8 = folder / "lpips_sq.int8.onnx"
    (line,) = read_json(folder / "registry.local.json")["models"]
    assert line["int8_sha256"] == sha256(int8) and line["sha256"] == sha256(model)
    assert (line["quant_mode"], line["quant_accuracy_budget_plcc"]) == ("static", 0.005)
    before = int8.read_bytes()
    run("quantize", model, "--mode", "static")
    assert int8.read_bytes() == before
    a = np.random.default_rng(1).integers(0, 256, (70, 90, 3), np.uint8)
    b = 255 - a
    full = visq.score(a, b, {"lpips": {"model_path": model}})["lpips"][0]
    small = visq.score(a, b, {"lpips": {"model_path": model, "precision": "int8"}})["lpips"][0]
    assert small != full and small == pytest.approx(full, rel=0.2)
    with pytest.raises(visq.Error, match="quantised file in ONNX Runtime alone"):
        options = {"model_path": model, "precision": "int8", "engine": "stream"}
        visq.score(a, b, {"lpips": options})
    shutil.copy(model, int8)
    with pytest.raises(visq.Error, match="the registry lists"):
        visq.score(a, b, {"lpips": {"model_path": model, "precision": "int8"}})
    int8.unlink()
    with pytest.raises(visq.Error, match="has no quantised file"):
        visq.score(a, b, {"lpips": {"model_path": model, "precision": "int8"}})


def network(path, weights):
    """A picture's mean after one convolution."""
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"]),
        helper.make_node("ReduceMean", ["c"], ["y"], axes=[1, 2, 3], keepdims=0),
    ]
    shapes = {"x": [1, 3, "H", "W"], "y": [1]}
    values = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in shapes.items()]
    graph = helper.make_graph(
        nodes, "g", values[:1], values[1:], [numpy_helper.from_array(weights, "w")]
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
    return path


def test_beyond_the_budget_is_1(tmp_path):
    """Weights of red are so large that those of green vanish, and red alone cancels out."""
    weights = np.zeros((32, 3, 1, 1), np.float32)
    weights[:16, 0], weights[16:, 0], weights[:, 1] = 1000, -999.9, -3
    model = network(tmp_path / "bad.onnx", weights)
    run("quantize", model, "--mode", "weights")
    words = [sys.executable, ROOT / "ai/measure_quant_drop.py", model]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "BEYOND" in done.stdout, done.stdout + done.stderr


def test_what_cannot_be_measured_is_2(folder, tmp_path):
    model = folder / "vmaf_tiny_v4.onnx"
    sentence = run("measure_quant_drop", model, good=False, code=2)
    assert "rows of a corpus: none is named" in sentence
    sentence = run("measure_quant_drop", folder / "lpips_sq.onnx", good=False, code=2)
    assert "there is no model" in sentence
    (folder / "vmaf_tiny_v4.int8.onnx").write_bytes(b"another")
    sentence = run("measure_quant_drop", model, good=False, code=2)
    assert "is not the file whose sha256 the registry lists" in sentence
    sentence = run("measure_quant_drop", folder, good=False, code=2)
    assert "--all takes a folder" in sentence


@pytest.mark.parametrize("data", [b"", b"PAR1 and nothing else", b"PAR1" + bytes(40) + b"PAR1"])
def test_a_broken_corpus_is_a_sentence(folder, tmp_path, data):
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(data)
    model = folder / "vmaf_tiny_v4.onnx"
    words = (model, "--corpus", broken)
    assert "is no whole Parquet file" in run("measure_quant_drop", *words, good=False, code=2)
    before = (folder / "vmaf_tiny_v4.int8.onnx").read_bytes()
    words = (model, "--mode", "static", "--calibration", broken)
    assert "is no whole Parquet file" in run("quantize", *words, good=False)
    assert (folder / "vmaf_tiny_v4.int8.onnx").read_bytes() == before


def test_registries_that_lie_and_files_that_are_none(folder, tmp_path):
    model = folder / "lpips_sq.onnx"
    table = read_json(folder / "registry.json")
    line = next(each for each in table["models"] if each["onnx"] == "lpips_sq.onnx")
    line["sha256"] = "0" * 64
    (folder / "registry.json").write_text(json.dumps(table))
    sentence = run("quantize", model, "--mode", "weights", good=False)
    assert "and the registry lists 0000" in sentence
    for text, words in (
        ("{", "is no JSON file"),
        ('{"models": 3}', 'has no list "models"'),
        ('{"models": [{"id": "a"}]}', "model 1 has no onnx"),
        ('{"models": [{"id": "a", "onnx": "../a.onnx", "sha256": "0"}]}', "outside its folder"),
    ):
        (folder / "registry.json").write_text(text)
        assert words in run("quantize", model, "--mode", "weights", good=False)
    assert not (folder / "lpips_sq.int8.onnx").exists()
    (tmp_path / "x.onnx").write_bytes(b"no model")
    (folder / "registry.json").unlink()
    assert "is no ONNX model" in run(
        "quantize", tmp_path / "x.onnx", "--mode", "weights", good=False
    )


def test_inputs_are_of_every_kind():
    pairs = list(inputs.picture_pairs(inputs.Source()))
    assert len(pairs) >= 200
    assert {(p[2], p[0].shape[:2]) for p in pairs} == {(s, s) for s in inputs.SIZES}
    (name,) = shapes = {"frames": (1, 100, 27, 48, 3)}
    windows = list(inputs.of(shapes, {}, inputs.Source()))
    assert len(windows) > 3 and windows[0][name].shape == (1, 100, 27, 48, 3)
    with pytest.raises(store.Refused, match="cannot be fed here"):
        inputs.kind_of({"x": (1, 4, 8, 8)})
