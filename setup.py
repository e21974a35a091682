"""The Python packages, as pip builds them: CMake compiles, its install component `python` is what
the wheel holds.

VISQ_BUILD=FOLDER takes a build folder that is there, made for the same interpreter, instead of
build/wheel-TAG. The pybind11 that made it says which numpy the package takes: before 2.12, which
distributions have, numpy 1 only.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = pathlib.Path(__file__).resolve().parent


def version():
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    return re.search(r"project\(visq VERSION ([0-9.]+)", text).group(1)


def pybind11_folder():
    """pip's pybind11, where there is one; else CMake finds the distribution's."""
    try:
        import pybind11  # pylint: disable=import-outside-toplevel
    except ImportError:
        return []
    return [f"-Dpybind11_DIR={pybind11.get_cmake_dir()}"]


def cmake(*arguments):
    subprocess.run(["cmake", *map(str, arguments)], cwd=ROOT, check=True)


def configured():
    folder = ROOT / "build" / f"wheel-{sys.implementation.cache_tag}"
    settings = ["-DCMAKE_BUILD_TYPE=Release", "-DVISQ_TESTS=OFF"]
    settings += [f"-DPython_EXECUTABLE={sys.executable}", *pybind11_folder()]
    cmake("-S", ROOT, "-B", folder, "-G", "Ninja", *settings)
    return folder


def refuse_without_models(folder):
    """Before anything is compiled: such a wheel would work only while the source stands."""
    cache = (pathlib.Path(folder) / "CMakeCache.txt").read_text(encoding="utf-8")
    store = re.search(r"^VISQ_MODEL_STORE:PATH=(.*)$", cache, flags=re.M).group(1)
    if not list(pathlib.Path(store, "vmaf").glob("*.json")):
        sys.exit(f"{store} has none of VMAF's models, nor would the wheel: run ./setup")


class CMakeBuild(build_ext):
    """Builds the extension, the library and its video input, and puts them into the package."""

    def run(self):
        folder = os.environ.get("VISQ_BUILD") or configured()
        refuse_without_models(folder)
        if "VISQ_BUILD" not in os.environ:
            cmake("--build", folder, "--target", "visq_python", "visq_av", "vmaf")
        stage = pathlib.Path(self.build_temp).resolve() / "stage"
        shutil.rmtree(stage, ignore_errors=True)
        cmake("--install", folder, "--component", "python", "--prefix", stage)
        target = ROOT / "python" if self.inplace else pathlib.Path(self.build_lib)
        for file in sorted((stage / "visq").rglob("*")):
            relative = file.relative_to(stage)
            # A wheel has no links: the library goes in once, under the name that it is loaded by.
            if (
                file.is_file()
                and file.suffix not in (".py", ".pyi")
                and not re.search(r"libvmaf\.so\.\d+\.", file.name)
            ):
                (target / relative).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, target / relative)  # with its mode


setup(
    version=version(),
    ext_modules=[Extension("visq._core", sources=[])],
    cmdclass={"build_ext": CMakeBuild},
)
