"""Corpora: made by a catalogue run, resumed, the same bytes again; and files that are no corpus."""

import hashlib
import shutil

import numpy as np
import pytest
from test_export import run

from ai import codec_block, corpus, scenes
from ai.distortions import DISTORTIONS, STRENGTHS

visq = pytest.importorskip("visq", reason="needs Python's package visq, which ctest has")
pa = pytest.importorskip("pyarrow")
needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_scenes_are_the_same_everywhere(tmp_path):
    run("scenes", tmp_path, "--size", "64x48", "--frames", "2")
    digest = hashlib.sha256()
    for name in scenes.SCENES:
        digest.update((tmp_path / f"{name}.y4m").read_bytes())
    assert digest.hexdigest() == (
        "323f3ce89c8af98db82a5bbbfe40fe14b62eee77e9630b54d95080e9bfe676a7"
    )
    assert (tmp_path / "manifest.csv").read_text().count("\n") == 9
    assert "two even numbers" in run("scenes", tmp_path, "--size", "63x48", good=False)


def test_distortions_grow_with_their_strength():
    picture = list(scenes.frames("leaves", 65, 50, 1))[0]
    for name, spoil in DISTORTIONS.items():
        errors = [
            float(np.square(spoil(picture, s).astype(float) - picture).mean())
            for s in range(1, STRENGTHS + 1)
        ]
        assert errors == sorted(errors) and errors[0] > 0, (name, errors)
        assert spoil(picture, 3).shape == picture.shape


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A corpus of two scenes."""
    folder = tmp_path_factory.mktemp("corpus")
    run("scenes", folder, "--size", "96x64", "--frames", "3", "--only", "city", "text")
    words = [folder / "manifest.csv", "--out", folder / "c.parquet", "--codecs", "libx264"]
    run("make_corpus", *words, "--crfs", "30", "45")
    return folder, words


@needs_ffmpeg
def test_a_row_a_frame_with_what_was_scored(made):
    table = corpus.read(made[0] / "c.parquet")
    assert len(table) == 2 * 2 * 3
    assert table.columns["encode"][0] == "city_libx264_medium_30"
    source = made[0] / "city.y4m"
    encode = made[0] / "c.work/encodes/city_libx264_medium_30.mkv"
    scores = visq.score(source, encode)
    for column, name in (("adm2", "integer_adm2"), ("motion2", "integer_motion2")):
        assert np.array_equal(table.columns[column][:3], scores[name])
    assert np.array_equal(table.columns["target"][:3], scores["vmaf"])


@needs_ffmpeg
def test_it_goes_on_where_it_stopped_and_gives_the_same_bytes(made):
    folder, words = made
    before = sha256(folder / "c.parquet")
    encodes = folder / "c.work/encodes"
    kept = encodes / "city_libx264_medium_45.mkv"
    time = kept.stat().st_mtime_ns
    (encodes / "text_libx264_medium_30.mkv").unlink()
    (folder / "c.parquet").unlink()
    run("make_corpus", *words, "--crfs", "30", "45")
    assert sha256(folder / "c.parquet") == before and kept.stat().st_mtime_ns == time
    shutil.rmtree(folder / "c.work")
    run("make_corpus", *words, "--crfs", "30", "45")
    assert sha256(folder / "c.parquet") == before


@needs_ffmpeg
def test_a_damaged_part_of_the_run_underneath_is_named(made):
    folder, words = made
    before = sha256(folder / "c.parquet")
    (part, *_) = sorted((folder / "c.work/catalogue").rglob("part.parquet"))
    part.write_bytes(b"PAR1 and nothing else")
    sentence = run("make_corpus", *words, "--crfs", "30", "45", good=False)
    assert f"{part} is no whole Parquet file" in sentence
    shutil.rmtree(part.parent)  # its unit is then made again
    run("make_corpus", *words, "--crfs", "30", "45")
    assert sha256(folder / "c.parquet") == before


@needs_ffmpeg
def test_what_cannot_be_made_is_said(made, tmp_path):
    folder, words = made
    assert "a whole number from 0 to 63" in run("make_corpus", *words, "--crfs", "x", good=False)
    for text, sentence in (
        ("source\n", "has no source"),
        ("source\nnothing.y4m\n", "there is no"),
        ("clip\na.y4m\n", "line 2 names no source"),
    ):
        (tmp_path / "m.csv").write_text(text)
        words = [tmp_path / "m.csv", "--out", tmp_path / "c.parquet"]
        assert sentence in run("make_corpus", *words, good=False)
    (tmp_path / "a.y4m").write_bytes(b"no clip")
    (tmp_path / "m.csv").write_text("source\na.y4m\n")
    assert "ffmpeg cannot make" in run("make_corpus", *words, good=False)
    assert not (tmp_path / "c.parquet").exists()


def table(**changes):
    columns = {
        **{name: ["a", "b"] for name in ("source", "encode", "codec", "preset")},
        **{name: [1.0, 2.0] for name in ("frame", "crf", "target")},
        **changes,
    }
    return pa.table({name: values for name, values in columns.items() if values is not None})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"codec": None}, "has no column codec"),
        ({"target": [1.0, float("nan")]}, "target is no number in row 1"),
        ({"target": ["a", "b"]}, "holds string, not numbers"),
        ({"source": [1, 2]}, "and texts are expected"),
    ],
)
def test_files_that_are_no_corpus(tmp_path, changes, sentence):
    import pyarrow.parquet as pq

    pq.write_table(table(**changes), tmp_path / "c.parquet")
    with pytest.raises(corpus.Refused, match=sentence):
        corpus.read(tmp_path / "c.parquet").numbers(["target"])


def test_broken_files_are_refused(tmp_path):
    import pyarrow.parquet as pq

    path = tmp_path / "c.parquet"
    pq.write_table(table(), path)
    whole = path.read_bytes()
    numbers = np.random.default_rng(1)
    path.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(corpus.Refused, match="no whole Parquet file"):
        corpus.read(path)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(corpus.Refused, match="no whole Parquet file"):
        corpus.read(path)
    for _ in range(100):  # a byte here and there: a sentence, or a table that is checked
        broken = bytearray(whole)
        for place in numbers.integers(0, len(whole), 3):
            broken[place] = numbers.integers(0, 256)
        path.write_bytes(broken)
        try:
            corpus.read(path)
        except corpus.Refused as error:
            assert str(path) in str(error)


def test_codec_blocks_are_those_of_the_library():
    """codec_test.cc has the same values."""
    told = codec_block.sidecar()
    block = codec_block.block(told, "libx264", "medium", 28)
    assert block[:12].tolist() == [1.0] + [0.0] * 11
    np.testing.assert_allclose(block[12:], [5 / 9, 28 / 63], rtol=1e-6)
    assert codec_block.block(told, "libvpx-vp9", "good", 0)[12] == np.float32(5 / 9)
    assert codec_block.block(told, "libsvtav1", "12", 0)[12] == 1
    third = {**told, "encoder_vocab_version": 3}
    np.testing.assert_allclose(codec_block.block(third, "libx264", "slow", 28)[12:], [0.5, 0.5])
    with pytest.raises(corpus.Refused, match='has no preset "quick"'):
        codec_block.block(told, "libx264", "quick", 0)
