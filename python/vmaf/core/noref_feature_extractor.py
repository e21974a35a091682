"""Features of a clip without a reference."""

from __future__ import annotations

from typing import Any, List

import numpy as np
import visq
from numpy.typing import NDArray

from .. import _left_out
from ._input import frames
from .asset import Asset
from .executor import NorefExecutorMixin
from .feature_extractor import FeatureExtractor, MomentFeatureExtractor


class MomentNorefFeatureExtractor(NorefExecutorMixin, MomentFeatureExtractor):
    """First and second moment of the luma, and its variance."""

    TYPE, VERSION = "Moment_noref_feature", "1.0"
    ATOM_FEATURES = ["1st", "2nd"]
    ATOM_FEATURES_TO_VMAFEXEC_KEY_DICT = {
        "1st": "float_moment_dis1st",
        "2nd": "float_moment_dis2nd",
    }
    DERIVED_ATOM_FEATURES = ["var"]


class SiTiNorefFeatureExtractor(NorefExecutorMixin, FeatureExtractor):
    """Spatial and temporal information (ITU-T P.910) of the luma, over whole pictures."""

    TYPE, VERSION = "SITI_noref_feature", "1.0"
    ATOM_FEATURES = ["si", "ti"]

    @staticmethod
    def sobel_filt(img: NDArray[Any]) -> NDArray[Any]:
        """How steep the picture is."""
        padded = np.pad(np.asarray(img, float), 1, "symmetric")
        across = padded[:, 2:] - padded[:, :-2]
        down = padded[2:] - padded[:-2]
        return np.hypot(
            across[:-2] + 2 * across[1:-1] + across[2:],
            down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:],
        )

    def _score(self, asset: Asset, threads: int) -> dict[str, Any]:
        self._refuse([k for k in self._options() if k not in self.GENERAL_OPTIONS], [])
        spatial: List[float] = []
        temporal: List[float] = []
        with frames(asset, self.SIDES) as (clip, _):
            last = None
            for luma, *_ in clip:
                picture = luma.astype(int)
                spatial.append(float(self.sobel_filt(picture).std()))
                temporal.append(0.0 if last is None else float((picture - last).std()))
                last = picture
        return {self.get_scores_key("si"): spatial, self.get_scores_key("ti"): temporal}


class _LeftOut(FeatureExtractor):
    def __init__(self, *_: Any, **__: Any) -> None:  # pylint: disable=super-init-not-called
        raise visq.NotSupported(f"{type(self).__name__}: {_left_out.NIQE}")


class BrisqueNorefFeatureExtractor(_LeftOut):
    TYPE = "BRISQUE_noref_feature"


class NiqeNorefFeatureExtractor(_LeftOut):
    TYPE = "NIQE_noref_feature"
