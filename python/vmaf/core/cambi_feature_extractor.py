"""Banding."""

from __future__ import annotations

from typing import Any

from ..tools.misc import map_yuv_type_to_bitdepth
from .asset import Asset, AssetError
from .feature_extractor import FeatureExtractor, table


def encode_options(asset: Asset) -> dict[str, Any]:
    """CAMBI's options of the encode, before it was brought to the size of the comparison."""
    size, bits = asset.dis_encode_width_height, asset.dis_encode_bitdepth
    options = {"enc_width": size[0], "enc_height": size[1]} if size else {}
    return {**options, **({"enc_bitdepth": bits} if bits else {})}


class CambiFeatureExtractor(FeatureExtractor):
    TYPE, VERSION = "Cambi_feature", "0.8"
    METRICS = {"cambi": {}}
    ATOM_FEATURES = ["cambi"]
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = table("", ATOM_FEATURES)

    @classmethod
    def encode_options(cls, asset: Asset) -> dict[str, Any]:
        """Those that say something beside the size of the comparison; all must be known."""
        options = encode_options(asset)
        for name, wanted in (
            ("enc_width", "dis_enc_width and dis_enc_height"),
            ("enc_bitdepth", "dis_enc_bitdepth"),
        ):
            if name not in options:
                raise AssetError(f"CAMBI needs {wanted} of a clip whose format is in the file")
        bits, work = options["enc_bitdepth"], asset.workfile_yuv_type
        if asset.dis_yuv_type == "notyuv" and bits > 8 and map_yuv_type_to_bitdepth(work) == 8:
            raise AssetError(
                f"an encode of {bits} bits would be compared as {work}: workfile_yuv_type names "
                "a format with its bits"
            )
        if asset.dis_encode_width_height == asset.quality_width_height:
            return {"enc_bitdepth": bits}
        return options

    def _asset_options(self, asset: Asset) -> dict[str, Any]:
        return self.encode_options(asset)


class CambiFullReferenceFeatureExtractor(CambiFeatureExtractor):
    TYPE = "Cambi_FR_feature"
    METRICS = {"cambi": {"full_ref": True}}
    ATOM_FEATURES = ["cambi", "cambi_full_reference", "cambi_source"]
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = table("", ATOM_FEATURES)
