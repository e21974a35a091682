"""Monotone piecewise cubics through points (Fritsch and Butland; Moler, Numerical Computing with
MATLAB, 3.4).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Pchip:
    """The curve through (x, y), x rising, at least three points."""

    def __init__(self, x: Any, y: Any) -> None:
        self._x, self._y = np.asarray(x, float), np.asarray(y, float)
        self._width = np.diff(self._x)
        self._slope = np.diff(self._y) / self._width
        self._tangent = self._tangents()

    def _tangents(self) -> NDArray[Any]:
        width, slope = self._width, self._slope
        before, after = 2 * width[1:] + width[:-1], width[1:] + 2 * width[:-1]
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = (before + after) / (before / slope[:-1] + after / slope[1:])
        inner = np.where(slope[:-1] * slope[1:] > 0, mean, 0.0)
        ends = [_end(width[:2], slope[:2]), _end(width[:-3:-1], slope[:-3:-1])]
        return np.concatenate([ends[:1], inner, ends[1:]])

    def _cubics(self) -> NDArray[Any]:
        """Of each piece the factors of 1, s, s^2 and s^3, where s is counted from its begin."""
        width, slope, left, right = self._width, self._slope, self._tangent[:-1], self._tangent[1:]
        square = (3 * slope - 2 * left - right) / width
        cube = (left - 2 * slope + right) / width**2
        return np.stack([self._y[:-1], left, square, cube])

    def __call__(self, at: Any) -> NDArray[Any]:
        at = np.asarray(at, float)
        piece = np.clip(np.searchsorted(self._x, at, side="right") - 1, 0, len(self._width) - 1)
        step, cubics = at - self._x[piece], self._cubics()[:, piece]
        return ((cubics[3] * step + cubics[2]) * step + cubics[1]) * step + cubics[0]

    def integral(self, low: float, high: float) -> float:
        begin = np.clip(self._x[:-1], low, high) - self._x[:-1]
        end = np.clip(self._x[1:], low, high) - self._x[:-1]
        powers = np.arange(1, 5)[:, None]
        return float(np.sum(self._cubics() * (end**powers - begin**powers) / powers))


def _end(width: NDArray[Any], slope: NDArray[Any]) -> float:
    """The tangent at an end, of the two pieces that are next to it."""
    tangent = ((2 * width[0] + width[1]) * slope[0] - width[0] * slope[1]) / (width[0] + width[1])
    if tangent * slope[0] <= 0:
        return 0.0
    turns = slope[0] * slope[1] <= 0 and abs(tangent) > abs(3 * slope[0])
    return float(3 * slope[0] if turns else tangent)
