"""visq measures how good a video looks beside its original: VMAF, LPIPS, PSNR, SSIM and more, from
files or arrays.

import visq

scores = visq.score("original.mp4", "compressed.mp4", metrics=["vmaf", "lpips"])
scores["vmaf"]               # one value a frame
scores.pooled["vmaf"].mean   # one for the clip
"""

from __future__ import annotations

from . import dnn
from ._catalogue import Feature, Metric, Model, Option, list_metrics, list_models
from ._core import version as _version
from ._errors import Error, InvalidArgument, NotFound, NotSupported, OutOfMemory
from ._score import score
from ._scores import Pooled, Scores
from ._session import Session
from ._video import read_video

__version__ = _version().removeprefix("visq-")
__all__ = [
    "Error",
    "Feature",
    "InvalidArgument",
    "Metric",
    "Model",
    "NotFound",
    "NotSupported",
    "Option",
    "OutOfMemory",
    "Pooled",
    "Scores",
    "Session",
    "dnn",
    "list_metrics",
    "list_models",
    "read_video",
    "score",
]
