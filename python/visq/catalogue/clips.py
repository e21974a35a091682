"""A row a clip: the scores of its frames pooled again over all of them, in their order."""

from __future__ import annotations

import pathlib
from typing import Any, Iterator, Optional

from .. import _core
from .._errors import Error
from .._scores import Scores, scores_of
from . import files, store
from .packages import load
from .plan import Group, Plan, read_plan
from .settings import Settings

CLIPS = "clips.parquet"
_FIXED = ("id", "frame", "time", "damaged")
_WORST = 5  # frames that are named


def _shots(plan: Plan, group: Group, frames: int) -> list[tuple[int, int]]:
    """Of the reference, when the settings ask for them: found or listed as the command does it."""
    wanted = plan.settings.options.get("shots")
    if wanted is None:
        return []
    if wanted.isdigit():
        step = int(wanted)
        return [(a, min(a + step, frames) - 1) for a in range(0, frames, step)]
    job = Settings(("psnr=enable_chroma=false",), {**plan.settings.options}).job(
        *_reference_twice(group)
    )
    (found,) = _core.score(job, [None, None], False, None)
    if isinstance(found, Error):
        raise found
    return [(first, last) for first, last, _ in found.shots()]


def _reference_twice(group: Group) -> tuple[str, list[str]]:
    reference = files.local_files([group.reference])[0]
    return reference, [reference]


class ClipFrames:
    """The frames of a group's clips, read part by part."""

    def __init__(self, plan: Plan, group: Group):
        paths = [store.part_of(plan.folder, unit.name) for unit in plan.units_of(group.number)]
        self.about = [store.about(path) for path in paths]
        self.stored: dict[str, str] = {}
        for about in self.about:
            self.stored.update(about["stored"])
        tables = [store.read_table(path) for path in paths]
        self.table = load("pyarrow").concat_tables(tables, promote_options="default")

    def of(self, name: str) -> Any:
        equal = load("pyarrow.compute").equal(self.table["id"], name)
        return self.table.filter(equal)


def context_of(
    plan: Plan, frames: ClipFrames, name: str, shots: Optional[list[tuple[int, int]]] = None
) -> _core.Context:
    """As if the clip had been scored in one run."""
    import numpy as np  # pylint: disable=import-outside-toplevel

    table = frames.of(name)
    index = table["frame"].to_numpy()
    count = int(index.max()) + 1 if len(index) else 1
    columns = {}
    for label in table.column_names:
        if label in _FIXED:
            continue
        values, there = np.zeros(count), np.zeros(count, dtype=bool)
        column = table[label].combine_chunks()
        valid = np.asarray(column.is_valid())
        values[index[valid]] = column.drop_null().to_numpy()
        there[index[valid]] = True
        columns[frames.stored[label]] = (values, there)
    info = frames.about[0]["clips"][name]
    job = Settings(
        plan.settings.metrics, {k: v for k, v in plan.settings.options.items() if k != "shots"}
    ).job("the reference", [name])
    damaged = index[table["damaged"].to_numpy()].tolist()
    return _core.clip_of(job, info, columns, count, shots or [], damaged)


def _row(frames: ClipFrames, pair: dict[str, Any], scores: Scores) -> dict[str, Any]:
    row = {**pair, "frames": len(scores.frames)}
    told = frames.about[0]["clips"][pair["id"]]
    if row.get("bit_rate") is None:
        row["bit_rate"] = told["bit_rate"]
    row["conversions"] = told["conversions"] or None
    row["cpu_targets"] = sorted({about["cpu_target"] for about in frames.about})
    row["damaged_frames"] = scores.damaged_frames or None
    for name, pooled in scores.pooled.items():
        for statistic, value in pooled._asdict().items():
            if statistic == "share_below":
                for threshold, share in value.items():
                    row[f"{name}_share_below_{threshold:g}"] = share
            elif value is not None:
                row[f"{name}_{statistic}"] = value
        if pooled.worst_frame is not None:
            worst = sorted(
                zip(scores[name].tolist(), scores.frames.tolist(), strict=True),
                reverse=pooled.worst_frame == pooled.max_frame != pooled.min_frame,
            )
            row[f"{name}_worst_frames"] = [frame for _, frame in worst[:_WORST]]
    row.update(scores.aggregate)
    row["shots"] = [
        {"first": shot.first, "last": shot.last, **{n: p.mean for n, p in shot.pooled.items()}}
        for shot in scores.shots
    ] or None
    return row


def _whole_clips(plan: Plan) -> Iterator[tuple[Group, list[str]]]:
    """Those that every unit of theirs has scored."""
    done, partial = store.done_units(plan.folder), store.partial_units(plan.folder)
    whole = {group.number: set(group.ids) for group in plan.groups}
    for row in plan.table.select(["unit", "group"]).to_pylist():
        if row["unit"] in partial:
            whole[row["group"]] &= store.about(store.part_of(plan.folder, row["unit"]))[
                "clips"
            ].keys()
        elif row["unit"] not in done:
            whole[row["group"]].clear()
    for group in plan.groups:
        names = [name for name in group.ids if name in whole[group.number]]
        if names:
            yield group, names


def write_clips(out: Any) -> int:
    """Pools every clip that all its units have, and keeps rows that still hold."""
    plan = out if isinstance(out, Plan) else read_plan(out)
    path = pathlib.Path(plan.folder) / CLIPS
    kept: dict[str, dict[str, Any]] = {}
    if path.is_file():
        kept = {row["id"]: row for row in store.read_table(path).to_pylist()}
    pairs = {row["id"]: row for row in store.read_table(plan.folder / "pairs.parquet").to_pylist()}
    provenance = {f["path"]: f for f in store.read_table(plan.folder / "files.parquet").to_pylist()}
    about = store.about(plan.folder / "plan.parquet")
    rows = []
    directions = store.about(path).get("directions", {}) if path.is_file() else {}
    for group, names in _whole_clips(plan):
        if all(kept.get(name, {}).get("inputs") == group.inputs for name in names):
            rows.extend(kept[name] for name in names)
            continue
        frames = ClipFrames(plan, group)
        shots = _shots(plan, group, int(frames.table["frame"].to_numpy().max()) + 1)
        clips = dict(zip(group.ids, group.clips, strict=True))
        for name in names:
            context = context_of(plan, frames, name, shots)
            directions.update(_core.directions_of(context))
            row = _row(frames, pairs[name], scores_of(context))
            row["inputs"], row["library"] = group.inputs, about["library"]
            row["sha256"] = provenance[clips[name]].get("sha256")
            row["reference_sha256"] = provenance[group.reference].get("sha256")
            rows.append(row)
    told = {name: about[name] for name in ("library", "settings", "models")}
    told["directions"] = directions
    store.write_table(store.table_of(rows), path, told)
    return len(rows)
