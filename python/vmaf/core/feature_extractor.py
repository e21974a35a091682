"""Features of assets. A class is a table: which metrics run, and under which key each of their
scores is found.
"""

from __future__ import annotations

import functools
from typing import Any, ClassVar, FrozenSet, List, Mapping, Sequence

import numpy as np
import visq

from .asset import Asset
from .executor import Columns, Executor
from .result import BasicResult

_SCALES = [f"{part}_scale{i}" for i in range(4) for part in ("num", "den")]
_VIF_DEBUG = ["vif", "vif_num", "vif_den"] + [f"vif_{scale}" for scale in _SCALES]
_ADM_DEBUG = ["adm", "adm_num", "adm_den"] + [f"adm_{scale}" for scale in _SCALES]
VIF = [f"vif_scale{i}" for i in range(4)] + _VIF_DEBUG
ADM = ["adm2", "aim", "adm3"] + [f"adm_scale{i}" for i in range(4)] + _ADM_DEBUG
MOTION = ["motion", "motion2", "motion3"]
_DEBUG = {"debug": True}


def table(prefix: str, atoms: Sequence[str], **others: str) -> dict[str, str]:
    """Atom features whose scores have the same names, but for a prefix."""
    return {**{atom: prefix + atom for atom in atoms}, **others}


@functools.lru_cache(maxsize=None)
def options_of(metric: str) -> FrozenSet[str]:
    """The options of a metric of the library."""
    known = next(entry for entry in visq.list_metrics() if entry.name == metric)
    return frozenset(name for o in known.options for name in (o.name, o.alias) if name)


class FeatureExtractor(Executor):
    """METRICS: the metrics and their options. ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT: the library's
    name of an atom feature, to which options of the metric may be added.
    """

    METRICS: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    ATOM_FEATURES: ClassVar[List[str]] = []
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT: ClassVar[Mapping[str, str]] = {}
    DERIVED_ATOM_FEATURES: ClassVar[List[str]] = []

    @classmethod
    def get_scores_key(cls, atom_feature: str) -> str:
        return f"{cls.TYPE}_{atom_feature}_scores"

    @classmethod
    def get_score_key(cls, atom_feature: str) -> str:
        return f"{cls.TYPE}_{atom_feature}_score"

    # ---- scoring ----

    def _asset_options(self, asset: Asset) -> dict[str, Any]:
        """What an asset says of its encode, for the metrics that ask for it."""
        del asset
        return {}

    def _metrics(self, asset: Asset) -> List[Any]:
        options = {k: v for k, v in self._options().items() if k not in self.GENERAL_OPTIONS}
        known = {name: options_of(name) for name in self.METRICS}
        self._refuse(list(options), sorted(set().union(*known.values())))
        options.update(self._asset_options(asset))
        return [
            (name, {**defaults, **{k: v for k, v in options.items() if k in known[name]}})
            for name, defaults in self.METRICS.items()
        ]

    @classmethod
    def atom_of(cls, column: str) -> str:
        """The atom feature of a score, with the options its name carries; "" when it is none."""
        names = cls.ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT
        matches = [
            atom for atom, key in names.items() if column == key or column.startswith(key + "_")
        ]
        if not matches:
            return ""
        atom = max(matches, key=lambda match: len(names[match]))
        return atom + column[len(names[atom]) :]

    def _result_dict(self, scores: Columns, asset: Asset) -> dict[str, Any]:
        atoms = {atom: column for column in scores if (atom := self.atom_of(column))}
        order = {atom: i for i, atom in enumerate(self.ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT)}
        place = {atom: order[self._plain(atom)] for atom in atoms}
        return {
            self.get_scores_key(atom): scores[atoms[atom]]
            for atom in sorted(atoms, key=lambda atom: place[atom])
        }

    @classmethod
    def _plain(cls, atom: str) -> str:
        """Without the options that its name carries."""
        names = cls.ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT
        starts = [name for name in names if atom == name or atom.startswith(name + "_")]
        return max(starts, key=len)

    # ---- what others take from a result ----

    @classmethod
    def all_atoms(cls) -> List[str]:
        return cls.ATOM_FEATURES + cls.DERIVED_ATOM_FEATURES

    @classmethod
    def pick(cls, result_dict: dict[str, Any], atoms: Sequence[str]) -> dict[str, Any]:
        """Atom features under keys without the options of their metric."""
        keys = {atom: cls.get_scores_key(atom) for atom in atoms}
        return {
            key: result_dict[
                BasicResult.scores_key_wildcard_match(
                    result_dict, key, [other for other in keys.values() if other != key]
                )
            ]
            for key in keys.values()
        }


class VmafFeatureExtractor(FeatureExtractor):
    """VIF, ADM, motion and ANSNR in floating point."""

    TYPE, VERSION = "VMAF_feature", "0.2.21"
    METRICS = {"float_adm": _DEBUG, "float_vif": _DEBUG, "float_motion": _DEBUG, "float_ansnr": {}}
    ATOM_FEATURES = (
        ["vif", "adm", "adm2", "aim", "adm3", "ansnr", *MOTION]
        + ["vif_num", "vif_den", "adm_num", "adm_den", "anpsnr"]
        + [f"{feature}_{scale}" for feature in ("vif", "adm") for scale in _SCALES]
        + [f"{feature}_scale{i}" for feature in ("vif", "adm") for i in range(4)]
    )
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = table(
        "", ATOM_FEATURES, ansnr="float_ansnr", anpsnr="float_anpsnr"
    )
    DERIVED_ATOM_FEATURES = ["vif2"]

    def _result_dict(self, scores: Columns, asset: Asset) -> dict[str, Any]:
        result = super()._result_dict(scores, asset)
        # The mean of the scales' ratios.
        parts = {
            part: np.array(
                list(self.pick(result, [f"vif_{part}_scale{i}" for i in range(4)]).values())
            )
            for part in ("num", "den")
        }
        ratios = parts["num"] / parts["den"]
        result[self.get_scores_key("vif2")] = ratios.mean(axis=0).tolist()
        return result


class VifFrameDifferenceFeatureExtractor(FeatureExtractor):
    """Is left out, and says so: it is a program of its own in libvmaf's project."""

    TYPE = "VifDiff_feature"

    def __init__(self, *_: Any, **__: Any) -> None:  # pylint: disable=super-init-not-called
        raise visq.NotSupported(
            "VifFrameDifferenceFeatureExtractor: VIF of differences of frames is left out; "
            "SpeedTemporalFeatureExtractor compares them"
        )


class VmafIntegerFeatureExtractor(VmafFeatureExtractor):
    """VIF, ADM and motion in integers, and ANSNR."""

    TYPE = "VMAF_integer_feature"
    METRICS = {"adm": _DEBUG, "vif": _DEBUG, "motion": _DEBUG, "float_ansnr": {}}
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = table(
        "integer_", VmafFeatureExtractor.ATOM_FEATURES, ansnr="float_ansnr", anpsnr="float_anpsnr"
    )


class PsnrFeatureExtractor(FeatureExtractor):
    TYPE, VERSION = "PSNR_feature", "1.1"
    METRICS = {"float_psnr": {}}
    ATOM_FEATURES = ["psnr"]
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = {"psnr": "float_psnr"}


class PyPsnrFeatureExtractor(FeatureExtractor):
    """PSNR of each plane. max_db bounds it; unless given, it is 6 dB a bit and 12."""

    TYPE, VERSION, DECIMALS = "PyPsnr_feature", "1.0", None  # of no report
    METRICS = {"psnr": {"enable_mse": True}}
    ATOM_FEATURES = ["psnry", "psnru", "psnrv"]
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = {"psnry": "mse_y", "psnru": "mse_cb", "psnrv": "mse_cr"}
    MAX_DB: ClassVar[Any] = None

    def _metrics(self, asset: Asset) -> List[Any]:
        names = [name for name in self._options() if name not in self.GENERAL_OPTIONS]
        self._refuse(names, ["max_db"] if self.MAX_DB is None else [])
        return list(self.METRICS.items())

    def _result_dict(self, scores: Columns, asset: Asset) -> dict[str, Any]:
        bits = self._bits(asset)
        bound = self.MAX_DB or self._option("max_db", 6 * bits + 12)
        peak = (1 << bits) - 1
        with np.errstate(divide="ignore"):
            return {
                key: np.minimum(10 * np.log10(peak**2 / np.array(errors)), bound).tolist()
                for key, errors in super()._result_dict(scores, asset).items()
            }


class PyPsnrMaxdb100FeatureExtractor(PyPsnrFeatureExtractor):
    TYPE, MAX_DB = "PyPsnr_maxdb100_feature", 100.0


class PypsnrFeatureExtractor(PyPsnrFeatureExtractor):
    TYPE = "Pypsnr_feature"


class PypsnrMaxdb100FeatureExtractor(PyPsnrMaxdb100FeatureExtractor):
    TYPE = "Pypsnr_maxdb100_feature"


class SsimFeatureExtractor(FeatureExtractor):
    TYPE, VERSION = "SSIM_feature", "1.3"
    METRICS = {"float_ssim": {"enable_lcs": True}}
    ATOM_FEATURES = ["ssim", "ssim_l", "ssim_c", "ssim_s"]
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = table("float_", ATOM_FEATURES)


class MsSsimFeatureExtractor(FeatureExtractor):
    TYPE, VERSION = "MS_SSIM_feature", "1.3"
    METRICS = {"float_ms_ssim": {"enable_lcs": True}}
    ATOM_FEATURES = ["ms_ssim"] + [f"ms_ssim_{part}_scale{i}" for i in range(5) for part in "lcs"]
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = table("float_", ATOM_FEATURES)


class AnsnrFeatureExtractor(FeatureExtractor):
    TYPE, VERSION = "ANSNR_feature", "1.0"
    METRICS = {"float_ansnr": {}}
    ATOM_FEATURES = ["ansnr", "anpsnr"]
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = table("float_", ATOM_FEATURES)


class MomentFeatureExtractor(FeatureExtractor):
    """First and second moments of the luma, and its variance, of samples as they are."""

    TYPE, VERSION, DECIMALS = "Moment_feature", "1.1", None  # of no report
    METRICS = {"float_moment": {}}
    ATOM_FEATURES = ["ref1st", "ref2nd", "dis1st", "dis2nd"]
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = table("float_moment_", ATOM_FEATURES)
    DERIVED_ATOM_FEATURES = ["refvar", "disvar"]

    def _result_dict(self, scores: Columns, asset: Asset) -> dict[str, Any]:
        # The metric brings samples to the range of 8 bits.
        scale = 1 << (self._bits(asset) - 8)
        result = {
            key: (np.array(values) * (scale if key.endswith("1st_scores") else scale**2)).tolist()
            for key, values in super()._result_dict(scores, asset).items()
        }
        for atom in self.DERIVED_ATOM_FEATURES:
            first, second = (
                np.array(result[self.get_scores_key(atom.removesuffix("var") + order)])
                for order in ("1st", "2nd")
            )
            result[self.get_scores_key(atom)] = (second - first**2).tolist()
        return result


class SpeedChromaFeatureExtractor(FeatureExtractor):
    TYPE, VERSION = "Speed_chroma_feature", "0.9"
    METRICS = {"speed_chroma": {}}
    ATOM_FEATURES = ["speed_chroma_u", "speed_chroma_v", "speed_chroma_uv"]
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = table("", ATOM_FEATURES)


class SpeedTemporalFeatureExtractor(FeatureExtractor):
    TYPE, VERSION = "Speed_temporal_feature", "0.1"
    METRICS = {"speed_temporal": {}}
    ATOM_FEATURES = ["speed_temporal"]
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = table("", ATOM_FEATURES)
