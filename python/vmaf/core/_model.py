"""A VMAF model for visq.score, and which features it reads."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any, List, Mapping, Sequence, Type

import numpy as np
import visq
from visq import _core, _job

from .asset import Asset
from .cambi_feature_extractor import CambiFeatureExtractor
from .executor import Columns
from .feature_extractor import FeatureExtractor, options_of

Features = Mapping[str, List[str]]

_V0 = ["vif_scale0", "vif_scale1", "vif_scale2", "vif_scale3", "adm2", "motion2"]
_V1 = {
    "Cambi_feature": ["cambi"],
    "Speed_chroma_feature": ["speed_chroma_uv"],
    "VMAF_integer_feature": ["adm3", "motion3"],
}
_PICTURES = {
    **{"width": 1920, "height": 1080, "bits": 8, "pixel_format": 1},
    **{"rate": 0.0, "reference_height": 1080},
}


@dataclass(frozen=True)
class Model:
    spec: str  # for visq.score
    features: Features  # type of an extractor -> atom features
    has_options: bool  # of its own, for the metrics of its features

    def extractors(self) -> List[Type[FeatureExtractor]]:
        return [FeatureExtractor.find_subclass(kind) for kind in self.features]

    def overloads(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Options of metrics, as visq.score takes them with a model."""
        metrics = [metric for extractor in self.extractors() for metric in extractor.METRICS]
        return {
            f"{metric}.{name}": value
            for name, value in options.items()
            for metric in metrics
            if name in options_of(metric)
        }

    def encode_overloads(self, asset: Asset) -> dict[str, Any]:
        """What an asset says of its encode, for a model that asks for it."""
        if CambiFeatureExtractor not in self.extractors():
            return {}
        return self.overloads(CambiFeatureExtractor.encode_options(asset))

    def options(self) -> List[str]:
        """Of the metrics of its features."""
        metrics = [metric for extractor in self.extractors() for metric in extractor.METRICS]
        return sorted(set().union(*(options_of(metric) for metric in metrics)))


def predict(models: Sequence[Any], scores: Columns) -> Columns:
    """The scores, those of the models (as visq.score takes them, with names) anew from the others.
    What they are of matters to none of the features, as these are there.
    """
    names = [settings["name"] for _, settings in models]
    features = {
        column: np.array(values, float)
        for column, values in scores.items()
        if not any(column == name or column.startswith(f"{name}_") for name in names)
    }
    frames = max(map(len, features.values()))
    imported = {name: (values, ~np.isnan(values)) for name, values in features.items()}
    job = _job.job_of(models, numbers={}, cpumask=0, device="auto", thresholds=None)
    _, table = _core.clip_of(job, _PICTURES, imported, frames, [], []).table()
    return {**scores, **{name: table[name].tolist() for name in table if name not in features}}


def _of_file(path: str) -> Model:
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    described = (data.get("model_dict") or data["0"]["model_dict"]) if data else {}
    names = described.get("feature_names", [])
    options = described.get("feature_opts_dicts") or [{}] * len(names)
    features: dict[str, List[str]] = described.get("feature_dict") or {}
    if not features:  # older models
        for name in names:
            kind, _, atom = name.removesuffix("_score").partition("_feature_")
            features.setdefault(f"{kind}_feature", []).append(atom)
    _refuse_two_values(path, zip(names, options, strict=True))
    return Model(f"path={path}", features, any(options))


def _refuse_two_values(path: str, options_of_names: Any) -> None:
    """An extractor runs once."""
    merged: dict[Any, Any] = {}
    for name, options in options_of_names:
        for option, value in options.items():
            key = (name.partition("_feature_")[0], option)
            if merged.setdefault(key, value) != value:
                raise AssertionError(
                    f"{path}: feature_opts_dicts are inconsistent: {option} is {merged[key]} and "
                    f"{value}"
                )


def _of_name(name: str) -> Model:
    """A model that is built in."""
    if name.startswith("vmaf_v1"):
        return Model(f"version={name}", _V1, True)
    kind = "VMAF_feature" if name.startswith("vmaf_float") else "VMAF_integer_feature"
    return Model(f"version={name}", {kind: _V0}, name.endswith("neg"))


def load(path_or_name: str) -> Model:
    """By its file or the name of one that is built in. A .pkl is not read, which would run what is
    in it: the .json of the same name is.
    """
    stem, extension = os.path.splitext(path_or_name)
    if extension == ".pkl":
        path_or_name = stem + ".json"
    if os.path.exists(path_or_name):
        return _of_file(path_or_name)
    name = os.path.basename(path_or_name).removesuffix(".json")
    if name in _core.builtin_models():
        return _of_name(name)
    raise visq.NotFound(f"there is no model {path_or_name}, and none of that name is built in")
