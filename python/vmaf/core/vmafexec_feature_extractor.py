"""Any metric of the library by its name, and the classes that stand for one metric each."""

from __future__ import annotations

import os
from typing import Any, ClassVar, List, Mapping, Optional, Sequence, Union

from .asset import Asset
from .executor import Columns
from .feature_extractor import ADM, MOTION, VIF, FeatureExtractor, table


class VmafexecFeatureExtractor(FeatureExtractor):
    """Runs the metrics of optional_dict["feature_params"]: {"lpips": {"model_path":
    "lpips_sq.onnx"}, "psnr": {}}, or a list of
    names. Without it, the features of VMAF. result["lpips_scores"] is the list of a score of that
    name.

    Takes a list of assets, or ref_path, dis_path and asset_dict of a single one.
    """

    TYPE, VERSION, DECIMALS = "VMAFEXEC_feature", "1.0", None
    DEFAULT_FEATURES: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "adm": {},
        "vif": {},
        "motion": {},
    }

    def __init__(
        self,
        assets: Optional[Sequence[Asset]] = None,
        logger: Any = None,
        *positional: Any,
        ref_path: Union[str, "os.PathLike[str]", None] = None,  # pylint: disable=too-many-arguments
        dis_path: Union[str, "os.PathLike[str]", None] = None,
        asset_dict: Optional[dict[str, Any]] = None,
        workdir_root: Optional[str] = None,
        dataset: Any = "default",
        content_id: Any = 0,
        asset_id: Any = 0,
        **settings: Any,
    ) -> None:
        if assets is None:
            if ref_path is None or dis_path is None:
                raise ValueError(
                    "VmafexecFeatureExtractor needs assets, or ref_path, dis_path and asset_dict "
                    "of one"
                )
            assets = [
                Asset(
                    dataset,
                    content_id,
                    asset_id,
                    os.fspath(ref_path),
                    os.fspath(dis_path),
                    asset_dict or {},
                    workdir_root,
                )
            ]
        super().__init__(assets, logger, *positional, **settings)

    def _metrics(self, asset: Asset) -> List[Any]:
        self._refuse(list(self._options()), [*self.GENERAL_OPTIONS, "feature_params"])
        chosen = self._option("feature_params") or self.DEFAULT_FEATURES
        return list(chosen.items()) if isinstance(chosen, Mapping) else list(chosen)

    def _result_dict(self, scores: Columns, asset: Asset) -> dict[str, Any]:
        return {f"{name}_scores": scores[name] for name in scores}


class FloatMotionFeatureExtractor(FeatureExtractor):
    TYPE, VERSION = "float_motion_feature", "1.3"
    METRICS = {"float_motion": {}}
    ATOM_FEATURES = MOTION
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = table("", ATOM_FEATURES)


class IntegerMotionFeatureExtractor(FeatureExtractor):
    TYPE, VERSION = "integer_motion_feature", "1.4"
    METRICS = {"motion": {}}
    ATOM_FEATURES = MOTION
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = table("integer_", ATOM_FEATURES)


class FloatVifFeatureExtractor(FeatureExtractor):
    TYPE, VERSION = "float_VIF_feature", "1.3"
    METRICS = {"float_vif": {}}
    ATOM_FEATURES = VIF
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = table("", ATOM_FEATURES)


class IntegerVifFeatureExtractor(FeatureExtractor):
    TYPE, VERSION = "integer_VIF_feature", "1.3"
    METRICS = {"vif": {}}
    ATOM_FEATURES = VIF
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = table("integer_", ATOM_FEATURES)


class FloatAdmFeatureExtractor(FeatureExtractor):
    TYPE, VERSION = "float_ADM_feature", "1.3"
    METRICS = {"float_adm": {}}
    ATOM_FEATURES = ADM
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = table("", ATOM_FEATURES)


class IntegerAdmFeatureExtractor(FeatureExtractor):
    TYPE, VERSION = "integer_ADM_feature", "1.4"
    METRICS = {"adm": {}}
    ATOM_FEATURES = ADM
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = table("integer_", ATOM_FEATURES)


class IntegerPsnrFeatureExtractor(FeatureExtractor):
    TYPE, VERSION = "integer_PSNR_feature", "1.0"
    METRICS = {"psnr": {}}
    ATOM_FEATURES = ["psnr_y", "psnr_cb", "psnr_cr"]
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = table("", ATOM_FEATURES)


class CIEDE2000FeatureExtractor(FeatureExtractor):
    TYPE, VERSION = "CIEDE2000_feature", "1.0"
    METRICS = {"ciede": {}}
    ATOM_FEATURES = ["ciede2000"]
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = table("", ATOM_FEATURES)
