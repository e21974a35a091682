"""What the caller wants scored, as the library takes it."""

from __future__ import annotations

import errno
import os
from typing import Any, Iterable, Iterator, Mapping, Tuple, Union

from . import _core, _store
from ._errors import exception_of, invalid

Options = Mapping[str, Any]
MetricSpec = Union[str, Tuple[str, Options]]
Metrics = Union[str, Mapping[str, Options], Iterable[MetricSpec]]

DEFAULT_MODEL = "vmaf_v0.6.1"
_FLAGS = {"disable_clip": 1, "enable_transform": 2, "disable_transform": 4}  # VmafModelFlags
# What a metric runs when neither the option model_path nor the variable names a model.
_MODEL_OF = {
    "lpips": ("tiny/lpips_sq.onnx", "VMAF_LPIPS_MODEL_PATH"),
    "saliency": ("tiny/saliency_student_v2.onnx", "VMAF_SALIENCY_MODEL_PATH"),
}


def option_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return (
        repr(value)
        if isinstance(value, float)
        else os.fspath(value)
        if isinstance(value, os.PathLike)
        else str(value)
    )


def _split_options(text: str, whole: str) -> dict[str, str]:
    options = {}
    for part in text.split(":"):
        key, equals, value = part.partition("=")
        if not key or not equals:
            raise invalid(f'metric "{whole}": "{part}" is not option=value')
        options[key] = value
    return options


def _named_model(name: str) -> dict[str, str]:
    """version or path of a model that is named, or {}: the name is that of a metric then."""
    if name == "vmaf":
        return _named_model(DEFAULT_MODEL) or {"version": DEFAULT_MODEL}
    if name in _core.builtin_models():
        return {"version": name}
    if name.endswith(".json"):
        return {"path": name}
    found = _store.find(f"vmaf/{name}.json") if name.startswith("vmaf_") else None
    return {"path": found} if found else {}


def _spelled_model(name: str, options: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A model as the command's --model takes it: version=V:name=N:disable_clip."""
    parts = [part if "=" in part else part + "=true" for part in name.split(":")]
    options = {"name": "vmaf", **_split_options(":".join(parts), name), **options}
    return str(options.pop("version", None) or options.pop("path")), options


def _entry(name: str, options: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    head, equals, rest = name.partition("=")
    if head in ("version", "path"):
        return _spelled_model(name, options)
    if equals:  # a metric as the command's --feature takes it
        return head, {**_split_options(rest, name), **options}
    return name, options


def _entries(metrics: Metrics) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(metrics, str):
        metrics = [metrics]
    for entry in metrics.items() if isinstance(metrics, Mapping) else metrics:
        if isinstance(entry, str):
            yield _entry(entry, {})
        elif isinstance(entry, tuple) and len(entry) == 2 and isinstance(entry[0], str):
            yield _entry(entry[0], dict(entry[1] or {}))
        else:
            raise invalid(
                f'a metric is a name such as "psnr" or a pair such as ("psnr", '
                f'{{"enable_mse": True}}), not {entry!r}'
            )


def _model(name: str, place: dict[str, str], options: dict[str, Any]) -> dict[str, Any]:
    stem = os.path.basename(name).removesuffix(".json")
    spec: dict[str, Any] = {**place, "name": str(options.pop("name", stem)), "flags": 0}
    overloads: dict[str, dict[str, str]] = {}
    for key, value in options.items():
        metric, dot, option = key.partition(".")
        if key in _FLAGS:
            spec["flags"] |= _FLAGS[key] if option_text(value).lower() == "true" else 0
        elif dot:
            overloads.setdefault(metric, {})[option] = option_text(value)
        else:
            raise invalid(
                f'model {name}: "{key}" is none of name, {", ".join(_FLAGS)}, METRIC.OPTION'
            )
    return {**spec, "overloads": list(overloads.items())}


def _feature(name: str, options: dict[str, Any]) -> tuple[str, dict[str, str]]:
    texts = {key: option_text(value) for key, value in options.items()}
    file, variable = _MODEL_OF.get(name, ("", ""))
    if file and "model_path" not in texts and not os.environ.get(variable):
        found = _store.find(file)
        if found is None:
            raise exception_of(
                errno.ENOENT,
                f"metric {name} needs its model, and the model store has none: run ./setup, or "
                f"name "
                "one with the option model_path",
            )
        texts["model_path"] = found
    return name, texts


def register(context: _core.Context, metrics: Metrics) -> None:
    """Tells the context what to score."""
    count = 0
    for name, options in _entries(metrics):
        place = _named_model(name)
        if name.endswith(".onnx"):
            if options:
                raise invalid(f"tiny model {name} has no options")
            context.use_tiny_model(name)
        elif place:
            context.use_model(_model(name, place, options))
        else:
            context.use_feature(*_feature(name, options))
        count += 1
    if count == 0:
        raise invalid("nothing to score: name at least one metric")
