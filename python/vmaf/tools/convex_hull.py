"""The best points of many encodes."""

from __future__ import annotations

from typing import Iterable

from .typing_utils import RdPoint


def _turn(origin: RdPoint, first: RdPoint, second: RdPoint) -> float:
    return (first.rate - origin.rate) * (second.metric - origin.metric) - (
        first.metric - origin.metric
    ) * (second.rate - origin.rate)


def calculate_convex_hull(points: Iterable[RdPoint]) -> list[RdPoint]:
    """The hull on the side of low rates and high qualities, from the highest rate down (Andrew's
    monotone chain).
    """
    rising: list[RdPoint] = []
    for point in sorted(set(points), key=lambda p: (p.rate, p.metric)):
        if not rising or point.metric >= rising[-1].metric:
            rising.append(point)
    if len(rising) < 2:
        return rising
    hull: list[RdPoint] = []
    for point in reversed(rising):
        while len(hull) > 1 and _turn(hull[-2], hull[-1], point) <= 0:
            hull.pop()
        hull.append(point)
    return hull
