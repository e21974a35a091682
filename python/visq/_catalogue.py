"""What this build can score."""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Any, Optional

from . import _core


@dataclasses.dataclass(frozen=True)
class Feature:
    """One number that a metric reports for each frame."""

    name: str
    unit: str
    min: float
    max: float
    identity: float  # of identical pictures; nan where it is not one number
    direction: int  # 1 higher is better, -1 lower is better, 0 neither


@dataclasses.dataclass(frozen=True)
class ModelPlace:
    """Where a network is that nobody names."""

    choice: Optional[str]  # the value of the option `chosen_by` for which it holds
    store_file: str  # in the model store
    environment: str  # the variable that names it
    setup: str  # what ./setup --with calls it; "": ./setup always gets it


@dataclasses.dataclass(frozen=True)
class Option:
    """An option of a metric."""

    name: str
    alias: str
    help: str
    type: str  # "bool", "int", "float", "string"
    default: str
    min: float
    max: float
    choices: tuple[str, ...]
    role: str  # "value", "model_file", "map_folder", "frame_rate", "debug"
    places: tuple[ModelPlace, ...]  # of a model_file
    chosen_by: Optional[str]  # of several places: the option whose value chooses one


@dataclasses.dataclass(frozen=True)
class Metric:
    """A metric, for score() and Session."""

    name: str
    summary: str
    source: str
    features: tuple[Feature, ...]
    options: tuple[Option, ...]
    needs_reference: bool  # with its default options
    exactness: str  # "exact", "deterministic", "tolerant"


@dataclasses.dataclass(frozen=True)
class Model:
    """A model. `kind`: "vmaf" for score() and Session, "onnx" for dnn.Session. `path`: None when it
    is built in.
    """

    name: str
    kind: str
    path: Optional[str]


def _option(entry: dict[str, Any]) -> Option:
    places = tuple(ModelPlace(**place) for place in entry["places"])
    return Option(**{**entry, "choices": tuple(entry["choices"]), "places": places})


def _metric(entry: dict[str, Any]) -> Metric:
    options = tuple(_option(option) for option in entry["options"])
    return Metric(
        entry["name"],
        entry["summary"],
        entry["source"],
        tuple(Feature(**f) for f in entry["features"]),
        options,
        entry["needs_reference"],
        entry["exactness"],
    )


def list_metrics() -> list[Metric]:
    """The metrics of this build with their features and options."""
    return [_metric(entry) for entry in _core.metrics()]


def list_models() -> list[Model]:
    """The built-in models and those of the model store."""
    builtin = _core.builtin_models()
    models = [Model(name, "vmaf", None) for name in builtin]
    for kind, folder, extension in ("vmaf", "vmaf", ".json"), ("onnx", "tiny", ".onnx"):
        for path in _core.model_files(folder, extension):
            name = pathlib.Path(path).stem
            if name not in builtin:
                models.append(Model(name, kind, path))
    return models
