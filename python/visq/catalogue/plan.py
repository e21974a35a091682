"""A plan is data: units, each a part of a reference's frames and the clips that are compared."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import hashlib
import json
import os
import pathlib
import time
from typing import Any, Callable, Iterator, Optional, Sequence

from .. import _catalogue, _core
from .._errors import invalid
from . import files, store
from .manifest import Row
from .packages import load
from .settings import Settings

_TOGETHER = 8  # clips of one reference in a unit
_BYTES_A_PIXEL = 48  # of a frame in flight, as the engine counts
Known = dict[str, dict[str, Any]]  # what was found of files, by their paths
_PROBED = ("width", "height", "bits", "rate", "frames")


@dataclasses.dataclass(frozen=True)
class Group:
    """A reference, and clips that are compared with it in one pass."""

    number: int
    reference: str
    clips: tuple[str, ...]
    ids: tuple[str, ...]
    frames: int
    width: int
    height: int
    rate: float
    inputs: str  # the hash of everything that scores depend on, but for the part


@dataclasses.dataclass(frozen=True)
class Unit:
    """Frames of a group, the last included; None: up to the end."""

    name: str
    group: Group
    first: int
    last: Optional[int]
    frames: int


@dataclasses.dataclass(frozen=True)
class Plan:
    folder: pathlib.Path
    settings: Settings
    groups: list[Group]
    table: Any  # a row a unit, the longest first

    def names(self) -> list[str]:
        return self.table["unit"].to_pylist()

    def unit(self, row: int) -> Unit:
        told = self.table.slice(row, 1).to_pylist()[0]
        group = self.groups[told["group"]]
        return Unit(told["unit"], group, told["first"], told["last"], told["frames"])

    def units_of(self, group: int) -> list[Unit]:
        """In the order of their frames."""
        equal = load("pyarrow.compute").equal(self.table["group"], group)
        rows = self.table.filter(equal).sort_by("first").to_pylist()
        owner = self.groups[group]
        return [Unit(r["unit"], owner, r["first"], r["last"], r["frames"]) for r in rows]


def sha256_of(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def identity_of(path: str) -> dict[str, str]:
    """Size and time: what tells without reading that a file is another one."""
    if files.is_remote(path):
        return files.remote_identity(path)
    try:
        found = os.stat(path)
    except OSError as error:
        raise invalid(f"{path}: {error.strerror}") from None
    return {"size": str(found.st_size), "changed": str(found.st_mtime_ns)}


def models_of(settings: Settings) -> dict[str, str]:
    """The files of models and networks that the metrics name, by their hashes."""
    found = {}
    for model in _catalogue.list_models():
        if model.path and any(model.name in metric for metric in settings.metrics):
            found[model.name] = sha256_of(model.path)
    heads = {metric.partition("=")[0] for metric in settings.metrics}
    for metric in (
        m for m in _catalogue.list_metrics() if any(h.startswith(m.name) for h in heads)
    ):
        for place in (place for option in metric.options for place in option.places):
            path = os.environ.get(place.environment or "") or _core.find_in_model_store(
                place.store_file
            )
            if path and os.path.isfile(path):
                found[place.store_file] = sha256_of(path)
    return found


class Prober:
    """Looks at each file once."""

    def __init__(self, settings: Settings, folder: pathlib.Path, hashes: bool, known: Known):
        self._settings, self._folder, self._hashes = settings, folder, hashes
        self._known = known

    def __call__(self, path: str, row: Row) -> dict[str, Any]:
        try:
            told: dict[str, Any] = {"path": path, **identity_of(path)}
        except (OSError, ValueError):
            if path in self._known:  # it vanished since: its units will tell
                return self._known[path]
            raise
        local = files.local_files([path])[0]
        if self._hashes:
            told["sha256"] = sha256_of(local)
        known = all(row.get(name) not in (None, "") for name in _PROBED)
        if known:  # the manifest says it
            told.update({name: float(row[name]) for name in _PROBED})
        else:
            job = self._settings.job(local, [local], index_folder=str(self._folder / store.INDEX))
            told.update(_core.probe(job, local, True))
        return told


def _probe_all(prober: Prober, rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    wanted: dict[str, Row] = {}
    for row in rows:
        wanted.setdefault(row["reference"], row)
        wanted.setdefault(row["distorted"], {})
    for row in rows:  # frames and sizes of a manifest hold for both clips
        wanted[row["distorted"]] = wanted[row["distorted"]] or row
    with concurrent.futures.ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        told = pool.map(prober, wanted.keys(), wanted.values())
        return dict(zip(wanted, told, strict=True))


def _frames_of(reference: dict[str, Any], clips: list[dict[str, Any]], options: Any) -> int:
    known = [int(clip["frames"]) for clip in [reference, *clips] if clip.get("frames")]
    if len(known) <= len(clips):
        missing = next(c["path"] for c in [reference, *clips] if not c.get("frames"))
        raise invalid(
            f"{missing} does not say how many frames it has: give the manifest a column frames"
        )
    skipped = max(int(options.get("skip_reference", 0)), int(options.get("skip_distorted", 0)))
    return max(1, min(known) - skipped)


def _groups(rows: Sequence[Row], told: dict[str, Any], settings: Settings) -> list[Group]:
    made_with = {
        "library": _core.version(),
        "settings": settings.to_json(),
        "models": models_of(settings),
    }
    together: dict[str, list[Row]] = {}
    for row in rows:
        together.setdefault(row["reference"], []).append(row)
    groups: list[Group] = []
    for reference, pairs in together.items():
        for start in range(0, len(pairs), _TOGETHER):
            some = pairs[start : start + _TOGETHER]
            clips = [told[row["distorted"]] for row in some]
            of = told[reference]
            identities = [
                [c.get("sha256") or [c["size"], c["changed"]], row["id"]]
                for c, row in zip([of, *clips], [{"id": ""}, *some], strict=True)
            ]
            digest = hashlib.sha256(json.dumps([made_with, identities]).encode()).hexdigest()
            groups.append(
                Group(
                    len(groups),
                    reference,
                    tuple(row["distorted"] for row in some),
                    tuple(row["id"] for row in some),
                    _frames_of(of, clips, settings.options),
                    int(of["width"]),
                    int(of["height"]),
                    float(of["rate"]),
                    digest,
                )
            )
    return groups


def _parts(frames: int, chunk: int) -> Iterator[tuple[int, Optional[int], int]]:
    """The last has no end: it is exact also where a container told too few frames."""
    for first in range(0, frames, chunk):
        count = min(chunk, frames - first)
        yield first, None if first + count >= frames else first + count - 1, count


def _memory_of(group: Group) -> int:
    """About the bytes that frames in flight take on one thread; each more adds half of it."""
    return group.width * group.height * _BYTES_A_PIXEL * 2 * len(group.clips)


def _unit_table(groups: Sequence[Group], chunk_of: Callable[[Group], int]) -> Any:
    pa = load("pyarrow")
    columns: dict[str, list[Any]] = {
        name: [] for name in ("unit", "group", "first", "last", "frames", "cost", "memory")
    }
    for group in groups:
        pixels, prefix = group.width * group.height, group.inputs.encode()
        memory = _memory_of(group)
        for first, last, count in _parts(group.frames, chunk_of(group)):
            digest = hashlib.sha256(prefix + b"%d:%d" % (first, -1 if last is None else last))
            columns["unit"].append(f"{group.number:06d}-{first:08d}-{digest.hexdigest()[:12]}")
            columns["group"].append(group.number)
            columns["first"].append(first)
            columns["last"].append(last)
            columns["frames"].append(count)
            columns["cost"].append(float(pixels * count * (1 + len(group.clips))))
            columns["memory"].append(memory)
    types = [pa.string(), pa.int32(), pa.int64(), pa.int64(), pa.int64(), pa.float64(), pa.int64()]
    arrays = [pa.array(v, t) for v, t in zip(columns.values(), types, strict=True)]
    table = pa.table(arrays, names=list(columns))
    return table.sort_by([("cost", "descending"), ("unit", "ascending")])


def _seconds_a_pixel(settings: Settings, group: Group) -> float:
    """Measured: what a pixel of a frame of one clip costs here, with one thread."""
    frames = min(group.frames, 12)
    reference, *clips = files.local_files([group.reference, *group.clips[:1]])
    job = settings.job(reference, clips, (0, frames - 1), threads=1)
    start = time.perf_counter()
    _core.score(job, [None] * 2, False, None)
    return (time.perf_counter() - start) / (frames * group.width * group.height)


def _chunks(
    settings: Settings, groups: Sequence[Group], chunk: int, seconds: Optional[float]
) -> Callable[[Group], int]:
    if seconds is None:
        return lambda group: chunk
    each = _seconds_a_pixel(settings, groups[0])
    return lambda g: max(1, int(seconds / (each * g.width * g.height * (1 + len(g.clips)) / 2)))


def make_plan(
    rows: Sequence[Row],
    settings: Settings,
    out: Any,
    *,
    chunk: int = 1000,
    seconds: Optional[float] = None,
    hashes: bool = True,
    known: Optional[Known] = None,
) -> Plan:
    """Writes a plan into a folder: units of `chunk` frames, or of about so many core seconds."""
    if chunk < 1:
        raise invalid(f"units of {chunk} frames are not possible")
    folder = pathlib.Path(out)
    try:
        (folder / store.INDEX).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise invalid(f"the folder {folder} cannot be made: {error.strerror}") from None
    told = _probe_all(Prober(settings, folder, hashes, known or {}), rows)
    groups = _groups(rows, told, settings)
    before, after = around_of(settings, groups[0])
    chunk_of = _chunks(settings, groups, chunk, seconds)
    table = _unit_table(groups, chunk_of)
    about = {
        "library": _core.version(),
        "settings": settings.to_json(),
        "models": models_of(settings),
        "chunk": chunk,
        "seconds": seconds,
        "hashes": hashes,
        "lead_in": before,
        "look_ahead": after,
        "groups": [dataclasses.asdict(group) for group in groups],
    }
    store.write_table(store.table_of(rows), folder / "pairs.parquet", {})
    store.write_table(store.table_of(told.values()), folder / "files.parquet", {})
    store.write_table(table, folder / "plan.parquet", about)
    return Plan(folder, settings, groups, table)


def around_of(settings: Settings, group: Group) -> tuple[int, int]:
    """How many frames before a part and after it are decoded for its scores."""
    job = settings.job(group.reference, group.clips[:1])
    return _core.frames_around(job, group.rate, group.height)


def read_plan(out: Any) -> Plan:
    folder = pathlib.Path(out)
    about = store.about(folder / "plan.parquet")
    groups = [
        Group(**{**g, "clips": tuple(g["clips"]), "ids": tuple(g["ids"])}) for g in about["groups"]
    ]
    table = store.read_table(folder / "plan.parquet")
    return Plan(folder, Settings.from_json(about["settings"]), groups, table)


def refreshed(plan: Plan) -> Plan:
    """The plan, made anew where a file, a model or the library changed since."""
    about = store.about(plan.folder / "plan.parquet")
    same = about["library"] == _core.version() and about["models"] == models_of(plan.settings)
    files_then = store.read_table(plan.folder / "files.parquet").to_pylist()
    if same and all(_is_as_planned(told) for told in files_then):
        return plan
    rows = store.read_table(plan.folder / "pairs.parquet").to_pylist()
    rows = [{name: value for name, value in row.items() if value is not None} for row in rows]
    return make_plan(
        rows,
        plan.settings,
        plan.folder,
        chunk=about["chunk"],
        seconds=about["seconds"],
        hashes=about["hashes"],
        known={told["path"]: told for told in files_then},
    )


def _is_as_planned(told: dict[str, Any]) -> bool:
    try:
        now = identity_of(told["path"])
    except (OSError, ValueError):
        return True  # it vanished: its units will tell
    return now["size"] == told["size"] and now["changed"] == told["changed"]
