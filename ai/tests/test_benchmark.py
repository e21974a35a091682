"""The page of known distortions: what its tables are made of."""

import io
import sys

import numpy as np
import pytest
from conftest import ROOT, small_trunk
from test_export import run

visq = pytest.importorskip("visq", reason="needs Python's package visq, which ctest has")

from ai import benchmark, dists_graph, scenes  # noqa: E402
from ai.distortions import DISTORTIONS, STRENGTHS  # noqa: E402


@pytest.fixture
def made():
    """Two metrics of two scenes: the second is a distance, and finds noise harmless in scene b."""
    keys = [
        (scene, name, strength)
        for scene in ("a", "b")
        for name in DISTORTIONS
        for strength in range(1, STRENGTHS + 1)
    ]
    first = [100 - 10 * s - len(n) for _, n, s in keys]
    second = [s / 10 if (scene, n) != ("b", "noise") else 0.05 for scene, n, s in keys]
    scores = np.stack([first, second], 1).astype(float)
    return benchmark.Set(["up", "down"], keys, scores, np.array([True, False]))


def test_monotony_is_of_every_step(made):
    falls = benchmark.monotony(made)
    assert falls["blur"] == [100, 100] and falls["noise"] == [100, 50]


def test_correlations_are_of_qualities(made):
    matrix = benchmark.correlations(made)
    assert matrix[0, 0] == pytest.approx(1) and 0.5 < matrix[0, 1] < 1


def test_disagreements_are_of_one_scene_and_opposite(made):
    found = benchmark.disagreements(made)
    assert 1 <= len(found) <= 3
    values = benchmark.oriented(made)
    for a, b, m, n in found:
        assert made.keys[a][0] == made.keys[b][0]
        assert values[a, m] > values[b, m] and values[a, n] < values[b, n]
    strongest = {made.keys[found[0][0]][1], made.keys[found[0][1]][1]}
    assert "noise" in strongest and made.keys[found[0][0]][0] == "b"


def test_pictures_are_png_files():
    image = pytest.importorskip("PIL.Image")
    picture = list(scenes.frames("rings", 40, 30, 1))[0]
    read = np.asarray(image.open(io.BytesIO(benchmark.png(picture))))
    assert np.array_equal(read, picture)


def test_planes_are_the_scenes_own():
    picture = list(scenes.frames("city", 40, 30, 1))[0]
    y, u, v = benchmark.planes(picture)
    assert y.shape == (30, 40) and u.shape == v.shape == (15, 20)
    assert b"".join(p.tobytes() for p in (y, u, v)) == scenes.yuv(picture)


def without_costs(page):
    return page[: page.index("## Cost")] + page[page.index("## Where they") :]


def test_dists_has_a_column_and_two_runs_give_the_same(tmp_path, heads, monkeypatch):
    """With a made-up trunk, on a few small pictures; what a frame costs is no matter of bytes."""
    network = tmp_path / "dists_vgg.onnx"
    network.write_bytes(dists_graph.build(small_trunk("vgg"), *heads("dists"), True))
    two = {name: scenes.SCENES[name] for name in ("clouds", "city")}
    monkeypatch.setattr(scenes, "SCENES", two)
    monkeypatch.setattr(benchmark, "WIDTH", 64)
    monkeypatch.setattr(benchmark, "HEIGHT", 48)
    monkeypatch.setattr(benchmark, "STRENGTHS", 2)
    some = {name: DISTORTIONS[name] for name in ("blur", "compression")}
    monkeypatch.setattr(benchmark, "DISTORTIONS", some)
    page, pictures = tmp_path / "page.md", tmp_path / "pictures"
    words = ["--out", page, "--pictures", pictures, "--dists", network, "--note", "Its trunk is no"]
    monkeypatch.setattr(sys, "argv", ["benchmark", *map(str, words)])
    benchmark.main()
    text = page.read_text()
    head = next(line for line in text.splitlines() if line.startswith("|  |  |"))
    assert head.split(" | ")[2:5] == ["LPIPS", "DISTS", "VMAF"]
    assert "--dists dists_vgg.onnx" in text and "Its trunk is no" in text
    row = next(line for line in text.splitlines() if line.startswith("| blur | 2 |"))
    scores = []
    for name in two:
        (picture,) = scenes.frames(name, 64, 48, 1)
        pair = [benchmark.planes(each) for each in (picture, DISTORTIONS["blur"](picture, 2))]
        scores.append(visq.score(*pair, {"dists": {"model_path": network}})["dists"][0])
    assert row.split(" | ")[3] == f"{np.mean(scores):.4g}"
    files = {path.name: path.read_bytes() for path in pictures.iterdir()}
    assert files and all(f"`{name}`" in text for name in files)
    benchmark.main()
    assert without_costs(page.read_text()) == without_costs(text)
    assert files == {path.name: path.read_bytes() for path in pictures.iterdir()}


def test_clips_that_are_none_are_a_sentence(tmp_path):
    broken, empty = tmp_path / "a.y4m", tmp_path / "b.y4m"
    broken.write_bytes(b"no clip")
    empty.write_bytes(b"YUV4MPEG2 W64 H48 F25:1 C420jpeg\n")
    words = ("--out", tmp_path / "p.md", "--pictures", tmp_path / "p", "--clips")
    assert "a.y4m" in run("benchmark", *words, broken, good=False)
    assert "b.y4m" in run("benchmark", *words, empty, good=False)
    assert not (tmp_path / "p.md").exists()


def test_the_page_says_how_it_was_made():
    page = (ROOT / "docs/ai/benchmarks.md").read_text()
    assert "python3 ai/benchmark.py --out" in page
    for name in (*DISTORTIONS, *scenes.SCENES, *(metric for metric, *_ in benchmark.METRICS)):
        assert name in page
