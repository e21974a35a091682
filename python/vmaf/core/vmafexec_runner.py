"""The runner that takes the options of the vmaf command."""

from __future__ import annotations

import os
from typing import Any, List, Optional

from .asset import Asset
from .cambi_feature_extractor import encode_options
from .executor import Columns, RefusedError
from .feature_runner import QualityRunner


def _model(path_or_name: str) -> str:
    """A model for visq.score, by its file or the name of one that is built in."""
    is_file = os.path.exists(path_or_name) or os.path.sep in path_or_name
    if is_file:
        return f"path={path_or_name}"
    return f"version={path_or_name.removesuffix('.json')}"  # what VmafConfig.model_path gives


class VmafexecQualityRunner(QualityRunner):
    """VMAF and other metrics, with the options of the vmaf command.

    optional_dict: models, a list of specifications as --model takes them, each with a name;
    model_filepath; use_default_built_in_model; disable_clip_score; no_prediction; float_psnr, psnr,
    float_ssim, float_ms_ssim, float_moment ...:
    True runs that metric; disable_enhn_gain, vif_enhn_gain_limit, adm_enhn_gain_limit,
    motion_force_zero; subsample; n_threads. result: VMAFEXEC_scores (VMAFEXEC_NAME_scores of named
    models), VMAFEXEC_adm2_scores, ...
    """

    TYPE, VERSION, ALGO_VERSION = "VMAFEXEC", "F0.2.21-0.6.1", 2
    DEFAULT_MODEL_FILEPATH = "vmaf_v0.6.1.json"
    METRICS = (
        "float_psnr",
        "psnr",
        "float_ssim",
        "ssim",
        "float_ms_ssim",
        "ms_ssim",
        "float_moment",
    )

    FEATURES = (
        ["adm2", "adm3", "motion2", "motion3"]
        + [f"{feature}_scale{i}" for feature in ("vif", "adm") for i in range(4)]
        + ["motion", "cambi", "speed_chroma_uv"]
        + ["float_psnr", "psnr_y", "psnr_cb", "psnr_cr", "float_ssim", "float_ms_ssim"]
        + [f"float_moment_{side}{order}" for order in ("1st", "2nd") for side in ("ref", "dis")]
    )
    OPTIONS = (
        *METRICS,
        "models",
        "model_filepath",
        "use_default_built_in_model",
        "disable_clip_score",
        "enable_transform_score",
        "no_prediction",
        "disable_enhn_gain",
        "vif_enhn_gain_limit",
        "adm_enhn_gain_limit",
        "motion_force_zero",
    )

    @classmethod
    def get_feature_scores_key(cls, atom_feature: str) -> str:
        return f"{cls.TYPE}_{atom_feature}_scores"

    def _overloads(self) -> dict[str, Any]:
        """Options of the models' features, for their integer and their float kind."""
        limits = {
            "vif": self._option("vif_enhn_gain_limit"),
            "adm": self._option("adm_enhn_gain_limit"),
        }
        if self._option("disable_enhn_gain"):
            if any(limit is not None for limit in limits.values()):
                raise RefusedError(
                    "disable_enhn_gain is a limit of 1: it cannot stand beside "
                    "vif_enhn_gain_limit or adm_enhn_gain_limit"
                )
            limits = {"vif": 1.0, "adm": 1.0}
        overloads = {
            f"{kind}{name}.{name}_enhn_gain_limit": limit
            for name, limit in limits.items()
            if limit is not None
            for kind in ("", "float_")
        }
        if self._option("motion_force_zero"):
            overloads.update({f"{kind}motion.motion_force_zero": True for kind in ("", "float_")})
        return overloads

    def _models(self, asset: Asset) -> List[Any]:
        if self._option("no_prediction", False):
            return []
        overloads = {
            **self._overloads(),
            **{f"cambi.{name}": value for name, value in encode_options(asset).items()},
        }
        if models := self._option("models"):
            return [(spec, overloads) for spec in models]
        path = self._option("model_filepath", self.DEFAULT_MODEL_FILEPATH)
        if self._option("use_default_built_in_model", False):
            path = self.DEFAULT_MODEL_FILEPATH
        settings = {
            "name": "vmaf",
            "disable_clip": self._option("disable_clip_score", False),
            "enable_transform": self._option("enable_transform_score", False),
        }
        return [(_model(path), {**settings, **overloads})]

    def _metrics(self, asset: Asset) -> List[Any]:
        self._refuse(list(self._options()), [*self.OPTIONS, *self.GENERAL_OPTIONS])
        return self._models(asset) + [name for name in self.METRICS if self._option(name, False)]

    def _names(self) -> List[str]:
        """What the scores of the models are called."""
        if self._option("no_prediction", False):
            return []
        parts = [
            dict(part.partition("=")[::2] for part in spec.split(":"))
            for spec in self._option("models", [])
        ]
        return [part.get("name", "vmaf") for part in parts] or ["vmaf"]

    @staticmethod
    def _columns(scores: Columns, feature: str) -> List[str]:
        """Of a feature: as it is, else with the options of its metric; an integer one first."""
        names = (f"integer_{feature}", feature)
        exact: Optional[str] = next((name for name in names if name in scores), None)
        if exact:
            return [exact]
        found = ([c for c in scores if c.startswith(f"{name}_")] for name in names)
        return next((columns for columns in found if columns), [])

    def _result_dict(self, scores: Columns, asset: Asset) -> dict[str, Any]:
        result = {}
        for name in self._names():
            own = self.get_scores_key() if name == "vmaf" else self.get_feature_scores_key(name)
            result[own] = scores[name]
        for feature in self.FEATURES:
            for column in self._columns(scores, feature):
                key = self.get_feature_scores_key(column.removeprefix("integer_"))
                result[key] = scores[column]
        return result
