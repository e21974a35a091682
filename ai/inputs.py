"""Inputs for a model of any kind that the library runs: pictures, thumbnails, or rows of features.

What measures a quantised model, and what calibrates it, come from the same places, but are not the
same pictures.
"""

import itertools
import pathlib
from dataclasses import dataclass
from typing import Any, Iterator, Mapping, Sequence

import numpy as np

from ai import codec_block, corpus, pictures, scenes, shots
from ai.distortions import DISTORTIONS, STRENGTHS
from ai.errors import Refused

SIZES = ((64, 64), (96, 128), (144, 256))  # height, width
PAIRS = 216  # 12 of each size and distortion
Arrays = dict[str, np.ndarray]
Shapes = Mapping[str, tuple[int, ...]]


@dataclass
class Source:
    """Where inputs come from; without clips, generated scenes."""

    clips: Sequence[str] = ()
    rows: str | None = None  # a corpus
    calibration: bool = False


def kind_of(shapes: Shapes) -> str:
    first = next(iter(shapes.values()))
    if all(len(shape) == 4 and shape[1] in (1, 3) for shape in shapes.values()) and len(shapes) < 3:
        return "pictures"
    if len(shapes) == 1 and first[1:] == (shots.WINDOW, shots.HEIGHT, shots.WIDTH, 3):
        return "thumbnails"
    if len(first) == 2 and len(shapes) <= 2:
        return "features"
    raise Refused(f"a model with the inputs {dict(shapes)} cannot be fed here")


def of(shapes: Shapes, sidecar: Mapping[str, Any], source: Source) -> Iterator[Arrays]:
    """One run's inputs after the other."""
    kind = kind_of(shapes)
    if kind == "pictures":
        return _pictures(shapes, source)
    if kind == "thumbnails":
        return _thumbnails(shapes, source)
    return _rows(shapes, sidecar, source)


def _rgb(planes: Sequence[np.ndarray]) -> np.ndarray:
    """Of a frame of 8 bits; which matrix it was matters little here."""
    y = (planes[0].astype(np.float64) - 16) / 219
    if len(planes) < 3:
        values = np.stack([y, y, y], 2)
    else:
        across, down = (-(-y.shape[1 - i] // planes[1].shape[1 - i]) for i in (0, 1))
        u, v = (
            ((p.astype(np.float64) - 128) / 224)
            .repeat(down, 0)
            .repeat(across, 1)[: y.shape[0], : y.shape[1]]
            for p in planes[1:]
        )
        values = np.stack([y + 1.5748 * v, y - 0.1873 * u - 0.4681 * v, y + 1.8556 * u], 2)
    return np.clip(np.rint(values * 255), 0, 255).astype(np.uint8)


def _frames_of(path: str, **options: Any) -> Iterator[np.ndarray]:
    """The pictures of a clip, which has one at least."""
    import visq

    empty = True
    try:
        for planes in visq.read_video(path, to_bitdepth=8, **options):
            empty = False
            yield _rgb(planes)
    except visq.Error as error:
        raise Refused(str(error)) from error
    if empty:
        raise Refused(f"{path} has no frame")


def clip_frames(path: str, limit: int) -> list[np.ndarray]:
    return list(itertools.islice(_frames_of(path), limit))


def originals(source: Source) -> list[np.ndarray]:
    """Pictures to spoil. Those of a calibration are other frames than those that measure."""
    if source.clips:
        frames = [f for path in source.clips for f in clip_frames(path, 4)]
        frames = frames[int(source.calibration) :: 2] or frames
    else:
        count = 40 if source.calibration else 20
        frames = [list(scenes.frames(n, 320, 240, count))[-1] for n in scenes.SCENES]
    return frames


def _cut(picture: np.ndarray, size: tuple[int, int], number: int) -> np.ndarray:
    """A part of that size, repeated where the picture is smaller."""
    height, width = size
    down, across = -(-height // picture.shape[0]), -(-width // picture.shape[1])
    wide = np.tile(picture, (down, across, 1)) if max(down, across) > 1 else picture
    top = number * 37 % (wide.shape[0] - height + 1)
    left = number * 53 % (wide.shape[1] - width + 1)
    return wide[top : top + height, left : left + width]


def picture_pairs(source: Source) -> Iterator[tuple[np.ndarray, np.ndarray, tuple[int, int]]]:
    """References and what was made of them: every size with every distortion."""
    frames, names = originals(source), list(DISTORTIONS)
    count = 36 if source.calibration else PAIRS
    for i in range(count):
        size = SIZES[i % len(SIZES)]
        name = names[i // len(SIZES) % len(names)]
        strength = i // (len(SIZES) * len(names)) % STRENGTHS + 1
        reference = _cut(frames[i % len(frames)], size, i)
        yield reference, DISTORTIONS[name](reference, strength), size


def _tensor(picture: np.ndarray, channels: int) -> np.ndarray:
    if channels == 3:
        return pictures.tensor(picture.transpose(2, 0, 1).astype(np.float64) / 255)
    luma = picture.astype(np.float64) @ np.array([0.2126, 0.7152, 0.0722]) / 255
    return luma.astype(np.float32)[None, None]


def _pictures(shapes: Shapes, source: Source) -> Iterator[Arrays]:
    for i, (reference, distorted, _) in enumerate(picture_pairs(source)):
        pair = (reference, distorted) if len(shapes) == 2 else (distorted,)
        arrays = {}
        for (name, shape), picture in zip(shapes.items(), pair, strict=True):
            height, width = shape[2:]
            if height > 0 and width > 0:
                picture = _cut(picture, (height, width), i)
            arrays[name] = _tensor(picture, shape[1])
        yield arrays


def _thumbnails(shapes: Shapes, source: Source) -> Iterator[Arrays]:
    (name,) = shapes
    if source.clips:
        frames = np.stack([f for path in source.clips for f in thumbnails_of(path)])
    else:
        parts = [shots.clip(150, 20 + 40 * i)[i * 7 :] for i in range(3)]
        frames = np.concatenate(parts[:: -1 if source.calibration else 1])
    for window in shots.windows(frames):
        yield {name: window[None].astype(np.float32)}


def thumbnails_of(path: str) -> list[np.ndarray]:
    """A clip's frames as small pictures; a .rgb file has such pictures already."""
    if not path.endswith(".rgb"):
        return list(_frames_of(path, scale=f"{shots.WIDTH}x{shots.HEIGHT}"))
    raw, size = np.fromfile(path, np.uint8), shots.HEIGHT * shots.WIDTH * 3
    if len(raw) == 0 or len(raw) % size:
        raise Refused(f"{path} has {len(raw)} bytes; pictures of {size} each are expected")
    return list(raw.reshape(-1, shots.HEIGHT, shots.WIDTH, 3))


def feature_rows(sidecar: Mapping[str, Any], table: corpus.Corpus) -> tuple[np.ndarray, Any]:
    """Features as the model takes them, and its codec input, of every row."""
    names = sidecar.get("feature_order") or sidecar.get("features")
    if not names:
        raise Refused("its sidecar names no features")
    values = table.numbers(names)
    scaler = sidecar.get("scaler") or ("host" if "feature_mean" in sidecar else "graph")
    if scaler == "host":
        values = (values - np.array(sidecar["feature_mean"])) / np.array(sidecar["feature_std"])
    codec = None
    if "codec_block_layout" in sidecar:
        keys = zip(*(table.columns[n] for n in ("codec", "preset", "crf")), strict=True)
        codec = np.stack([codec_block.block(sidecar, *key) for key in keys])
    return values.astype(np.float32), codec


def _rows(shapes: Shapes, sidecar: Mapping[str, Any], source: Source) -> Iterator[Arrays]:
    if source.rows is None:
        raise Refused("a model of features is fed with rows of a corpus: none is named")
    values, codec = feature_rows(sidecar, corpus.read(source.rows))
    arrays = [values] if codec is None else [values, codec]
    for (name, shape), array in zip(shapes.items(), arrays, strict=False):
        if array.shape[1] != shape[1]:
            raise Refused(f"its input {name} has {shape[1]} values; its sidecar names others")
    if len(arrays) != len(shapes):
        raise Refused(f"its inputs are {', '.join(shapes)}, and its sidecar tells of one alone")
    step = 4 if source.calibration else 1
    for row in range(0, len(values), step):
        yield {name: array[row : row + 1] for name, array in zip(shapes, arrays, strict=True)}


def stem_of(path: pathlib.Path) -> str:
    return path.name.removesuffix(".onnx").removesuffix(".int8")
