"""Quality runners of single features."""

from __future__ import annotations

from typing import Any, ClassVar, Sequence, Type

import numpy as np

from ..config import VmafConfig
from ._svr import Svr
from .asset import Asset
from .executor import Executor
from .feature_extractor import (
    FeatureExtractor,
    MsSsimFeatureExtractor,
    PsnrFeatureExtractor,
    SpeedChromaFeatureExtractor,
    SpeedTemporalFeatureExtractor,
    SsimFeatureExtractor,
    VmafFeatureExtractor,
    VmafIntegerFeatureExtractor,
)
from .result import Result
from .vmafexec_feature_extractor import CIEDE2000FeatureExtractor


class QualityRunner(Executor):
    """result[get_scores_key()] is the list of its scores."""

    @classmethod
    def get_scores_key(cls) -> str:
        return f"{cls.TYPE}_scores"

    @classmethod
    def get_score_key(cls) -> str:
        return f"{cls.TYPE}_score"


# ---- the score of one extractor ----


class QualityRunnerFromFeatureExtractor(QualityRunner):
    """An atom feature of an extractor, under the runner's own key, and the others. A result store
    holds the extractor's results.
    """

    EXTRACTOR: ClassVar[Type[FeatureExtractor]]
    ATOM: ClassVar[str] = ""

    def _get_feature_extractor_class(self) -> Type[FeatureExtractor]:
        return self.EXTRACTOR

    def _get_feature_key_for_score(self) -> str:
        return self.ATOM

    def _extractor(self, assets: Sequence[Asset]) -> FeatureExtractor:
        return self._get_feature_extractor_class()(
            assets,
            self.logger,
            self.fifo_mode,
            self.delete_workdir,
            self.result_store,
            self.optional_dict,
            self.optional_dict2,
            self.save_workfiles,
        )

    def _named(self, features: dict[str, Any]) -> dict[str, Any]:
        key = self._get_feature_extractor_class().get_scores_key(self._get_feature_key_for_score())
        score = features.pop(key)
        return {**features, self.get_scores_key(): score}

    def _run_on_asset(self, asset: Asset, threads: int) -> Result:
        extractor = self._extractor([asset])
        # pylint: disable-next=protected-access
        found = extractor._run_on_asset(asset, threads).result_dict
        features = extractor.pick(found, extractor.all_atoms())
        return Result(asset, self.executor_id, self._named(features))

    def remove_results(self) -> None:
        self._extractor(self.assets).remove_results()


class PsnrQualityRunner(QualityRunnerFromFeatureExtractor):
    TYPE, VERSION, EXTRACTOR, ATOM = "PSNR", "1.0", PsnrFeatureExtractor, "psnr"


class SsimQualityRunner(QualityRunnerFromFeatureExtractor):
    TYPE, VERSION, EXTRACTOR, ATOM = "SSIM", "1.0", SsimFeatureExtractor, "ssim"


class MsSsimQualityRunner(QualityRunnerFromFeatureExtractor):
    TYPE, VERSION, EXTRACTOR, ATOM = "MS_SSIM", "1.0", MsSsimFeatureExtractor, "ms_ssim"


class Ciede2000QualityRunner(QualityRunnerFromFeatureExtractor):
    TYPE, VERSION, EXTRACTOR, ATOM = "CIEDE2000", "1.0", CIEDE2000FeatureExtractor, "ciede2000"


class SpeedChromaQualityRunner(QualityRunnerFromFeatureExtractor):
    TYPE, VERSION = "SpeedChroma", SpeedChromaFeatureExtractor.VERSION
    EXTRACTOR, ATOM = SpeedChromaFeatureExtractor, "speed_chroma_uv"


class SpeedChromaUQualityRunner(SpeedChromaQualityRunner):
    TYPE, ATOM = "SpeedChromaU", "speed_chroma_u"


class SpeedChromaVQualityRunner(SpeedChromaQualityRunner):
    TYPE, ATOM = "SpeedChromaV", "speed_chroma_v"


class SpeedTemporalQualityRunner(QualityRunnerFromFeatureExtractor):
    TYPE, VERSION = "SpeedTemporal", SpeedTemporalFeatureExtractor.VERSION
    EXTRACTOR, ATOM = SpeedTemporalFeatureExtractor, "speed_temporal"


class VmafSingleFeatureQualityRunner(QualityRunnerFromFeatureExtractor):
    """An atom feature of VMAF, alone."""

    VERSION = f"F{VmafIntegerFeatureExtractor.VERSION}int-0"
    EXTRACTOR = VmafIntegerFeatureExtractor

    def _named(self, features: dict[str, Any]) -> dict[str, Any]:
        return {self.get_scores_key(): super()._named(features)[self.get_scores_key()]}


class VifQualityRunner(VmafSingleFeatureQualityRunner):
    TYPE, ATOM = "VIF", "vif"


class Vif2QualityRunner(VmafSingleFeatureQualityRunner):
    TYPE, ATOM = "VIF2", "vif2"


class VifScale0QualityRunner(VmafSingleFeatureQualityRunner):
    TYPE, ATOM = "VIF_SCALE0", "vif_scale0"


class VifScale1QualityRunner(VmafSingleFeatureQualityRunner):
    TYPE, ATOM = "VIF_SCALE1", "vif_scale1"


class VifScale2QualityRunner(VmafSingleFeatureQualityRunner):
    TYPE, ATOM = "VIF_SCALE2", "vif_scale2"


class VifScale3QualityRunner(VmafSingleFeatureQualityRunner):
    TYPE, ATOM = "VIF_SCALE3", "vif_scale3"


class Adm2QualityRunner(VmafSingleFeatureQualityRunner):
    TYPE, ATOM = "ADM2", "adm2"


class MotionQualityRunner(VmafSingleFeatureQualityRunner):
    TYPE, ATOM = "MOTION", "motion"


class Motion2QualityRunner(VmafSingleFeatureQualityRunner):
    TYPE, ATOM = "MOTION2", "motion2"


class VmafLegacyQualityRunner(QualityRunnerFromFeatureExtractor):
    """The first VMAF: a model of libvmaf's project in libsvm's own format (VMAF_ROOT)."""

    TYPE, VERSION = "VMAF_legacy", f"F{VmafFeatureExtractor.VERSION}-1.1"
    EXTRACTOR = VmafFeatureExtractor
    RANGES = {"vif": (0.0, 1.0), "adm": (0.4, 1.0), "ansnr": (10.0, 50.0), "motion": (0.0, 20.0)}

    def _named(self, features: dict[str, Any]) -> dict[str, Any]:
        columns = []
        for atom, (low, high) in self.RANGES.items():
            values = np.clip(features[self.EXTRACTOR.get_scores_key(atom)], low, high)
            columns.append((values - low) / (high - low))
        path = VmafConfig.model_path("other_models", "model_V8a.model")
        scores = Svr(path).predict(np.stack(columns, axis=1))
        return {**features, self.get_scores_key(): np.clip(scores, 0, 100).tolist()}
