"""PSNR with the weights of human vision."""

from __future__ import annotations

from ...core.feature_extractor import FeatureExtractor, table


class PsnrhvsFeatureExtractor(FeatureExtractor):
    TYPE, VERSION = "PSNRHVS_feature", "1.0"
    METRICS = {"psnr_hvs": {}}
    ATOM_FEATURES = ["psnr_hvs", "psnr_hvs_y", "psnr_hvs_cb", "psnr_hvs_cr"]
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = table("", ATOM_FEATURES)
