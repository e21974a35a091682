"""`pip install .`: what pip puts in place serves an interpreter that knows nothing of the build."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import visq
from matplotlib import image
from support import ROOT, noise

USER = """
import sys
sys.path.insert(0, sys.argv[1])
import visq, vmaf.core.quality_runner
scores = visq.score(sys.argv[2], sys.argv[3], ["vmaf", "psnr"])  # png: through the libav module
with open("/proc/self/maps") as maps:
    libraries = {line.split()[-1] for line in maps if "libvmaf.so" in line or "libvisq_av" in line}
assert len(libraries) == 2, libraries
assert all(path.startswith(sys.argv[1] + "/visq/lib/") for path in libraries), libraries
assert visq._core.model_files("vmaf", ".json")[0].startswith(sys.argv[1])
print(visq.__version__, scores.pooled["vmaf"].mean)
"""


def pip_installs(folder, **more):
    """pip's run, into folder/installed from a copy of the sources, as pip writes beside them."""
    sources = folder / "sources"
    for name in ("pyproject.toml", "setup.py", "CMakeLists.txt", "docs/python.md"):
        (sources / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, sources / name)
    shutil.copytree(ROOT / "python", sources / "python")
    environment = {**os.environ, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **more}
    environment.pop("PYTHONPATH")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation"]
    return subprocess.run(
        [*command, "--no-deps", "--target", folder / "installed", sources],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(name="installed", scope="module")
def fixture_installed(tmp_path_factory):
    """The folder that pip installed into."""
    folder = tmp_path_factory.mktemp("wheel")
    run = pip_installs(folder)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder / "installed"


def test_without_models_there_is_no_wheel(tmp_path):
    (tmp_path / "build").mkdir()
    (tmp_path / "build/CMakeCache.txt").write_text(f"VISQ_MODEL_STORE:PATH={tmp_path}/store\n")
    run = pip_installs(tmp_path, VISQ_BUILD=str(tmp_path / "build"))
    assert run.returncode != 0
    assert f"{tmp_path}/store has none of VMAF's models" in run.stdout + run.stderr


@pytest.mark.parametrize("name,first", [("vmaf", "Usage: vmaf"), ("visq", "visq ORIGINAL")])
def test_it_brings_the_programs(installed, name, first):
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    environment.pop("VISQ_MODEL_STORE", None)

    def says(option):
        command = [installed / "bin" / name, option]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True
        ).stdout

    assert first in says("--help")
    assert f"{installed}/visq/models" in says("--list-models")


def test_it_scores(installed, tmp_path, command):
    files = [tmp_path / "a.png", tmp_path / "b.png"]
    for seed, file in enumerate(files):
        image.imsave(file, np.stack([noise((96, 128), seed + c) for c in range(3)], axis=2))
    run = subprocess.run(
        [sys.executable, "-I", "-c", USER, installed, *files],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    version = (
        (ROOT / "CMakeLists.txt")
        .read_text(encoding="utf-8")
        .split("project(visq VERSION ")[1]
        .split()[0]
    )
    assert run.stdout.split() == [version, str(command(*files)["pooled_metrics"]["vmaf"]["mean"])]


def test_it_is_typed_and_has_no_links(installed):
    for file in ("visq/py.typed", "visq/_core.pyi", "vmaf/py.typed"):
        assert (installed / file).is_file()
    assert not [path for path in installed.rglob("*") if path.is_symlink()]
    assert [path.name for path in (installed / "visq/lib").glob("libvmaf*")] == ["libvmaf.so.3"]


WITH_NUMPY_2 = """
import importlib.util, sys, types
sys.modules["numpy"] = types.SimpleNamespace(__version__="2.0.0")
spec = importlib.util.spec_from_file_location("visq._core", sys.argv[1])
spec.loader.exec_module(importlib.util.module_from_spec(spec))
"""


@pytest.mark.skipif(
    np.__version__ >= "2.", reason="the distribution's pybind11, as its numpy 2, needs no refusal"
)
def test_numpy_2_is_refused_by_what_an_older_pybind11_built():
    """Which would read zeros from it and say nothing."""
    run = subprocess.run(
        [sys.executable, "-c", WITH_NUMPY_2, visq._core.__file__],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "which knows numpy 1 only, and numpy 2.0.0 is installed" in run.stderr
    assert "build with pybind11 2.12 or newer" in run.stderr


@pytest.mark.parametrize("name", ["run_vmaf", "run_testing", "run_cambi"])
def test_it_has_commands(installed, name):
    run = subprocess.run(
        [sys.executable, installed / "bin" / name, "--help"],
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0 and run.stdout.startswith("usage: "), run.stderr
