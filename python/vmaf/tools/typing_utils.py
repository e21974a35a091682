"""A point of a rate-distortion curve."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(unsafe_hash=True)
class RdPoint:
    rate: float
    metric: float
