"""How far a run is: a line on a terminal, or JSON objects on standard error, as the command has."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from .plan import Plan


class Progress:
    def __init__(self, plan: Plan, done: int, as_json: bool, quiet: bool):
        self._units, self._done, self._failed = plan.table.num_rows, done, 0
        self._started_with = done
        frames = plan.table["frames"].to_pylist()
        self._mean = sum(frames) / len(frames)
        self._frames = 0
        self._json = as_json
        self._line = not as_json and not quiet and sys.stderr.isatty()
        self._start = time.monotonic()
        self._next = 0.0

    def add(self, units: int, frames: int) -> None:
        self._done += units
        self._frames += frames

    def fail(self) -> None:
        self._failed += 1

    def told(self) -> dict[str, Any]:
        seconds = max(time.monotonic() - self._start, 1e-9)
        rate = self._frames / seconds
        left = self._units - self._done - self._failed
        new = self._done - self._started_with
        return {
            "event": "progress",
            "phase": "catalogue",
            "units": self._done,
            "total": self._units,
            "frames": self._frames,
            "fps": round(rate, 2),
            "seconds_left": round(left * seconds / new, 1) if new else None,
            "failures": self._failed,
        }

    def show(self) -> None:
        if (self._json or self._line) and time.monotonic() >= self._next:
            self._next = time.monotonic() + 0.5
            self._print()

    def _print(self) -> None:
        told = self.told()
        if self._json:
            print(json.dumps(told), file=sys.stderr, flush=True)
            return
        left = told["seconds_left"]
        line = f"{told['units']}/{told['total']} units  {told['fps']:.1f} fps"
        if left is not None:
            line += f"  {int(left) // 60}:{int(left) % 60:02} left"
        if told["failures"]:
            line += f"  {told['failures']} failed"
        print(f"\r{line:<70}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self._json:
            self._print()
        elif self._line:
            print(f"\r{'':<70}\r", end="", file=sys.stderr, flush=True)
