"""Manifests: CSV, Parquet, JSON lines or YAML, a row a pair of clips."""

from __future__ import annotations

import csv
import json
import pathlib
from typing import Any, Iterable

from .._errors import invalid
from . import store
from .packages import load
from .settings import Settings

Row = dict[str, Any]


def _from_csv(path: pathlib.Path) -> Iterable[Row]:
    with open(path, newline="", encoding="utf-8-sig") as file:
        for number, row in enumerate(csv.DictReader(file, strict=True), 2):
            if None in row or None in row.values():
                raise invalid(f"{path}: line {number} has more or fewer values than the first line")
            yield {name: value for name, value in row.items() if value != ""}


def _from_json(path: pathlib.Path) -> Iterable[Row]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise invalid(f"{path}: line {number} is no JSON: {error}") from None
        if not isinstance(row, dict):
            raise invalid(f"{path}: line {number} is no JSON object")
        yield row


def _from_parquet(path: pathlib.Path) -> Iterable[Row]:
    return store.read_table(path).to_pylist()


def _from_yaml(path: pathlib.Path) -> tuple[list[Row], dict[str, Any]]:
    yaml = load("yaml")
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise invalid(f"{path} is no YAML: {error}") from None
    if not isinstance(told, dict) or not isinstance(told.get("pairs"), list):
        raise invalid(f'{path} has no list "pairs" of what is compared')
    unknown = set(told) - {"pairs", "metrics", "options"}
    if unknown:
        raise invalid(
            f"{path}: there is no {sorted(unknown)[0]}; pairs, metrics and options are known"
        )
    return told["pairs"], told


def _checked(path: pathlib.Path, rows: Iterable[Row]) -> list[Row]:
    checked, ids = [], set()
    for number, row in enumerate(rows, 1):
        for name in ("reference", "distorted"):
            if not isinstance(row, dict) or not isinstance(row.get(name), str) or not row[name]:
                raise invalid(f"{path}: pair {number} names no {name} clip")
        base = str(row.get("id") or pathlib.PurePath(row["distorted"]).stem)
        name, copy = base, 1
        while name in ids:
            if row.get("id"):
                raise invalid(f"{path}: pair {number} has the id {base}, which another pair has")
            copy += 1
            name = f"{base}-{copy}"
        ids.add(name)
        checked.append({**row, "id": name})
    if not checked:
        raise invalid(f"{path} has no pair of clips")
    return checked


def _whole(path: pathlib.Path, rows: list[Row]) -> list[Row]:
    """Paths are the manifest's own: relative to its folder."""
    for row in rows:
        for name in ("reference", "distorted"):
            if "://" not in row[name]:
                row[name] = str((path.parent / row[name]).absolute())
    return rows


def read_manifest(manifest: Any) -> tuple[list[Row], Settings]:
    """Its rows, each with an id, and what a YAML manifest says beside them."""
    path = pathlib.Path(manifest)
    if not path.is_file():
        raise invalid(f"there is no manifest {path}")
    readers = {".csv": _from_csv, ".jsonl": _from_json, ".ndjson": _from_json}
    readers[".parquet"] = _from_parquet
    if path.suffix in (".yaml", ".yml"):
        rows, told = _from_yaml(path)
        options = {str(k): _text(v) for k, v in (told.get("options") or {}).items()}
        metrics = tuple(str(metric) for metric in told.get("metrics") or ())
        return _whole(path, _checked(path, rows)), Settings(metrics, options)
    if path.suffix not in readers:
        raise invalid(f"{path}: a manifest ends in .csv, .parquet, .jsonl or .yaml")
    return _whole(path, _checked(path, readers[path.suffix](path))), Settings(())


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
