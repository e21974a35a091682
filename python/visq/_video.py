"""Video files: what the vmaf command reads."""

from __future__ import annotations

import os
from typing import Any, Iterator, Optional, Union

from numpy.typing import NDArray

from . import _core, _job


def read_video(
    path: _job.Path,
    *,
    width: Optional[int] = None,
    height: Optional[int] = None,
    pixel_format: Union[str, int, None] = None,
    bitdepth: Optional[int] = None,
    scale: Optional[str] = None,
    scaler: Optional[str] = None,
    to_bitdepth: Optional[int] = None,
    to_pixel_format: Union[str, int, None] = None,
    stream: Optional[int] = None,
    crop: Optional[str] = None,
    damaged: Optional[str] = None,
    film_grain: Optional[str] = None,
    interlaced: Optional[str] = None,
    allow_playlists: bool = False,
) -> Iterator[tuple[NDArray[Any], ...]]:
    """The frames of a file, each a tuple of planes: (Y, U, V), (Y,) or, of RGB files, (G, B, R).

    Reads mp4, mkv, webm, mov, png and whatever else libav opens, y4m, and raw samples when all of
    width, height, pixel_format ("420" ...) and bitdepth say how they lie. scale="640x360",
    to_bitdepth=10 and to_pixel_format="420" bring them to another size, depth or chroma format.
    stream, crop ("1920:800:0:140"), damaged, film_grain and interlaced are those of score().
    allow_playlists=True reads finished HLS playlists, and what they name in their folder.
    """
    job = _core.Job()
    job.set_clips(os.fsdecode(path), [])
    job.allow_playlists = allow_playlists
    _job.set_raw(job, width, height, pixel_format, bitdepth)
    _job.set_options(
        job,
        scale=scale,
        scaler=scaler,
        to_bitdepth=to_bitdepth,
        to_pixel_format=to_pixel_format,
        stream_ref=stream,
        crop_ref=crop,
        damaged=damaged,
        film_grain=film_grain,
        interlaced=interlaced,
    )
    reader = _core.Reader(job)
    while (planes := reader.read()) is not None:
        yield planes
