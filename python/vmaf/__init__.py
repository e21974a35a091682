"""The classes that scripts import from the vmaf package, over visq.

Asset, feature extractors, quality runners, results and statistics take the arguments and give the
accessors of the package of libvmaf's project. Everything runs in this process: no command is
started, but for ffmpeg where an asset asks for scaling, filters or another format.
"""

from __future__ import annotations

import subprocess
from typing import Any, Tuple

import visq

from . import _left_out
from .config import VmafConfig, VmafExternalConfig

__version__ = visq.__version__
_left_out.install()


def __getattr__(name: str) -> Any:
    if name == "plt":  # matplotlib is no requirement: it is imported by who draws
        from matplotlib import pyplot  # pylint: disable=import-outside-toplevel

        return pyplot
    raise AttributeError(f"module vmaf has no attribute {name}")


class ExternalProgram:
    """The command, for scripts that start it."""

    vmafexec = VmafExternalConfig.vmafexec_path()


def run_process(cmd: Any, **settings: Any) -> int:
    """Runs a command; raises what it wrote when it fails."""
    try:
        subprocess.check_output(cmd, stderr=subprocess.STDOUT, **settings)
    except subprocess.CalledProcessError as error:
        raise AssertionError(
            f"Process returned {error.returncode}, cmd: {cmd}, kwargs: {settings}, "
            f"msg: {error.output!s}"
        ) from error
    return 0


def project_path(relative_path: str) -> str:
    return VmafConfig.root_path(relative_path)


def model_path(*parts: str) -> str:
    """The path of a model file: VmafConfig.model_path."""
    return VmafConfig.model_path(*parts)


def convert_pixel_format_ffmpeg2vmafexec(ffmpeg_pix_fmt: str) -> Tuple[str, int]:
    """("420", 10) of "yuv420p10le"."""
    from .tools.yuv import layout_of  # pylint: disable=import-outside-toplevel

    layout = layout_of(ffmpeg_pix_fmt)
    return layout.chroma, layout.bits
