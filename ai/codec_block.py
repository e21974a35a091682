"""The second input of a model that knows how a clip was encoded, as the library fills it
(docs/ai/inference.md).
"""

from typing import Any, Mapping

import numpy as np

from ai.errors import Refused

ENCODERS = (
    *("libx264", "libx265", "libsvtav1", "libvvenc", "libvpx-vp9"),
    *("h264_nvenc", "hevc_nvenc", "av1_nvenc", "h264_qsv", "hevc_qsv", "av1_qsv", "unknown"),
)
VERSION = 2  # of that list
WIDTH = len(ENCODERS) + 2
TOP_PRESET, TOP_CRF = 9, 63

_X264 = "ultrafast superfast veryfast faster fast medium slow slower veryslow placebo".split()
_PRESETS: dict[str, dict[str, float]] = {
    "libvpx-vp9": {"realtime": 0, "good": 5, "best": 9},
    "libvvenc": {"faster": 1, "fast": 3, "medium": 5, "slow": 7, "slower": 8},
    "libsvtav1": {},
}
_GENERIC = {name: float(place) for place, name in enumerate(_X264)}


def sidecar() -> dict[str, Any]:
    """What the sidecar of a model with such an input says of it."""
    layout = [f"encoder_onehot[{name}]" for name in ENCODERS] + ["preset_norm", "crf_norm"]
    return {
        "codec_aware": True,
        "codec_block_layout": layout,
        "encoder_vocab": list(ENCODERS),
        "encoder_vocab_version": VERSION,
    }


def preset_place(encoder: str, preset: str) -> float:
    """From 0, the fastest, to 9."""
    known = _PRESETS.get(encoder, _GENERIC)
    if preset in known:
        return known[preset]
    try:
        return min(float(preset), TOP_PRESET)
    except ValueError:
        raise Refused(f'{encoder} has no preset "{preset}"') from None


def _crf_range(sidecar: Mapping[str, Any]) -> tuple[float, float]:
    corpus = sidecar.get("corpus")
    if isinstance(corpus, dict) and "cq_min" in corpus:
        return corpus["cq_min"], corpus["cq_max"]
    return (19, 37) if sidecar.get("encoder_vocab_version", 0) >= 3 else (0, TOP_CRF)


def block(sidecar: Mapping[str, Any], codec: str, preset: str, crf: float) -> np.ndarray:
    """One row, in the places that the sidecar describes."""
    encoders = sidecar["encoder_vocab"]
    encoder = codec if codec in encoders else "unknown"
    low, high = _crf_range(sidecar)
    fixed = sidecar.get("encoder_vocab_version", 0) >= 3
    values = {
        "preset_norm": 0.5 if fixed else preset_place(codec, preset) / TOP_PRESET,
        "crf_norm": min(max((crf - low) / (high - low), 0), 1),
        f"encoder_onehot[{encoder}]": 1.0,
    }
    return np.array([values.get(name, 0.0) for name in sidecar["codec_block_layout"]], np.float32)
