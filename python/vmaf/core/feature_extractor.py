"""Features of assets. A class is a table: which metrics run, and under which key each of their
scores is found.
"""

from __future__ import annotations

from typing import Any, ClassVar, List, Mapping

import numpy as np
import visq

from .executor import Executor, scores_list
from .result import BasicResult

_SCALES = [f"{part}_scale{i}" for i in range(4) for part in ("num", "den")]
_VIF = (
    ["vif"]
    + [f"vif_scale{i}" for i in range(4)]
    + ["vif_num", "vif_den"]
    + [f"vif_{s}" for s in _SCALES]
)
_ADM = (
    ["adm", "adm2", "aim", "adm3"]
    + [f"adm_scale{i}" for i in range(4)]
    + ["adm_num", "adm_den"]
    + [f"adm_{s}" for s in _SCALES]
)
_MOTION = ["motion", "motion2", "motion3"]
DEBUG = {"debug": True}


class FeatureExtractor(Executor):
    """METRICS: the metrics and their options. ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT: score of an atom
    feature.
    """

    METRICS: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    ATOM_FEATURES: ClassVar[List[str]] = []
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT: ClassVar[Mapping[str, str]] = {}
    DERIVED_ATOM_FEATURES: ClassVar[List[str]] = []
    _GENERAL = ("n_threads", "subsample", "disable_avx")  # options that are for no metric

    @classmethod
    def get_scores_key(cls, atom_feature: str) -> str:
        return f"{cls.TYPE}_{atom_feature}_scores"

    @classmethod
    def get_score_key(cls, atom_feature: str) -> str:
        return f"{cls.TYPE}_{atom_feature}_score"

    def _metrics(self) -> List[Any]:
        options = {**(self.optional_dict or {}), **(self.optional_dict2 or {})}
        options = {key: value for key, value in options.items() if key not in self._GENERAL}
        if len(self.METRICS) == 1:
            return [(name, {**defaults, **options}) for name, defaults in self.METRICS.items()]
        known = {m.name: {o.name for o in m.options} for m in visq.list_metrics()}
        return [
            (name, {**defaults, **{k: v for k, v in options.items() if k in known[name]}})
            for name, defaults in self.METRICS.items()
        ]

    def _atom_of(self, column: str) -> str:
        """The atom feature of a score, with the options its name carries; "" when it is none."""
        table = self.ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT
        matches = [
            atom for atom, key in table.items() if column == key or column.startswith(key + "_")
        ]
        if not matches:
            return ""
        atom = max(matches, key=lambda match: len(table[match]))
        return atom + column[len(table[atom]) :]

    def _result_dict(self, scores: visq.Scores) -> dict[str, Any]:
        atoms = {column: self._atom_of(column) for column in scores}
        return {
            self.get_scores_key(atom): scores_list(scores, column)
            for column, atom in atoms.items()
            if atom
        }


def _table(prefix: str, atoms: List[str], **others: str) -> dict[str, str]:
    return {**{atom: prefix + atom for atom in atoms}, **others}


class VmafFeatureExtractor(FeatureExtractor):
    """VIF, ADM, motion and ANSNR in floating point."""

    TYPE, VERSION = "VMAF_feature", "0.2.21"
    METRICS = {"float_adm": DEBUG, "float_vif": DEBUG, "float_motion": DEBUG, "float_ansnr": {}}
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = _table(
        "", _VIF + _ADM + _MOTION, ansnr="float_ansnr", anpsnr="float_anpsnr"
    )
    ATOM_FEATURES = list(ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT)
    DERIVED_ATOM_FEATURES = ["vif2"]

    def _result_dict(self, scores: visq.Scores) -> dict[str, Any]:
        result = super()._result_dict(scores)
        # The mean of the scales' ratios.
        ratios = []
        for i in range(4):
            parts = [
                np.asarray(
                    result[
                        BasicResult.scores_key_wildcard_match(
                            result, self.get_scores_key(f"vif_{part}_scale{i}")
                        )
                    ],
                    float,
                )
                for part in ("num", "den")
            ]
            ratios.append(parts[0] / parts[1])
        result[self.get_scores_key("vif2")] = (sum(ratios) / 4).tolist()
        return result


class VmafIntegerFeatureExtractor(VmafFeatureExtractor):
    """VIF, ADM and motion in integers, and ANSNR."""

    TYPE = "VMAF_integer_feature"
    METRICS = {"adm": DEBUG, "vif": DEBUG, "motion": DEBUG, "float_ansnr": {}}
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = _table(
        "integer_", _VIF + _ADM + _MOTION, ansnr="float_ansnr", anpsnr="float_anpsnr"
    )
    ATOM_FEATURES = list(ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT)


class PsnrFeatureExtractor(FeatureExtractor):
    TYPE, VERSION = "PSNR_feature", "1.1"
    METRICS = {"float_psnr": {}}
    ATOM_FEATURES = ["psnr"]
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = {"psnr": "float_psnr"}


class SsimFeatureExtractor(FeatureExtractor):
    TYPE, VERSION = "SSIM_feature", "1.3"
    METRICS = {"float_ssim": {"enable_lcs": True}}
    ATOM_FEATURES = ["ssim", "ssim_l", "ssim_c", "ssim_s"]
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = _table("float_", ATOM_FEATURES)


class MsSsimFeatureExtractor(FeatureExtractor):
    TYPE, VERSION = "MS_SSIM_feature", "1.3"
    METRICS = {"float_ms_ssim": {"enable_lcs": True}}
    ATOM_FEATURES = ["ms_ssim"] + [f"ms_ssim_{part}_scale{i}" for i in range(5) for part in "lcs"]
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = _table("float_", ATOM_FEATURES)


class AnsnrFeatureExtractor(FeatureExtractor):
    TYPE, VERSION = "ANSNR_feature", "1.0"
    METRICS = {"float_ansnr": {}}
    ATOM_FEATURES = ["ansnr", "anpsnr"]
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = _table("float_", ATOM_FEATURES)


class MomentFeatureExtractor(FeatureExtractor):
    """First and second moments of the luma, and its variance."""

    TYPE, VERSION = "Moment_feature", "1.0"
    METRICS = {"float_moment": {}}
    ATOM_FEATURES = ["ref1st", "ref2nd", "dis1st", "dis2nd"]
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = _table("float_moment_", ATOM_FEATURES)
    DERIVED_ATOM_FEATURES = ["refvar", "disvar"]

    def _result_dict(self, scores: visq.Scores) -> dict[str, Any]:
        result = super()._result_dict(scores)
        for side in ("ref", "dis"):
            first, second = (
                np.asarray(result[self.get_scores_key(side + order)], float)
                for order in ("1st", "2nd")
            )
            result[self.get_scores_key(side + "var")] = (second - first * first).tolist()
        return result


class SpeedChromaFeatureExtractor(FeatureExtractor):
    TYPE, VERSION = "Speed_chroma_feature", "0.9"
    METRICS = {"speed_chroma": {}}
    ATOM_FEATURES = ["speed_chroma_u", "speed_chroma_v", "speed_chroma_uv"]
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = _table("", ATOM_FEATURES)


class SpeedTemporalFeatureExtractor(FeatureExtractor):
    TYPE, VERSION = "Speed_temporal_feature", "0.9"
    METRICS = {"speed_temporal": {}}
    ATOM_FEATURES = ["speed_temporal"]
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = _table("", ATOM_FEATURES)
