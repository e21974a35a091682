"""The classes that scripts import from the vmaf package, over visq.

Asset, feature extractors, quality runners, results and statistics take the arguments and give the
accessors of the package of libvmaf's project. Everything runs in this process: no command is
started, but for ffmpeg where an asset asks
for scaling or filters.
"""

from __future__ import annotations

import visq

from .config import VmafConfig

__version__ = visq.__version__


def model_path(*parts: str) -> str:
    """The path of a model file: VmafConfig.model_path."""
    return VmafConfig.model_path(*parts)
