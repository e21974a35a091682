"""Columns in a folder: files that are whole or not there, with what they were made of."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shutil
import tempfile
from typing import Any, Iterable, Iterator, Mapping

from .._errors import invalid
from .packages import load

KEY = b"visq"  # of the metadata of each file: JSON
FRAMES = "frames"
INDEX = "index"
PARTIAL = ".partial"  # ends the name of a unit of which some clips failed


def write_table(table: Any, path: pathlib.Path, about: Mapping[str, Any]) -> None:
    """Written under another name and renamed: a reader sees all of it or nothing."""
    table = table.replace_schema_metadata({KEY: json.dumps(about, sort_keys=True)})
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    os.close(handle)
    try:
        load("pyarrow.parquet").write_table(table, part, compression="zstd")
        os.chmod(part, 0o644)
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise


@contextlib.contextmanager
def reading(path: pathlib.Path) -> Iterator[None]:
    """Around what reads a Parquet file: one that is damaged is named."""
    try:
        yield
    except (load("pyarrow").ArrowException, OSError, ValueError) as error:
        words = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise invalid(f"{path} is no whole Parquet file ({words})") from error


def _there(path: pathlib.Path) -> pathlib.Path:
    if not path.is_file():
        raise invalid(f"there is no {path}: is {path.parent} the folder of a plan?")
    return path


def read_table(path: pathlib.Path, columns: Any = None) -> Any:
    with reading(_there(path)):
        return load("pyarrow.parquet").read_table(path, columns=columns, partitioning=None)


def about(path: pathlib.Path) -> dict[str, Any]:
    """What a file says of how it was made."""
    with reading(_there(path)):
        metadata = load("pyarrow.parquet").read_schema(path).metadata or {}
        if KEY in metadata:
            return json.loads(metadata[KEY])
    raise invalid(f"{path} was not written by visq catalogue")


def table_of(rows: Iterable[Mapping[str, Any]]) -> Any:
    """A column for each name that a row has; of values of several kinds their texts."""
    pa = load("pyarrow")
    rows = list(rows)
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {}
    for name in names:
        values = [row.get(name) for row in rows]
        try:
            columns[name] = pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            columns[name] = pa.array([None if v is None else str(v) for v in values])
    return pa.table(columns)


def unit_folder(folder: pathlib.Path, unit: str) -> pathlib.Path:
    return folder / FRAMES / f"unit={unit}"


def part_of(folder: pathlib.Path, unit: str) -> pathlib.Path:
    """What there is of a unit: all of it, or else the clips that did not fail."""
    whole = unit_folder(folder, unit)
    return (whole if whole.exists() else unit_folder(folder, unit + PARTIAL)) / "part.parquet"


def write_part(folder: pathlib.Path, unit: str, table: Any, told: Mapping[str, Any]) -> None:
    """A unit's folder appears with its file in it: what is there is done. Whoever comes second,
    with the same scores, leaves what is there.
    """
    partial = unit_folder(folder, unit.removesuffix(PARTIAL) + PARTIAL)
    shutil.rmtree(partial, ignore_errors=True)
    frames = folder / FRAMES
    frames.mkdir(exist_ok=True)
    part = pathlib.Path(tempfile.mkdtemp(dir=frames, prefix=".part-"))
    try:
        write_table(table, part / "part.parquet", told)
        part.chmod(0o755)
        try:
            part.rename(unit_folder(folder, unit))
        except OSError:
            if not (unit_folder(folder, unit) / "part.parquet").exists():
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _written(folder: pathlib.Path) -> set[str]:
    with contextlib.suppress(FileNotFoundError), os.scandir(folder / FRAMES) as entries:
        return {entry.name[5:] for entry in entries if entry.name.startswith("unit=")}
    return set()


def done_units(folder: pathlib.Path) -> set[str]:
    return {name for name in _written(folder) if not name.endswith(PARTIAL)}


def partial_units(folder: pathlib.Path) -> set[str]:
    """Those of which some clips failed."""
    written = _written(folder)
    return {name.removesuffix(PARTIAL) for name in written if name.endswith(PARTIAL)} - written


def sweep(folder: pathlib.Path, planned: set[str]) -> int:
    """Takes away what is of no plan any more: units whose inputs changed, and what dead workers
    left.
    """
    stale = {name for name in _written(folder) if name.removesuffix(PARTIAL) not in planned}
    for unit in stale:
        shutil.rmtree(unit_folder(folder, unit))
    for part in (folder / FRAMES).glob(".part-*"):
        shutil.rmtree(part, ignore_errors=True)
    return len(stale)
