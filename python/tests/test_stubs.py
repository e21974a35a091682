"""python/visq/_core.pyi says what the extension has. It is made by pybind11-stubgen, a developer's
tool: after ./setup --with developer and a build,

VISQ_WRITE_STUBS=1 ctest --preset release -R python.stubs
"""

import os
import subprocess
import sys

from support import ROOT, missing

STUBS = ROOT / "python/visq/_core.pyi"
HEAD = "# Made by pybind11-stubgen: python/tests/test_stubs.py says how.\n"


def test_stubs_are_those_of_the_extension(tmp_path):
    tools = sorted((ROOT / ".deps/developer/lib").glob("python*/site-packages"))
    if not tools or not (tools[0] / "pybind11_stubgen").is_dir():
        missing("pybind11-stubgen (./setup --with developer)")
    path = os.pathsep.join([os.environ["PYTHONPATH"], str(tools[0])])
    subprocess.run(
        [sys.executable, "-m", "pybind11_stubgen", "visq._core", "-o", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": path},
        check=True,
    )
    made = HEAD + (tmp_path / "visq/_core.pyi").read_text(encoding="utf-8")
    if os.environ.get("VISQ_WRITE_STUBS"):
        STUBS.write_text(made, encoding="utf-8")
    assert STUBS.read_text(encoding="utf-8") == made
