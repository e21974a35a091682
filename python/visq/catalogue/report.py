"""A page of a catalogue: what is worst, how scores are distributed, rate and quality by title."""

from __future__ import annotations

import hashlib
import importlib.resources
import json
import math
import pathlib
from typing import Any, Iterable, Optional

from .. import _core
from . import store
from .clips import CLIPS, ClipFrames
from .compare import chosen_score, scores_in
from .plan import Plan, read_plan
from .run import FAILURES

_PAGES = 100  # clips with a page of their own, the worst
_SHOTS = 50
_OWN = {
    *("frames", "inputs", "library", "sha256", "reference_sha256", "conversions"),
    *("cpu_targets", "damaged_frames", "shots"),
}
_STATISTICS = ("mean", "harmonic_mean", "min", "max", "worst_percentile_5", "worst_percentile_1")


def _text(name: str) -> str:
    folder = importlib.resources.files(__package__) / "page"
    return (folder / name).read_text(encoding="utf-8")


def _page(template: str, data: Any) -> str:
    """The template with what it is about: one file that needs no other."""
    held = json.dumps(data, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    parts = {
        "STYLE": _text("style.css"),
        "DATA": held.replace("</", "<\\/").replace("<!--", "<\\u0021--"),
        "SCRIPT": _text("script.js"),
    }
    page = _text(template)
    for name, part in parts.items():
        page = page.replace(f"<!--{name}-->", part)
    return page


def _number(value: Any) -> Optional[float]:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _curve_of(row: dict[str, Any]) -> str:
    return str(row.get("curve") or " ".join(str(row[n]) for n in ("codec", "preset") if row.get(n)))


def _title_of(row: dict[str, Any]) -> str:
    return str(row.get("title") or pathlib.PurePath(row["reference"]).stem)


def _bit_rate(row: dict[str, Any]) -> Optional[float]:
    """The manifest's, in bits a second, else the container's."""
    return _number(row.get("bitrate")) or _number(row.get("bit_rate"))


def _clip(row: dict[str, Any], scores: list[str], columns: list[str]) -> dict[str, Any]:
    return {
        **{name: row.get(name) for name in columns},
        "id": row["id"],
        "title": _title_of(row),
        "curve": _curve_of(row),
        "bit_rate": _bit_rate(row),
        "scores": {name: _number(row.get(f"{name}_clip")) for name in scores},
        "worst": {name: row.get(f"{name}_worst_frame") for name in scores},
    }


def _bd_rates(
    clips: list[dict[str, Any]], scores: list[str], signs: Any
) -> Iterable[dict[str, Any]]:
    """Of each title's curves against its first."""
    titles: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for clip in clips:
        titles.setdefault(clip["title"], {}).setdefault(clip["curve"], []).append(clip)
    for title, curves in titles.items():
        names = list(curves)
        for score in scores if len(names) > 1 else ():
            points = {
                name: [
                    (clip["bit_rate"], (signs.get(score) or 1) * clip["scores"][score])
                    for clip in curves[name]
                    if clip["bit_rate"] and clip["scores"][score] is not None
                ]
                for name in names
            }
            for test in names[1:]:
                percent, why_not = _core.bd_rate(points[names[0]], points[test])
                told = {"title": title, "score": score, "anchor": names[0], "test": test}
                yield {**told, "percent": percent, "why_not": why_not}


def _worst_shots(rows: list[dict[str, Any]], scores: list[str], signs: Any) -> list[dict[str, Any]]:
    worst = []
    for score in scores:
        shots = [
            {
                "id": row["id"],
                "score": score,
                "first": s["first"],
                "last": s["last"],
                "mean": s[score],
            }
            for row in rows
            for s in row.get("shots") or ()
            if _number(s.get(score)) is not None
        ]
        shots.sort(key=lambda s: (signs.get(score) or 1) * s["mean"])
        worst += shots[:_SHOTS]
    return worst


def _clip_pages(
    plan: Plan, clips: list[dict[str, Any]], rows: dict[str, Any], score: str, path: pathlib.Path
) -> None:
    """A page for each of the clips, beside the page of all."""
    folder = path.with_suffix("")
    wanted = {clip["id"]: clip for clip in clips}
    for group in plan.groups:
        names = [name for name in group.ids if name in wanted]
        frames = ClipFrames(plan, group) if names else None
        for name in names:
            table = frames.of(name)
            series = {
                label: [_number(v) for v in table[label].to_pylist()]
                for label in table.column_names
                if f"{label}_mean" in rows[name]
            }
            pooled = [
                [label, *(_number(rows[name].get(f"{label}_{s}")) for s in _STATISTICS)]
                for label in series
            ]
            data = {
                "id": name,
                "subtitle": f"{wanted[name]['title']} · {len(table)} frames",
                "score": score,
                "frames": table["frame"].to_pylist(),
                "series": series,
                "pooled_head": ["score", *(s.replace("_", " ") for s in _STATISTICS)],
                "pooled": pooled,
            }
            folder.mkdir(exist_ok=True)
            file = hashlib.sha256(name.encode()).hexdigest()[:16] + ".html"
            wanted[name]["page"] = f"{folder.name}/{file}"
            _core.write_text(str(folder / file), _page("clip.html", data))


def write_report(out: Any, html: Any, score: Optional[str] = None) -> None:
    """One page of all clips, and one of each of the worst in a folder beside it."""
    plan = read_plan(out)
    table = store.read_table(plan.folder / CLIPS)
    about = store.about(plan.folder / CLIPS)
    rows = table.to_pylist()
    score, signs = chosen_score(table, score), about["directions"]
    scores = [name for name in scores_in(table) if signs.get(name)] or [score]
    pairs = store.read_table(plan.folder / "pairs.parquet").column_names
    columns = [n for n in pairs if n not in _OWN | {"id", "reference", "distorted", "bitrate"}]
    clips = [_clip(row, scores, columns) for row in rows]
    scored = [clip for clip in clips if clip["scores"].get(score) is not None]
    scored.sort(key=lambda c: (signs.get(score) or 1) * c["scores"][score])
    path = pathlib.Path(html)
    _clip_pages(plan, scored[:_PAGES], {row["id"]: row for row in rows}, score, path)
    failures = plan.folder / FAILURES
    data = {
        "subtitle": f"{len(clips)} clips · {plan.folder}",
        "score": score,
        "scores": scores,
        "columns": ["title", *(name for name in columns if name != "title")],
        "directions": signs,
        "clips": clips,
        "bd_rates": list(_bd_rates(clips, scores, signs)),
        "shots": _worst_shots(rows, scores, signs),
        "failures": store.read_table(failures).num_rows if failures.is_file() else 0,
        "provenance": [
            ["library", about["library"]],
            ["settings", about["settings"]],
            *([name, digest] for name, digest in about["models"].items()),
        ],
    }
    _core.write_text(str(path), _page("catalogue.html", data))
