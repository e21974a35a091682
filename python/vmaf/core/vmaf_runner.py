"""Quality runners of VMAF models."""

from __future__ import annotations

from typing import Any, List, Mapping, Type

import numpy as np
import visq

from . import _model
from .asset import Asset
from .executor import Columns, RefusedError
from .feature_runner import QualityRunner

_OWN = ("model_filepath", "disable_clip_score", "enable_transform_score")


def features_of(model: _model.Model, scores: Columns) -> dict[str, Any]:
    """The features of a model, under the keys of their extractors."""
    result: dict[str, Any] = {}
    for extractor in model.extractors():
        found = {
            extractor.get_scores_key(atom): scores[column]
            for column in scores
            if (atom := extractor.atom_of(column))
        }
        result.update(extractor.pick(found, model.features[extractor.TYPE]))
    return result


class VmafQualityRunner(QualityRunner):
    """VMAF with a model's features.

    optional_dict: model_filepath, a .json file or the name of a built-in model; disable_clip_score;
    enable_transform_score; options of the features' metrics (vif_enhn_gain_limit,
    motion_force_zero, ...), where the model has none of its own. result: VMAF_scores, and the
    features as VMAF_integer_feature_adm2_scores, ... (VMAF_feature_... of float models).
    """

    TYPE, VERSION = "VMAF", "F0.2.21int-0.6.1"
    ALGO_VERSION: Any = 4
    DEFAULT_MODEL_FILEPATH: Any = "vmaf_v0.6.1.json"
    TRANSFORM = False

    def _model(self) -> _model.Model:
        return _model.load(self._option("model_filepath", self.DEFAULT_MODEL_FILEPATH))

    def _spec(self, model: _model.Model, asset: Asset, name: str = "vmaf") -> Any:
        """A model for visq.score."""
        options = {
            k: v for k, v in self._options().items() if k not in (*_OWN, *self.GENERAL_OPTIONS)
        }
        self._refuse(list(options), [*_OWN, *self.GENERAL_OPTIONS, *model.options()])
        if options and model.has_options:
            raise RefusedError(
                f"{', '.join(options)}: the model has options of its own for its features, which "
                "libvmaf's package would take instead"
            )
        settings = {
            "name": name,
            "disable_clip": self._option("disable_clip_score", False),
            "enable_transform": self.TRANSFORM or self._option("enable_transform_score", False),
            **model.overloads(options),
            **model.encode_overloads(asset),
        }
        return model.spec, settings

    def _metrics(self, asset: Asset) -> List[Any]:
        return [self._spec(self._model(), asset)]

    def _as_read(self, scores: visq.Scores, asset: Asset) -> Columns:
        """libvmaf's package predicts, with all digits, from features as it reads them."""
        return _model.predict(self._metrics(asset), super()._as_read(scores, asset))

    def _result_dict(self, scores: Columns, asset: Asset) -> dict[str, Any]:
        features = features_of(self._model(), scores)
        return {**features, self.get_scores_key(): scores["vmaf"]}


class VmafnegQualityRunner(VmafQualityRunner):
    TYPE = "VMAFNEG"
    DEFAULT_MODEL_FILEPATH = "vmaf_v0.6.1neg.json"


class VmafPhoneQualityRunner(VmafQualityRunner):
    """As on the screen of a phone."""

    TYPE, VERSION = "VMAF_Phone", f"{VmafQualityRunner.VERSION}-phone"
    TRANSFORM = True

    def _assert_args(self) -> None:
        super()._assert_args()
        if self._option("enable_transform_score") is not None:
            raise AssertionError("enable_transform_score is what VmafPhoneQualityRunner is for")


class EnsembleVmafQualityRunner(VmafQualityRunner):
    """The mean of several models: EnsembleVMAF_scores, and EnsembleVMAF_model_0_scores, ...

    optional_dict: model_filepath, a list.
    """

    TYPE, VERSION = "EnsembleVMAF", f"{VmafQualityRunner.VERSION}-Ensemble"
    DEFAULT_MODEL_FILEPATH = ["vmaf_float_v0.6.1.json", "vmaf_float_v0.6.1.json"]

    def _models(self) -> List[_model.Model]:
        paths = self._option("model_filepath", self.DEFAULT_MODEL_FILEPATH)
        return [_model.load(path) for path in paths]

    def _metrics(self, asset: Asset) -> List[Any]:
        models = enumerate(self._models())
        return [self._spec(model, asset, f"ensemble_{i}") for i, model in models]

    def _result_dict(self, scores: Columns, asset: Asset) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for i, model in enumerate(self._models()):
            result.update(features_of(model, scores))
            result[f"{self.TYPE}_model_{i}_scores"] = scores[f"ensemble_{i}"]
        parts = [scores[f"ensemble_{i}"] for i, _ in enumerate(self._models())]
        return {**result, self.get_scores_key(): np.mean(parts, axis=0).tolist()}


class BootstrapVmafQualityRunner(VmafQualityRunner):
    """VMAF with the interval of a bootstrap model: BOOTSTRAP_VMAF_scores, _bagging_, _stddev_,
    _ci95_low_, _ci95_high_ and _all_models_scores (models x frames).
    """

    TYPE, VERSION = "BOOTSTRAP_VMAF", f"{VmafQualityRunner.VERSION}-M0.6.3"
    ALGO_VERSION = None
    DEFAULT_MODEL_FILEPATH = "vmaf_b_v0.6.3.json"
    KEYS: Mapping[str, str] = {
        "bagging": "vmaf_bagging",
        "stddev": "vmaf_stddev",
        "ci95_low": "vmaf_ci_p95_lo",
        "ci95_high": "vmaf_ci_p95_hi",
    }

    def _result_dict(self, scores: Columns, asset: Asset) -> dict[str, Any]:
        if "vmaf_bagging" not in scores:
            raise RefusedError(
                f"{self._option('model_filepath', self.DEFAULT_MODEL_FILEPATH)} is not a "
                f"bootstrap model, which "
                "confidence intervals need"
            )
        result = super()._result_dict(scores, asset)
        models = [name for name in scores if name.startswith("vmaf_") and name[5:].isdigit()]
        every = np.array([scores[name] for name in models]).tolist()
        result[self.get_all_models_scores_key()] = every
        for key, column in self.KEYS.items():
            result[f"{self.TYPE}_{key}_scores"] = scores[column]
        return result


def _keys(runner: Type[QualityRunner], *names: str) -> None:
    """get_NAME_scores_key() and get_NAME_score_key() for each."""
    for name in names:
        for suffix in ("scores", "score"):
            accessor = classmethod(lambda cls, key=f"{name}_{suffix}": f"{cls.TYPE}_{key}")
            setattr(runner, f"get_{name}_{suffix}_key", accessor)


_keys(BootstrapVmafQualityRunner, "all_models", *BootstrapVmafQualityRunner.KEYS)


class BaggingVmafQualityRunner(BootstrapVmafQualityRunner):
    """The mean of the bootstrap models is the score."""

    TYPE, VERSION = "BAGGING_VMAF", f"{VmafQualityRunner.VERSION}-0.6.3"

    def _result_dict(self, scores: Columns, asset: Asset) -> dict[str, Any]:
        result = super()._result_dict(scores, asset)
        return {**result, self.get_scores_key(): result[f"{self.TYPE}_bagging_scores"]}
