#!/usr/bin/env python3
"""Writes docs/metrics.md from the descriptors of the metrics and the tables of docs/benchmarks.md,
and README.md's table of speed from the latter.

    cmake --build --preset release --target metrics_page    writes both
    docs/generate/metrics_page.py --check                   says whether they are up to date

It imports the package visq, so PYTHONPATH names the folder that a wheel holds.
"""

import math
import pathlib
import re
import sys
import textwrap

import visq

DOCS = pathlib.Path(__file__).resolve().parents[1]
PAGE, README = DOCS / "metrics.md", DOCS.parent / "README.md"
BEGIN = "<!-- docs/generate/metrics_page.py writes this table. -->\n"
END = "<!-- The end of that table. -->\n"
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


def hd_on_one_thread(rows):
    """what was measured -> its row: 1080p, 8 bits, one thread, all instruction sets."""
    setting = ("1920x1080", "8", "1", "all")
    heads = ("size", "bits", "threads", "CPU sets")
    return {row["what"]: row for row in rows if tuple(row[head] for head in heads) == setting}


def costs(benchmarks):
    """metric -> (ms a frame, times as fast as libvmaf or "")."""
    found = {}
    for what, row in hd_on_one_thread(benchmarks["Metrics, 8 bits"]).items():
        found[what] = (1000 / float(row["visq, frames/s"]), row["times as fast"].split()[0])
    for row in benchmarks["Metrics that libvmaf does not have"]:
        if (row["size"], row["threads"]) == ("1920x1080", "1"):
            found[row["metric"]] = (float(row["ms a frame"].split()[0]), "")
    for row in benchmarks["LPIPS and DISTS"]:
        if (row["engine"], row["threads"]) == ("stream", "1"):
            found[row["metric"]] = (float(row["CPU ms a frame"]), "")
    return found


SHOWN = {  # in the README: row of docs/benchmarks.md -> what it is called
    "vmaf": "VMAF",
    "vmaf+neg": "VMAF and its NEG model together",
    "psnr": "PSNR",
    "float_ssim": "SSIM",
    "float_ms_ssim": "MS-SSIM",
    "psnr_hvs": "PSNR-HVS",
    "cambi": "CAMBI",
    "ciede": "CIEDE2000",
}


def speed(benchmarks):
    rows = []
    measured = hd_on_one_thread(benchmarks["VMAF"] + benchmarks["Metrics, 8 bits"])
    for what, name in SHOWN.items():
        row = measured[what]
        times = row["times as fast"].split()[0]
        rows.append([name, row["visq, frames/s"], f"{times} times as fast as libvmaf"])
    milliseconds, _ = costs(benchmarks)["ssimulacra2"]
    rows.append(["SSIMULACRA 2", f"{1000 / milliseconds:.1f}", "libvmaf has none"])
    for row in benchmarks["LPIPS and DISTS"]:
        shown = (row["metric"], row["threads"]) == ("lpips", "1")
        if shown and row["engine"].startswith("stream"):
            name = "LPIPS, `precision=fast`" if "16 bits" in row["engine"] else "LPIPS"
            times = row["times as fast"].split()[0]
            frames = 1000 / float(row["CPU ms a frame"])
            rows.append([name, f"{frames:.2f}", f"{times} times as fast as ONNX Runtime"])
    return table(["metric", "frames a second", "beside its peer"], rows)


def readme(benchmarks):
    before, rest = README.read_text(encoding="utf-8").split(BEGIN)
    return f"{before}{BEGIN}\n{speed(benchmarks)}\n\n{END}{rest.split(END)[1]}"


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


def role(option):
    return "" if option.role == "value" else option.role.replace("_", " ")


def options(metric):
    rows = [
        [f"`{o.name}`", o.help, values(o), f"`{o.default}`" if o.default else "", role(o)]
        for o in metric.options
    ]
    return table(["option", "what it does", "values", "default", "role"], rows)


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


def page(benchmarks):
    metrics = visq.list_metrics()
    cost = costs(benchmarks)
    parts = [INTRODUCTION, overview(metrics, cost) + "\n"]
    return "\n".join([*parts, *(section(metric) + "\n" for metric in metrics)])


def main():
    benchmarks = tables((DOCS / "benchmarks.md").read_text(encoding="utf-8"))
    for file, text in ((PAGE, page(benchmarks)), (README, readme(benchmarks))):
        if sys.argv[1:] != ["--check"]:
            file.write_text(text, encoding="utf-8")
        elif file.read_text(encoding="utf-8") != text:
            sys.exit(
                f"{file.name} is not what the descriptors and docs/benchmarks.md say; write it "
                "anew: cmake --build --preset release --target metrics_page"
            )


if __name__ == "__main__":
    main()
