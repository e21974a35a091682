"""Keywords as a job of the library: what is scored, and how clips are opened and matched."""

from __future__ import annotations

import os
from typing import Any, Iterable, Iterator, Mapping, Optional, Tuple, Union

import numpy as np

from . import _core
from ._errors import invalid

Options = Mapping[str, Any]
MetricSpec = Union[str, Tuple[str, Options]]
Metrics = Union[str, Mapping[str, Options], Iterable[MetricSpec]]
Thresholds = Mapping[str, Union[float, Iterable[float]]]
Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    return os.fsdecode(value) if isinstance(value, (bytes, os.PathLike)) else str(value)


def _entries(metrics: Metrics) -> Iterator[tuple[str, Options]]:
    if isinstance(metrics, str):
        metrics = [metrics]
    for entry in metrics.items() if isinstance(metrics, Mapping) else metrics:
        if isinstance(entry, str):
            yield entry, {}
        elif isinstance(entry, tuple) and len(entry) == 2 and isinstance(entry[0], str):
            yield entry[0], entry[1] or {}
        else:
            raise invalid(
                f'a metric is a name such as "psnr" or a pair such as ("psnr", '
                f'{{"enable_mse": True}}), not {entry!r}'
            )


def set_options(job: _core.Job, **options: Any) -> None:
    """Options by the names and values that the command has; None: not given."""
    for name, value in options.items():
        if value is not None:
            job.set(name, _text(value))


def set_raw(
    job: _core.Job,
    width: Optional[int],
    height: Optional[int],
    pixel_format: Union[str, int, None],
    bitdepth: Optional[int],
) -> None:
    """How raw samples lie in a .yuv file; without size and pixel format there is none."""
    if width is None and height is None and pixel_format is None:
        return
    if min(width or 0, height or 0, bitdepth or 0) < 0:
        raise invalid(f"raw frames of {width}x{height} and {bitdepth} bits are not possible")
    job.set_raw(width or 0, height or 0, str(pixel_format or ""), bitdepth or 0)


def job_of(
    metrics: Metrics,
    *,
    numbers: Mapping[str, int],
    cpumask: int,
    device: str,
    thresholds: Optional[Thresholds],
    **options: Any,
) -> _core.Job:
    """What is scored, and by what; `numbers` are fields of the job."""
    job = _core.Job()
    job.set_clips("the reference clip", ["the distorted clip"])
    for name, number in numbers.items():
        if not 0 <= number < 1 << 32:
            raise invalid(f"{name} {number} is not from 0 to {(1 << 32) - 1}")
        setattr(job, name, number)
    job.cpumask = cpumask & 0xFFFFFFFFFFFFFFFF
    job.device = device
    for name, settings in _entries(metrics):
        job.add_metric(name, {key: _text(value) for key, value in settings.items()})
    for score, values in (thresholds or {}).items():
        for value in np.ravel(values).tolist():
            job.set("threshold", f"{score}:{value!r}")
    set_options(job, **options)
    job.check()
    return job
