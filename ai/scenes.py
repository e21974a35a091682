#!/usr/bin/env python3
"""Writes clips that any machine makes to the bit: sources for corpora where you have no others."""

import argparse
import os
import pathlib
import sys
from typing import Callable, Iterator

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from ai import errors

with errors.missing_packages():
    import numpy as np

    from ai import download, store

Picture = np.ndarray  # uint8, [height, width, 3]: RGB
MARGIN = 64  # how far a scene can move


def _noise(seed: int, height: int, width: int, grain: int) -> np.ndarray:
    """Integers of 0 to 255 that change over about `grain` pixels."""
    numbers = np.random.Generator(np.random.PCG64(seed))
    cells = numbers.integers(0, 256, (height // grain + 2, width // grain + 2), np.int64)
    y, x = np.arange(height), np.arange(width)
    rows = (
        cells[y // grain] * (grain - y % grain)[:, None]
        + cells[y // grain + 1] * (y % grain)[:, None]
    )
    left, right = rows[:, x // grain], rows[:, x // grain + 1]
    return (left * (grain - x % grain) + right * (x % grain)) // (grain * grain)


def _folded(values: np.ndarray) -> np.ndarray:
    """Up and down between 0 and 255."""
    v = values % 511
    return np.where(v > 255, 510 - v, v)


def _clouds(seed: int, height: int, width: int) -> np.ndarray:
    coarse, fine = (_noise(seed + i, height, width, grain) for i, grain in enumerate((48, 12)))
    return np.stack([(3 * coarse + fine) // 4, (2 * coarse + fine + 60) // 4, 255 - coarse // 2])


def _leaves(seed: int, height: int, width: int) -> np.ndarray:
    parts = [_noise(seed + i, height, width, grain) for i, grain in enumerate((2, 5, 17))]
    return np.stack([parts[0] // 2, (parts[0] + parts[1]) // 2, parts[2] // 3])


def _city(seed: int, height: int, width: int) -> np.ndarray:
    numbers = np.random.Generator(np.random.PCG64(seed))
    planes = np.full((3, height, width), 150)
    for _ in range(90):
        top, left = numbers.integers(0, (height, width))
        down, across = numbers.integers(6, 60, 2)
        planes[:, top : top + down, left : left + across] = numbers.integers(0, 256, (3, 1, 1))
    return planes


def _rings(_: int, height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    distance = (y - height // 2) ** 2 + (x - width // 2) ** 2
    return np.stack([_folded(distance // by) for by in (9, 14, 23)])


def _sky(seed: int, height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    slope = 60 + 120 * y // height + 30 * x // width
    return np.stack([slope, slope + _noise(seed, height, width, 64) // 16, slope + 40])


def _text(seed: int, height: int, width: int) -> np.ndarray:
    numbers = np.random.Generator(np.random.PCG64(seed))
    page = np.full((height, width), 235)
    for top in range(6, height - 10, 14):
        for left in range(6, width - 8, 8):
            glyph = numbers.integers(0, 2, (4, 3)).repeat(2, 0).repeat(2, 1)
            page[top : top + 8, left : left + 6] -= glyph * 210
    return np.stack([page, page, page - page // 12])


def _stripes(_: int, height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([_folded(17 * x + 5 * y), _folded(3 * x - 11 * y), _folded(7 * (x + y))])


def _sparks(seed: int, height: int, width: int) -> np.ndarray:
    numbers = np.random.Generator(np.random.PCG64(seed))
    planes = np.full((3, height, width), 18) + _noise(seed, height, width, 24) // 24
    for top, left in numbers.integers(0, (height - 3, width - 3), (height * width // 300, 2)):
        planes[:, top : top + 3, left : left + 3] = numbers.integers(120, 256, (3, 1, 1))
    return planes


# Its picture, how far it moves a frame, down and across, and how much grain lies over it.
SCENES: dict[str, tuple[Callable[[int, int, int], np.ndarray], tuple[int, int], int]] = {
    "clouds": (_clouds, (0, 1), 0),
    "leaves": (_leaves, (1, 2), 0),
    "city": (_city, (0, 5), 4),
    "rings": (_rings, (2, 1), 0),
    "sky": (_sky, (0, 0), 3),
    "text": (_text, (1, 0), 0),
    "stripes": (_stripes, (0, 3), 0),
    "sparks": (_sparks, (3, 1), 6),
}


def frames(name: str, width: int, height: int, count: int) -> Iterator[Picture]:
    """The frames of a scene, whose view moves to and fro over a larger picture."""
    draw, (down, across), grain = SCENES[name]
    seed = 1000 * list(SCENES).index(name)
    whole = draw(seed, height + MARGIN, width + MARGIN)
    numbers = np.random.Generator(np.random.PCG64(seed + 999))
    for t in range(count):
        top, left = (MARGIN - abs(step * t % (2 * MARGIN) - MARGIN) for step in (down, across))
        view = whole[:, top : top + height, left : left + width]
        if grain:
            view = view + numbers.integers(-grain, grain + 1, (1, height, width))
        yield np.clip(view, 0, 255).astype(np.uint8).transpose(1, 2, 0).copy()


def yuv(picture: Picture) -> bytes:
    """BT.709, limited range, 4:2:0, of even sides."""
    r, g, b = (picture[:, :, i].astype(np.int64) for i in range(3))
    y = 16 + (11966 * r + 40254 * g + 4064 * b + 32768) // 65536
    half = [c.reshape(c.shape[0] // 2, 2, -1, 2).sum((1, 3)) for c in (r, g, b)]
    u = 128 + (-6596 * half[0] - 22189 * half[1] + 28784 * half[2] + 131072) // 262144
    v = 128 + (28784 * half[0] - 26145 * half[1] - 2639 * half[2] + 131072) // 262144
    return b"".join(np.clip(plane, 0, 255).astype(np.uint8).tobytes() for plane in (y, u, v))


def write(name: str, path: pathlib.Path, width: int, height: int, count: int) -> None:
    """A y4m file, whole or not there."""
    part = path.with_name(path.name + ".part")
    with open(part, "wb") as file:
        file.write(b"YUV4MPEG2 W%d H%d F25:1 Ip A1:1 C420jpeg\n" % (width, height))
        for picture in frames(name, width, height, count):
            file.write(b"FRAME\n" + yuv(picture))
    os.replace(part, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", metavar="FOLDER", type=pathlib.Path, help="where they go")
    parser.add_argument("--size", default="320x180", metavar="WxH", help="even (320x180)")
    parser.add_argument("--frames", type=int, default=12, metavar="N", help="of each (12)")
    parser.add_argument("--only", nargs="+", choices=SCENES, default=list(SCENES), help="these")
    args = parser.parse_args()
    sides = args.size.split("x")
    if len(sides) != 2 or not all(s.isdigit() and int(s) % 2 == 0 and int(s) for s in sides):
        raise errors.Refused(f"--size {args.size}: two even numbers such as 320x180 are expected")
    if args.frames < 1:
        raise errors.Refused(f"--frames {args.frames}: at least 1 is expected")
    args.out.mkdir(parents=True, exist_ok=True)
    lines = ["source"]
    for name in args.only:
        path = args.out / f"{name}.y4m"
        write(name, path, int(sides[0]), int(sides[1]), args.frames)
        print(f"scenes: {path}: sha256 {download.sha256_of(path)}")
        lines.append(path.name)
    store.write(args.out, {"manifest.csv": ("\n".join(lines) + "\n").encode()})
    print(f"scenes: {len(args.only)} clips and {args.out / 'manifest.csv'}")


if __name__ == "__main__":
    errors.run(main)
