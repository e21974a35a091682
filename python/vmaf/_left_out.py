"""What libvmaf's package has and this one has not, and where to go instead."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from typing import Any

_TRAINING = (
    "the vmaf package over visq scores and does not train: train with libvmaf's own package, "
    "whose .json models visq reads, or learn a head with ai/ (docs/ai)"
)
_EXPLAINER = (
    "local explanations are left out: run_vmaf --local-explain of libvmaf's own package has them"
)
_MATLAB = "runners of MATLAB are left out: they need libvmaf's own package and MATLAB"
NIQE = (
    "NIQE and BRISQUE are left out: libvmaf's own package has them, and visq scores without a "
    "reference with cambi or a learned model (nr_metric_v1)"
)

MODULES = {
    "vmaf.core.cross_validation": _TRAINING,
    "vmaf.core.h5py_mixin": _TRAINING,
    "vmaf.core.nn_train_test_model": _TRAINING,
    "vmaf.core.train_test_model": _TRAINING,
    "vmaf.script.run_vmaf_cross_validation": _TRAINING,
    "vmaf.script.run_vmaf_training": _TRAINING,
    "vmaf.core.niqe_train_test_model": NIQE,
    "vmaf.core.raw_extractor": _TRAINING,
    "vmaf.core.local_explainer": _EXPLAINER,
    "vmaf.core.quality_runner_extra": _EXPLAINER,
    "vmaf.core.matlab_feature_extractor": _MATLAB,
    "vmaf.core.matlab_quality_runner": _MATLAB,
    "vmaf.core.adm_dwt2_cy": "the kernels of libvmaf's package are left out: ADM is visq's own",
    "vmaf.core.adm_dwt2_py": "the kernels of libvmaf's package are left out: ADM is visq's own",
}


class _Finder(MetaPathFinder):
    """The last one asked: it finds nothing, and says why of the modules that it knows."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        if fullname in MODULES:
            raise ImportError(f"{fullname}: {MODULES[fullname]}", name=fullname)


def install() -> None:
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())


def training(name: str) -> Any:
    """A routine that is no more than its refusal."""

    def refuse(*_: Any, **__: Any) -> None:
        raise NotImplementedError(f"{name}: {_TRAINING}")

    refuse.__name__ = name
    return refuse
