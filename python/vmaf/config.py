"""Where models, programs and temporary files are."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import Any, Optional

import visq
from visq import _core


def _root() -> str:
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.environ.get("VMAF_ROOT") or os.path.join(cache, "visq")


class VmafConfig:
    """Paths that scripts ask for. VMAF_ROOT names a clone of libvmaf's project, whose models and
    resources scripts may use; without it, what is kept lies in the user's cache.
    """

    @classmethod
    def root_path(cls, *parts: str) -> str:
        return os.path.join(_root(), *parts)

    @classmethod
    def model_path(cls, *parts: str) -> str:
        """model_path("vmaf_v1.0.16", "vmaf_v1.0.16_3d0h.json"): the file in the clone that
        VMAF_ROOT names, else in the model store; the mere name of a model that is built in.
        """
        path = cls.root_path("model", *parts)
        if os.path.exists(path):
            return path
        name = os.path.basename(path)
        for folder in ("vmaf", "tiny"):
            if stored := _core.find_in_model_store(os.path.join(folder, name)):
                return stored
        return name if os.path.splitext(name)[0] in _core.builtin_models() else path

    @classmethod
    def resource_path(cls, *parts: str) -> str:
        return cls.root_path("resource", *parts)

    @classmethod
    def test_resource_path(cls, *parts: str, bypass_download: bool = False) -> str:
        """A clip or a model of the tests in the clone: nothing is downloaded."""
        path = cls.root_path("python", "test", "resource", *parts)
        if not bypass_download and not os.path.exists(path):
            raise visq.NotFound(f"there is no file {path}: VMAF_ROOT names a clone that has it")
        return path

    @classmethod
    def workdir_path(cls, *parts: str) -> str:
        return os.path.join(tempfile.gettempdir(), *parts)

    @classmethod
    def workspace_path(cls, *parts: str) -> str:
        return cls.root_path("workspace", *parts)

    @classmethod
    def file_result_store_path(cls, *parts: str) -> str:
        return cls.workspace_path("result_store_dir", "file_result_store", *parts)

    @classmethod
    def encode_store_path(cls, *parts: str) -> str:
        return cls.workspace_path("result_store_dir", "encode_store", *parts)

    @classmethod
    def encode_path(cls, *parts: str) -> str:
        return cls.workspace_path("encode", *parts)


class VmafExternalConfig:
    """Programs, as the search path has them."""

    @classmethod
    def ffmpeg_path(cls) -> Optional[str]:
        return shutil.which("ffmpeg")

    @classmethod
    def ffmpeg_env(cls) -> Optional[dict[str, str]]:
        return None

    @classmethod
    def vmafexec_path(cls) -> Optional[str]:
        return os.environ.get("VISQ_VMAF") or shutil.which("vmaf")

    @classmethod
    def get_and_assert_ffmpeg(cls) -> str:
        path = cls.ffmpeg_path()
        if path is None:
            raise visq.NotFound(
                "this asset needs frames, scaling, filters or another format, which the command "
                "ffmpeg gives, and there is none"
            )
        return path


class DisplayConfig:
    """Shows or keeps what was drawn with matplotlib."""

    @staticmethod
    def show(**settings: Any) -> None:
        """write_to_dir: the folder that figures are written into; format: of their files."""
        from matplotlib import pyplot  # pylint: disable=import-outside-toplevel

        if "write_to_dir" not in settings:
            pyplot.show()
            return
        folder = settings["write_to_dir"] or VmafConfig.workspace_path("output")
        kind = settings.get("format", "png")
        os.makedirs(folder, exist_ok=True)
        for number in pyplot.get_fignums():
            pyplot.figure(number).savefig(os.path.join(folder, f"{number}.{kind}"), format=kind)
