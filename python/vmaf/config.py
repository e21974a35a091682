"""Where models and temporary files are."""

from __future__ import annotations

import os
import tempfile

from visq import _core


class VmafConfig:
    """Paths that scripts ask for."""

    @classmethod
    def model_path(cls, *parts: str) -> str:
        """model_path("vmaf_v0.6.1.json"): the file in the model store; as given when no store has
        it.
        """
        name = os.path.join(*parts)
        return (
            _core.find_in_model_store(os.path.join("vmaf", name))
            or _core.find_in_model_store(os.path.join("tiny", name))
            or name
        )

    @classmethod
    def workdir_path(cls, *parts: str) -> str:
        return os.path.join(tempfile.gettempdir(), *parts)

    @classmethod
    def file_result_store_path(cls, *parts: str) -> str:
        cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
        return os.path.join(cache, "visq", "results", *parts)
