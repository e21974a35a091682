"""Results as Markdown: pages from figures that were kept, without measuring."""

import statistics

WALL, CPU, MEMORY = range(3)


def median(runs, figure):
    return statistics.median(run[figure] for run in runs)


def spread(values):
    """The median, and between which values the middle half lies."""
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return middle, low, high


def times(runs, slow, fast, figure):
    """How many times as fast, pair by pair: the median and the middle half."""
    middle, low, high = spread(
        [a[figure] / b[figure] for a, b in zip(runs[slow], runs[fast], strict=False)]
    )
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def number(value):
    """Three digits, and no more than that."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(heads, rows):
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def compared(rows):
    heads = [
        "what",
        "size",
        "bits",
        "threads",
        "CPU sets",
        "peer, frames/s",
        "visq, frames/s",
        "times as fast",
        "by CPU time",
        "peer, MB",
        "visq, MB",
    ]
    lines = []
    for row in rows:
        runs, frames = row["runs"], row["frames"]
        if "peer" not in runs:
            continue
        lines.append(
            [
                row["what"],
                row["size"],
                row["bits"],
                row["threads"],
                "up to AVX2" if row["mask"] else "all",
                number(frames / median(runs["peer"], WALL)),
                number(frames / median(runs["visq"], WALL)),
                times(runs, "peer", "visq", WALL),
                times(runs, "peer", "visq", CPU).split()[0],
                number(median(runs["peer"], MEMORY)),
                number(median(runs["visq"], MEMORY)),
            ]
        )
    return table(heads, lines)


def both_models(rows):
    return table(
        ["threads", "vmaf, frames/s", "vmaf+neg, frames/s", "times the time", "by CPU time"],
        [
            [
                row["threads"],
                *(
                    number(row["frames"] / median(row["runs"][case], WALL))
                    for case in ("vmaf", "vmaf+neg")
                ),
                times(row["runs"], "vmaf+neg", "vmaf", WALL),
                times(row["runs"], "vmaf+neg", "vmaf", CPU).split()[0],
            ]
            for row in rows
        ],
    )


def psnr(rows):
    heads = [
        "frames",
        "threads",
        "peer, ms",
        "visq, ms",
        "times as fast",
        "by CPU time",
        "peer, MB",
        "visq, MB",
    ]
    return table(
        heads,
        [
            [
                row["frames"],
                row["threads"],
                *(number(1000 * median(row["runs"][name], WALL)) for name in ("peer", "visq")),
                times(row["runs"], "peer", "visq", WALL),
                times(row["runs"], "peer", "visq", CPU).split()[0],
                *(number(median(row["runs"][name], MEMORY)) for name in ("peer", "visq")),
            ]
            for row in rows
            if "peer" in row["runs"]
        ],
    )


def start(rows):
    lines = []
    for row in rows:
        cells = [row["what"]]
        for name in ("peer", "visq"):
            runs = row["runs"].get(name)
            cells.append(
                ""
                if runs is None
                else "{:.1f} ({:.1f} to {:.1f})".format(*spread([1000 * run[WALL] for run in runs]))
            )
        lines.append([*cells, number(median(row["runs"]["visq"], MEMORY))])
    return table(["what", "peer, ms", "visq, ms", "visq, MB"], lines)


def together(rows):
    lines = []
    for row in rows:
        one, four = row["runs"]["1"], row["runs"]["4"]
        further = [
            spread([(b[figure] / a[figure] - 1) / 3 for a, b in zip(one, four, strict=False)])
            for figure in (WALL, CPU)
        ]
        lines.append(
            [
                row["files"],
                " and ".join(map(str, row["rates"])),
                row["threads"],
                *("{:.2f} ({:.2f} to {:.2f})".format(*values) for values in further),
                number(median(one, MEMORY)),
                number(median(four, MEMORY)),
            ]
        )
    return table(
        ["files", "Mbit/s", "threads", "a further clip", "by CPU time", "MB, one clip", "MB, four"],
        lines,
    )


def decode(rows):
    lines = []
    for row in rows:
        plain, coded = row["runs"]["y4m"], row["runs"]["mp4"]
        frames, threads = row["frames"], row["threads"]
        decoding = [(b[CPU] - a[CPU]) / frames * 1000 for a, b in zip(plain, coded, strict=False)]
        busy = statistics.median(run[CPU] / run[WALL] / threads for run in coded)
        lines.append(
            [
                row["what"],
                row["size"],
                " and ".join(map(str, row["rates"])),
                threads,
                number(frames / median(plain, WALL)),
                number(frames / median(coded, WALL)),
                number(statistics.median(decoding)),
                f"{100 * busy:.0f} %",
                number(median(plain, MEMORY)),
                number(median(coded, MEMORY)),
            ]
        )
    return table(
        [
            "what",
            "size",
            "Mbit/s",
            "threads",
            "y4m, frames/s",
            "mp4, frames/s",
            "decoding, CPU ms a frame",
            "cores busy",
            "y4m, MB",
            "mp4, MB",
        ],
        lines,
    )


def one_frame(rows):
    lines = []
    for row in rows:
        runs = row["runs"]
        by_threads = [name for name in runs if name != "peer"]
        cells = [number(1000 * median(runs[name], WALL)) for name in by_threads]
        gain = times(runs, by_threads[0], by_threads[-1], WALL) if len(by_threads) > 1 else ""
        peer = number(1000 * median(runs["peer"], WALL)) if "peer" in runs else ""
        best = times(runs, "peer", by_threads[-1], WALL).split()[0] if "peer" in runs else ""
        lines.append(
            [
                row["what"],
                row["size"],
                peer,
                *cells,
                gain,
                best,
                number(median(runs[by_threads[-1]], MEMORY)),
            ]
        )
    threads = [name.split()[1] for name in rows[0]["runs"] if name != "peer"]
    return table(
        [
            "what",
            "size",
            "peer, ms",
            *(f"visq, {n} thread{'s' if n != '1' else ''}, ms" for n in threads),
            "gain by threads",
            "times as fast as the peer",
            "MB",
        ],
        lines,
    )


def alone(rows):
    return table(
        ["metric", "size", "threads", "ms a frame", "MB"],
        [
            [
                row["what"],
                row["size"],
                row["threads"],
                "{:.1f} ({:.1f} to {:.1f})".format(
                    *spread([1000 * run[WALL] / row["frames"] for run in row["runs"]["visq"]])
                ),
                number(median(row["runs"]["visq"], MEMORY)),
            ]
            for row in rows
        ],
    )


def shots(rows):
    lines = []
    for row in rows:
        without, detect = row["runs"]["without"], row["runs"]["detect"]
        cost = [
            "{:.1f} ({:.1f} to {:.1f})".format(
                *spread(
                    [
                        1000 * (b[figure] - a[figure]) / row["frames"]
                        for a, b in zip(without, detect, strict=False)
                    ]
                )
            )
            for figure in (CPU, WALL)
        ]
        memory = median(detect, MEMORY) - median(without, MEMORY)
        lines.append([row["what"], row["threads"], *cost, number(memory)])
    return table(["beside", "threads", "CPU ms a frame", "wall ms a frame", "MB"], lines)


def networks(rows):
    heads = [
        "metric",
        "engine",
        "threads",
        "CPU ms a frame",
        "times as fast",
        "by CPU time",
        "a further clip, CPU",
        "MB",
    ]
    lines = []
    for row in rows:
        runs, frames = row["runs"], row["frames"]
        lines.append(
            [
                row["network"],
                "ONNX Runtime alone",
                row["threads"],
                number(1000 * median(runs["peer"], CPU) / frames),
                "1",
                "1",
                "",
                number(median(runs["peer"], MEMORY)),
            ]
        )
        for engine in row["engines"]:
            one, two = f"{engine} 1", f"{engine} 2"
            second = ""
            if two in runs:
                pairs = zip(runs[one], runs[two], strict=False)
                second = f"{statistics.median(b[CPU] / a[CPU] - 1 for a, b in pairs):.2f}"
            lines.append(
                [
                    row["network"],
                    engine,
                    row["threads"],
                    number(1000 * median(runs[one], CPU) / frames),
                    times(runs, "peer", one, WALL),
                    times(runs, "peer", one, CPU).split()[0],
                    second,
                    number(median(runs[one], MEMORY)),
                ]
            )
    return table(heads, lines)
