#!/usr/bin/env python3
"""Writes docs/metrics.md from the descriptors of the metrics and the tables of docs/benchmarks.md.

    cmake --build --preset release --target metrics_page    writes the page
    docs/generate/metrics_page.py --check                   says whether the page is up to date

It imports the package visq, so PYTHONPATH names the folder that a wheel holds.
"""

import math
import pathlib
import re
import sys
import textwrap

import visq

DOCS = pathlib.Path(__file__).resolve().parents[1]
PAGE = DOCS / "metrics.md"
BETTER = {1: "higher", -1: "lower", 0: "neither"}
EXACTNESS = {
    "exact": "Exact: integers throughout, so that scores are equal on every machine.",
    "deterministic": "Deterministic: floats in a fixed order, so that scores are equal on every "
    "CPU and for any number of threads.",
    "tolerant": "Tolerant: a learned model. Scores of two machines may differ within a bound that "
    "its tests state.",
}
INTRODUCTION = """\
# Metrics

<!-- docs/generate/metrics_page.py writes this page: do not edit. -->

Every metric of `--feature`, from its descriptor. `vmaf --help` shows the same. VMAF itself is a
model over the features of `vif`, `adm` and `motion`: `--model`, see [cli.md](cli.md).

The table shows the first score of each metric. *Identical* is the score of a picture compared with
itself, where that is one number. *ms a frame* is what a 1080p frame of 8 bits costs on one thread,
reading included, and *beside libvmaf* is how many times as fast that is; both are from
[benchmarks.md](benchmarks.md), which says on which machine. An empty cell was not measured, or
libvmaf has no such metric.
"""


# ---- what a frame costs ----


def tables(text):
    """title -> the rows of the first table below it, each a dict from head to cell."""
    found = {}
    for part in re.split(r"^## ", text, flags=re.M)[1:]:
        lines = [line for line in part.splitlines() if line.startswith("|")]
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        found[part.split("\n")[0]] = [dict(zip(rows[0], r, strict=True)) for r in rows[2:]]
    return found


def costs(benchmarks):
    """metric -> (ms a frame, times as fast as libvmaf or "")."""
    found = {}
    for row in benchmarks["Metrics, 8 bits"]:
        if (row["size"], row["threads"], row["CPU sets"]) == ("1920x1080", "1", "all"):
            milliseconds = 1000 / float(row["visq, frames/s"])
            found[row["what"]] = (milliseconds, row["times as fast"].split()[0])
    for row in benchmarks["SSIMULACRA 2"]:
        if (row["size"], row["threads"]) == ("1920x1080", "1"):
            found["ssimulacra2"] = (float(row["ms a frame"].split()[0]), "")
    for row in benchmarks["LPIPS"]:
        if (row["engine"], row["threads"]) == ("stream", "1"):
            found["lpips"] = (float(row["CPU ms a frame"]), "")
    return found


# ---- text ----


def span(low, high):
    if math.isinf(low):
        return "any number"
    return f"{low:g} and more" if math.isinf(high) else f"{low:g} to {high:g}"


def identity(feature):
    return "" if math.isnan(feature.identity) else f"{feature.identity:g}"


def table(heads, rows):
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in r) + " |" for r in lines
    )


def wrapped(text):
    return textwrap.fill(text, 100, break_on_hyphens=False, break_long_words=False)


def sentence(text):
    return text[0].upper() + text[1:] + "."


def overview(metrics, cost):
    rows = []
    for metric in metrics:
        first = metric.features[0]
        milliseconds, times = cost.get(metric.name, (None, ""))
        rows.append(
            [
                f"[{metric.name}](#{metric.name})",
                metric.summary,
                span(first.min, first.max),
                BETTER[first.direction],
                identity(first),
                metric.exactness,
                "" if milliseconds is None else f"{milliseconds:.3g}",
                times,
            ]
        )
    heads = ["metric", "what it measures", "range", "better", "identical", "exactness"]
    return table([*heads, "ms a frame", "beside libvmaf"], rows)


def features(metric):
    rows = [
        [
            f"`{f.name}`",
            f.unit,
            span(f.min, f.max),
            BETTER[f.direction],
            identity(f),
        ]
        for f in metric.features
    ]
    return table(["score", "unit", "range", "better", "identical"], rows)


def values(option):
    if option.choices:
        return ", ".join(f"`{choice}`" for choice in option.choices)
    if option.type == "bool":
        return "`true`, `false`"
    if option.type == "string":
        return "text"
    return span(option.min, option.max)


def options(metric):
    rows = [
        [f"`{o.name}`", o.help, values(o), f"`{o.default}`" if o.default else ""]
        for o in metric.options
    ]
    return table(["option", "what it does", "values", "default"], rows)


def section(metric):
    alone = "" if metric.needs_reference else " It works with `--no_reference`, too."
    parts = [
        f"## {metric.name}",
        wrapped(f"{sentence(metric.summary)}{alone}"),
        wrapped(f"Source: {metric.source}."),
        wrapped(EXACTNESS[metric.exactness]),
        features(metric),
    ]
    return "\n\n".join([*parts, options(metric)] if metric.options else parts)


def page():
    metrics = visq.list_metrics()
    cost = costs(tables((DOCS / "benchmarks.md").read_text(encoding="utf-8")))
    parts = [INTRODUCTION, overview(metrics, cost) + "\n"]
    return "\n".join([*parts, *(section(metric) + "\n" for metric in metrics)])


def main():
    if sys.argv[1:] == ["--check"]:
        if PAGE.read_text(encoding="utf-8") != page():
            sys.exit(
                "docs/metrics.md is not what the descriptors and docs/benchmarks.md say; write it "
                "anew: cmake --build --preset release --target metrics_page"
            )
    else:
        PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
