"""score(): clips in, scores out."""

from __future__ import annotations

import os
from typing import Any, Callable, Iterable, Iterator, Optional, Union

from . import _core, _frames, _job, _log
from ._errors import Error, exception_of, invalid
from ._scores import Scores, scores_of


def _is_path(source: Any) -> bool:
    return isinstance(source, (str, bytes, os.PathLike))


def _is_clip(source: Any) -> bool:
    """Of an element of a list: a clip of its own, and not a frame."""
    return _is_path(source) or isinstance(source, Iterator) or getattr(source, "ndim", 0) == 4


def _clips_of(dist: Any) -> Optional[list[Any]]:
    """Several distorted clips; None: it is one."""
    several = isinstance(dist, list) and dist and all(_is_clip(source) for source in dist)
    return dist if several else None


def _frames_of(
    source: Any, side: str, layout: _frames.Format, copy: bool
) -> Optional[Iterable[_frames.Planes]]:
    if _is_path(source):
        return None
    clip = _frames.clip_of(source, layout, side)
    return _frames.planes_of_clip(clip, side, layout, copy or clip.kept)


def _refuse_one_for_two(clips: list[Any]) -> None:
    """An iterator gives each frame once: of two clips either would get every other one."""
    iterators = [id(clip) for clip in clips if isinstance(clip, Iterator)]
    if len(set(iterators)) < len(iterators):
        raise invalid("one iterator is given for two clips, and gives each frame to one of them")


def _names_of(clips: list[Any]) -> list[str]:
    """The reference, and the distorted clips, numbered where there are several."""
    if len(clips) == 2:
        return ["reference", "distorted"]
    return ["reference", *(f"distorted {i}" for i, _ in enumerate(clips[1:], 1))]


def _scores_of_all(contexts: list[Union[_core.Context, Error]]) -> list[Scores]:
    """The first error of a clip, if there is one, has what the others scored."""
    outcomes = [each if isinstance(each, Error) else scores_of(each) for each in contexts]
    for outcome in outcomes:
        if isinstance(outcome, Error):
            raised = exception_of(outcome.errno, str(outcome))
            raised.scores = outcomes
            raise raised
    return outcomes


def _range_text(part: Optional[tuple[int, Optional[int]]]) -> Optional[str]:
    """As the command has it: "100:199", or "100:" up to the end."""
    if part is None:
        return None
    try:
        first, last = part
    except (TypeError, ValueError):
        raise invalid(f'range is "full", "limited" or a pair of frames, not {part!r}') from None
    return f"{first}:{'' if last is None else last}"


def score(
    ref: Any,
    dist: Any,
    metrics: _job.Metrics = "vmaf",
    *,  # pylint: disable=too-many-locals
    width: Optional[int] = None,
    height: Optional[int] = None,
    pixel_format: Union[str, int, None] = None,
    bitdepth: Optional[int] = None,
    matrix: Union[str, int, None] = None,
    transfer: Union[str, int, None] = None,
    range: Union[str, tuple[int, Optional[int]], None] = None,
    layout: Optional[str] = None,
    frames: Optional[int] = None,
    skip_ref: int = 0,
    skip_dist: int = 0,  # pylint: disable=redefined-builtin
    shortest: bool = False,
    scale: Optional[str] = None,
    scaler: Optional[str] = None,
    to_bitdepth: Union[str, int, None] = None,
    to_pixel_format: Union[str, int, None] = None,
    colour_ref: Optional[str] = None,
    colour_dist: Optional[str] = None,
    strict: bool = False,
    stream_ref: Optional[int] = None,
    stream_dist: Optional[int] = None,
    crop_ref: Optional[str] = None,
    crop_dist: Optional[str] = None,
    damaged: Optional[str] = None,
    film_grain: Optional[str] = None,
    interlaced: Optional[str] = None,
    sync: Optional[str] = None,
    threads: int = 0,
    subsample: int = 1,
    cpumask: int = 0,
    device: str = "auto",
    memory: int = 0,
    tiny_limit_seconds: int = 0,
    tiny_limit_mb: int = 0,
    thresholds: Optional[_job.Thresholds] = None,
    shots: Union[str, int, "os.PathLike[str]", None] = None,
    copy: bool = False,
    common_depth: bool = False,
    allow_playlists: bool = False,
    progress: Optional[Callable[[int], Any]] = None,
) -> Union[Scores, list[Scores]]:
    """Scores a distorted clip, or several, against their reference.

    ref, dist  each one of: the path of a video or image; an array (H, W), (N, H, W), (H, W, 3) or
               (N, H, W, 3); a tuple (Y, U, V) of arrays (H, W) or (N, H, W); a list or an iterator
               of frames (H, W), (H, W, 3) or (Y, U, V). Samples are uint8, uint16 or float from 0
               to 1. (H, W, 3) is RGB.
    dist       a list of paths, iterators or arrays (N, H, W, 3) is as many clips: the reference is
               read once, and a list of Scores comes back. Where clips fail, the first error is
               raised, and its attribute `scores` is the list, with an Error for each of them
    metrics, bitdepth, matrix, transfer, range, threads, subsample, device, memory,
    tiny_limit_seconds, tiny_limit_mb, copy, thresholds
               as Session has them. A file says itself what its samples mean.
    layout     which dimension of an array is what, where its shape leaves that open: "HWC", "CHW",
               "NHWC", "NCHW", "HW" or "NHW"
    range      of numbers, (a, b): score frames a to b alone, b included, with the scores that they
               have in the whole clip; (a, None) is up to its end. (What samples of arrays mean can
               then be said with colour_ref and colour_dist.)
    width, height, pixel_format, bitdepth
               of raw .yuv files; pixel_format is "420", "422", "444" or "400"
    frames     at most so many; skip_ref, skip_dist: the first frames that do not count
    shortest   a clip that ends before the other is no error
    scale, scaler, to_bitdepth, to_pixel_format
               bring clips that differ to one size ("auto", "reference", "distorted", "640x360"),
               depth ("auto", 10) and chroma format ("auto", "420"), as the command's options do
    colour_ref, colour_dist
               what the samples of a clip mean, whatever its file says: "full,bt601"
    strict     a clip that is to be converted because range, matrix or RGB differ is an error
    stream_ref, stream_dist
               which video stream of a file, from 0
    crop_ref, crop_dist
               score only that part of a file's pictures, "1920:800:0:140" (W:H:X:Y)
    damaged    frames that a decoder could only conceal end the clip with an error ("stop"), are
               left out of statistics ("skip") or scored ("conceal")
    film_grain "off" scores pictures of AV1 without their synthetic grain
    interlaced "treat-as-progressive" takes files whose flag of interlace is wrong
    sync       "auto" finds the frames at which files begin alike
    shots      also gives every statistic for the shots of the reference: "detect" finds them (it
               needs ./setup --with transnet), a path names a list of first frames (CSV), and a
               number cuts into pieces of so many frames
    common_depth
               the same as to_bitdepth="auto"
    allow_playlists
               reads finished HLS playlists, and the files that they name in their folder or below
    progress   is called with the number of frames that were read
    """
    if min(skip_ref, skip_dist) < 0 or frames is not None and frames < 1:
        raise invalid(
            f"frames {frames} is at least 1, skip_ref {skip_ref} and skip_dist {skip_dist} at "
            f"least 0"
        )
    words, part = (range, None) if isinstance(range, str) else (None, range)
    meaning = _frames.Format(bitdepth, matrix, transfer, words, layout)
    job = _job.job_of(
        metrics,
        numbers={
            "threads": threads,
            "subsample": subsample,
            "memory": memory,
            "tiny_limit_seconds": tiny_limit_seconds,
            "tiny_limit_mb": tiny_limit_mb,
        },
        cpumask=cpumask,
        device=device,
        thresholds=thresholds,
        scale=scale,
        shots=shots,
        scaler=scaler,
        to_bitdepth="auto" if common_depth else to_bitdepth,
        to_pixel_format=to_pixel_format,
        colour_ref=colour_ref,
        colour_dist=colour_dist,
        stream_ref=stream_ref,
        stream_dist=stream_dist,
        crop_ref=crop_ref,
        crop_dist=crop_dist,
        damaged=damaged,
        film_grain=film_grain,
        interlaced=interlaced,
        sync=sync,
        range=_range_text(part),
    )
    _job.set_raw(job, width, height, pixel_format, bitdepth)
    several = _clips_of(dist)
    clips = [ref, *(several or [dist])]
    _refuse_one_for_two(clips)
    names = _names_of(clips)
    named = [
        os.fsdecode(source) if _is_path(source) else f"the {name} clip"
        for source, name in zip(clips, names, strict=True)
    ]
    job.set_clips(named[0], named[1:])
    job.allow_playlists = allow_playlists
    job.frames, job.skip_reference, job.skip_distorted = frames or 0, skip_ref, skip_dist
    job.shortest, job.strict = shortest, strict
    sources = [
        _frames_of(source, name, meaning, copy) for source, name in zip(clips, names, strict=True)
    ]
    try:
        contexts = _core.score(job, sources, copy, progress)
    finally:
        _log.forward()
    scores = _scores_of_all(contexts)
    return scores[0] if several is None else scores
