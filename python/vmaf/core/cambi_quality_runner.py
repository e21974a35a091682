"""Banding as a score."""

from __future__ import annotations

from .cambi_feature_extractor import CambiFeatureExtractor, CambiFullReferenceFeatureExtractor
from .quality_runner import QualityRunnerFromFeatureExtractor


class CambiQualityRunner(QualityRunnerFromFeatureExtractor):
    TYPE, VERSION = "Cambi", f"F{CambiFeatureExtractor.VERSION}"
    EXTRACTOR, ATOM = CambiFeatureExtractor, "cambi"


class CambiFullReferenceQualityRunner(QualityRunnerFromFeatureExtractor):
    TYPE, VERSION = "Cambi_FR", f"F{CambiFullReferenceFeatureExtractor.VERSION}"
    EXTRACTOR, ATOM = CambiFullReferenceFeatureExtractor, "cambi_full_reference"
