"""BD-rate of points with names."""

from __future__ import annotations

import math
from typing import Iterable, Optional

import numpy as np

from .convex_hull import calculate_convex_hull
from .exceptions import (
    BdRateNonMonotonicException,
    BdRateNoOverlapException,
    BdRateNotEnoughPointsException,
    BdRateZeroRateException,
)
from .pchip import Pchip
from .typing_utils import RdPoint

INF_REPLACEMENT = 100.0  # what an infinite PSNR counts as
NUM_SAMPLES = 100


def _curve(points: Iterable[RdPoint]) -> list[RdPoint]:
    """The points in order, once they can be interpolated."""
    ordered = sorted(points, key=lambda point: point.metric)
    if len(ordered) < 4:
        raise BdRateNotEnoughPointsException()
    for low, high in zip(ordered, ordered[1:], strict=False):
        if low.rate >= high.rate or low.metric >= high.metric:
            raise BdRateNonMonotonicException()
    if any(point.rate == 0 for point in ordered):
        raise BdRateZeroRateException()
    return ordered


def _quality(point: RdPoint) -> float:
    return INF_REPLACEMENT if math.isinf(point.metric) else point.metric


def calculate_bd_rate(
    metric_set1: Iterable[RdPoint],
    metric_set2: Iterable[RdPoint],
    min_metric: Optional[float] = None,
    max_metric: Optional[float] = None,
    use_convex_hull: bool = False,
    at_perc: Optional[float] = None,
) -> float:
    """What share of rate the second curve takes more (or, below 0, less) than the first at equal
    quality.

    min_metric, max_metric   bound the qualities that count
    use_convex_hull          compares the convex hulls of the points
    at_perc                  compares at one quality: that percentage of what both curves reach
    """
    if at_perc is not None and not 0 <= at_perc <= 100:
        raise ValueError(f"at_perc must be between 0 and 100, but got {at_perc}.")
    sets = [list(points or ()) for points in (metric_set1, metric_set2)]
    if not all(sets):
        raise BdRateNotEnoughPointsException()
    curves = [_curve(calculate_convex_hull(p) if use_convex_hull else p) for p in sets]
    qualities = [[_quality(point) for point in curve] for curve in curves]
    low = max(*(min(values) for values in qualities), min_metric or -math.inf)
    high = min(*(max(values) for values in qualities), max_metric or math.inf)
    if high <= low:
        raise BdRateNoOverlapException()
    first, second = (
        Pchip(values, [math.log(point.rate) for point in curve])
        for values, curve in zip(qualities, curves, strict=True)
    )
    if at_perc is not None:
        at = low + (high - low) * at_perc / 100
        return math.exp(float(second(at) - first(at))) - 1
    # The trapezoids are part of the definition: other tools' figures have them.
    samples, step = np.linspace(low, high, NUM_SAMPLES, retstep=True)
    gap = second(samples) - first(samples)
    area = step * (gap.sum() - (gap[0] + gap[-1]) / 2)
    return math.exp(float(area) / (high - low)) - 1
