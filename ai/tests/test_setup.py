"""./setup with stand-ins for the downloads, in a copy of what it needs of the project."""

import json
import os
import shutil
import subprocess

import pytest
from conftest import ROOT, SHARED, read_json, small_trunk

pytestmark = pytest.mark.skipif(shutil.which("apt-get") is None, reason="./setup needs apt")


@pytest.fixture
def project(tmp_path, shared):
    """A project whose store lacks lpips_sq.onnx, whose publisher does not answer."""
    root = tmp_path / "project"
    (root / "models").mkdir(parents=True)
    (tmp_path / "shared/models/tiny").mkdir(parents=True)
    shutil.copy(SHARED / "models/tiny/lpips_sq.json", tmp_path / "shared/models/tiny")
    for name in ("setup", "requirements-ai.txt", "models/fetch.py"):
        shutil.copy(ROOT / name, root / name)
    shutil.copytree(ROOT / "ai", root / "ai", ignore=shutil.ignore_patterns("tests"))
    (root / ".deps").mkdir()
    for name in ("ai", "highway", "onnxruntime", "uplot"):
        if (ROOT / ".deps" / name).exists():
            (root / ".deps" / name).symlink_to(ROOT / ".deps" / name)
    registry = read_json(ROOT / "models/registry.json")
    registry["sources"] = {"lusoris": "http://127.0.0.1:9/"}
    registry["files"] = [e for e in registry["files"] if e["file"].startswith("tiny/lpips_sq.")]
    (root / "models/registry.json").write_text(json.dumps(registry), encoding="utf-8")
    return root


def setup(project, sources, *arguments):
    environment = {**os.environ, "VISQ_WEIGHT_SOURCES": str(sources)}
    done = subprocess.run(
        ["./setup", *arguments],
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_models_that_cannot_be_had_are_made(project, stand_ins):
    sources = stand_ins({"squeeze": small_trunk("squeeze"), "alex": small_trunk("alex")})
    code, said = setup(project, sources, "--with", "lpips-alex")
    assert code == 0, said
    assert "making lpips_sq.onnx from the weights that its authors publish" in said
    tiny = project / "models/store/tiny"
    assert sorted(path.name for path in tiny.iterdir()) == [
        *("lpips_alex.json", "lpips_alex.onnx", "lpips_sq.json", "lpips_sq.onnx"),
        "registry.local.json",
    ]
    before = {path.name: path.stat().st_mtime_ns for path in tiny.glob("*.onnx")}
    code, said = setup(project, sources)
    assert code == 0 and "2 of 2 files (0 new)" in said and "making" not in said
    assert before == {path.name: path.stat().st_mtime_ns for path in tiny.glob("*.onnx")}


def test_without_weights_everything_else_works(project, stand_ins, server):
    sources = stand_ins({"squeeze": small_trunk("squeeze"), "alex": small_trunk("alex")})
    for file in server.folder.iterdir():
        file.write_bytes(bytes(file.stat().st_size))
    code, said = setup(project, sources)
    assert code == 0 and "expected" in said and "lpips_sq.onnx could not be made" in said
    assert said.rstrip().endswith("setup: done")
    code, said = setup(project, sources, "--with", "lpips-alex")
    assert code != 0 and "has sha256" in said
    assert not list((project / "models/store").rglob("*.onnx"))


def test_names_are_checked_before_anything_is_done(project):
    code, said = setup(project, "none", "--with", "ai,lpips-vgg16")
    assert code == 1 and said == (
        "setup: --with knows developer, ai, train, catalogue, packages, openvino, cuda, "
        "lpips-alex, lpips-vgg, dists and transnet, not lpips-vgg16\n"
    )
