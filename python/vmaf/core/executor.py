"""Runs over a list of assets."""

from __future__ import annotations

import concurrent.futures
import hashlib
import os
import re
from typing import Any, List, Optional, Sequence

import visq

from ._input import clips
from .asset import Asset
from .result import Result


class Executor:
    """Scores assets: run(), then `results`, one for each asset in their order.

    optional_dict    options that change scores; n_threads and subsample are for every executor
    optional_dict2   options that do not
    result_store     an object with load(asset, executor_id) and save(result), for results that are
                     there already
    fifo_mode, delete_workdir, save_workfiles
                     are accepted: there are no work files
    """

    TYPE = ""
    VERSION = ""

    def __init__(
        self,
        assets: Sequence[Asset],
        logger: Any,
        fifo_mode: bool = True,
        delete_workdir: bool = True,
        result_store: Any = None,  # pylint: disable=too-many-arguments
        optional_dict: Optional[dict[str, Any]] = None,
        optional_dict2: Optional[dict[str, Any]] = None,
        save_workfiles: bool = False,
    ) -> None:
        self.assets = list(assets)
        self.logger = logger
        self.fifo_mode, self.delete_workdir, self.save_workfiles = (
            fifo_mode,
            delete_workdir,
            save_workfiles,
        )
        self.result_store = result_store
        self.optional_dict = optional_dict
        self.optional_dict2 = optional_dict2
        self.results: List[Result] = []
        for asset in self.assets:
            _ = asset.quality_width_height  # raises when the sides do not fit

    # ---- for derived classes ----

    def _metrics(self) -> List[Any]:
        """What visq.score is to score."""
        raise NotImplementedError

    def _result_dict(self, scores: visq.Scores) -> dict[str, Any]:
        raise NotImplementedError

    # ---- options ----

    def _option(self, name: str, default: Any = None) -> Any:
        for options in (self.optional_dict2, self.optional_dict):
            if options is not None and name in options:
                return options[name]
        return default

    @property
    def executor_id(self) -> str:
        """Type, version and options that change scores: what a result store knows results by."""
        text = f"{self.TYPE}_V{self.VERSION}"
        if self.optional_dict:
            options = "_".join(
                f"{key}_{self.optional_dict[key]}" for key in sorted(self.optional_dict)
            )
            text += "_" + (
                options if len(options) <= 140 else hashlib.sha1(options.encode()).hexdigest()
            )
        return re.sub(r"[' /]", "_", text)

    # ---- running ----

    def run(self, parallelize: bool = False, processes: Optional[int] = None, **_: Any) -> None:
        """Scores all assets; with parallelize several at a time, each with n_threads threads (1),
        at most `processes`.
        """
        if processes is not None and (not parallelize or processes < 1):
            raise ValueError(f"run: processes={processes} is at least 1 and needs parallelize=True")
        if not parallelize:
            self.results = [
                self._run_on_asset(asset, self._option("n_threads", 0)) for asset in self.assets
            ]
            return
        threads = self._option("n_threads", 1)
        with concurrent.futures.ThreadPoolExecutor(processes or os.cpu_count()) as pool:
            self.results = list(
                pool.map(lambda asset: self._run_on_asset(asset, threads), self.assets)
            )

    def _run_on_asset(self, asset: Asset, threads: int) -> Result:
        stored = self.result_store.load(asset, self.executor_id) if self.result_store else None
        if self.logger:
            self.logger.info(
                f"{self.executor_id}: {'there is a result of' if stored else 'scoring'} {asset}"
            )
        if stored is not None:
            return stored
        with clips(asset) as (reference, distorted, settings):
            scores = visq.score(
                reference,
                distorted,
                self._metrics(),
                threads=threads,
                subsample=self._option("subsample", 1),
                **settings,
            )
        result = Result(asset, self.executor_id, self._result_dict(scores))
        if self.result_store:
            self.result_store.save(result)
        return result

    def remove_results(self) -> None:
        """From the result store."""
        if self.result_store:
            for asset in self.assets:
                self.result_store.delete(asset, self.executor_id)


def scores_list(scores: visq.Scores, name: str) -> List[Optional[float]]:
    """A score of all frames; None where a frame has none."""
    return [None if value != value else value for value in scores[name].tolist()]
