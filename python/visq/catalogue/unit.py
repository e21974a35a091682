"""One unit: frames of a reference and its clips, scored as in a run of the whole."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import os
import pathlib
import threading
from typing import Any

from .. import _core, _log
from .._errors import Error
from . import files, store
from .packages import load
from .plan import Plan, Unit
from .settings import Settings

_ONE_AT_A_TIME = threading.Lock()  # a worker's threads and memory are for one unit


@dataclasses.dataclass(frozen=True)
class Task:
    """All that a worker needs to know."""

    folder: str
    settings: str
    unit: Unit
    threads: int = 0


def task_of(plan: Plan, row: int, threads: int = 0) -> Task:
    return Task(str(plan.folder.absolute()), plan.settings.to_json(), plan.unit(row), threads)


def usable_cores() -> int:
    """That this process may use: its affinity, and what its control group grants."""
    cores = len(os.sched_getaffinity(0))
    with contextlib.suppress(OSError, ValueError):
        quota, period = pathlib.Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        if quota != "max":
            cores = min(cores, max(1, int(quota) // int(period)))
    return cores


@functools.lru_cache(maxsize=1)
def _machine() -> dict[str, str]:
    """The processor, and the instructions that kernels run on."""
    told = json.loads(_core.describe_machine())
    return {"cpu": told["cpu"], "cpu_target": told["cpu_target"]}


def _frame_settings(settings: Settings) -> Settings:
    """Shots are of the whole clip: they are pooled afterwards."""
    options = {k: v for k, v in settings.options.items() if k not in ("shots", "threshold")}
    return Settings(settings.metrics, options)


def score(task: Task) -> tuple[list[tuple[_core.Context, str]], list[Error]]:
    """The clips' contexts, with their ids; and why others have none."""
    group, unit = task.unit.group, task.unit
    reference, *clips = files.local_files([group.reference, *group.clips])
    job = _frame_settings(Settings.from_json(task.settings)).job(
        reference,
        clips,
        (unit.first, unit.last),
        threads=task.threads or usable_cores(),
        index_folder=str(pathlib.Path(task.folder) / store.INDEX),
    )
    try:
        contexts = _core.score(job, [None] * (1 + len(clips)), False, None)
    finally:
        _log.forward()
    named = list(zip(contexts, group.ids, strict=True))
    errors = [outcome for outcome in contexts if isinstance(outcome, Error)]
    return [each for each in named if not isinstance(each[0], Error)], errors


def _table_of(context: _core.Context, name: str, rate: float) -> tuple[Any, dict[str, str]]:
    """A row a frame, and the stored name of each column."""
    import numpy as np  # pylint: disable=import-outside-toplevel

    pa = load("pyarrow")
    first, last, columns = _core.kept_of(context)
    frames = np.arange(first, last + 1, dtype=np.int64)
    scored = np.zeros(len(frames), dtype=bool)
    for _, _, there in columns.values():
        scored |= there
    damaged = np.isin(frames[scored], context.damaged())
    arrays: dict[str, Any] = {
        "id": pa.array([name] * int(scored.sum()), pa.string()),
        "frame": pa.array(frames[scored]),
        "time": pa.array(
            frames[scored] / rate if rate > 0 else [None] * int(scored.sum()), pa.float64()
        ),
        "damaged": pa.array(damaged),
    }
    stored = {}
    for column, (printed, values, there) in columns.items():
        label = printed or column
        stored[label] = column
        arrays[label] = pa.array(values[scored], mask=~there[scored])
    return pa.table(arrays), stored


def do(task: Task) -> int:
    """Scores a unit and writes it; the number of frames, of all clips together. Where a clip
    fails, the others are written, and its error is raised.
    """
    pa = load("pyarrow")
    with _ONE_AT_A_TIME:
        scored, errors = score(task)
        tables, infos, stored = [], {}, {}
        for context, name in scored:
            infos[name] = _core.info_of(context)
            table, names = _table_of(context, name, infos[name]["rate"])
            stored.update(names)
            tables.append(table)
        if not scored:
            raise errors[0]
        table = pa.concat_tables(tables)
        unit = task.unit
        about = {
            "unit": unit.name,
            "first": unit.first,
            "last": unit.last,
            "inputs": unit.group.inputs,
            "library": _core.version(),
            **_machine(),
            "settings": task.settings,
            "stored": stored,
            "clips": infos,
        }
        name = unit.name + store.PARTIAL if errors else unit.name
        store.write_part(pathlib.Path(task.folder), name, table, about)
    if errors:
        raise errors[0]
    return table.num_rows
