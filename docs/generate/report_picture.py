#!/usr/bin/env python3
"""Draws docs/report.svg, what a page of --report looks like, from the scores of a real run.

    vmaf -r original.mp4 -d crf_24.mp4 -d crf_30.mp4 ... --feature lpips -o ladder.json
    docs/generate/report_picture.py ladder.json > docs/report.svg

It draws the cards, the curves and rate and quality: a drawing in text, as no picture of pixels is
committed. The colours are those of cli/report, for light and for dark.
"""

import json
import math
import pathlib
import sys
from xml.sax.saxutils import escape

WIDTH, MARGIN, GAP = 960, 24, 16
LIGHT = {
    "ground": "#f6f7f9",
    "card": "#fff",
    "text": "#16191d",
    "soft": "#59626d",
    "line": "#d8dde3",
}
DARK = {
    "ground": "#111417",
    "card": "#1a1e23",
    "text": "#e8ebee",
    "soft": "#9aa5b1",
    "line": "#333b44",
}
CLIPS = [  # light, dark
    ("#0072b2", "#56b4e9"),
    ("#d55e00", "#ff8c42"),
    ("#007a59", "#2fc79a"),
    ("#b0528a", "#e39cc4"),
    ("#a87300", "#e69f00"),
    ("#2b8fc7", "#8fd0ff"),
]
FONT = """\
text { font: 13px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
.soft { font-size: 12px; }
.title { font-size: 20px; font-weight: 600; }
.head { font-size: 14px; font-weight: 600; }
.value { font-size: 26px; font-weight: 600; }
.end { text-anchor: end; }
.middle { text-anchor: middle; }
.curve { fill: none; stroke-width: 1.6; stroke-linejoin: round; }
"""
DASHES = ["", "9 4", "2 3", "10 3 2 3"]


def colours(page, column):
    rules = [
        f".ground {{ fill: {page['ground']}; }}",
        f"text {{ fill: {page['text']}; }}",
        f".soft {{ fill: {page['soft']}; }}",
        f".card {{ fill: {page['card']}; stroke: {page['line']}; }}",
        f".grid {{ stroke: {page['line']}; }}",
    ]
    for number, both in enumerate(CLIPS):
        rules.append(f".line{number} {{ stroke: {both[column]}; }}")
        rules.append(f".area{number} {{ fill: {both[column]}; }}")
    return "\n".join(rules)


def style():
    dark = f"@media (prefers-color-scheme: dark) {{\n{colours(DARK, 1)}\n}}"
    return f"<style>\n{FONT}{colours(LIGHT, 0)}\n{dark}\n</style>"


def text(x, y, content, kind=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(str(content))}</text>'


def box(x, y, width, height):
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="10" class="card"/>'


def line(points, clip):
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dash = DASHES[clip % len(DASHES)]
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<polyline class="curve line{clip % len(CLIPS)}"{dashes} points="{path}"/>'


def ticks(low, high, count=6):
    """Round numbers between low and high."""
    step = 10 ** math.floor(math.log10((high - low) / count))
    step = next(step * m for m in (1, 2, 5, 10) if (high - low) / (step * m) <= count)
    return [n * step for n in range(math.ceil(low / step), math.floor(high / step) + 1)]


class Plot:
    """A plot within x, y, width and height; draws its grid and turns values into points."""

    def __init__(self, area, x_range, y_range):
        self.x, self.y, self.width, self.height = area
        self.x_range, self.y_range = x_range, y_range

    def at(self, x, y):
        (left, right), (low, high) = self.x_range, self.y_range
        return (
            self.x + self.width * (x - left) / (right - left),
            self.y + self.height * (high - y) / (high - low),
        )

    def grid(self, x_label, y_label):
        parts = []
        for value in ticks(*self.y_range):
            _, y = self.at(self.x_range[0], value)
            ends = f'x1="{self.x}" x2="{self.x + self.width}" y1="{y:.1f}" y2="{y:.1f}"'
            parts += [
                f'<line class="grid" {ends}/>',
                text(self.x - 6, y + 4, f"{value:g}", "soft end"),
            ]
        for value in ticks(*self.x_range):
            x, _ = self.at(value, self.y_range[0])
            parts.append(text(x, self.y + self.height + 16, f"{value:g}", "soft middle"))
        middle = self.x + self.width / 2
        parts.append(text(middle, self.y + self.height + 34, x_label, "soft middle"))
        return [*parts, text(self.x - 6, self.y - 10, y_label, "soft")]


def card(x, y, width, number, clip):
    vmaf, lpips = clip["pooled_metrics"]["vmaf"], clip["pooled_metrics"]["lpips"]
    rows = [
        ("bit rate", f"{clip['bit_rate'] / 1000:.0f} kbit/s"),
        ("1st percentile", f"{vmaf['percentile_1']:.2f}"),
        ("worst frame", f"{vmaf['min']:.2f} at {vmaf['min_frame']}"),
        ("LPIPS, mean", f"{lpips['mean']:.4f}"),
    ]
    bar = f'<rect x="{x}" y="{y + 8}" width="5" height="144" class="area{number % len(CLIPS)}"/>'
    parts = [box(x, y, width, 160), bar]
    parts.append(text(x + 18, y + 24, pathlib.PurePath(clip["distorted"]).name, "head"))
    parts.append(text(x + 18, y + 56, f"{vmaf['mean']:.2f}", "value"))
    parts.append(text(x + 116, y + 56, "VMAF, mean", "soft"))
    for row, (name, value) in enumerate(rows):
        parts.append(text(x + 18, y + 82 + 20 * row, name, "soft"))
        parts.append(text(x + width - 14, y + 82 + 20 * row, value, "end"))
    return parts


def curves(y, clips):
    height = 250
    frames = [frame["frameNum"] for frame in clips[0]["frames"]]
    scores = [[frame["metrics"]["vmaf"] for frame in clip["frames"]] for clip in clips]
    low = 10 * math.floor(min(map(min, scores)) / 10)
    area = (MARGIN + 56, y + 56, WIDTH - 2 * MARGIN - 80, height - 108)
    plot = Plot(area, (frames[0], frames[-1]), (low, 100))
    parts = [box(MARGIN, y, WIDTH - 2 * MARGIN, height)]
    parts += [text(MARGIN + 18, y + 26, "Scores by frame", "head"), *plot.grid("frame", "vmaf")]
    for number, values in enumerate(scores):
        parts.append(line([plot.at(*point) for point in zip(frames, values, strict=True)], number))
    return parts, height


def rate_and_quality(y, clips):
    height, width = 230, (WIDTH - 2 * MARGIN - GAP) // 2
    parts = []
    for side, metric in enumerate(("vmaf", "lpips")):
        x = MARGIN + side * (width + GAP)
        points = [(c["bit_rate"] / 1000, c["pooled_metrics"][metric]["mean"]) for c in clips]
        rates, means = zip(*points, strict=True)
        room = (max(means) - min(means)) / 10
        area = (x + 56, y + 56, width - 80, height - 108)
        plot = Plot(area, (0, 1.05 * max(rates)), (min(means) - room, max(means) + room))
        parts += [box(x, y, width, height), text(x + 18, y + 26, "Rate and quality", "head")]
        parts += plot.grid("kbit/s", metric)
        parts.append(line([plot.at(*point) for point in sorted(points)], 0))
        for number, point in enumerate(points):
            cx, cy = plot.at(*point)
            kind = f'class="area{number % len(CLIPS)}"'
            parts.append(f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="4.5" {kind}/>')
    return parts, height


def picture(report):
    clips = report["clips"]
    subtitle = (
        f"{len(clips)} clips beside {pathlib.PurePath(report['reference']).name}, "
        f"{len(clips[0]['frames'])} frames, {report['version']}"
    )
    parts = [text(MARGIN, 40, "Video quality report", "title"), text(MARGIN, 62, subtitle, "soft")]
    width = (WIDTH - 2 * MARGIN - GAP * (len(clips) - 1)) // len(clips)
    y = 80
    for number, clip in enumerate(clips):
        parts += card(MARGIN + number * (width + GAP), y, width, number, clip)
    y += 160 + GAP
    for draw in (curves, rate_and_quality):
        drawn, height = draw(y, clips)
        parts += drawn
        y += height + GAP
    y += MARGIN - GAP
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}">'
    title = "<title>A page of vmaf --report: cards, curves by frame, rate and quality</title>"
    ground = f'<rect class="ground" width="{WIDTH}" height="{y}" rx="12"/>'
    return "\n".join([head, title, style(), ground, *parts, "</svg>", ""])


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: report_picture.py SCORES.json, of several clips with vmaf and lpips")
    report = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(picture(report), end="")


if __name__ == "__main__":
    main()
