"""Runs quality runners over datasets."""

from __future__ import annotations

import copy
import os
from typing import Any, Callable, List, Optional, Tuple, Type

import numpy as np
import visq

from . import _left_out
from .core.asset import Asset
from .core.perf_metric import PccPerfMetric, SrccPerfMetric
from .core.quality_runner import QualityRunner
from .core.result import Result
from .dataset_stats import Scatter, format_spread, format_stats, get_stats
from .datasets import SubjectiveDatasetReader, read_dataset

train_test_vmaf_on_dataset = _left_out.training("train_test_vmaf_on_dataset")
cv_on_dataset = _left_out.training("cv_on_dataset")
run_vmaf_cv = _left_out.training("run_vmaf_cv")
run_vmaf_cv_from_raw = _left_out.training("run_vmaf_cv_from_raw")
run_vmaf_kfold_cv = _left_out.training("run_vmaf_kfold_cv")

# Options of runners that are given as arguments.
_OPTIONS = ("enable_transform_score", "disable_clip_score", "subsample")


def _sureal(name: str, module: str) -> Any:
    """Models of opinions are in the package sureal."""
    try:
        return getattr(__import__(f"sureal.{module}", fromlist=[name]), name)
    except ImportError as error:
        raise visq.NotSupported(
            "the dataset has opinions (os) and no scores, which the package sureal would make of "
            "them: pip install sureal"
        ) from error


def _aggregated(dataset: Any, settings: dict[str, Any]) -> Any:
    """A dataset with a score for each clip, of one that has all opinions."""
    model = settings.get("subj_model_class") or _sureal("DmosModel", "subjective_model")
    reader = settings.get("dataset_reader_class") or _sureal("RawDatasetReader", "dataset_reader")
    subjective = model(reader(dataset))
    subjective.run_modeling(**settings)
    return subjective.to_aggregated_dataset(**settings)


class SubjectiveDatasetTester:
    """run(): scores the assets of a reader, compares them with what people said, prints `stats` and
    draws them into ax. test_assets, results.

    kwargs: enable_transform_score, disable_clip_score, subsample, additional_optional_dict for the
    runner; processes; split_test_indices_for_perf_ci, n_splits_test_indices; subj_model_class and
    dataset_reader_class of the package sureal; point_label ("asset_id", "dis_path"), do_plot and
    plot_linear_fit of what is drawn.
    """

    def __init__(
        self,
        subjective_dataset_reader: SubjectiveDatasetReader,
        quality_runner_class: Type[QualityRunner],
        quality_runner_optional_dict: Optional[dict[str, Any]] = None,
        ax: Any = None,
        result_store: Any = None,
        parallelize: bool = True,
        fifo_mode: bool = True,
        aggregate_method: Optional[Callable[[Any], Any]] = np.mean,
        type: str = "regressor",  # pylint: disable=redefined-builtin
        **kwargs: Any,
    ) -> None:
        if type != "regressor":
            raise visq.NotSupported(f'SubjectiveDatasetTester: type "{type}" is not "regressor"')
        self.dataset = subjective_dataset_reader.dataset
        self.quality_runner_class = quality_runner_class
        self.quality_runner_optional_dict = quality_runner_optional_dict or {}
        self.ax, self.result_store = ax, result_store
        self.parallelize, self.fifo_mode = parallelize, fifo_mode
        self.aggregate_method = aggregate_method
        self.kwargs = {**kwargs, **subjective_dataset_reader.kwargs}
        models = [name for name in self.kwargs if name.startswith("model_")]
        if models:
            raise visq.NotSupported(
                f"{', '.join(models)}: one model scores the whole dataset; run each size of "
                "screen on its own"
            )
        self.test_assets: List[Asset] = copy.deepcopy(subjective_dataset_reader.read())
        self.test_raw_assets: Optional[List[Asset]] = None
        self.results: List[Result] = []
        self.stats: dict[str, Any] = {}

    def derive_assets(self) -> None:
        """Scores of opinions, where an asset has no score of its own."""
        if any(asset.groundtruth is None for asset in self.test_assets):
            self.test_raw_assets = self.test_assets
            self.test_assets = read_dataset(_aggregated(self.dataset, self.kwargs), **self.kwargs)

    def run(self) -> None:
        self.derive_assets()
        options = dict(self.quality_runner_optional_dict)
        options.update({k: self.kwargs[k] for k in _OPTIONS if self.kwargs.get(k) is not None})
        options.update(self.kwargs.get("additional_optional_dict") or {})
        runner = self.quality_runner_class(
            self.test_raw_assets or self.test_assets,
            None,
            fifo_mode=self.fifo_mode,
            result_store=self.result_store,
            optional_dict=options,
        )
        runner.run(parallelize=self.parallelize, processes=self.kwargs.get("processes"))
        self.results = runner.results
        for result in self.results:
            result.set_score_aggregate_method(self.aggregate_method)
        self._make_stats()
        if self.ax is not None:
            self._draw()

    def _make_stats(self) -> None:
        runner, raw = self.quality_runner_class, None
        if self.test_raw_assets is not None:
            raw = [asset.raw_groundtruth for asset in self.test_raw_assets]
        models = None
        if hasattr(runner, "get_all_models_score_key"):
            rows = [result[runner.get_all_models_score_key()] for result in self.results]
            models = np.array(rows).T.tolist()
        splits = self.kwargs.get("split_test_indices_for_perf_ci", False)
        self.stats = get_stats(
            [asset.groundtruth for asset in self.test_assets],
            [result[runner.get_score_key()] for result in self.results],
            raw=raw,
            all_models=models,
            stddev=[asset.groundtruth_std for asset in self.test_assets],
            splits=self.kwargs.get("n_splits_test_indices", 5) if splits else 0,
        )
        print(f"Stats on testing data: {format_stats(self.stats)}")
        for name in ("model", "test_splits"):
            if f"SRCC_across_{name}_ci" in self.stats:
                print(f"Stats across {name}s of testing data: {format_spread(self.stats, name)}")

    def _draw(self) -> None:
        label = self.kwargs.get("point_label")
        if label not in (None, "asset_id", "dis_path"):
            raise AssertionError(f'point_label "{label}" is neither asset_id nor dis_path')
        names = [getattr(asset, label) for asset in self.test_assets] if label else None
        if label == "dis_path":
            names = [os.path.splitext(os.path.basename(name))[0] for name in names or []]
        contents = [asset.content_id for asset in self.test_assets]
        Scatter(self.stats, contents, names).draw(
            self.ax,
            self.kwargs.get("do_plot", ["aggregate"]),
            self.kwargs.get("plot_linear_fit", False),
        )
        self.ax.set(xlabel="True Score", ylabel="Predicted Score")
        self.ax.set_title(f"{self.quality_runner_class.TYPE}\n{format_stats(self.stats)}")
        self.ax.grid()


def run_test_on_dataset(
    test_dataset: Any,
    runner_class: Type[QualityRunner],
    ax: Any,
    result_store: Any,
    model_filepath: Optional[str],
    parallelize: bool = True,
    fifo_mode: bool = True,
    aggregate_method: Optional[Callable[[Any], Any]] = np.mean,
    type: str = "regressor",  # pylint: disable=redefined-builtin
    **kwargs: Any,
) -> Tuple[List[Asset], List[Result]]:
    """The assets of a dataset and their results; see SubjectiveDatasetTester."""
    options = dict(kwargs.pop("optional_dict", None) or {})
    if model_filepath is not None:
        if options.get("model_filepath") not in (None, model_filepath):
            raise AssertionError(
                f"model_filepath {model_filepath} is not that of optional_dict, "
                f"{options['model_filepath']}"
            )
        options["model_filepath"] = model_filepath
    tester = SubjectiveDatasetTester(
        SubjectiveDatasetReader(test_dataset, **kwargs),
        runner_class,
        quality_runner_optional_dict=options,
        ax=ax,
        result_store=result_store,
        parallelize=parallelize,
        fifo_mode=fifo_mode,
        aggregate_method=aggregate_method,
        type=type,
        **kwargs,
    )
    tester.run()
    return tester.test_assets, tester.results


def _resampled(rows: Any, count: int, seed: Optional[int]) -> dict[str, Any]:
    """Correlations of two predictions with the truth, of clips drawn again and again."""
    random, drawn = np.random.RandomState(seed), []
    for _ in range(count):
        truth, first, second = rows[:, random.choice(rows.shape[1], rows.shape[1])]
        pairs = [_correlations(truth, first), _correlations(truth, second)]
        drawn.append([[pair[kind] for pair in pairs] for kind in ("plcc", "srocc")])
    result: dict[str, Any] = {}
    for i, kind in enumerate(("plcc", "srocc")):
        values = np.array(drawn)[:, i]
        result[kind] = [tuple(pair) for pair in values.tolist()]
        parts = {"first": values[:, 0], "second": values[:, 1], "diff": values[:, 1] - values[:, 0]}
        for name, part in parts.items():
            result[f"{kind}_ci95_{name}"] = np.percentile(part, [2.5, 97.5]).tolist()
    return result


def _correlations(truth: Any, prediction: Any) -> dict[str, float]:
    return {
        "plcc": PccPerfMetric(truth, prediction).evaluate()["score"],
        "srocc": SrccPerfMetric(truth, prediction).evaluate()["score"],
    }


def compare_two_quality_runners_on_dataset(
    test_dataset: Any,
    first_runner_class: Type[QualityRunner],
    second_runner_class: Type[QualityRunner],
    result_store: Any,
    parallelize: bool = True,
    fifo_mode: bool = True,
    aggregate_method: Optional[Callable[[Any], Any]] = np.mean,
    type: str = "regressor",  # pylint: disable=redefined-builtin
    num_resample: int = 1000,
    seed_resample: Optional[int] = None,
    **kwargs: Any,
) -> dict[str, Any]:
    """Is one runner closer to what people said? plcc and srocc: pairs of correlations, of clips
    that are drawn again num_resample times; ..._ci95_first, _second, _diff: intervals of 95 %.
    """
    if kwargs.pop("ax_plcc", None) is not None or kwargs.pop("ax_srocc", None) is not None:
        raise visq.NotSupported("compare_two_quality_runners_on_dataset draws nothing")
    rows = []
    for runner in (first_runner_class, second_runner_class):
        assets, results = run_test_on_dataset(
            test_dataset,
            runner,
            None,
            result_store,
            None,
            parallelize,
            fifo_mode,
            aggregate_method,
            type,
            **kwargs,
        )
        rows.append([result[runner.get_score_key()] for result in results])
    truths = [asset.groundtruth for asset in assets]
    return _resampled(np.array([truths, *rows], float), num_resample, seed_resample)


def generate_dataset_from_raw(
    raw_dataset_filepath: str, output_dataset_filepath: str, **kwargs: Any
) -> None:
    """A dataset file with a score for each clip, of one that has all opinions."""
    model = kwargs.get("subj_model_class") or _sureal("DmosModel", "subjective_model")
    subjective = model.from_dataset_file(
        raw_dataset_filepath,
        content_ids=kwargs.get("content_ids"),
        asset_ids=kwargs.get("asset_ids"),
    )
    subjective.run_modeling(**kwargs)
    subjective.to_aggregated_dataset_file(output_dataset_filepath, **kwargs)


def run_remove_results_for_dataset(result_store: Any, dataset: Any, executor_class: Any) -> None:
    executor_class(read_dataset(dataset), None, result_store=result_store).remove_results()


def print_matplotlib_warning() -> None:
    print("Warning: there is no matplotlib, so nothing is drawn (pip install matplotlib)")


__all__ = [
    "SubjectiveDatasetReader",
    "SubjectiveDatasetTester",
    "read_dataset",
    "run_test_on_dataset",
]
