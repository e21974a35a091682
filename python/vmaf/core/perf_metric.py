"""How well predicted scores agree with what people said."""

from __future__ import annotations

import math
from typing import Any, Callable, Sequence, Tuple

import numpy as np
from numpy.typing import NDArray

from .mixin import TypeVersionEnabled


def _ranks(values: Any) -> NDArray[Any]:
    """From 1; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse.reshape(-1)]


def _pearson(x: Any, y: Any) -> float:
    return float(np.corrcoef(np.asarray(x, float), np.asarray(y, float))[0, 1])


def _kendall(x: Any, y: Any) -> float:
    """Tau-b."""
    signs = [np.sign(np.subtract.outer(np.asarray(v), np.asarray(v))) for v in (x, y)]
    weight = math.sqrt(float(np.abs(signs[0]).sum()) * float(np.abs(signs[1]).sum()))
    return float((signs[0] * signs[1]).sum()) / weight if weight else math.nan


def _two_sided(z: float) -> float:
    """How likely a normal value is as far from 0."""
    return 1 - math.erf(abs(z) / math.sqrt(2))


def _below(z: float) -> float:
    """How likely a normal value is less."""
    return (1 + math.erf(z / math.sqrt(2))) / 2


def fit_logistic(predictions: Any, means: Any, low: float, high: float) -> NDArray[Any]:
    """Predictions on the scale of the means, by a logistic curve between the bounds."""
    share = (np.asarray(means, float) - low) / (high - low)
    inverse = -np.log(1 / share - 1)
    system = np.stack([np.ones_like(inverse), inverse], axis=1)
    centre, width = np.linalg.lstsq(system, np.asarray(predictions, float), rcond=None)[0]
    curve = 1 / (1 + np.exp(-(np.asarray(predictions, float) - centre) / width))
    return curve * (high - low) + low


class PerfMetric(TypeVersionEnabled):
    """groundtruths: a number or a list of opinions for each prediction."""

    def __init__(self, groundtruths: Any, predictions: Any) -> None:
        self.groundtruths, self.predictions = groundtruths, predictions
        self._assert_args()

    def _assert_args(self) -> None:
        if len(self.groundtruths) != len(self.predictions):
            raise AssertionError(
                f"{len(self.groundtruths)} groundtruths are not of {len(self.predictions)} "
                "predictions"
            )

    def evaluate(self, **settings: Any) -> dict[str, Any]:
        """result["score"], and what belongs to it."""
        raise NotImplementedError


# ---- of one number for each prediction ----


class AggrScorePerfMetric(PerfMetric):
    """Opinions count by their mean, or by aggr_method; enable_mapping fits a logistic curve."""

    def _score(self, truths: Any, predictions: Any) -> float:
        raise NotImplementedError

    def evaluate(
        self,
        aggr_method: Callable[[Any], Any] = np.mean,
        enable_mapping: bool = False,
        **_: Any,
    ) -> dict[str, Any]:
        truths = [aggr_method(t) if hasattr(t, "__len__") else t for t in self.groundtruths]
        predictions = self.predictions
        if enable_mapping:
            predictions = fit_logistic(predictions, truths, min(truths) - 0.1, max(truths) + 0.1)
        return {"score": self._score(truths, predictions)}


class RmsePerfMetric(AggrScorePerfMetric):
    TYPE, VERSION = "RMSE", "1.0"

    def _score(self, truths: Any, predictions: Any) -> float:
        return float(np.sqrt(np.mean((np.asarray(truths) - np.asarray(predictions)) ** 2)))


class SrccPerfMetric(AggrScorePerfMetric):
    TYPE, VERSION = "SRCC", "1.0"

    def _score(self, truths: Any, predictions: Any) -> float:
        return _pearson(_ranks(truths), _ranks(predictions))


class PccPerfMetric(AggrScorePerfMetric):
    TYPE, VERSION = "PCC", "1.0"

    def _score(self, truths: Any, predictions: Any) -> float:
        return _pearson(truths, predictions)


class KendallPerfMetric(AggrScorePerfMetric):
    TYPE, VERSION = "KENDALL", "1.0"

    def _score(self, truths: Any, predictions: Any) -> float:
        return _kendall(truths, predictions)


# ---- of all opinions ----


class RawScorePerfMetric(PerfMetric):
    """Each groundtruth is a list of opinions."""

    def _assert_args(self) -> None:
        super()._assert_args()
        if any(not hasattr(truth, "__len__") or len(truth) < 2 for truth in self.groundtruths):
            raise AssertionError(f"{self.TYPE} needs at least two opinions of each clip")


def _delong(positive: NDArray[Any], negative: NDArray[Any]) -> Tuple[NDArray[Any], NDArray[Any]]:
    """Areas under the curves of several metrics, one a row, and their covariance (DeLong, by ranks:
    Sun and Xu 2014).
    """
    m, n = positive.shape[1], negative.shape[1]
    both = np.array([_ranks(row) for row in np.hstack([positive, negative])])
    among = [np.array([_ranks(row) for row in part]) for part in (positive, negative)]
    areas = both[:, :m].sum(axis=1) / m / n - (m + 1) / 2 / n
    parts = [(both[:, :m] - among[0]) / n, 1 - (both[:, m:] - among[1]) / m]
    return areas, np.atleast_2d(np.cov(parts[0]) / m + np.cov(parts[1]) / n)


def _p_values(count: int, of_pair: Callable[[int, int], float]) -> NDArray[Any]:
    values = np.ones((count, count))
    for i in range(count):
        for j in range(i + 1, count):
            values[i, j] = values[j, i] = of_pair(i, j)
    return values


def _same_area(areas: NDArray[Any], covariance: NDArray[Any]) -> NDArray[Any]:
    def of_pair(i: int, j: int) -> float:
        variance = covariance[i, i] + covariance[j, j] - 2 * covariance[i, j]
        return _two_sided((areas[i] - areas[j]) / math.sqrt(variance))

    return _p_values(len(areas), of_pair)


class AucPerfMetric(RawScorePerfMetric):
    """Can predictions tell different from similar clips (AUC_DS) and better from worse ones
    (AUC_BW)? Krasula, Fliegel, Le Callet and Klima, QoMEX 2016. predictions may be a list for each
    of several metrics.
    """

    TYPE, VERSION = "AUC", "0.1"

    def _assert_args(self) -> None:
        for row in self._rows():
            if len(row) != len(self.groundtruths):
                raise AssertionError(
                    f"{len(self.groundtruths)} groundtruths are not of {len(row)} predictions"
                )

    def _rows(self) -> Sequence[Any]:
        several = isinstance(self.predictions[0], (list, tuple, np.ndarray))
        return self.predictions if several else [self.predictions]

    @staticmethod
    def _metrics_performance(objScoDif: Any, signif: Any) -> dict[str, Any]:
        """Of differences of predictions (a row a metric) and what opinions say of each pair: 0 no
        difference, 1 the first is better, -1 it is worse.
        """
        differences, says = np.asarray(objScoDif, float), np.asarray(signif).reshape(-1)
        similar = np.abs(differences[:, says == 0])
        apart, apart_covariance = _delong(np.abs(differences[:, says != 0]), similar)
        better = np.hstack([differences[:, says == 1], -differences[:, says == -1]])
        order, order_covariance = _delong(better, -better)
        count = 2 * better.shape[1]
        right = 2 * (better > 0).sum(axis=1) / count

        def of_pair(i: int, j: int) -> float:
            share = (right[i] + right[j]) / 2
            return _two_sided((right[i] - right[j]) / math.sqrt(share * (1 - share) * 2 / count))

        return {
            "AUC_DS": apart,
            "pDS_DL": _same_area(apart, apart_covariance),
            "AUC_BW": order,
            "pBW_DL": _same_area(order, order_covariance),
            "CC_0": right,
            "pCC0_b": _p_values(len(right), of_pair),
            "THR": np.percentile(similar, 95, axis=1),
        }

    def evaluate(self, **_: Any) -> dict[str, Any]:
        means = np.array([np.mean(truth) for truth in self.groundtruths])
        errors = np.array([np.var(truth, ddof=1) / len(truth) for truth in self.groundtruths])
        spread = np.add.outer(errors, errors)
        z = np.subtract.outer(means, means) / np.sqrt(np.where(spread == 0, 1e-8, spread))
        says = np.where(z > 2, 1, np.where(z < -2, -1, 0))
        rows = [np.subtract.outer(row, row).reshape(-1) for row in map(np.asarray, self._rows())]
        result = self._metrics_performance(np.array(rows), says)
        result["score"] = result["AUC_BW"]
        if self._rows() is self.predictions:
            return result
        return {key: values[0] for key, values in result.items()}


class ResolvingPowerPerfMetric(RawScorePerfMetric):
    """The difference of two predictions from which 95 % of the people would agree (Pinson and Wolf,
    NTIA TR-09-457).
    """

    TYPE, VERSION = "ResPow", "0.1"
    BINS = 10

    def evaluate(self, enable_mapping: bool = False, ddof: int = 0, **_: Any) -> dict[str, Any]:
        means = np.array([np.nanmean(truth) for truth in self.groundtruths])
        predictions = np.asarray(self.predictions, float)
        if enable_mapping:
            every = np.concatenate([np.ravel(truth) for truth in self.groundtruths])
            predictions = fit_logistic(predictions, means, every.min() - 0.1, every.max() + 0.1)
        errors = np.array([np.nanvar(truth, ddof=ddof) / len(truth) for truth in self.groundtruths])
        pairs = np.triu_indices(len(means), 1)
        spread = np.sqrt(errors[pairs[0]] + errors[pairs[1]])
        z = (means[pairs[1]] - means[pairs[0]]) / np.where(spread == 0, 1e-8, spread)
        steps = predictions[pairs[1]] - predictions[pairs[0]]
        sure = np.array([_below(value) for value in np.where(steps < 0, -z, z)])
        power = self._at(0.95, np.abs(steps), sure)
        return {"resolving_power_95perc": power, "score": power}

    @classmethod
    def _at(cls, level: float, steps: NDArray[Any], sure: NDArray[Any]) -> float:
        """The step at which that share is sure, of the mean in bins that overlap by half."""
        low, high = steps.min(), steps.max()
        width = (high - low) / cls.BINS
        begins = np.arange(low, high - width, step=width / 2)
        if begins[-1] + width < high:
            begins = np.append(begins, high - width)
        inside = [(begin <= steps) & (steps < begin + width) for begin in begins]
        filled = [i for i, chosen in enumerate(inside) if chosen.any()]
        centres = np.array([begins[i] + width / 2 for i in filled])
        shares = np.array([sure[inside[i]].mean() for i in filled])
        if not shares.min() <= level <= shares.max():
            return math.nan
        order = np.argsort(shares, kind="mergesort")
        return float(np.interp(level, shares[order], centres[order]))
