"""Signatures end to end: --tiny-model-verify accepts what sign_models.py signed, nothing else."""

import os
import pathlib
import shutil
import subprocess

import numpy as np
import pytest
from conftest import read_json, vmaf_command
from test_export import run

visq = pytest.importorskip("visq", reason="needs Python's package visq, which ctest has")
MODELS = ("lpips_sq", "fr_regressor_v1", "vmaf_tiny_v4")
BROKEN = "vmaf_tiny_v1_medium"  # as published: it names a file that does not come with it


@pytest.fixture
def cosign(tmp_path, monkeypatch):
    """A cosign whose keys are files."""
    bin_folder, keys = tmp_path / "bin", tmp_path / "keys"
    bin_folder.mkdir()
    keys.mkdir()
    shutil.copy(pathlib.Path(__file__).with_name("fake_cosign.py"), bin_folder / "cosign")
    (bin_folder / "cosign").chmod(0o755)
    for name in ("default", "mine", "other"):
        (keys / name).write_text(name)
    monkeypatch.setenv("PATH", f"{bin_folder}:{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_COSIGN", str(keys))
    return keys


@pytest.fixture
def folder(tmp_path, shared):
    out = tmp_path / "tiny"
    out.mkdir()
    for name in (*MODELS, BROKEN):
        for file in (shared / "models/tiny").glob(f"{name}.*"):
            shutil.copy(file, out)
    shutil.copy(shared / "models/tiny/registry.json", out)
    return out


def scored(folder, model, *options):
    """What the command says of a clip; "" where it scores."""
    command = vmaf_command()
    if not (folder / "a.y4m").exists():
        frame = bytes(np.random.default_rng(0).integers(0, 256, 96 * 64 * 3 // 2, np.uint8))
        clip = b"YUV4MPEG2 W96 H64 F25:1 Ip A1:1 C420jpeg\n" + 3 * (b"FRAME\n" + frame)
        (folder / "a.y4m").write_bytes(clip)
    clips = ["-r", folder / "a.y4m", "-d", folder / "a.y4m", "--no_prediction"]
    words = [command, *clips, "--tiny_model", folder / model, "--tiny_model_verify", *options]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr


def test_signed_models_run_and_nothing_else_does(cosign, folder):
    assert "signature bundle" in scored(folder, "fr_regressor_v1.onnx"), "none is signed yet"
    printed = run("sign_models", folder)
    assert "5 files of 3 models are signed" in printed
    assert f"{BROKEN}.onnx was not signed: it needs mlp_medium_final.onnx.data" in printed
    assert "is in no registry" not in printed
    bundles = sorted(path.name for path in folder.glob("*.sigstore.json"))
    assert bundles == [
        "fr_regressor_v1.onnx.data.sigstore.json",
        "fr_regressor_v1.onnx.sigstore.json",
        "lpips_sq.onnx.sigstore.json",
        "vmaf_tiny_v4.int8.onnx.sigstore.json",
        "vmaf_tiny_v4.onnx.sigstore.json",
    ]
    assert scored(folder, "fr_regressor_v1.onnx") == ""
    assert scored(folder, "vmaf_tiny_v4.onnx", "--tiny_quant", "int8") == ""
    (folder / "vmaf_tiny_v4.int8.onnx.sigstore.json").write_text('{"key": "default", "seal": "0"}')
    assert "cosign rejects" in scored(folder, "vmaf_tiny_v4.onnx", "--tiny_quant", "int8")
    (folder / "fr_regressor_v1.onnx.data.sigstore.json").unlink()
    assert "bundle" in scored(folder, "fr_regressor_v1.onnx"), "its weights are not signed any more"
    shutil.copy(folder / "vmaf_tiny_v4.onnx", folder / "mine.onnx")
    shutil.copy(folder / "vmaf_tiny_v4.json", folder / "mine.json")
    assert "no registry.json beside it lists it" in scored(folder, "mine.onnx")


def test_a_key_of_ones_own(cosign, folder, monkeypatch):
    run("sign_models", folder, "--key", cosign / "mine")
    monkeypatch.setenv("VISQ_COSIGN_KEY", str(cosign / "other"))
    assert "cosign rejects" in scored(folder, "vmaf_tiny_v4.onnx")
    monkeypatch.setenv("VISQ_COSIGN_KEY", str(cosign / "mine"))
    assert scored(folder, "vmaf_tiny_v4.onnx") == ""


def test_the_registry_names_signers_and_external_data(cosign, folder):
    words = ("--identity", "us@example.org", "--issuer", "https://example.org")
    run("sign_models", folder, *words)
    lines = {line["id"]: line for line in read_json(folder / "registry.local.json")["models"]}
    line = lines["fr_regressor_v1"]
    assert line["sigstore_bundle"] == "fr_regressor_v1.onnx.sigstore.json"
    assert line["sigstore_identity"] == "us@example.org"
    assert list(line["external_data"]) == ["fr_regressor_v1.onnx.data"]
    before = (folder / "registry.local.json").read_bytes()
    run("sign_models", folder, *words)
    assert (folder / "registry.local.json").read_bytes() == before


def test_a_file_that_is_not_the_listed_one_stops_everything(cosign, folder):
    with open(folder / "vmaf_tiny_v4.int8.onnx", "ab") as file:
        file.write(b"\0")
    assert "and the registry lists" in run("sign_models", folder, good=False)
    assert not list(folder.glob("*.sigstore.json"))


def test_without_cosign_and_with_one_that_fails(cosign, folder, monkeypatch):
    (cosign / "default").unlink()
    assert "cosign did not sign" in run("sign_models", folder, good=False)
    assert not list(folder.glob("*.sigstore.json")) and not list(folder.glob(".*.part"))
    monkeypatch.setenv("PATH", "/nowhere")
    assert "there is no cosign on PATH" in run("sign_models", folder, good=False)


@pytest.mark.skipif(shutil.which("cosign") is None, reason="cosign is not installed")
def test_the_real_cosign_signs_with_a_key(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("COSIGN_PASSWORD", "")
    subprocess.run(["cosign", "generate-key-pair"], cwd=tmp_path, check=True)
    run("sign_models", folder, "--key", tmp_path / "cosign.key")
    monkeypatch.setenv("VISQ_COSIGN_KEY", str(tmp_path / "cosign.pub"))
    assert scored(folder, "vmaf_tiny_v4.onnx") == ""
