"""How well two lists of numbers agree."""

import numpy as np


def plcc(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's linear correlation; nan where one of them does not vary."""
    a, b = (np.asarray(v, np.float64) - np.mean(v, dtype=np.float64) for v in (a, b))
    length = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / length if length > 0 else float("nan")


def ranks(values: np.ndarray) -> np.ndarray:
    """From 0 on; equal values have the mean of their places."""
    values = np.asarray(values, np.float64)
    order = np.argsort(values, kind="stable")
    _, starts, counts = np.unique(values[order], return_index=True, return_counts=True)
    out = np.empty(len(values))
    out[order] = np.repeat(starts + (counts - 1) / 2, counts)
    return out


def srocc(a: np.ndarray, b: np.ndarray) -> float:
    """Spearman's rank correlation, with ties."""
    return plcc(ranks(a), ranks(b))


def rmse(a: np.ndarray, b: np.ndarray) -> float:
    difference = np.asarray(a, np.float64) - np.asarray(b, np.float64)
    return float(np.sqrt(np.mean(difference * difference)))
