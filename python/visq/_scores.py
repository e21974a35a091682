"""The scores of a clip."""

from __future__ import annotations

import json
import math
import os
from types import MappingProxyType
from typing import Any, Iterator, Mapping, NamedTuple, Optional, Sequence, Union

import numpy as np
from numpy.typing import NDArray

from . import _core, _job
from ._errors import invalid


class Pooled(NamedTuple):
    """One score of the clip as a whole.

    What begins with worst is from the bad side of the score: the largest values where lower is
    better. A score of which nobody can say what is better (motion) has none of it.
    """

    min: float
    max: float
    mean: float
    harmonic_mean: float
    geometric_mean: float
    percentile_1: float
    percentile_5: float
    percentile_10: float
    percentile_50: float
    min_frame: int  # the first frames with those values
    max_frame: int
    clip: float  # what stands for the clip: a score of its own (see Scores.aggregate), or the mean
    worst_percentile_1: Optional[float] = None
    worst_percentile_5: Optional[float] = None
    worst_percentile_10: Optional[float] = None
    worst_1_percent_mean: Optional[float] = None  # of the worst 1 % of the frames, at least one
    worst_frame: Optional[int] = None  # the first of the worst
    worst_frame_value: Optional[float] = None
    # threshold -> share of the frames on its bad side
    share_below: Mapping[float, float] = MappingProxyType({})

    def _to_json(self) -> dict[str, Any]:
        values = {
            key: _json_number(value)
            for key, value in self._asdict().items()
            if value is not None and key != "share_below"
        }
        if self.share_below:
            values["share_below"] = {
                repr(value).removesuffix(".0"): _json_number(share)
                for value, share in self.share_below.items()
            }
        return values


def _json_number(value: float) -> Optional[float]:
    return value if math.isfinite(value) else None  # JSON has no infinities


class Shot(NamedTuple):
    """A shot: its first and last frame, and a Pooled for each name; `clip` is the mean."""

    first: int
    last: int
    pooled: Mapping[str, Pooled]

    def _to_json(self) -> dict[str, Any]:
        # pylint: disable-next=protected-access
        scores = {name: p._to_json() for name, p in self.pooled.items()}
        return {"first": self.first, "last": self.last, "scores": scores}


class Scores(Mapping[str, NDArray[Any]]):
    """Scores by name: scores["vmaf"] is an array, a value a frame, nan where a frame has none.

    frames      the numbers of the frames that were scored
    pooled      a Pooled for each name
    aggregate   scores of the clip that are no pool of its frames', such as PSNR of the whole clip
    version     of the library
    shots       a Shot for each, where they were asked for
    damaged_frames
                the numbers of those that a decoder could only conceal, where score(damaged=...)
                goes on with them
    """

    def __init__(
        self,
        frames: NDArray[Any],
        columns: dict[str, NDArray[Any]],
        pooled: dict[str, Pooled],
        aggregate: dict[str, float],
        version: str,
        shots: Sequence[Shot] = (),
        damaged_frames: Sequence[int] = (),
    ) -> None:
        self.frames = frames
        self.pooled = pooled
        self.aggregate = aggregate
        self.version = version
        self.shots = list(shots)
        self.damaged_frames = list(damaged_frames)
        self._columns = columns

    def __getitem__(self, name: str) -> NDArray[Any]:
        try:
            return self._columns[name]
        except KeyError:
            raise KeyError(f'no score "{name}"; there are {", ".join(self._columns)}') from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        width = max((len(name) for name in self._columns), default=0)
        lines = [
            f"{name:<{width}}  "
            + " ".join(
                f"{'-':>12}" if value is None else f"{value:12.6f}"
                for value in (
                    p.clip,
                    p.worst_percentile_5,
                    p.worst_percentile_1,
                    p.worst_frame_value,
                )
            )
            + ("" if p.worst_frame is None else f" in frame {p.worst_frame}")
            for name, p in self.pooled.items()
        ]
        head = f"{'':<{width}}  {'mean':>12} {'worst 5 %':>12} {'worst 1 %':>12} {'worst':>12}"
        return "\n".join(
            [f"{len(self.frames)} frame{'' if len(self.frames) == 1 else 's'}", head, *lines]
        )

    def to_pandas(self) -> Any:
        """A pandas.DataFrame: a row a frame, a column a score."""
        import pandas  # pylint: disable=import-outside-toplevel

        return pandas.DataFrame(self._columns, index=pandas.Index(self.frames, name="frame"))

    def _frame(self, row: int) -> dict[str, Any]:
        metrics = {
            name: _json_number(float(column[row]))
            for name, column in self._columns.items()
            if not math.isnan(column[row])
        }
        return {"frameNum": int(self.frames[row]), "metrics": metrics}

    def to_dict(self) -> dict[str, Any]:
        """The scores of the command's JSON report, with all digits."""
        # pylint: disable-next=protected-access
        pooled = {name: p._to_json() for name, p in self.pooled.items()}
        aggregate = {name: _json_number(value) for name, value in self.aggregate.items()}
        return {
            "version": self.version,
            "frames": [self._frame(row) for row in range(len(self.frames))],
            "pooled_metrics": pooled,
            "aggregate_metrics": aggregate,
            # pylint: disable-next=protected-access
            **({"shots": [shot._to_json() for shot in self.shots]} if self.shots else {}),
            **({"damaged_frames": self.damaged_frames} if self.damaged_frames else {}),
        }

    def to_json(self, path: Optional[_job.Path] = None, indent: Optional[int] = 2) -> str:
        """The scores as the command's JSON report has them, with all digits; written to `path` when
        there is one: whole, or what was there stays.
        """
        text = json.dumps(self.to_dict(), indent=indent, allow_nan=False)
        if path is not None:
            _core.write_text(os.fsdecode(path), text + "\n")
        return text

    def plot(self, names: Union[str, Sequence[str], None] = None, axes: Any = None) -> Any:
        """Draws scores over frames with matplotlib, each in axes of its own; returns the axes.
        `axes`: one a name.
        """
        from matplotlib import pyplot  # pylint: disable=import-outside-toplevel

        chosen = (
            [names] if isinstance(names, str) else list(self._columns if names is None else names)
        )
        columns = [self[name] for name in chosen]
        if axes is None:
            axes = pyplot.subplots(
                len(chosen), 1, sharex=True, squeeze=False, figsize=(8, 1 + 1.6 * len(chosen))
            )[1][:, 0]
        axes = np.atleast_1d(axes)
        if len(axes) != len(chosen):
            raise invalid(f"plot: {len(chosen)} scores need as many axes, not {len(axes)}")
        for ax, name, column in zip(axes, chosen, columns, strict=False):
            ax.plot(self.frames, column, linewidth=1)
            ax.set_ylabel(name)
            ax.grid(alpha=0.3)
        axes[-1].set_xlabel("frame")
        return axes


def scores_of(context: _core.Context) -> Scores:
    """The scores of a clip that has ended."""
    frames, columns = context.table()
    pooled = {name: Pooled(**values) for name, values in context.pooled().items()}
    shots = [
        Shot(first, last, {name: Pooled(**values) for name, values in scores.items()})
        for first, last, scores in context.shots()
    ]
    return Scores(
        frames, columns, pooled, context.aggregates(), _core.version(), shots, context.damaged()
    )
