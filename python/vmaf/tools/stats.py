"""Statistics of lists of scores."""

from __future__ import annotations

from typing import Any, Iterable, Optional, Sequence

import numpy as np
from numpy.typing import NDArray


class ListStats:
    """Pools a list of scores."""

    @staticmethod
    def nonemean(my_list: Iterable[Optional[float]]) -> float:
        """The mean of the scores that are there: None and nan are not."""
        scores = [score for score in my_list if score is not None and score == score]
        return float(np.mean(scores))

    @staticmethod
    def harmonic_mean(my_list: Sequence[float]) -> float:
        """As libvmaf has it: of the scores plus one, minus one, so that a score of 0 counts."""
        return float(len(my_list) / np.sum(1 / (np.asarray(my_list, float) + 1)) - 1)

    @staticmethod
    def lp_norm(my_list: Sequence[float], p: float) -> float:
        return float(np.mean(np.asarray(my_list, float) ** p) ** (1 / p))

    @staticmethod
    def total_variation(my_list: Sequence[float]) -> float:
        """The mean step from one score to the next."""
        return float(np.abs(np.diff(my_list)).mean())

    @staticmethod
    def moving_average(
        my_list: Sequence[float], n: int, type: str = "exponential", decay: float = -1
    ) -> NDArray[Any]:  # pylint: disable=redefined-builtin
        """Over n scores, the latest first in a kernel that is flat ("simple") or rises from
        exp(decay) to 1; the first n
        values are that of frame n."""
        if type not in ("simple", "exponential"):
            raise ValueError(f'moving_average: type "{type}" is neither simple nor exponential')
        kernel = np.ones(n) if type == "simple" else np.exp(np.linspace(decay, 0, n))
        smooth = np.convolve(np.asarray(my_list, float), kernel / kernel.sum())[: len(my_list)]
        smooth[:n] = smooth[n]
        return smooth

    @staticmethod
    def perc1(my_list: Sequence[float]) -> float:
        return float(np.percentile(my_list, 1))

    @staticmethod
    def perc5(my_list: Sequence[float]) -> float:
        return float(np.percentile(my_list, 5))

    @staticmethod
    def perc10(my_list: Sequence[float]) -> float:
        return float(np.percentile(my_list, 10))

    @staticmethod
    def perc20(my_list: Sequence[float]) -> float:
        return float(np.percentile(my_list, 20))

    @staticmethod
    def print_stats(my_list: Sequence[float]) -> None:
        print(
            f"Min: {np.min(my_list)}, Max: {np.max(my_list)}, Median: {np.median(my_list)}, Mean: "
            f"{np.mean(my_list)}, "
            f"Variance: {np.var(my_list)}, Total_variation: {ListStats.total_variation(my_list)}"
        )

    @staticmethod
    def print_moving_average_stats(
        my_list: Sequence[float], n: int, type: str = "exponential", decay: float = -1
    ) -> None:  # pylint: disable=redefined-builtin
        ListStats.print_stats(list(ListStats.moving_average(my_list, n, type, decay)))
