"""What changed between two catalogues of the same clips: a new encoder, a new model."""

from __future__ import annotations

import math
import pathlib
from typing import Any, Optional

from .._errors import invalid
from . import store
from .clips import CLIPS


def scores_in(table: Any) -> list[str]:
    """Names of scores that a table of clips has."""
    return [
        n.removesuffix("_mean")
        for n in table.column_names
        if n.endswith("_mean")
        and not n.endswith(("_harmonic_mean", "_geometric_mean", "_1_percent_mean"))
    ]


def chosen_score(table: Any, name: Optional[str]) -> str:
    names = scores_in(table)
    if name is None:
        name = next((n for n in names if n.startswith("vmaf")), names[0] if names else None)
    if name not in names:
        raise invalid(f"no score {name} was pooled; there are {', '.join(names) or 'none'}")
    return name


def direction_of(folder: Any, name: str) -> int:
    """-1 where lower is better, else 1, also where nobody can say."""
    return store.about(pathlib.Path(folder) / CLIPS)["directions"].get(name) or 1


def sign_test(better: int, worse: int) -> float:
    """How probable so many or more on one side are where both are equally likely (two-sided)."""
    n = better + worse
    if n == 0:
        return 1.0
    tail = sum(math.comb(n, k) for k in range(min(better, worse) + 1)) / 2**n
    return min(1.0, 2 * tail)


def compare(before: Any, after: Any, score: Optional[str] = None) -> dict[str, Any]:
    """Clips by their ids, the worst regressions first; titles with a sign test over their means."""
    tables = [store.read_table(pathlib.Path(folder) / CLIPS) for folder in (before, after)]
    name = chosen_score(tables[0], score)
    chosen_score(tables[1], name)
    sign = direction_of(after, name)
    rows = [{row["id"]: row for row in table.to_pylist()} for table in tables]
    clips = []
    for clip in sorted(rows[0].keys() & rows[1].keys()):
        a, b = rows[0][clip], rows[1][clip]
        change = b[f"{name}_mean"] - a[f"{name}_mean"]
        clips.append(
            {
                "id": clip,
                "title": b.get("title") or b["reference"],
                "before": a[f"{name}_mean"],
                "after": b[f"{name}_mean"],
                "change": change,
                "gain": sign * change,
                "bit_rate_before": a.get("bit_rate"),
                "bit_rate_after": b.get("bit_rate"),
            }
        )
    if not clips:
        raise invalid(f"{before} and {after} have no clip of the same id")
    clips.sort(key=lambda c: (c["gain"], c["id"]))
    titles: dict[str, list[float]] = {}
    for clip in clips:
        titles.setdefault(clip["title"], []).append(clip["gain"])
    means = {title: sum(gains) / len(gains) for title, gains in titles.items()}
    better, worse = (sum(sign * m > 0 for m in means.values()) for sign in (1, -1))
    return {
        "score": name,
        "clips": clips,
        "only_before": sorted(rows[0].keys() - rows[1].keys()),
        "only_after": sorted(rows[1].keys() - rows[0].keys()),
        "titles_better": better,
        "titles_worse": worse,
        "titles": len(means),
        "p": sign_test(better, worse),
    }


def text_of(told: dict[str, Any]) -> str:
    lines = [
        f"{told['score']}: {told['titles_better']} of {told['titles']} titles are better, "
        f"{told['titles_worse']} worse (sign test: p = {told['p']:.3g})"
    ]
    for clip in told["clips"][:50]:
        values = f"{clip['before']:10.4f} -> {clip['after']:10.4f}"
        lines.append(f"{clip['change']:+10.4f}  {values}  {clip['id']}")
    for side in ("before", "after"):
        if told[f"only_{side}"]:
            lines.append(f"only {side}: {', '.join(told[f'only_{side}'])}")
    return "\n".join(lines)
