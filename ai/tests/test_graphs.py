"""The graphs in ONNX Runtime against the golden values of the original programs."""

import functools
import hashlib
import os

import numpy as np
import onnx
import pytest
from conftest import ROOT, read_json
from PIL import Image

from ai import dists_graph, lpips_graph, pictures, selfcheck, trunks

NETS = ["squeeze", "alex", "vgg"]
TOLERANCE = 2e-6
HALF_TOLERANCE = 6e-5


@pytest.fixture(scope="module")
def model(synthetic, heads, tmp_path_factory):
    """name -> score(ref, dist) of the model with the synthetic trunk and the real heads."""

    @functools.cache
    def build(name):
        path = tmp_path_factory.mktemp("models") / f"{name}.onnx"
        if name.startswith("dists"):
            data = dists_graph.build(synthetic("vgg"), *heads("dists"), half=name == "dists_f16")
        else:
            data = lpips_graph.build(name, synthetic(name), heads(name))
        path.write_bytes(data)
        return selfcheck.runtime(path)

    return build


def frame_as_rgb(path, width, height):
    """Frame 0 of an 8-bit 4:2:0 clip as BT.709 limited RGB, as the golden file says."""
    with open(path, "rb") as file:
        assert file.readline().startswith(b"YUV4MPEG2") and file.readline().startswith(b"FRAME")
        luma = np.frombuffer(file.read(width * height), np.uint8).reshape(height, width)
        chroma = [
            np.frombuffer(file.read(width * height // 4), np.uint8)
            .reshape(height // 2, width // 2)
            .repeat(2, 0)
            .repeat(2, 1)
            for _ in range(2)
        ]
    y, (u, v) = (luma - 16.0) / 219, ((plane - 128.0) / 224 for plane in chroma)
    red, blue = y + 2 * (1 - 0.2126) * v, y + 2 * (1 - 0.0722) * u
    green = (y - 0.2126 * red - 0.0722 * blue) / 0.7152
    rgb = np.stack([red, green, blue], axis=2)
    return np.clip(np.floor(rgb * 255 + 0.5), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def pair(shared):
    """name -> the two 8-bit pictures of that golden entry, and they are those."""
    known = read_json(shared / "golden/lpips_synthetic.json")["images"]
    small = read_json(shared / "golden/dists_synthetic.json")["pairs"]

    def read(name, resized=False):
        image, out = known[name], []
        for side in ("ref", "dis"):
            if side in image:
                path = shared / "clips" / image[side]
                rgb = np.asarray(Image.open(path).convert("RGB"))
            else:
                path = shared / f"clips/{name}_420p8_{side}.y4m"
                rgb = frame_as_rgb(path, image["width"], image["height"])
            assert hashlib.sha256(rgb.tobytes()).hexdigest() == image["rgb_sha256"][side]
            if resized:
                rgb = shrunk(rgb)
                wanted = small[f"{name}|resized"]["rgb_sha256"][side]
                assert hashlib.sha256(rgb.tobytes()).hexdigest() == wanted
            out.append(rgb)
        return out

    return read


def shrunk(rgb):
    """To a short side of 256, as the authors' command line does it."""
    height, width, _ = rgb.shape
    short = min(width, height)
    size = (256 * width // short, 256 * height // short)
    return np.asarray(Image.fromarray(rgb).resize(size, Image.BILINEAR))


def tensor(rgb):
    return pictures.tensor(rgb.transpose(2, 0, 1) / 255)


def check(score, entry, rgb, tolerance=TOLERANCE):
    ref, dist = map(tensor, rgb)
    assert score(ref, dist) == pytest.approx(entry["score"], abs=tolerance)
    if ref.size < 100 * 100 * 3:  # the larger ones say the same, slowly
        assert score(ref, ref) == 0, "identical pictures"
        assert score(dist, ref) == pytest.approx(entry["score"], abs=tolerance), "swapped"


@pytest.mark.parametrize("net", NETS)
def test_lpips_gives_the_golden_scores(model, pair, shared, net):
    golden = read_json(shared / "golden/lpips_synthetic.json")[net]
    assert len(golden) >= 12
    for name, entry in golden.items():
        if "score" in entry:
            check(model(net), entry, pair(name))


@pytest.mark.parametrize("net", NETS)
def test_lpips_scores_pictures_of_the_smallest_size(model, net):
    """Below it ONNX Runtime may end the process; the library refuses such pictures itself."""
    side = trunks.TRUNKS[net].min_side
    numbers = np.random.default_rng(1)
    for width, height in ((side, side), (side, side + 30), (side + 9, side)):
        a, b = (numbers.random((1, 3, height, width), np.float32) for _ in range(2))
        assert 0 < model(net)(a, b) < 10


def test_dists_gives_the_golden_scores(model, pair, shared):
    golden = read_json(shared / "golden/dists_synthetic.json")["pairs"]
    assert len(golden) == 19
    for name, entry in golden.items():
        size, _, how = name.partition("|")
        if how == "resized" or entry["width"] < 1000:
            check(model("dists"), entry, pair(size, how == "resized"))


@pytest.mark.skipif("VISQ_LONG_TESTS" not in os.environ, reason="takes 3 GB and a minute")
def test_dists_gives_the_golden_score_at_1080p(model, pair, shared):
    golden = read_json(shared / "golden/dists_synthetic.json")["pairs"]
    check(model("dists"), golden["dark_1920x1080"], pair("dark_1920x1080"))


def test_dists_with_float16_weights_is_near(model, pair, shared):
    golden = read_json(shared / "golden/dists_synthetic.json")["pairs"]
    for name in ("crop_97x61", "small_64x48", "crop_5x3", "flat_48x40"):
        check(model("dists_f16"), golden[name], pair(name), HALF_TOLERANCE)


ALLOWED = {  # spec of the contract: all of them are on the library's list
    *("Add", "Sub", "Mul", "Div", "Sqrt", "Conv", "Relu", "MaxPool", "ReduceMean", "ReduceSum"),
    *("Concat", "Reshape"),
}


@pytest.mark.parametrize(
    ("name", "size", "sha256"),
    [
        ("squeeze", 2915956, "5cf3a9abdb1406be"),
        ("alex", 9889110, "f99d4e1ed4d80ff5"),
        ("vgg", 58873770, "5beb70a459f50dfd"),
        ("dists", 58920648, "f3d11257771b769c"),
        ("dists_f16", 29500093, "4868ff301edb0ef7"),
    ],
)
def test_files_are_plain_and_the_same_everywhere(synthetic, heads, name, size, sha256):
    def build():
        if name.startswith("dists"):
            return dists_graph.build(synthetic("vgg"), *heads("dists"), half="f16" in name)
        return lpips_graph.build(name, synthetic(name), heads(name))

    data = build()
    assert data == build()
    assert (len(data), hashlib.sha256(data).hexdigest()[:16]) == (size, sha256)
    file = onnx.load_from_string(data)
    assert not file.producer_name and not file.metadata_props and not file.doc_string
    assert [opset.version for opset in file.opset_import] == [18]
    allowed = ALLOWED | {"Cast"} if name == "dists_f16" else ALLOWED
    assert {node.op_type for node in file.graph.node} <= allowed
    assert [value.name for value in file.graph.input] == ["ref", "dist"]
    assert [value.name for value in file.graph.output] == ["score"]


def weights_of(file):
    """The trunk's weights under torchvision's names, and the heads, of the published lpips_sq."""
    tensors = {t.name: onnx.numpy_helper.to_array(t) for t in file.graph.initializer}
    trunk = {}
    for name in tensors:
        if name.startswith("core.net.slice"):
            trunk["features." + name.split(".", 3)[3]] = tensors[name]
    return trunk, [tensors[f"core.lins.{i}.model.1.weight"].ravel() for i in range(7)]


def test_squeeze_is_the_published_file(shared, pair, tmp_path):
    """The same weights give the same scores to 1e-6, and those of the original program to 1e-5."""
    published = shared / "models/tiny/lpips_sq.onnx"
    trunk, own = weights_of(onnx.load(published))
    (tmp_path / "a.onnx").write_bytes(lpips_graph.build("squeeze", trunk, own))
    theirs, ours = selfcheck.runtime(published), selfcheck.runtime(tmp_path / "a.onnx")
    golden = read_json(shared / "golden/lpips_images.json")["pairs"]
    for name in ("ex_p0", "ex_p1", "odd_227x131", "small_64x48", "crop_97x61", "flat_48x40"):
        ref, dist = map(tensor, pair(name))
        assert ours(ref, dist) == pytest.approx(theirs(ref, dist), abs=1e-6), name
        expected = golden.get(f"images/ex_ref.png|images/{name}.png")
        assert expected is None or ours(ref, dist) == pytest.approx(expected, abs=1e-5)


def test_published_scores_are_what_they_say(shared):
    published = read_json(ROOT / "ai/sources.json")["published"]
    a, b = map(pictures.tensor, pictures.pair())
    score = selfcheck.runtime(shared / "models/tiny/lpips_sq.onnx")
    assert score(a, b) == pytest.approx(published["lpips_sq"]["score"], abs=1e-6)
    golden = read_json(shared / "golden/lpips_synthetic.json")["vgg_self_check"]["unit_input"]
    assert published["lpips_vgg"]["score"] == golden["score"]
