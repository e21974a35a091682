"""Leave one source out: what a predictor makes of sources that it has not seen."""

import hashlib
from dataclasses import dataclass
from typing import Any, Callable

import numpy as np

from ai import agreement, codec_block, corpus
from ai.errors import Refused

FEWEST = 3  # sources
# Trained on those rows, and asked for the others.
Predictor = Callable[["Rows", "Rows"], np.ndarray]


@dataclass
class Rows:
    """What is learned from; `vmaf` is its support vector machine's score, or None."""

    source: np.ndarray
    features: np.ndarray
    codec: np.ndarray | None
    target: np.ndarray
    vmaf: np.ndarray | None

    def where(self, mask: np.ndarray) -> "Rows":
        parts = (self.source, self.features, self.codec, self.target, self.vmaf)
        return Rows(*(None if part is None else part[mask] for part in parts))


def rows_of(table: corpus.Corpus, names: list[str], codec: bool, per_encode: bool) -> Rows:
    values = table.numbers([*names, "target"])
    vmaf = table.columns.get("vmaf")
    first = np.arange(len(table))
    if per_encode:
        _, first, of = np.unique(
            table.columns["encode"].astype(str), return_index=True, return_inverse=True
        )
        counts = np.bincount(of)[:, None]
        stacked = values if vmaf is None else np.column_stack([values, vmaf])
        means = np.stack([np.bincount(of, column) for column in stacked.T], 1) / counts
        values, vmaf = means[:, : values.shape[1]], None if vmaf is None else means[:, -1]
    blocks = None
    if codec:
        keys = zip(*(table.columns[n][first] for n in ("codec", "preset", "crf")), strict=True)
        told = codec_block.sidecar()
        blocks = np.stack([codec_block.block(told, *key) for key in keys])
    return Rows(table.columns["source"][first], values[:, :-1], blocks, values[:, -1], vmaf)


def sources_of(rows: Rows) -> list[str]:
    """In an order that does not depend on their names' alphabet, the same everywhere."""
    found = sorted(set(rows.source), key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    if len(found) < FEWEST:
        raise Refused(
            f"to leave one source out takes {FEWEST} sources at least; there are {len(found)}"
        )
    return found


@dataclass
class Figures:
    """Means over the sources; plcc and srocc of those whose target varies."""

    plcc: float
    srocc: float
    rmse: float
    worst: float  # PLCC
    folds: int

    def row(self) -> str:
        return f"{self.plcc:.4f} | {self.worst:.4f} | {self.srocc:.4f} | {self.rmse:.4g}"


def figures(rows: Rows, predicted: np.ndarray) -> Figures:
    plcc, srocc, rmse = [], [], []
    for source in sources_of(rows):
        mask = rows.source == source
        of = agreement.plcc(predicted[mask], rows.target[mask])
        rmse.append(agreement.rmse(predicted[mask], rows.target[mask]))
        if rows.target[mask].std() > 0:
            plcc.append(0.0 if np.isnan(of) else of)
            srocc.append(agreement.srocc(predicted[mask], rows.target[mask]) if of == of else 0.0)
    if not plcc:
        raise Refused("the target is the same in every row of each source: nothing can be learned")
    means = [float(np.mean(each)) for each in (plcc, srocc, rmse)]
    return Figures(*means, float(min(plcc)), len(plcc))


def folds(rows: Rows) -> list[np.ndarray]:
    """Which rows are left out, of each source."""
    return [rows.source == source for source in sources_of(rows)]


def predictions(rows: Rows, predictor: Predictor) -> np.ndarray:
    out = np.empty(len(rows.target))
    for held in folds(rows):
        out[held] = predictor(rows.where(~held), rows.where(held))
    return out


def linear(train: Rows, test: Rows) -> np.ndarray:
    def design(rows: Rows) -> np.ndarray:
        parts = [rows.features, np.ones((len(rows.target), 1))]
        return np.concatenate(parts if rows.codec is None else [*parts, rows.codec], 1)

    weights = np.linalg.lstsq(design(train), train.target, rcond=None)[0]
    return design(test) @ weights


def boosting(train: Rows, test: Rows) -> np.ndarray:
    from sklearn.ensemble import GradientBoostingRegressor

    def design(rows: Rows) -> np.ndarray:
        parts = [rows.features] if rows.codec is None else [rows.features, rows.codec]
        return np.concatenate(parts, 1)

    model = GradientBoostingRegressor(random_state=0).fit(design(train), train.target)
    return model.predict(design(test))


def vmaf(train: Rows, test: Rows) -> np.ndarray:
    """VMAF's support vector machine, brought to the target's scale by a line."""
    slope, start = np.polyfit(train.vmaf, train.target, 1)
    return slope * test.vmaf + start


BASELINES: dict[str, Any] = {
    "linear regression": linear,
    "gradient boosting": boosting,
    "VMAF's own support vector machine": vmaf,
}


def baselines(rows: Rows) -> dict[str, Figures]:
    known = {n: f for n, f in BASELINES.items() if f is not vmaf or rows.vmaf is not None}
    return {name: figures(rows, predictions(rows, each)) for name, each in known.items()}
