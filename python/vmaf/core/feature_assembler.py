"""Chosen features of several extractors."""

from __future__ import annotations

from typing import Any, List, Mapping, Optional, Sequence, Type, Union

from . import cambi_feature_extractor, noref_feature_extractor, vmafexec_feature_extractor
from .asset import Asset
from .feature_extractor import FeatureExtractor
from .result import BasicResult

# Extractors are found by type among those that were imported.
_IMPORTED = (cambi_feature_extractor, noref_feature_extractor, vmafexec_feature_extractor)


class FeatureAssembler:
    """feature_dict: {"VMAF_feature": "all"} or {"VMAF_feature": ["vif", "adm"], ...}.
    feature_option_dict: the options of an extractor, which then has none of optional_dict.
    results: one for each asset, with keys without options.
    """

    def __init__(
        self,
        feature_dict: Mapping[str, Union[str, List[str]]],
        feature_option_dict: Optional[Mapping[str, dict[str, Any]]],
        assets: Sequence[Asset],
        logger: Any,
        fifo_mode: bool = True,
        delete_workdir: bool = True,
        result_store: Any = None,
        optional_dict: Optional[dict[str, Any]] = None,
        optional_dict2: Optional[dict[str, Any]] = None,
        parallelize: bool = False,
        processes: Optional[int] = None,
        save_workfiles: bool = False,
    ) -> None:  # pylint: disable=too-many-arguments
        self.feature_dict = feature_dict
        self.feature_option_dict = feature_option_dict or {}
        self.assets = list(assets)
        self.optional_dict = optional_dict
        self.parallelize, self.processes = parallelize, processes
        self._settings = {
            "logger": logger,
            "fifo_mode": fifo_mode,
            "delete_workdir": delete_workdir,
            "result_store": result_store,
            "optional_dict2": optional_dict2,
            "save_workfiles": save_workfiles,
        }
        self.results: List[BasicResult] = []

    def _get_fextractor_instance(self, fextractor_type: str) -> FeatureExtractor:
        extractor: Type[FeatureExtractor] = FeatureExtractor.find_subclass(fextractor_type)
        options = self.feature_option_dict.get(fextractor_type, self.optional_dict)
        return extractor(self.assets, optional_dict=options, **self._settings)

    def run(self) -> None:
        chosen: List[dict[str, Any]] = [{} for _ in self.assets]
        for kind, atoms in self.feature_dict.items():
            extractor = self._get_fextractor_instance(kind)
            extractor.run(parallelize=self.parallelize, processes=self.processes)
            names = extractor.all_atoms() if atoms == "all" else atoms
            for features, result in zip(chosen, extractor.results, strict=True):
                features.update(extractor.pick(result.result_dict, names))
        self.results = [
            BasicResult(asset, features)
            for asset, features in zip(self.assets, chosen, strict=True)
        ]

    def remove_results(self) -> None:
        """From the result store."""
        for kind in self.feature_dict:
            self._get_fextractor_instance(kind).remove_results()
