"""Runs over a list of assets."""

from __future__ import annotations

import concurrent.futures
import hashlib
import math
import os
import re
from typing import Any, ClassVar, List, Mapping, Optional, Sequence, Tuple, Type

import visq

from ..tools.yuv import layout_of
from ._input import Sides, clips, is_known_format, work_type, write_workfile
from .asset import Asset, AssetError
from .mixin import TypeVersionEnabled
from .result import Result

# A list of each score, a value a frame; None where a frame has none.
Columns = Mapping[str, List[Optional[float]]]


def _rounded(values: Sequence[float], decimals: Optional[int]) -> List[Optional[float]]:
    if decimals is None:
        return [None if math.isnan(value) else value for value in values]
    return [None if math.isnan(value) else round(value, decimals) for value in values]


class RefusedError(visq.InvalidArgument, AssertionError):
    """What cannot be scored, or not so. libvmaf's package raises an AssertionError."""


class Executor(TypeVersionEnabled):
    """Scores assets: run(), then `results`, one for each asset in their order.

    optional_dict    options that change scores; n_threads and subsample are for every executor
    optional_dict2   options that do not, and disable_avx
    result_store     an object with load(asset, executor_id) and save(result), for results that are
                     there already
    save_workfiles   keeps both clips in the result store, as they are compared; not with fifo_mode
    fifo_mode, delete_workdir
                     are accepted: there are no work files
    """

    SIDES: ClassVar[Sides] = ("ref", "dis")
    # libvmaf's package reads scores from a report, which has six decimals; None: of no report.
    DECIMALS: ClassVar[Optional[int]] = 6
    GENERAL_OPTIONS: ClassVar[Tuple[str, ...]] = ("n_threads", "subsample", "disable_avx")

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
        self._assert_args()
        for asset in self.assets:
            self._assert_an_asset(asset)

    def _assert_args(self) -> None:
        if self.save_workfiles and self.fifo_mode:
            raise AssertionError("To save workfiles, FIFO mode cannot be true.")
        if self.save_workfiles and self.result_store is None:
            raise AssertionError("save_workfiles needs a result_store, which they are kept in")

    @classmethod
    def _get_workfile_yuv_type(cls, asset: Asset) -> str:
        return work_type(asset, cls.SIDES)

    @classmethod
    def _bits(cls, asset: Asset) -> int:
        """Of the samples that are compared."""
        if not is_known_format(asset, cls.SIDES):
            raise RefusedError(
                f"{cls.TYPE} is on the scale of the samples: workfile_yuv_type says how many bits "
                f"those of {asset.dis_path} are compared with"
            )
        return layout_of(cls._get_workfile_yuv_type(asset)).bits

    @classmethod
    def _assert_an_asset(cls, asset: Asset) -> None:
        _ = asset.quality_width_height, cls._get_workfile_yuv_type(asset)  # raise what is wrong
        for side in cls.SIDES:
            if (asset.get_filter_cmd("crop", side) or asset.get_filter_cmd("pad", side)) and not (
                "quality_width" in asset.asset_dict and "quality_height" in asset.asset_dict
            ):
                raise AssetError(
                    "crop_cmd and pad_cmd change the size: quality_width and quality_height say "
                    "at which size the clips are compared"
                )

    # ---- for derived classes ----

    def _metrics(self, asset: Asset) -> List[Any]:
        """What visq.score is to score."""
        raise NotImplementedError

    def _as_read(self, scores: visq.Scores, asset: Asset) -> Columns:
        """The scores, with the decimals that libvmaf's package has of them."""
        del asset
        return {name: _rounded(scores[name].tolist(), self.DECIMALS) for name in scores}

    def _result_dict(self, scores: Columns, asset: Asset) -> dict[str, Any]:
        raise NotImplementedError

    # ---- options ----

    def _options(self) -> dict[str, Any]:
        """Those that are given; None stands for one that is not."""
        given = {**(self.optional_dict or {}), **(self.optional_dict2 or {})}
        return {name: value for name, value in given.items() if value is not None}

    def _option(self, name: str, default: Any = None) -> Any:
        return self._options().get(name, default)

    def _refuse(self, names: Sequence[str], known: Sequence[str]) -> None:
        """An option that nothing would honour."""
        unknown = [name for name in names if name not in known]
        if unknown:
            raise RefusedError(
                f"{self.TYPE} has no option {', '.join(unknown)}; it has {', '.join(sorted(known))}"
            )

    @staticmethod
    def get_normalized_string_from_dict(d: dict[str, Any]) -> str:
        """Options as part of a name; of a function, its name."""
        words = [f"{key}_{getattr(d[key], '__qualname__', d[key])}" for key in sorted(d)]
        text = "_".join(words)
        return text if len(text) <= 140 else hashlib.sha1(text.encode()).hexdigest()

    @property
    def executor_id(self) -> str:
        """Type, version and options that change scores: what a result store knows results by."""
        text = self.get_type_version_string()
        if self.optional_dict:
            text += "_" + self.get_normalized_string_from_dict(self.optional_dict)
        return re.sub(r"[' /]", "_", text)

    # ---- running ----

    def run(self, parallelize: bool = False, processes: Optional[int] = None) -> None:
        """Scores all assets; with parallelize several at a time, each with n_threads threads (1),
        at most `processes`.
        """
        if processes is not None and (not parallelize or processes < 1):
            raise AssertionError(
                f"run: processes={processes} is at least 1 and needs parallelize=True"
            )
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
        stored = self._stored(asset)
        if self.logger:
            self.logger.info(
                f"{self.executor_id}: {'there is a result of' if stored else 'scoring'} {asset}"
            )
        if stored is not None:
            return stored
        try:
            result = Result(asset, self.executor_id, self._score(asset, threads))
        except RefusedError:
            raise
        except visq.InvalidArgument as error:
            raise RefusedError(*error.args) from error
        if self.result_store:
            self.result_store.save(result)
            if self.save_workfiles:
                self._keep_workfiles(result)
        return result

    def _score(self, asset: Asset, threads: int) -> dict[str, Any]:
        metrics = self._metrics(asset)
        with clips(asset, self.SIDES) as (reference, distorted, settings):
            scores = visq.score(
                reference,
                distorted,
                metrics,
                threads=threads,
                subsample=self._option("subsample", 1),
                cpumask=-1 if self._option("disable_avx", False) else 0,
                **settings,
            )
        return self._result_dict(self._as_read(scores, asset), asset)

    # ---- the result store ----

    def _suffix(self, asset: Asset, side: str) -> str:
        width, height = asset.quality_width_height
        return f"_{side}.{width}x{height}.{self._get_workfile_yuv_type(asset)}.yuv"

    def _stored(self, asset: Asset) -> Optional[Result]:
        if self.result_store is None:
            return None
        if self.save_workfiles and not self.result_store.has_workfile(
            asset, self.executor_id, self._suffix(asset, "dis")
        ):
            return None
        return self.result_store.load(asset, self.executor_id)

    def _keep_workfiles(self, result: Result) -> None:
        os.makedirs(result.asset.workdir, exist_ok=True)
        path = os.path.join(result.asset.workdir, "workfile.yuv")
        for side in sorted(set(self.SIDES)):
            write_workfile(result.asset, self.SIDES, side, path)
            self.result_store.save_workfile(result, path, self._suffix(result.asset, side))
        os.remove(path)
        os.rmdir(result.asset.workdir)

    def remove_results(self) -> None:
        """From the result store."""
        for asset in self.assets if self.result_store else []:
            self.result_store.delete(asset, self.executor_id)
            if asset.quality_width_height:
                for side in sorted(set(self.SIDES)):
                    self.result_store.delete_workfile(
                        asset, self.executor_id, self._suffix(asset, side)
                    )


class NorefExecutorMixin:
    """Looks at the distorted clip alone."""

    SIDES: ClassVar[Sides] = ("dis", "dis")


def run_executors_in_parallel(
    executor_class: Type[Executor],
    assets: Sequence[Asset],
    *,
    parallelize: bool = True,
    **more: Any,
) -> Tuple[List[Executor], List[Result]]:
    """An executor for each asset, and their results."""
    executor = executor_class(assets, more.pop("logger", None), **more)
    executor.run(parallelize=parallelize)
    return [executor], executor.results
