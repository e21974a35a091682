"""Video files: what the vmaf command reads."""

from __future__ import annotations

import os
from typing import Any, Iterator, Optional, Union

from numpy.typing import NDArray

from . import _core, _frames
from ._errors import invalid
from ._session import FileFrame

Path = Union[str, "os.PathLike[str]"]
RawFormat = tuple[int, int, int, int]


def raw_format(
    width: Optional[int],
    height: Optional[int],
    pixel_format: Union[str, int, None],
    bitdepth: Optional[int],
) -> Optional[RawFormat]:
    """How raw samples lie in a .yuv file; None when nothing says so."""
    if width is None and height is None and pixel_format is None:
        return None
    if width is None or height is None or pixel_format is None or bitdepth is None:
        raise invalid("raw .yuv input needs all of width, height, pixel_format and bitdepth")
    if str(pixel_format) not in _frames.PIXEL_FORMATS:
        raise invalid(
            f'pixel_format "{pixel_format}" is none of {", ".join(_frames.PIXEL_FORMATS)}'
        )
    if not (1 <= width <= 32768 and 1 <= height <= 32768 and 8 <= bitdepth <= 16):
        raise invalid(
            f"raw frames of {width}x{height} and {bitdepth} bits are not possible: sides are 1 to "
            f"32768, bits 8 to 16"
        )
    return width, height, _frames.PIXEL_FORMATS[str(pixel_format)], bitdepth


def open_video(path: Path, raw: Optional[RawFormat]) -> _core.Reader:
    return _core.Reader(os.fspath(path), raw, os.cpu_count() or 1)


def file_frames(reader: _core.Reader) -> Iterator[FileFrame]:
    """The frames of a file for Session.push, colour and all."""
    pixel_format, bits, color = reader.pixel_format, reader.bitdepth, reader.color
    while (planes := reader.read()) is not None:
        yield FileFrame((planes, pixel_format, bits, color))


def read_video(
    path: Path,
    *,
    width: Optional[int] = None,
    height: Optional[int] = None,
    pixel_format: Union[str, int, None] = None,
    bitdepth: Optional[int] = None,
) -> Iterator[tuple[NDArray[Any], ...]]:
    """The frames of a file, each a tuple of planes: (Y, U, V), (Y,) or, of RGB files, (G, B, R).

    Reads mp4, mkv, webm, mov, png and whatever else libav opens, y4m, and raw samples when all of
    width, height, pixel_format ("420" ...) and bitdepth say how they lie.
    """
    reader = open_video(path, raw_format(width, height, pixel_format, bitdepth))
    while (planes := reader.read()) is not None:
        yield planes
