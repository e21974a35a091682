"""A folder of models: its registries, sidecars, and how files get into it."""

import json
import os
import pathlib
import tempfile
from typing import Any, Callable, Mapping

from ai import download
from ai.errors import Refused

REGISTRY = "registry.local.json"  # of what was made on this machine


def read_json(path: str | os.PathLike[str]) -> Any:
    try:
        return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise Refused(f"{path} is no JSON file ({error})") from error


def as_text(table: Mapping[str, Any]) -> bytes:
    return (json.dumps(table, indent=2, sort_keys=True) + "\n").encode()


def registry_of(folder: pathlib.Path, name: str) -> list[dict[str, Any]]:
    """The lines of one of the folder's registries; none where it is not there."""
    path = folder / name
    if not path.exists():
        return []
    table = read_json(path)
    if not isinstance(table, dict) or not isinstance(table.get("models"), list):
        raise Refused(f'{path} has no list "models"')
    for number, line in enumerate(table["models"], 1):
        wrong = [k for k in ("id", "onnx", "sha256") if not isinstance(_of(line, k), str)]
        if wrong:
            raise Refused(f"{path}: model {number} has no {wrong[0]}")
        if pathlib.PurePath(line["onnx"]).name != line["onnx"]:
            raise Refused(f"{path}: model {number} names a file outside its folder")
    return table["models"]


def _of(line: Any, key: str) -> Any:
    return line.get(key) if isinstance(line, dict) else None


def lines(folder: pathlib.Path) -> list[dict[str, Any]]:
    """What is listed there; a line of what was made here stands for the published one."""
    local = registry_of(folder, REGISTRY)
    made_here = {line["onnx"] for line in local}
    published = registry_of(folder, "registry.json")
    return [line for line in published if line["onnx"] not in made_here] + local


def line_of(model: pathlib.Path) -> dict[str, Any] | None:
    """The line of that file, whose hash must be the listed one."""
    for line in lines(model.parent):
        if line["onnx"] != model.name:
            continue
        found = download.sha256_of(model)
        if found != line["sha256"]:
            raise Refused(f"{model} has sha256 {found}, and the registry lists {line['sha256']}")
        return line
    return None


def sidecar_of(model: pathlib.Path) -> dict[str, Any]:
    path = model.with_name(model.name.removesuffix(".onnx") + ".json")
    table = read_json(path) if path.exists() else {}
    if not isinstance(table, dict):
        raise Refused(f"{path} is no JSON object")
    return table


def with_lines(folder: pathlib.Path, added: list[dict[str, Any]]) -> bytes:
    """The registry of what was made here, with these lines in it."""
    files = {line["onnx"] for line in added}
    others = [line for line in registry_of(folder, REGISTRY) if line["onnx"] not in files]
    models = sorted([*others, *added], key=lambda line: line["onnx"])
    return as_text({"schema_version": 1, "models": models})


def write(
    folder: pathlib.Path, files: Mapping[str, bytes], check: Callable[[pathlib.Path], Any] = id
) -> None:
    """Each file whole or not at all, once `check` has seen them in another folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as staging:
        stage = pathlib.Path(staging)
        for name, data in files.items():
            (stage / name).write_bytes(data)
        check(stage)
        for name in files:
            os.replace(stage / name, folder / name)
