"""Quality scores of assets."""

from __future__ import annotations

import os
from typing import Any, ClassVar, List, Mapping, Tuple, Type

import numpy as np
import visq

from .executor import Executor, scores_list
from .feature_extractor import (
    FeatureExtractor,
    MsSsimFeatureExtractor,
    PsnrFeatureExtractor,
    SsimFeatureExtractor,
    VmafFeatureExtractor,
    VmafIntegerFeatureExtractor,
)
from .vmafexec_feature_extractor import CIEDE2000FeatureExtractor


class QualityRunner(Executor):
    """result[get_scores_key()] is the list of its scores."""

    @classmethod
    def get_scores_key(cls) -> str:
        return f"{cls.TYPE}_scores"

    @classmethod
    def get_score_key(cls) -> str:
        return f"{cls.TYPE}_score"


def _model(path_or_version: str, options: Mapping[str, Any]) -> Tuple[str, dict[str, Any]]:
    """A model for visq.score, by its file or the name of one that is built in."""
    kind = (
        "path" if path_or_version.endswith(".json") or os.path.sep in path_or_version else "version"
    )
    if (
        kind == "path"
        and not os.path.exists(path_or_version)
        and os.path.basename(path_or_version) == path_or_version
    ):
        kind, path_or_version = (
            "version",
            path_or_version.removesuffix(".json"),
        )  # VmafConfig.model_path of a model that is built in
    return f"{kind}={path_or_version}", {"name": "vmaf", **options}


class VmafQualityRunner(QualityRunner):
    """VMAF with a model's features.

    optional_dict: model_filepath, a .json file or the name of a built-in model; disable_clip_score;
    enable_transform_score. result: VMAF_scores, and the features as
    VMAF_integer_feature_adm2_scores, ... (VMAF_feature_... of float models).
    """

    TYPE, VERSION, ALGO_VERSION = "VMAF", "F0.2.21int-0.6.1", 4
    DEFAULT_MODEL_FILEPATH = "vmaf_v0.6.1.json"
    TRANSFORM = False
    _EXTRACTORS: ClassVar[List[Type[FeatureExtractor]]] = [
        VmafIntegerFeatureExtractor,
        VmafFeatureExtractor,
    ]

    def _metrics(self) -> List[Any]:
        options = {
            "disable_clip": self._option("disable_clip_score", False),
            "enable_transform": self.TRANSFORM or self._option("enable_transform_score", False),
        }
        return [_model(self._option("model_filepath", self.DEFAULT_MODEL_FILEPATH), options)]

    def _features(self, scores: visq.Scores) -> dict[str, Any]:
        """Each score under the key of the extractor that knows it."""
        result: dict[str, Any] = {}
        for column in scores:
            for extractor in self._EXTRACTORS:
                atom = extractor([], None)._atom_of(column)  # pylint: disable=protected-access
                if atom:
                    result[extractor.get_scores_key(atom)] = scores_list(scores, column)
                    break
            else:
                if not column.startswith("vmaf"):
                    result[f"{column.removesuffix('_score')}_scores"] = scores_list(scores, column)
        return result

    def _result_dict(self, scores: visq.Scores) -> dict[str, Any]:
        return {**self._features(scores), self.get_scores_key(): scores_list(scores, "vmaf")}


class VmafnegQualityRunner(VmafQualityRunner):
    TYPE = "VMAFNEG"
    DEFAULT_MODEL_FILEPATH = "vmaf_v0.6.1neg.json"


class VmafPhoneQualityRunner(VmafQualityRunner):
    """As on the screen of a phone."""

    TYPE, VERSION = "VMAF_Phone", f"{VmafQualityRunner.VERSION}-phone"
    TRANSFORM = True


class BootstrapVmafQualityRunner(VmafQualityRunner):
    """VMAF with the interval of a bootstrap model: BOOTSTRAP_VMAF_scores, _bagging_, _stddev_,
    _ci95_low_, _ci95_high_ and
    _all_models_scores (models x frames)."""

    TYPE, VERSION = "BOOTSTRAP_VMAF", f"{VmafQualityRunner.VERSION}-M0.6.3"
    DEFAULT_MODEL_FILEPATH = "vmaf_b_v0.6.3.json"
    _KEYS = {
        "bagging": "vmaf_bagging",
        "stddev": "vmaf_stddev",
        "ci95_low": "vmaf_ci_p95_lo",
        "ci95_high": "vmaf_ci_p95_hi",
    }

    def _result_dict(self, scores: visq.Scores) -> dict[str, Any]:
        if "vmaf_bagging" not in scores:
            raise visq.InvalidArgument(
                f"{self._option('model_filepath', self.DEFAULT_MODEL_FILEPATH)} is not a "
                f"bootstrap model, which "
                "confidence intervals need"
            )
        result = super()._result_dict(scores)
        result.update(
            {
                f"{self.TYPE}_{key}_scores": scores_list(scores, column)
                for key, column in self._KEYS.items()
            }
        )
        models = [name for name in scores if name.startswith("vmaf_") and name[5:].isdigit()]
        result[f"{self.TYPE}_all_models_scores"] = np.array(
            [scores[name] for name in models]
        ).tolist()
        return result

    @classmethod
    def get_all_models_scores_key(cls) -> str:
        return f"{cls.TYPE}_all_models_scores"

    @classmethod
    def get_bagging_scores_key(cls) -> str:
        return f"{cls.TYPE}_bagging_scores"

    @classmethod
    def get_bagging_score_key(cls) -> str:
        return f"{cls.TYPE}_bagging_score"

    @classmethod
    def get_stddev_scores_key(cls) -> str:
        return f"{cls.TYPE}_stddev_scores"

    @classmethod
    def get_stddev_score_key(cls) -> str:
        return f"{cls.TYPE}_stddev_score"

    @classmethod
    def get_ci95_low_scores_key(cls) -> str:
        return f"{cls.TYPE}_ci95_low_scores"

    @classmethod
    def get_ci95_low_score_key(cls) -> str:
        return f"{cls.TYPE}_ci95_low_score"

    @classmethod
    def get_ci95_high_scores_key(cls) -> str:
        return f"{cls.TYPE}_ci95_high_scores"

    @classmethod
    def get_ci95_high_score_key(cls) -> str:
        return f"{cls.TYPE}_ci95_high_score"


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
                raise visq.InvalidArgument(
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

    def _models(self) -> List[Any]:
        if self._option("no_prediction"):
            return []
        overloads = self._overloads()
        if self._option("models"):
            return [(spec, overloads) for spec in self._option("models")]
        if self._option("use_default_built_in_model"):
            return [("version=vmaf_v0.6.1", overloads)]
        return [
            _model(
                self._option("model_filepath", self.DEFAULT_MODEL_FILEPATH),
                {"disable_clip": self._option("disable_clip_score", False), **overloads},
            )
        ]

    def _metrics(self) -> List[Any]:
        return self._models() + [name for name in self.METRICS if self._option(name)]

    def _names(self) -> List[str]:
        """What the scores of the models are called."""
        named = [
            dict(part.partition("=")[::2] for part in spec.split(":")).get("name", "vmaf")
            for spec, *_ in self._models()
        ]
        return named if self._option("models") else ["vmaf"] if named else []

    def _result_dict(self, scores: visq.Scores) -> dict[str, Any]:
        result = {}
        for column in scores:
            key = (
                self.get_scores_key()
                if column == "vmaf" and column in self._names()
                else self.get_feature_scores_key(column.removeprefix("integer_"))
            )
            result[key] = scores_list(scores, column)
        return result


class _FromFeatureExtractor(QualityRunner):
    """The one score of an extractor, under the runner's own key."""

    EXTRACTOR: Type[FeatureExtractor]
    ATOM = ""

    def _extractor(self) -> FeatureExtractor:
        return self.EXTRACTOR(
            [], None, optional_dict=self.optional_dict, optional_dict2=self.optional_dict2
        )

    def _metrics(self) -> List[Any]:
        return self._extractor()._metrics()  # pylint: disable=protected-access

    def _result_dict(self, scores: visq.Scores) -> dict[str, Any]:
        result = self._extractor()._result_dict(scores)  # pylint: disable=protected-access
        result[self.get_scores_key()] = result.pop(self.EXTRACTOR.get_scores_key(self.ATOM))
        return result


class PsnrQualityRunner(_FromFeatureExtractor):
    TYPE, VERSION, EXTRACTOR, ATOM = "PSNR", "1.0", PsnrFeatureExtractor, "psnr"


class SsimQualityRunner(_FromFeatureExtractor):
    TYPE, VERSION, EXTRACTOR, ATOM = "SSIM", "1.0", SsimFeatureExtractor, "ssim"


class MsSsimQualityRunner(_FromFeatureExtractor):
    TYPE, VERSION, EXTRACTOR, ATOM = "MS_SSIM", "1.0", MsSsimFeatureExtractor, "ms_ssim"


class Ciede2000QualityRunner(_FromFeatureExtractor):
    TYPE, VERSION, EXTRACTOR, ATOM = "CIEDE2000", "1.0", CIEDE2000FeatureExtractor, "ciede2000"
