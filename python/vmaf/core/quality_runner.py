"""Quality scores of assets."""

from __future__ import annotations

from typing import Any

import visq

from .. import _left_out
from .feature_runner import (
    Adm2QualityRunner,
    Ciede2000QualityRunner,
    Motion2QualityRunner,
    MotionQualityRunner,
    MsSsimQualityRunner,
    PsnrQualityRunner,
    QualityRunner,
    QualityRunnerFromFeatureExtractor,
    SpeedChromaQualityRunner,
    SpeedChromaUQualityRunner,
    SpeedChromaVQualityRunner,
    SpeedTemporalQualityRunner,
    SsimQualityRunner,
    Vif2QualityRunner,
    VifQualityRunner,
    VifScale0QualityRunner,
    VifScale1QualityRunner,
    VifScale2QualityRunner,
    VifScale3QualityRunner,
    VmafLegacyQualityRunner,
    VmafSingleFeatureQualityRunner,
)
from .vmaf_runner import (
    BaggingVmafQualityRunner,
    BootstrapVmafQualityRunner,
    EnsembleVmafQualityRunner,
    VmafnegQualityRunner,
    VmafPhoneQualityRunner,
    VmafQualityRunner,
)
from .vmafexec_runner import VmafexecQualityRunner


class NiqeQualityRunner(QualityRunner):
    """Is left out, and says so."""

    TYPE = "NIQE"

    def __init__(self, *_: Any, **__: Any) -> None:  # pylint: disable=super-init-not-called
        raise visq.NotSupported(f"NiqeQualityRunner: {_left_out.NIQE}")


__all__ = [
    "Adm2QualityRunner",
    "BaggingVmafQualityRunner",
    "BootstrapVmafQualityRunner",
    "Ciede2000QualityRunner",
    "EnsembleVmafQualityRunner",
    "Motion2QualityRunner",
    "MotionQualityRunner",
    "MsSsimQualityRunner",
    "NiqeQualityRunner",
    "PsnrQualityRunner",
    "QualityRunner",
    "QualityRunnerFromFeatureExtractor",
    "SpeedChromaQualityRunner",
    "SpeedChromaUQualityRunner",
    "SpeedChromaVQualityRunner",
    "SpeedTemporalQualityRunner",
    "SsimQualityRunner",
    "Vif2QualityRunner",
    "VifQualityRunner",
    "VifScale0QualityRunner",
    "VifScale1QualityRunner",
    "VifScale2QualityRunner",
    "VifScale3QualityRunner",
    "VmafLegacyQualityRunner",
    "VmafPhoneQualityRunner",
    "VmafQualityRunner",
    "VmafSingleFeatureQualityRunner",
    "VmafexecQualityRunner",
    "VmafnegQualityRunner",
]
