#!/usr/bin/env python3
"""Writes docs/ai/benchmarks.md: what metrics say of pictures that were spoilt in known ways.

Eight generated scenes, and what you name besides, each with six distortions in five strengths. The
three pairs of pictures about which metrics disagree most are written as PNG files.
"""

import argparse
import pathlib
import platform
import struct
import sys
import textwrap
import time
import zlib
from dataclasses import dataclass
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from ai import errors

with errors.missing_packages():
    import numpy as np
    import visq

    from ai import agreement, download, inputs, scenes, store
    from ai.distortions import DISTORTIONS, STRENGTHS
    from ai.errors import Refused
    from ai.exporting import say

# Name, what scores it, which column, and whether more is better.
METRICS: list[tuple[str, Any, str, bool]] = [
    ("LPIPS", "lpips", "lpips", False),
    ("DISTS", "dists", "dists", False),
    ("VMAF", "vmaf", "vmaf", True),
    ("PSNR", "psnr", "psnr_y", True),
    ("SSIM", "float_ssim", "float_ssim", True),
    ("SSIMULACRA 2", "ssimulacra2", "ssimulacra2", True),
    ("XPSNR", "xpsnr", "xpsnr_y", True),
]
WIDTH, HEIGHT = 256, 192
EXAMPLES = 3
Key = tuple[str, str, int]  # scene, distortion, strength


@dataclass
class Set:
    """The pictures, and the scores of each pair: a row a pair, a column a metric."""

    names: list[str]
    keys: list[Key]
    scores: np.ndarray
    up: np.ndarray  # more is better


def planes(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    raw = np.frombuffer(scenes.yuv(picture), np.uint8)
    height, width = picture.shape[:2]
    y, u = height * width, height * width // 4
    half = (height // 2, width // 2)
    chroma = raw[y : y + u], raw[y + u :]
    return raw[:y].reshape(height, width), *(part.reshape(half) for part in chroma)


def originals(clips: list[str]) -> dict[str, np.ndarray]:
    out = {n: list(scenes.frames(n, WIDTH, HEIGHT, 1))[0] for n in scenes.SCENES}
    for path in clips:
        frame = inputs.clip_frames(path, 1)[0]
        height, width = (side // 2 * 2 for side in frame.shape[:2])
        out[pathlib.Path(path).stem.removesuffix("_ref")] = frame[:height, :width]
    return out


def scored(pictures: dict[str, np.ndarray], specs: list[Any]) -> dict[Key, list[float]]:
    out = {}
    for scene, picture in pictures.items():
        reference = planes(picture)
        for name, spoil in DISTORTIONS.items():
            for strength in range(1, STRENGTHS + 1):
                distorted = planes(spoil(picture, strength))
                scores = visq.score(reference, distorted, specs, threads=1)
                found = [
                    float(scores[column][0]) for _, _, column, _ in METRICS if column in scores
                ]
                out[scene, name, strength] = found
        say(f"{scene} is scored")
    return out


def cost(picture: np.ndarray, spec: Any) -> float:
    """Seconds a frame on one thread: the fastest of a few."""
    reference, distorted = planes(picture), planes(DISTORTIONS["compression"](picture, 3))
    clips = [[reference] * 5, [distorted] * 5]
    times = []
    for _ in range(3):
        start = time.perf_counter()
        visq.score(*clips, [spec], threads=1)
        times.append((time.perf_counter() - start) / 5)
    return min(times)


def oriented(of: Set) -> np.ndarray:
    """More is better, in every column."""
    return np.where(of.up, of.scores, -of.scores)


def monotony(of: Set) -> dict[str, list[float]]:
    """Of each distortion, in how many scenes a metric gets worse with every step, in percent."""
    values, out = oriented(of), {}
    for name in DISTORTIONS:
        scenes_of = sorted({scene for scene, n, _ in of.keys if n == name})
        falls = []
        for scene in scenes_of:
            rows = [of.keys.index((scene, name, s)) for s in range(1, STRENGTHS + 1)]
            falls.append((np.diff(values[rows], axis=0) < 0).all(0))
        out[name] = (100 * np.mean(falls, axis=0)).tolist()
    return out


def correlations(of: Set) -> np.ndarray:
    columns = oriented(of).T
    return np.array([[agreement.srocc(a, b) for b in columns] for a in columns])


def disagreements(of: Set) -> list[tuple[int, int, int, int]]:
    """Rows a and b of one scene, and metrics m and n: m ranks a far above b, and n b above a. Each
    pair of metrics comes once, and each scene.
    """
    ranks = np.stack([agreement.ranks(column) for column in oriented(of).T], 1)
    found = []
    for scene in sorted({key[0] for key in of.keys}):
        rows = [i for i, key in enumerate(of.keys) if key[0] == scene]
        steps = ranks[rows][:, None] - ranks[rows][None]  # a over b, by each metric
        for m in range(len(of.names)):
            for n in range(m + 1, len(of.names)):
                both = np.minimum(steps[:, :, m], -steps[:, :, n])
                a, b = np.unravel_index(int(both.argmax()), both.shape)
                found.append((float(both[a, b]), rows[a], rows[b], m, n))
    chosen: list[tuple[int, int, int, int]] = []
    for _, a, b, m, n in sorted(found, key=lambda each: (-each[0], each[1:])):
        used = [(of.keys[c[0]][0], set(c[2:])) for c in chosen]
        if all(of.keys[a][0] != scene and {m, n} != pair for scene, pair in used):
            chosen.append((a, b, m, n))
    return chosen[:EXAMPLES]


def png(picture: np.ndarray) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    height, width = picture.shape[:2]
    rows = b"".join(b"\0" + row.tobytes() for row in picture)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def row(*cells: Any) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _score_table(of: Set) -> list[str]:
    out = [row("", "", *of.names), row("---", "---", *["---"] * len(of.names))]
    for name in DISTORTIONS:
        for strength in range(1, STRENGTHS + 1):
            rows = [i for i, key in enumerate(of.keys) if key[1:] == (name, strength)]
            means = of.scores[rows].mean(0)
            out.append(row(name, strength, *(f"{value:.4g}" for value in means)))
    return out


def _examples(of: Set, pictures: dict[str, np.ndarray]) -> tuple[list[str], dict[str, bytes]]:
    """What the page says of them, and the pictures' files."""
    out, files = [], {}
    for number, (a, b, m, n) in enumerate(disagreements(of), 1):
        scene = of.keys[a][0]
        words = []
        for letter, i in (("a", a), ("b", b)):
            _, name, strength = of.keys[i]
            file = f"{number}{letter}_{scene}_{name}_{strength}.png"
            files[file] = png(DISTORTIONS[name](pictures[scene], strength))
            told = ", ".join(f"{of.names[k]} {of.scores[i, k]:.4g}" for k in (m, n))
            words += [f"   - `{file}`: {name} of strength {strength}:", f"     {told}"]
        files[f"{number}_{scene}.png"] = png(pictures[scene])
        out.append(
            f"{number}. **{scene}**: {of.names[m]} finds a better than b, {of.names[n]} b better "
            f"than a."
        )
        out += [f"   - `{number}_{scene}.png`: the original", *words]
    return out, files


TEXT = """# What metrics say of known distortions

Made by one command, which also writes the pictures that are named below:

```
{command}
```

{about}

The set shows how metrics behave. It says nothing of which of them agrees with people: nobody looked
at these pictures and gave them marks.

## Scores

Means over the pictures. LPIPS and DISTS are distances: less is better.

{scores}

## Monotony

In how many percent of the pictures a metric gets worse with each of the five steps. VMAF ends at 0:
a step from 0 to 0 is none.

{monotony}

## Rank correlation

SROCC between metrics, over all {pairs} pairs; signs are turned so that more is better.

{correlations}

## Cost

Milliseconds a frame of {size}, one thread, {machine}.

{costs}

## Where they disagree

Of one original, two distorted pictures that two metrics put in opposite orders: the three cases in
which both are most certain.

{examples}
"""


def _page(of: Set, costs: list[float], parts: dict[str, Any]) -> str:
    head, line = row("", *of.names), row(*["---"] * (1 + len(of.names)))
    falls = [row(name, *(f"{v:.0f}" for v in each)) for name, each in monotony(of).items()]
    matrix = correlations(of)
    ranks = [
        row(name, *(f"{v:.2f}" for v in each)) for name, each in zip(of.names, matrix, strict=True)
    ]
    return TEXT.format(
        scores="\n".join(_score_table(of)),
        monotony="\n".join([head, line, *falls]),
        correlations="\n".join([head, line, *ranks]),
        costs="\n".join([head, line, row("ms", *(f"{1000 * c:.3g}" for c in costs))]),
        pairs=len(of.keys),
        size=f"{WIDTH}x{HEIGHT}",
        **parts,
    )


def _machine() -> str:
    try:
        told = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.machine()
    names = [line for line in told.splitlines() if line.startswith("model name")]
    return names[0].partition(":")[2].strip() if names else platform.machine()


def _specs(dists: str | None) -> list[Any]:
    out: list[Any] = []
    for _, spec, _, _ in METRICS:
        if spec != "dists":
            out.append(spec)
        elif dists:
            out.append(("dists", {"model_path": dists}))
    return out


def _command(args: argparse.Namespace) -> str:
    """As it was given, with files by their names alone."""
    words = ["python3 ai/benchmark.py --out docs/ai/benchmarks.md --pictures FOLDER"]
    clips = [pathlib.PurePath(name).name for name in args.clips]
    words += [f"--clips {' '.join(clips[:2])}", *clips[2:]] if clips else []
    words += ["--dists dists_vgg.onnx"] * bool(args.dists)
    return " \\\n    ".join(words)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=pathlib.Path, required=True, metavar="FILE.md")
    parser.add_argument("--pictures", type=pathlib.Path, required=True, metavar="FOLDER")
    parser.add_argument("--clips", nargs="+", default=[], metavar="FILE", help="first frames of")
    parser.add_argument("--dists", metavar="MODEL", help="dists_vgg.onnx, for a column of DISTS")
    parser.add_argument("--note", default="", metavar="TEXT", help="what to say of that model")
    args = parser.parse_args()
    pictures, specs = originals(args.clips), _specs(args.dists)
    try:
        scores = scored(pictures, specs)
    except visq.Error as error:
        raise Refused(str(error)) from error
    used = [each for each in METRICS if each[1] != "dists" or args.dists]
    of = Set(
        [name for name, *_ in used],
        list(scores),
        np.array(list(scores.values())),
        np.array([up for *_, up in used]),
    )
    first = next(iter(pictures.values()))
    costs = [cost(first, spec) for spec in specs]
    examples, files = _examples(of, pictures)
    without = "DISTS needs its network ([exporters.md](exporters.md)), which was not at hand."
    parts = {
        "command": _command(args),
        "about": textwrap.fill(
            f"{len(pictures)} pictures ({', '.join(pictures)}), each with six distortions in five "
            f"strengths. Every picture by itself: VMAF sees no motion here. "
            f"{args.note if args.dists else without}",
            100,
        ),
        "machine": _machine(),
        "examples": "\n".join(examples),
    }
    store.write(args.pictures, files)
    store.write(args.out.parent, {args.out.name: _page(of, costs, parts).encode()})
    for path in (args.out, *(args.pictures / name for name in files)):
        say(f"{path}: sha256 {download.sha256_of(path)}")


if __name__ == "__main__":
    errors.run(main)
