"""What a catalogue scores, and how clips are opened: data, of which a job is made."""

from __future__ import annotations

import dataclasses
import json
from typing import Mapping, Optional, Sequence

from .. import _core, _job
from .._errors import invalid

_FLAGS = ("shortest", "strict", "allow_playlists")
_RAW = ("width", "height", "pixel_format", "bitdepth")


@dataclasses.dataclass(frozen=True)
class Settings:
    """metrics: what --feature and --model take. options: of the command, by name and text."""

    metrics: tuple[str, ...] = ("vmaf",)
    options: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def to_json(self) -> str:
        return json.dumps({"metrics": self.metrics, "options": dict(self.options)}, sort_keys=True)

    @staticmethod
    def from_json(text: str) -> "Settings":
        told = json.loads(text)
        return Settings(tuple(told["metrics"]), told["options"])

    def job(
        self,
        reference: str,
        distorted: Sequence[str],
        span: Optional[tuple[int, Optional[int]]] = None,
        *,
        threads: int = 0,
        index_folder: str = "",
    ) -> _core.Job:
        """A job of these clips, or of the frames from the first to the last of `span`."""
        job = _core.Job()
        job.set_clips(reference, list(distorted))
        job.threads, job.index_folder = threads, index_folder
        for metric in self.metrics:
            job.add_metric(metric, {})
        raw: dict[str, str] = {}
        for name, value in self.options.items():
            if name in _FLAGS:
                setattr(job, name, value == "true")
            elif name in _RAW:
                raw[name] = value
            elif name in ("subsample", "skip_reference", "skip_distorted"):
                setattr(job, name, _number(name, value))
            elif name == "device":
                job.device = value
            else:
                job.set(name, value)
        if raw:
            sizes = [
                _number(name, raw[name]) if name in raw else 0 for name in _RAW if name[0] != "p"
            ]
            _job.set_raw(job, sizes[0], sizes[1], raw.get("pixel_format"), sizes[2])
        if span is not None:
            job.set("range", f"{span[0]}:{'' if span[1] is None else span[1]}")
        job.check()
        return job


def _number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise invalid(f'{name}: "{text}" is not a whole number') from None
