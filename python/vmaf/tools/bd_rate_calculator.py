"""BD-rate of pairs (rate, metric)."""

from __future__ import annotations

from typing import Iterable, Tuple

import numpy as np

from .pchip import Pchip


class BDrateCalculator:
    """As JCTVC-E137 has it: the integral is exact."""

    REJECTED_BD_RATE_NO_OVERLAP = -10000
    REJECTED_BD_RATE_NON_MONOTONIC = -20000
    REJECTED_BD_RATE_MESSED_UP_RATE = -30000

    @classmethod
    def isCurveMonotonic(cls, set_: list[Tuple[float, float]]) -> bool:
        steps = zip(set_, set_[1:], strict=False)
        return all(low[0] < high[0] and low[1] < high[1] for low, high in steps)

    @classmethod
    def _curve(cls, points: Iterable[Tuple[float, float]]) -> list[Tuple[float, float]]:
        curve = sorted(set(points), key=lambda point: point[0])
        if len(curve) < 4:
            raise AssertionError(f"a curve has {len(curve)} points, and needs 4")
        if not cls.isCurveMonotonic(curve):
            raise AssertionError(cls.REJECTED_BD_RATE_NON_MONOTONIC)
        if any(rate == 0 for rate, _ in curve):
            raise AssertionError(cls.REJECTED_BD_RATE_MESSED_UP_RATE)
        return curve

    @classmethod
    def CalcBDRate(
        cls, setA: Iterable[Tuple[float, float]], setB: Iterable[Tuple[float, float]]
    ) -> float:
        """What share of rate B takes more than A; REJECTED_BD_RATE_NO_OVERLAP when the curves have
        no quality in common.
        """
        curves = [cls._curve(points) for points in (setA, setB)]
        low = max(curve[0][1] for curve in curves)
        high = min(curve[-1][1] for curve in curves)
        if low >= high:
            return cls.REJECTED_BD_RATE_NO_OVERLAP
        first, second = (
            Pchip([metric for _, metric in curve], np.log10([rate for rate, _ in curve])).integral(
                low, high
            )
            for curve in curves
        )
        return float(10 ** ((second - first) / (high - low)) - 1)
