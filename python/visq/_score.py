"""score(): two clips in, scores out."""

from __future__ import annotations

import itertools
import os
from typing import Any, Callable, Iterable, Optional, Union

from . import _core, _frames, _metrics, _video
from ._errors import invalid
from ._scores import Scores
from ._session import Session

_MISSING = object()
_SIDES = ("reference", "distorted")


def _is_path(source: Any) -> bool:
    return isinstance(source, (str, os.PathLike))


def _kind(reader: _core.Reader) -> tuple[Any, ...]:
    return reader.width, reader.height, reader.pixel_format, reader.bitdepth, reader.color[0] == 0


def _check_same(ref: _core.Reader, dist: _core.Reader) -> None:
    if _kind(ref) != _kind(dist):
        raise invalid(
            f"{ref.path} is {ref.description} and {dist.path} is {dist.description}; both must "
            f"have the same size and format"
        )


class _Limits:
    """Which frames count, and who asks how far it is."""

    def __init__(
        self,
        frames: Optional[int],
        skip: tuple[int, int],
        shortest: bool,
        progress: Optional[Callable[[int], Any]],
    ) -> None:
        if min(skip) < 0 or frames is not None and frames < 1:
            raise invalid(
                f"frames {frames} is at least 1, skip_ref {skip[0]} and skip_dist {skip[1]} at "
                f"least 0"
            )
        self.frames, self.skip, self.shortest, self.progress = frames, skip, shortest, progress

    def done(self, session: Session) -> bool:
        if self.progress is not None and session.frames_pushed:
            self.progress(session.frames_pushed)
        return self.frames is not None and session.frames_pushed >= self.frames

    def end(self, session: Session, ended: str, names: tuple[str, str]) -> None:
        shorter, longer = names if ended == "reference" else names[::-1]
        if ended != "both" and not self.shortest:
            raise invalid(
                f"{shorter} ended after {session.frames_pushed} frames, before {longer}; "
                f"shortest=True accepts this"
            )
        if session.frames_pushed == 0:
            raise invalid(f"{names[0]} and {names[1]} have no frame in common")


def _score_files(session: Session, ref: _core.Reader, dist: _core.Reader, limits: _Limits) -> None:
    _check_same(ref, dist)
    for reader, count in zip((ref, dist), limits.skip, strict=False):
        for i in range(count):
            if reader.read() is None:
                raise invalid(f"{reader.path} has {i} frames, and {count} are to be skipped")
    while not limits.done(session):
        ended = session._push_files(ref, dist)  # pylint: disable=protected-access
        if ended:
            limits.end(session, ended, (ref.path, dist.path))
            return


def _frames_of(
    source: Any, reader: Optional[_core.Reader], side: str
) -> tuple[Iterable[Any], bool]:
    if reader is not None:
        return _video.file_frames(reader), True
    clip = _frames.clip_of(source, side)
    return clip.frames, clip.kept


def _score_arrays(
    session: Session,
    sources: tuple[Any, Any],
    readers: list[Optional[_core.Reader]],
    limits: _Limits,
) -> None:
    names = tuple(
        reader.path if reader else f"the {side} clip"
        for reader, side in zip(readers, _SIDES, strict=False)
    )
    clips = [
        _frames_of(source, reader, side)
        for source, reader, side in zip(sources, readers, _SIDES, strict=False)
    ]
    ref, dist = (
        itertools.islice(frames, count, None)
        for (frames, _), count in zip(clips, limits.skip, strict=False)
    )
    trusted = all(kept for _, kept in clips)
    while not limits.done(session):
        a, b = next(ref, _MISSING), next(dist, _MISSING)
        if a is _MISSING or b is _MISSING:
            ended = "both" if a is b else "reference" if a is _MISSING else "distorted"
            limits.end(session, ended, (names[0], names[1]))
            return
        session._push(a, b, trusted)  # pylint: disable=protected-access


def score(
    ref: Any,
    dist: Any,
    metrics: _metrics.Metrics = "vmaf",
    *,  # pylint: disable=too-many-locals
    width: Optional[int] = None,
    height: Optional[int] = None,
    pixel_format: Union[str, int, None] = None,
    bitdepth: Optional[int] = None,
    matrix: Union[str, int, None] = None,
    transfer: Union[str, int, None] = None,
    range: Optional[str] = None,
    frames: Optional[int] = None,
    skip_ref: int = 0,
    skip_dist: int = 0,  # pylint: disable=redefined-builtin
    shortest: bool = False,
    threads: int = 0,
    subsample: int = 1,
    copy: bool = False,
    common_depth: bool = False,
    progress: Optional[Callable[[int], Any]] = None,
) -> Scores:
    """Scores a distorted clip against its reference.

    ref, dist  each one of: the path of a video or image; an array (H, W), (N, H, W), (H, W, 3) or
               (N, H, W, 3); a tuple (Y, U, V) of arrays (H, W) or (N, H, W); a list or an iterator
               of frames (H, W), (H, W, 3) or (Y, U, V). Samples are uint8, uint16 or float from 0
               to 1. (H, W, 3) is RGB.
    metrics, bitdepth, matrix, transfer, range, threads, subsample, copy
               as Session has them. A file says itself what its samples mean.
    width, height, pixel_format, bitdepth
               of raw .yuv files; pixel_format is "420", "422", "444" or "400"
    frames     at most so many; skip_ref, skip_dist: the first frames that do not count
    shortest   a clip that ends before the other is no error
    common_depth
               files of different bit depths are brought to the larger one
    progress   is called with the number of frames that were read
    """
    limits = _Limits(frames, (skip_ref, skip_dist), shortest, progress)
    raw = _video.raw_format(width, height, pixel_format, bitdepth)
    readers = [
        _video.open_video(source, raw) if _is_path(source) else None for source in (ref, dist)
    ]
    opened = [reader for reader in readers if reader is not None]
    if common_depth and len(opened) == 2:
        for reader in opened:
            reader.deepen_to(max(r.bitdepth for r in opened))
    with Session(
        metrics,
        threads=threads,
        subsample=subsample,
        copy=copy,
        bitdepth=bitdepth,
        matrix=matrix,
        transfer=transfer,
        range=range,
    ) as session:
        if len(opened) == 2:
            _score_files(session, opened[0], opened[1], limits)
        else:
            _score_arrays(session, (ref, dist), readers, limits)
        return session.finish()
