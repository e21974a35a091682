"""A comparison of two clips, frame by frame."""

from __future__ import annotations

import threading
from typing import Any, Iterator, Optional, Union

from . import _core, _frames, _job, _log
from ._errors import invalid
from ._scores import Scores, scores_of


class Session:
    """Takes frames as they come and gives scores as they become final.

    metrics    "vmaf", a list such as ["vmaf", "psnr", ("lpips", {"model_path": "m.onnx"})], or a
               dict of options by name. "vmaf" is the model vmaf_v0.6.1; other models go by their
               names ("vmaf_v0.6.1neg") or paths (.json), tiny models by their paths (.onnx, an
               ensemble's .json).
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
    scale, scaler, to_bitdepth, to_pixel_format
               bring clips that differ to one size ("auto", "reference", "distorted", "640x360"),
               depth ("auto", 10) and chroma format ("auto", "420"), as the command's options do
    layout     which dimension of a frame is what, where its shape leaves that open: "HWC", "CHW"
               or "HW"
    device     where learned models run: "auto", "cpu", "cuda", "cuda:1", "openvino" ...
    memory     megabytes that frames in flight should take; 0 is a quarter of the machine's
    tiny_limit_seconds, tiny_limit_mb
               what one run of a learned model may take; 0 is 600 seconds and three quarters of the
               machine's memory
    thresholds {"vmaf": 70, "lpips": [0.1, 0.2]}: pooled[...].share_below says of each value which
               share of the frames is on its bad side

    Any thread may call any method.
    """

    def __init__(
        self,
        metrics: _job.Metrics = "vmaf",
        *,
        threads: int = 0,
        subsample: int = 1,
        copy: bool = False,
        bitdepth: Optional[int] = None,
        matrix: Union[str, int, None] = None,
        transfer: Union[str, int, None] = None,
        range: Optional[str] = None,
        layout: Optional[str] = None,
        scale: Optional[str] = None,
        scaler: Optional[str] = None,
        to_bitdepth: Union[str, int, None] = None,
        to_pixel_format: Union[str, int, None] = None,
        cpumask: int = 0,
        device: str = "auto",
        memory: int = 0,
        tiny_limit_seconds: int = 0,
        tiny_limit_mb: int = 0,
        thresholds: Optional[_job.Thresholds] = None,
    ) -> None:  # pylint: disable=redefined-builtin
        self._layout = _frames.Format(bitdepth, matrix, transfer, range, layout)
        self._copy = copy
        self._step = max(1, subsample)
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
            scaler=scaler,
            to_bitdepth=to_bitdepth,
            to_pixel_format=to_pixel_format,
        )
        self._context = _core.Context(job, copy)
        self._lock = threading.Lock()  # frames are numbered in the order of their arrival
        self._given = 0  # frames whose scores new_scores() gave
        self._last: dict[str, _frames.Memory] = {}  # held, so that the same address is the same one
        _log.forward()

    def push(self, reference: Any, distorted: Any) -> int:
        """Scores a pair of frames and returns its number. Waits while too many frames are in
        flight.
        """
        with self._lock:
            index = self._context.frames_pushed()
            pair = (
                _frames.planes_of(reference, self._layout, f"frame {index} of the reference"),
                _frames.planes_of(distorted, self._layout, f"frame {index} of the distorted clip"),
            )
            if not self._copy:
                for planes, side in zip(pair, ("reference", "distorted"), strict=True):
                    self._last[side] = _frames.refuse_reused(planes, index, self._last.get(side))
            self._context.push(*pair)
        _log.forward()
        return index

    @property
    def frames_pushed(self) -> int:
        """How many pairs were pushed."""
        return self._context.frames_pushed()

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
        return scores_of(self._context)

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
