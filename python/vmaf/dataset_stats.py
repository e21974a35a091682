"""How predicted scores of a dataset agree with what people said, in figures and drawn."""

from __future__ import annotations

import math
from typing import Any, List, Optional, Sequence

import numpy as np
from numpy.typing import NDArray

from .core.perf_metric import (
    AucPerfMetric,
    KendallPerfMetric,
    PccPerfMetric,
    ResolvingPowerPerfMetric,
    RmsePerfMetric,
    SrccPerfMetric,
)

_KINDS = {"SRCC": SrccPerfMetric, "PCC": PccPerfMetric, "RMSE": RmsePerfMetric}
DO_PLOT = ("aggregate", "per_content", "groundtruth_predicted_in_parallel")


def _agreement(truths: Any, predictions: Any) -> dict[str, float]:
    return {
        kind: metric(truths, predictions).evaluate(enable_mapping=True)["score"]
        for kind, metric in _KINDS.items()
    }


def _spread(rows: Sequence[dict[str, float]], name: str) -> dict[str, Any]:
    """Of several agreements: their values, and half of the interval of 95 %."""
    stats: dict[str, Any] = {}
    for kind in _KINDS:
        values = [row[kind] for row in rows]
        stats[f"{kind}_across_{name}_distribution"] = values
        stats[f"{kind}_across_{name}_ci"] = 1.96 * float(np.std(values))
    return stats


def _of_opinions(raw: Sequence[Any], predictions: Any) -> dict[str, float]:
    opinions = [list(one.values()) if isinstance(one, dict) else one for one in raw]
    stats = {name: math.nan for name in ("AUC_DS", "AUC_BW", "ResPow", "ResPowNormalized")}
    if any(opinion is None or len(opinion) < 2 for opinion in opinions):
        return stats  # the statistics need several opinions of each clip
    areas = AucPerfMetric(opinions, predictions).evaluate()
    stats.update({name: float(areas[name]) for name in ("AUC_DS", "AUC_BW")})
    power = ResolvingPowerPerfMetric(opinions, predictions)
    stats["ResPow"] = power.evaluate()["score"]
    stats["ResPowNormalized"] = power.evaluate(enable_mapping=True)["score"]
    return stats


def get_stats(
    truths: Sequence[float],
    predictions: Sequence[float],
    raw: Optional[Sequence[Any]] = None,
    all_models: Optional[Sequence[Sequence[float]]] = None,
    stddev: Optional[Sequence[Any]] = None,
    splits: int = 0,
) -> dict[str, Any]:
    """RMSE, SRCC, PCC and KENDALL after a logistic fit; with opinions AUC_DS, AUC_BW, ResPow; with
    the predictions of all_models, or of so many splits, how much the former differ.
    """
    kendall = KendallPerfMetric(truths, predictions).evaluate(enable_mapping=True)["score"]
    stats = {**_agreement(truths, predictions), "KENDALL": kendall}
    stats.update(ys_label=list(truths), ys_label_pred=list(predictions))
    if all_models is not None:
        stats.update(_spread([_agreement(truths, one) for one in all_models], "model"))
    if raw is not None:
        stats.update(_of_opinions(raw, predictions))
    if stddev is not None:
        stats["ys_label_stddev"] = stddev
    if splits:
        pairs = np.array([truths, predictions])
        drawn = [
            np.random.RandomState(seed).choice(len(truths), len(truths)) for seed in range(splits)
        ]
        rows = [_agreement(*pairs[:, chosen].tolist()) for chosen in drawn]
        stats.update(_spread(rows, "test_splits"))
    return stats


def format_stats(stats: dict[str, Any]) -> str:
    words = [f"{kind}: {stats[kind]:.3f}" for kind in _KINDS]
    if "AUC_DS" in stats:
        words.append(f"AUC: {stats['AUC_DS']:.3f}/{stats['AUC_BW']:.3f}")
        words.append(f"ResPow: {stats['ResPow']:.3f}/{stats['ResPowNormalized']:.3f}")
    return f"({', '.join(words)})"


def format_spread(stats: dict[str, Any], name: str) -> str:
    """With intervals of 95 %, across "model" or "test_splits"."""
    words = [
        f"{kind}: {stats[kind]:.3f}+/-{stats[f'{kind}_across_{name}_ci']:.3f}" for kind in _KINDS
    ]
    return f"({', '.join(words)})"


class Scatter:
    """Draws true and predicted scores, a colour for each content.

    do_plot: "aggregate", into the given axes; "per_content", a figure each;
    "groundtruth_predicted_in_parallel", one figure of both, clip by clip.
    """

    def __init__(
        self, stats: dict[str, Any], content_ids: Sequence[Any], point_labels: Optional[List[Any]]
    ) -> None:
        self._truths, self._predictions = (
            np.array(stats["ys_label"]),
            np.array(stats["ys_label_pred"]),
        )
        given = stats.get("ys_label_stddev") or [None] * len(self._truths)
        self._error = np.array([0.0 if one is None else float(one) for one in given]) * 1.96
        self._labels = point_labels
        self._contents = {
            content: np.array([i for i, one in enumerate(content_ids) if one == content])
            for content in sorted(set(content_ids), key=str)
        }

    def _colour(self, content: Any) -> Any:
        from matplotlib import pyplot  # pylint: disable=import-outside-toplevel

        place = list(self._contents).index(content) / max(1, len(self._contents) - 1)
        return pyplot.get_cmap("jet")(place)

    def _points(self, axes: Any, content: Any, fit: bool) -> None:
        chosen: NDArray[Any] = self._contents[content]
        axes.errorbar(
            self._truths[chosen],
            self._predictions[chosen],
            xerr=self._error[chosen],
            marker="o",
            linestyle="",
            label=content,
            color=self._colour(content),
        )
        for i in chosen if self._labels else []:
            axes.annotate(self._labels[i], (self._truths[i], self._predictions[i]))
        if fit and len(chosen) > 1:
            slope, level = np.polyfit(self._truths[chosen], self._predictions[chosen], 1)
            axes.axline((0, level), slope=slope, color=self._colour(content), linestyle="--")

    def draw(self, axes: Any, do_plot: Sequence[str] = ("aggregate",), fit: bool = False) -> None:
        from matplotlib import pyplot  # pylint: disable=import-outside-toplevel

        unknown = [name for name in do_plot if name not in DO_PLOT]
        if unknown:
            raise AssertionError(f"do_plot {', '.join(unknown)} is none of {', '.join(DO_PLOT)}")
        if "aggregate" in do_plot:
            for content in self._contents:
                self._points(axes, content, fit)
        else:
            pyplot.close(axes.figure)  # nothing is drawn there
        for content in self._contents if "per_content" in do_plot else []:
            own = pyplot.subplots()[1]
            self._points(own, content, fit)
            own.set(title=f"Content {content}", xlabel="True Score", ylabel="Predicted Score")
            own.grid()
        if "groundtruth_predicted_in_parallel" in do_plot:
            self._draw_in_parallel()

    def _draw_in_parallel(self) -> None:
        from matplotlib import pyplot  # pylint: disable=import-outside-toplevel

        rows = pyplot.subplots(nrows=2, sharex=True)[1]
        for axes, values, name in zip(
            rows, (self._truths, self._predictions), ("True Score", "Predicted Score"), strict=True
        ):
            for content, chosen in self._contents.items():
                axes.plot(chosen, values[chosen], "-^", color=self._colour(content), label=content)
            axes.set(xlabel="Stimuli", ylabel=name)
            axes.grid()
        rows[0].legend()
