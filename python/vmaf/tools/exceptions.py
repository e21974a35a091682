"""Why two rate-distortion curves cannot be compared."""

from __future__ import annotations


class BdRateException(Exception):
    """Any of them."""

    MESSAGE = ""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.MESSAGE)


class BdRateNotEnoughPointsException(BdRateException):
    MESSAGE = "a curve has fewer than 4 points"


class BdRateNoOverlapException(BdRateException):
    MESSAGE = "the curves have no quality in common"


class BdRateNonMonotonicException(BdRateException):
    MESSAGE = "a curve does not rise from point to point"


class BdRateZeroRateException(BdRateException):
    MESSAGE = "a point has the rate 0"
