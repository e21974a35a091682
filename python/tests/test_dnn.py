"""dnn.Session: named tensors in, named tensors out."""

import os
import pathlib
import threading

import numpy as np
import pytest
import visq
from support import model, noise

pytestmark = pytest.mark.skipif(not visq.dnn.available(), reason="this build has no ONNX Runtime")


RELU = (
    pathlib.Path(os.environ["VISQ_BUILD"]) / "tests/relu.onnx"
)  # any height, any width; made by tests/tools/small_models.cc


def test_lpips_by_hand_is_the_metric():
    """The exported network takes two normalised RGB tensors and gives the distance."""
    session = visq.dnn.Session(model("lpips_sq"))
    assert session.provider == "CPU"
    assert list(session.inputs) and list(session.outputs)
    a, b = (np.stack([noise((64, 80), seed + c) for c in range(3)], axis=2) for seed in (1, 5))

    def tensor(rgb):
        mean, deviation = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
        return ((rgb.astype(np.float32) / np.float32(255) - mean) / deviation).transpose(2, 0, 1)[
            None
        ]

    names = list(session.inputs)
    (value,) = session.run({names[0]: tensor(a), names[1]: tensor(b)}).values()
    assert value.dtype == np.float32
    assert visq.score(a, b, ["lpips"])["lpips"][0] == pytest.approx(
        float(value.ravel()[0]), abs=1e-6
    )


def test_outputs_have_the_shape_of_the_run():
    session = visq.dnn.Session(RELU)
    ((name, shape),) = session.inputs.items()
    assert shape[2:] == (-1, -1)
    for height, width in ((32, 48), (64, 40)):
        plane = np.random.default_rng(1).random((1, 1, height, width)) - 0.5
        (out,) = session.run(plane).values()
        assert out.shape == (1, 1, height, width) and np.array_equal(
            out, np.maximum(plane.astype(np.float32), 0)
        )
        again = session.run(**{name: plane.astype(np.float32)})
        assert np.array_equal(out, again[list(session.outputs)[0]])
        out += 1  # it is the caller's


def small(name):
    return visq.dnn.Session(RELU.with_name(f"{name}.onnx"))


def test_models_of_the_shapes_of_well_known_networks():
    """MobileSal: RGB and depth. FastDVDnet: five frames and a map of noise. TransNet V2: rank 5."""
    numbers = np.random.default_rng(2)
    rgb, depth = (numbers.random((1, c, 9, 11), np.float32) for c in (3, 1))
    out = small("depth").run(depth=depth, rgb=rgb)
    np.testing.assert_allclose(out["saliency_map"], rgb.mean(1, keepdims=True) * depth, rtol=1e-6)
    frames, noise = (numbers.random((1, c, 8, 12), np.float32) for c in (15, 1))
    out = small("frames").run({"frames": frames, "noise_map": noise})
    np.testing.assert_array_equal(out["denoised"], frames[:, 6:9] - noise)
    window = numbers.integers(0, 256, (1, 100, 27, 48, 3)).astype(np.float32)
    out = small("thumbnails").run(window)
    np.testing.assert_allclose(out["single"], window.mean((2, 3, 4)), rtol=1e-5)
    assert out["many_hot"].shape == (1, 100)
    with pytest.raises(visq.Error):
        small("frames").run({"frames": frames[:, :14], "noise_map": noise})


def test_one_session_runs_in_many_threads():
    session = visq.dnn.Session(RELU)
    planes = [np.random.default_rng(i).random((1, 1, 32, 32), np.float32) for i in range(4)]
    expected = [next(iter(session.run(p).values())) for p in planes]
    results = [None] * 4

    def run(i):
        for _ in range(20):
            results[i] = next(iter(session.run(planes[i]).values()))

    threads = [threading.Thread(target=run, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(a, b) for a, b in zip(results, expected, strict=False))


def test_what_cannot_run(tmp_path):
    session = visq.dnn.Session(RELU)
    plane = np.zeros((1, 1, 8, 8), np.float32)
    for inputs, sentence in (
        ({"nobody": plane}, 'no tensor "nobody"'),
        ({}, "0 were given"),
        (plane[0], ""),
        (np.zeros((1, 1, 0, 8)), "dimension"),
        (np.zeros((1, 1, 8, 8), complex), "no number"),
    ):
        with pytest.raises(visq.Error) as caught:
            session.run(inputs)
        assert sentence in str(caught.value)
    (tmp_path / "bad.onnx").write_bytes(b"not a model")
    for path, kind in (
        (tmp_path / "none.onnx", FileNotFoundError),
        (tmp_path / "bad.onnx", visq.Error),
    ):
        with pytest.raises(kind):
            visq.dnn.Session(path)
    with pytest.raises(visq.InvalidArgument, match='device "tpu" is none of'):
        visq.dnn.Session(RELU, device="tpu")
    with pytest.raises(visq.Error):
        visq.dnn.Session(RELU, device="cuda")
