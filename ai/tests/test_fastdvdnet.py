"""FastDVDnet: the graph beside the network in torch, and the example that denoises a clip."""

import importlib.util

import numpy as np
import pytest
import torch_writer
from conftest import ROOT, read_json
from test_export import run

from ai import fastdvdnet_graph, selfcheck

visq = pytest.importorskip("visq", reason="needs Python's package visq, which ctest has")


def weights(seed=0, last=1.0):
    numbers, out = np.random.default_rng(seed), {}
    for name, shape in fastdvdnet_graph.shapes().items():
        if len(shape) > 1:
            values = numbers.standard_normal(shape) * (2 / np.prod(shape[1:])) ** 0.5
            out[name] = values * (last if "outc.convblock.3" in name else 1)
        else:
            out[name] = numbers.random(shape) * 0.2 + 0.4
    return {name: values.astype("<f4") for name, values in out.items()}


def inputs(height=24, width=32):
    numbers = np.random.default_rng(4)
    frames = numbers.random((1, 15, height, width), np.float32)
    return {"frames": frames, "noise_map": np.full((1, 1, height, width), 0.1, np.float32)}


def model(tmp_path, **kw):
    path = tmp_path / "fastdvdnet.onnx"
    path.write_bytes(fastdvdnet_graph.build(weights(**kw)))
    return path


def test_a_network_that_finds_no_noise_gives_the_middle_frame(tmp_path):
    arrays = inputs()
    out = visq.dnn.Session(model(tmp_path, last=0.0)).run(arrays)["denoised"]
    np.testing.assert_array_equal(out, arrays["frames"][:, 6:9])


def torch_stage(torch, tensors, stage):
    """As the paper has it: normalisation of its own, pixels shuffled."""
    f = torch.nn.functional

    def conv(x, layer, stride=1, groups=1):
        norm = fastdvdnet_graph.LAYERS[layer][1]
        x = f.conv2d(x, tensors[f"{stage}.{layer}.weight"], None, stride, 1, 1, groups)
        if norm is None:
            return x
        of = [tensors[f"{stage}.{norm}.{k}"] for k in ("running_mean", "running_var")]
        of += [tensors[f"{stage}.{norm}.{k}"] for k in ("weight", "bias")]
        return f.relu(f.batch_norm(x, *of, False, 0.0, 1e-5))

    def pair(x, name):
        return conv(conv(x, f"{name}.0"), f"{name}.3")

    def down(x, name):
        return pair(conv(x, f"{name}.convblock.0", 2), f"{name}.convblock.3.convblock")

    def up(x, name):
        x = conv(pair(x, f"{name}.convblock.0.convblock"), f"{name}.convblock.1")
        return f.pixel_shuffle(x, 2)

    def call(a, b, c, noise):
        x = torch.cat([a, noise, b, noise, c, noise], 1)
        x0 = conv(conv(x, "inc.convblock.0", groups=3), "inc.convblock.3")
        x1 = down(x0, "downc0")
        x2 = up(down(x1, "downc1"), "upc2")
        x1 = up(x1 + x2, "upc1")
        return b - conv(conv(x0 + x1, "outc.convblock.0"), "outc.convblock.3")

    return call


def test_the_graph_is_the_network(tmp_path):
    torch = pytest.importorskip("torch", reason="the network as torch runs it needs torch")
    tensors = {n: torch.from_numpy(v).double() for n, v in weights().items()}
    arrays = inputs()
    frames, noise = (torch.from_numpy(a).double() for a in arrays.values())
    frames = [frames[:, 3 * i : 3 * i + 3] for i in range(5)]
    first, second = (torch_stage(torch, tensors, s) for s in ("temp1", "temp2"))
    thirds = [first(*frames[i : i + 3], noise) for i in range(3)]
    wanted = second(*thirds, noise).numpy()
    (out,) = selfcheck.in_one_thread(model(tmp_path)).run(None, arrays)
    np.testing.assert_allclose(out, wanted, atol=1e-4 * np.abs(wanted).max())


def test_from_the_users_file(tmp_path):
    """The names of a model that several GPUs trained; the same bytes every time."""
    tensors = {f"module.{name}": values for name, values in weights().items()}
    torch_writer.write_zip(tmp_path / "model.pth", tensors)
    words = (tmp_path / "model.pth", "--out", tmp_path / "store")
    printed = run("fastdvdnet_export", *words)
    assert "checked in the library" in printed and "checked in ONNX Runtime" in printed
    (line,) = read_json(tmp_path / "store/registry.local.json")["models"]
    assert line["kind"] == "filter" and "model.pth sha256" in line["notes"]
    before = (tmp_path / "store/fastdvdnet.onnx").read_bytes()
    run("fastdvdnet_export", *words)
    assert (tmp_path / "store/fastdvdnet.onnx").read_bytes() == before


def test_files_of_others_are_refused(tmp_path):
    tensors = weights()
    del tensors["temp2.outc.convblock.3.weight"]
    torch_writer.write_zip(tmp_path / "model.pth", tensors)
    sentence = run("fastdvdnet_export", tmp_path / "model.pth", good=False)
    assert "has no temp2.outc.convblock.3.weight" in sentence
    (tmp_path / "model.pth").write_bytes(b"\x80\x02cos\nsystem\nU\x04true\x85R.")
    sentence = run("fastdvdnet_export", tmp_path / "model.pth", good=False)
    assert "model.pth:" in sentence


@pytest.fixture
def example():
    spec = importlib.util.spec_from_file_location("denoise", ROOT / "examples/denoise_clip.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_example_reflects_frames_and_pads_pictures(example):
    assert [example.reflected(t, 5) for t in range(-2, 7)] == [2, 1, 0, 1, 2, 3, 4, 3, 2]
    assert [example.reflected(t, 1) for t in (-2, 0, 2)] == [0, 0, 0]
    assert [example.reflected(t, 2) for t in range(-2, 4)] == [0, 1, 0, 1, 0, 1]
    seen = []

    class Session:
        def run(self, arrays):
            seen.append(arrays)
            return {"denoised": arrays["frames"][:, 6:9]}

    frames = [np.full((3, 5, 7), t / 10, np.float32) for t in range(4)]
    out = list(example.denoised(Session(), frames, 25))
    assert [round(float(o.max()) * 10) for o in out] == [0, 1, 2, 3]
    assert all(o.shape == (3, 5, 7) for o in out)
    windows = [(a["frames"][0, ::3, 0, 0] * 10).round().astype(int).tolist() for a in seen]
    assert windows == [[2, 1, 0, 1, 2], [1, 0, 1, 2, 3], [0, 1, 2, 3, 2], [1, 2, 3, 2, 1]]
    assert seen[0]["frames"].shape == (1, 15, 8, 8)
    assert seen[0]["noise_map"].shape == (1, 1, 8, 8)
    np.testing.assert_allclose(seen[0]["noise_map"], 25 / 255)
