"""Shots: every statistic of each, as the command's report has it."""

import json
import os
import pathlib

import numpy as np
import pytest
import visq
from support import missing, same, write_y4m

# First frames of the shots of the clips, and how far the copy is off in each.
FIRSTS, LEVELS, ERRORS, FRAMES = [0, 8, 70], [20, 200, 90], [1, 6, 2], 90


def frames(errors):
    shots = np.searchsorted(FIRSTS, np.arange(FRAMES), side="right") - 1
    gray = np.full((24, 32), 128, np.uint8)
    return [(np.full((48, 64), LEVELS[s] + errors[s], np.uint8), gray, gray) for s in shots]


@pytest.fixture(name="clips", scope="module")
def fixture_clips(tmp_path_factory):
    """Reference and copy as frames, and as files."""
    folder = tmp_path_factory.mktemp("shots")
    arrays = [frames([0, 0, 0]), frames(ERRORS)]
    files = [write_y4m(folder / f"{i}.y4m", clip) for i, clip in enumerate(arrays)]
    return arrays, files


@pytest.fixture(name="stand_in")
def fixture_stand_in(monkeypatch):
    """Has "detect" run the build's own detector, which sees cuts where brightness jumps."""
    store = pathlib.Path(os.environ["VISQ_BUILD"]) / "tests/synthetic"
    if not (store / "tiny/transnet_v2.onnx").is_file():
        missing("the synthetic networks of the build")
    monkeypatch.setenv("VISQ_MODEL_STORE", str(store))


def spans(scores):
    return [(shot.first, shot.last) for shot in scores.shots]


@pytest.mark.parametrize("shots", [40, "40", 1, 1000])
def test_of_equal_length(clips, command, shots):
    arrays, files = clips
    report = command(*files, "-n", "--feature", "psnr", "--shots", shots)
    for pair in arrays, files:
        same(visq.score(*pair, ["psnr"], shots=shots), report)


def test_of_a_list(clips, command, tmp_path):
    arrays, files = clips
    listed = tmp_path / "list.csv"
    listed.write_text("".join(f"{first}\n" for first in FIRSTS))
    scores = visq.score(*arrays, ["psnr"], shots=listed)
    same(scores, command(*files, "-n", "--feature", "psnr", "--shots", listed))
    assert spans(scores) == [(0, 7), (8, 69), (70, 89)]
    for shot, error in zip(scores.shots, ERRORS, strict=True):
        expected = pytest.approx(20 * np.log10(255 / error), abs=1e-9)
        pooled = shot.pooled["psnr_y"]
        assert [pooled.mean, pooled.clip, pooled.worst_1_percent_mean] == [expected] * 3
        assert pooled.worst_frame == shot.first


def test_found_in_frames_and_in_files(clips, command, stand_in):
    arrays, files = clips
    report = command(*files, "-n", "--feature", "psnr", "--shots", "detect")
    assert [shot["first"] for shot in report["shots"]] == FIRSTS
    for pair in arrays, files:
        for threads in 1, 2:
            same(visq.score(*pair, ["psnr"], shots="detect", threads=threads), report)
    several = visq.score(files[0], files, ["psnr"], shots="detect")
    assert [spans(scores) for scores in several] == [[(0, 7), (8, 69), (70, 89)]] * 2


def test_in_the_json_that_is_saved(clips, tmp_path):
    arrays, _ = clips
    scores = visq.score(*arrays, ["psnr"], shots=40)
    saved = json.loads(scores.to_json())
    assert [shot["last"] for shot in saved["shots"]] == [39, 79, 89]
    assert saved["shots"][0]["scores"]["psnr_y"]["mean"] == scores.shots[0].pooled["psnr_y"].mean
    assert visq.score(*arrays, ["psnr"]).shots == []
    assert "shots" not in json.loads(visq.score(*arrays, ["psnr"]).to_json())


def test_wrong_ones_are_refused(clips, monkeypatch, tmp_path):
    arrays, _ = clips
    with pytest.raises(visq.InvalidArgument, match="shots of 0 frames are not possible"):
        visq.score(*arrays, ["psnr"], shots=0)
    with pytest.raises(visq.Error, match='shots="nowhere.csv"'):
        visq.score(*arrays, ["psnr"], shots="nowhere.csv")
    monkeypatch.setenv("VISQ_MODEL_STORE", str(tmp_path))
    with pytest.raises(visq.Error, match="run ./setup --with transnet"):
        visq.score(*arrays, ["psnr"], shots="detect")
