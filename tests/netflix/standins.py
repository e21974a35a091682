"""Clips of the names and sizes that the tests of libvmaf's package read, where a clone of its
resources has none: they are made of the three frames of src01 that are there, and of patterns.
"""

import pathlib

import numpy as np


def _read(path, width, height, dtype):
    """Frames (Y, U, V) of a 4:2:0 file."""
    luma, chroma = width * height, width * height // 4
    for frame in np.fromfile(path, dtype).reshape(-1, luma + 2 * chroma):
        planes = np.split(frame, [luma, luma + chroma])
        shapes = [(height, width)] + [(height // 2, width // 2)] * 2
        yield tuple(plane.reshape(shape) for plane, shape in zip(planes, shapes, strict=True))


def _write(path, frames):
    if not path.exists():
        planes = [np.ascontiguousarray(plane) for frame in frames for plane in frame]
        path.write_bytes(b"".join(plane.tobytes() for plane in planes))


def _resize(plane, width, height):
    """By the nearest sample."""
    rows = np.arange(height) * plane.shape[0] // height
    columns = np.arange(width) * plane.shape[1] // width
    return plane[rows][:, columns]


def _scaled(frame, width, height):
    sizes = [(width, height)] + [(width // 2, height // 2)] * 2
    return tuple(_resize(plane, *size) for plane, size in zip(frame, sizes, strict=True))


def _moving(frames):
    """48 frames of three, which move."""
    for i in range(48):
        luma, *chroma = frames[i % 3]
        steps = np.array([i // 3 * 2, i // 3 * 4])
        yield (
            np.roll(luma, steps, (0, 1)),
            *(np.roll(plane, steps // 2, (0, 1)) for plane in chroma),
        )


def _as_422_10(frame):
    luma, *chroma = (plane.astype(np.uint16) * 4 for plane in frame)
    return (luma + luma // 4 % 4, *(np.repeat(plane, 2, axis=0) for plane in chroma))


def _src01(folder):
    for side in ("hrc00", "hrc01"):
        ten = _read(folder / f"src01_{side}_576x324.yuv420p10le.yuv", 576, 324, np.uint16)
        frames = [tuple((plane >> 2).astype(np.uint8) for plane in frame) for frame in ten]
        clip = list(_moving(frames))
        _write(folder / f"src01_{side}_576x324.yuv", clip)
        _write(folder / f"src01_{side}_576x324.yuv422p10le.yuv", map(_as_422_10, clip))
        for count in range(1, 6):
            _write(folder / f"src01_{side}_576x324_{count}frames.yuv", clip[:count])
        for width, height in ((1300, 900), (1920, 1080)):
            scaled = [_scaled(frame, width, height) for frame in clip[:5]]
            _write(folder / f"src01_{side}_{width}x{height}_5frames.yuv", scaled)


def _patterns(folder):
    rows, columns = np.mgrid[0:1080, 0:1920]
    grey = np.full((540, 960), 128, np.uint8)
    for shift in (0, 1, 10):
        board = (((columns + shift) // 10 + rows // 10) % 2 * 255).astype(np.uint8)
        name = f"checkerboard_1920_1080_10_3_{shift}_0.yuv"
        _write(folder / name, [(board, grey, grey)] * 3)
    for value in (0, 10):
        flat = np.full((1080, 1920), value, np.uint8)
        _write(folder / f"flat_1920_1080_{value}.yuv", [(flat, grey, grey)] * 3)


def _sky(folder):
    """Ten bits, of a clip of eight."""
    frames = list(_read(folder / "blue_sky_360p_60f.yuv", 640, 360, np.uint8))
    ten = [tuple(plane.astype(np.uint16) * 4 for plane in frame) for frame in frames]
    _write(folder / "blue_sky_360p_60f_8b_converted_to_10b.yuv", ten)
    for width, height in ((1920, 1080), (3840, 2160)):
        _write(
            folder / f"blue_sky_1frame_{width}x{height}_10b.yuv", [_scaled(ten[0], width, height)]
        )


def make(resources):
    """Into the folder `yuv` of the tests' resources."""
    folder = pathlib.Path(resources) / "yuv"
    _src01(folder)
    _patterns(folder)
    _sky(folder)
