"""A comparison of two clips, frame by frame."""

from __future__ import annotations

import threading
from typing import Any, Iterator, Optional, Sequence, Tuple, Union

from numpy.typing import NDArray

from . import _core, _frames, _log, _metrics
from ._errors import invalid
from ._scores import Pooled, Scores


class Session:
    """Takes frames as they come and gives scores as they become final.

    metrics    "vmaf", a list such as ["vmaf", "psnr", ("lpips", {"model_path": "m.onnx"})], or a
               dict of options by name. "vmaf" is the model vmaf_v0.6.1; other models go by their
               names ("vmaf_v0.6.1neg") or paths (.json), tiny models by their paths (.onnx).
    threads    that score; 0 is all cores
    subsample  N scores every N-th frame
    copy       False: arrays are read where they are, and must stay as they are until their scores
               are final. Arrays that do not lie as the library reads them (interleaved RGB, floats,
               negative strides) are copied anyway.
    bitdepth   8 to 16: of uint16 planes (Y, U, V), which must be told; of floats, which are 0 to 1.
               Otherwise 8 of uint8, 16 of uint16 and floats.
    matrix, transfer, range
               what YUV samples mean: "bt709", "bt601", "bt2020" ...; "limited" or "full".
               Unspecified is BT.709, limited range. RGB is full range.

    Any thread may call any method.
    """

    def __init__(
        self,
        metrics: _metrics.Metrics = "vmaf",
        *,
        threads: int = 0,
        subsample: int = 1,
        copy: bool = False,
        bitdepth: Optional[int] = None,
        matrix: Union[str, int, None] = None,
        transfer: Union[str, int, None] = None,
        range: Optional[str] = None,
        cpumask: int = 0,
    ) -> None:  # pylint: disable=redefined-builtin
        if threads < 0 or subsample < 0:
            raise invalid(f"threads {threads} and subsample {subsample} cannot be negative")
        if bitdepth is not None and not 8 <= bitdepth <= 16:
            raise invalid(f"bitdepth {bitdepth} is not from 8 to 16")
        self._layout = _frames.Format(bitdepth, matrix, transfer, range)
        self._layout.color()  # refuses unknown names now
        self._copy = copy
        self._step = max(1, subsample)
        self._context = _core.Context(threads, subsample, cpumask & 0xFFFFFFFFFFFFFFFF)
        self._lock = threading.Lock()  # frames are numbered in the order of their arrival
        self._pushed = 0
        self._given = 0  # frames whose scores new_scores() gave
        self._last: dict[str, tuple[int, NDArray[Any]]] = {}
        _metrics.register(self._context, metrics)
        _log.forward()

    def push(self, reference: Any, distorted: Any) -> int:
        """Scores a pair of frames and returns its number. Waits while too many frames are in
        flight.
        """
        return self._push(reference, distorted)

    def _push(self, reference: Any, distorted: Any, trusted: bool = False) -> int:
        with self._lock:
            index = self._pushed
            pair = (
                self._planes(reference, f"frame {index} of the reference"),
                self._planes(distorted, f"frame {index} of the distorted clip"),
            )
            if not self._copy and not trusted:
                self._refuse_reused(pair, index)
            self._context.push(pair[0], pair[1], index, self._copy)
            self._pushed += 1
        _log.forward()
        return index

    def _push_files(self, reference: _core.Reader, distorted: _core.Reader) -> str:
        with self._lock:
            ended = self._context.push_files(reference, distorted, self._pushed)
            self._pushed += 0 if ended else 1
        _log.forward()
        return ended

    def _planes(self, frame: Any, name: str) -> _frames.Planes:
        if isinstance(frame, FileFrame):
            return (*frame, name)
        return _frames.planes_of(frame, self._layout, name)

    def _refuse_reused(self, pair: tuple[_frames.Planes, _frames.Planes], index: int) -> None:
        """Memory that comes twice in a row was written in between, while the library may still read
        the frame before.
        """
        for (arrays, *_, name), side in zip(pair, ("reference", "distorted"), strict=False):
            array = arrays[0]
            address, writable = array.__array_interface__["data"][0], array.flags.writeable
            if writable and self._last.get(side, (0, None))[0] == address:
                raise invalid(
                    f"{name} is in the memory of frame {index - 1}, which may still be read: give "
                    f"each frame an array of "
                    "its own, make the array read-only, or use copy=True"
                )
            self._last[side] = address, array  # held, so that the same address is the same memory

    @property
    def frames_pushed(self) -> int:
        """How many pairs were pushed."""
        return self._pushed

    @property
    def frames_done(self) -> int:
        """How many frames have every score that needs no later frame."""
        return self._context.frames_done()

    @property
    def frames_final(self) -> int:
        """Every score of the frames below this number is final."""
        return self._context.frames_final()

    def scores(self, index: int) -> dict[str, float]:
        """The scores that a frame has by now, without waiting. They are final; models score once
        all they need is.
        """
        if index < 0:
            raise invalid(f"there is no frame {index}")
        return self._context.scores(index)

    def new_scores(self) -> Iterator[tuple[int, dict[str, float]]]:
        """The frames, with their scores, that became final since the last call. Does not wait."""
        final = self._context.frames_final()
        while self._given < final:
            index = self._given
            self._given += 1
            if index % self._step == 0:
                yield index, self._context.scores(index)

    def flush(self) -> None:
        """Ends the clip: waits for all frames and makes every score final."""
        with self._lock:
            self._context.flush()
            self._last.clear()
        _log.forward()

    def finish(self) -> Scores:
        """flush(), and the scores of the clip. The session can be read, but not pushed to,
        afterwards.
        """
        self.flush()
        return self.result()

    def result(self) -> Scores:
        """The scores of a clip that was ended with flush()."""
        frames, columns = self._context.table(self._pushed)
        pooled = {
            name: Pooled(**values) for name, values in self._context.pooled(self._pushed).items()
        }
        return Scores(frames, columns, pooled, self._context.aggregates(), _core.version())

    def close(self) -> None:
        """Waits for frames in flight and frees everything. A `with` statement does it."""
        with self._lock:
            self._context.close()
            self._last.clear()
        _log.forward()

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


class FileFrame(Tuple[Sequence[NDArray[Any]], int, int, Tuple[int, int, int]]):
    """A frame of a video file: planes, pixel format, bits and colour as the file has them."""
