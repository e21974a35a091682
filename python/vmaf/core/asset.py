"""A distorted clip beside its reference, and what is to be known of both."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import re
import uuid
from typing import Any, Optional, Tuple

from ..config import VmafConfig
from ..tools.misc import get_file_name_with_extension, get_file_name_without_extension

Size = Optional[Tuple[int, int]]

BITS = {"": 8, "10le": 10, "12le": 12, "16le": 16}


class AssetError(AssertionError, ValueError):
    """An asset that contradicts itself."""


class Asset:
    """Paths of two clips and a dictionary that describes them.

    asset_dict: width, height, yuv_type, start_frame, end_frame, resampling_type, crop_cmd, pad_cmd
    ..., each also as ref_... and dis_... for one side; start_sec, end_sec, duration_sec with fps;
    quality_width and quality_height, the size
    at which both are compared; workfile_yuv_type, the format at which; dis_enc_width,
    dis_enc_height, dis_enc_bitdepth; groundtruth, groundtruth_std, raw_groundtruth, rebuf_indices.
    """

    SUPPORTED_YUV_TYPES = [
        f"yuv{chroma}p{depth}" for depth in BITS for chroma in ("420", "422", "444")
    ] + ["notyuv"]
    DEFAULT_YUV_TYPE = "yuv420p"
    SUPPORTED_RESAMPLING_TYPES = ["bilinear", "bicubic", "lanczos"]
    DEFAULT_RESAMPLING_TYPE = "bicubic"
    ORDERED_FILTER_LIST = [
        "crop",
        "pad",
        "gblur",
        "eq",
        "lutyuv",
        "yadif",
        "format",
        "fps",
        "select",
    ]

    def __init__(
        self,
        dataset: Any,
        content_id: Any,
        asset_id: Any,
        ref_path: str,
        dis_path: str,
        asset_dict: dict[str, Any],  # pylint: disable=too-many-arguments
        workdir_root: Optional[str] = None,
    ) -> None:
        self.dataset, self.content_id, self.asset_id = dataset, content_id, asset_id
        self.ref_path, self.dis_path, self.asset_dict = (
            os.fspath(ref_path),
            os.fspath(dis_path),
            asset_dict,
        )
        self.workdir = os.path.join(workdir_root or VmafConfig.workdir_path(), str(uuid.uuid4()))
        self._check()

    def _check(self) -> None:
        for side in ("ref", "dis"):
            if self._yuv_type(side) == "notyuv" and self._size(side) is not None:
                raise AssetError(
                    f"{side}_width and {side}_height are in the file itself: leave them out "
                    f"for notyuv"
                )
        for name, allowed in (
            ("fps", self.fps is None or self.fps > 0),
            ("rebuf_indices", all(index >= 0 for index in self.rebuf_indices or [])),
        ):
            if not allowed:
                raise AssetError(f"asset_dict: {name} {self.asset_dict[name]} is not possible")
        # These raise when they are unknown.
        _ = (self.workfile_yuv_type, self.ref_resampling_type, self.dis_resampling_type)

    # ---- what one side or both have ----

    def _get(self, key: str, side: str) -> Any:
        return self.asset_dict.get(f"{side}_{key}", self.asset_dict.get(key))

    def _pair(self, first: str, second: str, side: str) -> Any:
        for prefix in (f"{side}_", ""):
            if prefix + first in self.asset_dict and prefix + second in self.asset_dict:
                return self.asset_dict[prefix + first], self.asset_dict[prefix + second]
        return None

    def _size(self, side: str) -> Size:
        size: Size = self._pair("width", "height", side)
        return size

    def _one_of(self, key: str, value: str, allowed: list[str]) -> str:
        if value not in allowed:
            raise AssetError(f'{key} "{value}" is none of {", ".join(allowed)}')
        return value

    def _yuv_type(self, side: str) -> str:
        return self._one_of(
            f"{side}_yuv_type",
            self._get("yuv_type", side) or self.DEFAULT_YUV_TYPE,
            self.SUPPORTED_YUV_TYPES,
        )

    def _resampling(self, side: str) -> str:
        return self._one_of(
            f"{side}_resampling_type",
            self._get("resampling_type", side) or self.DEFAULT_RESAMPLING_TYPE,
            self.SUPPORTED_RESAMPLING_TYPES,
        )

    def _frames(self, side: str) -> Optional[Tuple[int, int]]:
        given = self._pair("start_frame", "end_frame", side)
        if given is not None or self.fps is None:
            return given
        if "start_sec" in self.asset_dict and "end_sec" in self.asset_dict:
            return round(self.asset_dict["start_sec"] * self.fps), round(
                self.asset_dict["end_sec"] * self.fps
            ) - 1
        if "duration_sec" in self.asset_dict:
            return 0, round(self.asset_dict["duration_sec"] * self.fps) - 1
        return None

    def _duration(self, side: str) -> Optional[float]:
        if "duration_sec" in self.asset_dict:
            return self.asset_dict["duration_sec"]
        if "start_sec" in self.asset_dict and "end_sec" in self.asset_dict:
            return self.asset_dict["end_sec"] - self.asset_dict["start_sec"]
        frames = self._frames(side)
        return (frames[1] - frames[0] + 1) / self.fps if frames and self.fps else None

    # ---- the accessors ----

    @property
    def fps(self) -> Optional[float]:
        return self.asset_dict.get("fps")

    @property
    def rebuf_indices(self) -> Optional[list[int]]:
        return self.asset_dict.get("rebuf_indices")

    @property
    def groundtruth(self) -> Any:
        return self.asset_dict.get("groundtruth")

    @property
    def groundtruth_std(self) -> Any:
        return self.asset_dict.get("groundtruth_std")

    @property
    def raw_groundtruth(self) -> Any:
        return self.asset_dict.get("raw_groundtruth")

    @property
    def ref_width_height(self) -> Size:
        return self._size("ref")

    @property
    def dis_width_height(self) -> Size:
        return self._size("dis")

    @property
    def dis_encode_width_height(self) -> Size:
        if "dis_enc_width" in self.asset_dict and "dis_enc_height" in self.asset_dict:
            return self.asset_dict["dis_enc_width"], self.asset_dict["dis_enc_height"]
        return self.dis_width_height

    @property
    def dis_encode_bitdepth(self) -> Optional[int]:
        if "dis_enc_bitdepth" in self.asset_dict:
            return self.asset_dict["dis_enc_bitdepth"]
        return None if self.dis_yuv_type == "notyuv" else bits_of(self.dis_yuv_type)

    @property
    def quality_width_height(self) -> Size:
        """The size at which the clips are compared; None when the files say it themselves."""
        if "quality_width" in self.asset_dict and "quality_height" in self.asset_dict:
            return self.asset_dict["quality_width"], self.asset_dict["quality_height"]
        if self.ref_yuv_type == "notyuv":
            return self.dis_width_height
        if self.dis_yuv_type != "notyuv" and self.ref_width_height != self.dis_width_height:
            raise AssetError(
                f"the reference is {self.ref_width_height} and the distorted clip "
                f"{self.dis_width_height}: quality_width and "
                "quality_height say at which size they are compared"
            )
        return self.ref_width_height

    @property
    def ref_yuv_type(self) -> str:
        return self._yuv_type("ref")

    @property
    def dis_yuv_type(self) -> str:
        return self._yuv_type("dis")

    @property
    def yuv_type(self) -> str:
        if self.ref_yuv_type != self.dis_yuv_type:
            raise AssetError(
                f"the reference is {self.ref_yuv_type} and the distorted clip {self.dis_yuv_type}"
            )
        return self.dis_yuv_type

    @property
    def workfile_yuv_type(self) -> str:
        return self._one_of(
            "workfile_yuv_type",
            self.asset_dict.get("workfile_yuv_type", self.DEFAULT_YUV_TYPE),
            self.SUPPORTED_YUV_TYPES[:-1],
        )

    @property
    def ref_resampling_type(self) -> str:
        return self._resampling("ref")

    @property
    def dis_resampling_type(self) -> str:
        return self._resampling("dis")

    @property
    def ref_start_end_frame(self) -> Optional[Tuple[int, int]]:
        return self._frames("ref")

    @property
    def dis_start_end_frame(self) -> Optional[Tuple[int, int]]:
        return self._frames("dis")

    @property
    def ref_duration_sec(self) -> Optional[float]:
        return self._duration("ref")

    @property
    def dis_duration_sec(self) -> Optional[float]:
        return self._duration("dis")

    @property
    def ref_bitrate_kbps_for_entire_file(self) -> Optional[float]:
        return self._bitrate("ref", self.ref_path)

    @property
    def dis_bitrate_kbps_for_entire_file(self) -> Optional[float]:
        return self._bitrate("dis", self.dis_path)

    def _bitrate(self, side: str, path: str) -> Optional[float]:
        seconds = self._duration(side)
        return (
            os.path.getsize(path) * 8 / 1000 / seconds if seconds and os.path.exists(path) else None
        )

    def get_filter_cmd(self, key: str, target: Optional[str] = None) -> Optional[str]:
        """The arguments of an ffmpeg filter of ORDERED_FILTER_LIST for one side ("ref", "dis")."""
        self._one_of("filter", key, self.ORDERED_FILTER_LIST)
        return self._get(f"{key}_cmd", target) if target else self.asset_dict.get(f"{key}_cmd")

    # ---- identity ----

    def _side_text(self, side: str, path: str) -> str:
        parts = [get_file_name_without_extension(path)]
        size, frames = self._size(side), self._frames(side)
        parts += [f"{size[0]}x{size[1]}"] if size else []
        parts += [self._yuv_type(side)] if self._yuv_type(side) != self.DEFAULT_YUV_TYPE else []
        parts += (
            [self._resampling(side)]
            if self._resampling(side) != self.DEFAULT_RESAMPLING_TYPE
            else []
        )
        parts += [f"{frames[0]}to{frames[1]}"] if frames else []
        parts += [
            key + command
            for key in self.ORDERED_FILTER_LIST
            if (command := self.get_filter_cmd(key, side))
        ]
        return re.sub(r"[^0-9A-Za-z]+", "_", "_".join(parts)).strip("_")

    @property
    def ref_str(self) -> str:
        return self._side_text("ref", self.ref_path)

    @property
    def dis_str(self) -> str:
        return self._side_text("dis", self.dis_path)

    @property
    def quality_str(self) -> str:
        size, kind = self.quality_width_height, self.workfile_yuv_type
        return "_".join(
            ([f"{size[0]}x{size[1]}"] if size else [])
            + ([f"wf_{kind}"] if kind != self.DEFAULT_YUV_TYPE else [])
        )

    def __str__(self) -> str:
        text = f"{self.dataset}_{self.content_id}_{self.asset_id}_{self.ref_str}_vs_{self.dis_str}"
        text += f"_q_{self.quality_str}" if self.quality_str else ""
        return (
            text if len(text) <= 196 else hashlib.sha1(text.encode()).hexdigest()
        )  # a file can be named so

    def to_string(self) -> str:
        return str(self)

    def to_normalized_dict(self) -> dict[str, Any]:
        """What makes two assets the same: everything but folders."""
        return {
            **self.__dict__,
            "workdir": "",
            "ref_path": get_file_name_with_extension(self.ref_path),
            "dis_path": get_file_name_with_extension(self.dis_path),
        }

    def to_full_repr(self) -> str:
        return json.dumps(self.__dict__, sort_keys=True, default=str)

    def to_normalized_repr(self) -> str:
        return json.dumps(self.to_normalized_dict(), sort_keys=True, default=str)

    __repr__ = to_normalized_repr

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Asset) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def copy(self, **changes: Any) -> "Asset":
        """The same asset but for the named constructor arguments; asset_dict is merged."""
        fields = {
            name: changes.get(name, getattr(self, name))
            for name in ("dataset", "content_id", "asset_id", "ref_path", "dis_path")
        }
        described = {**copy.deepcopy(self.asset_dict), **changes.get("asset_dict", {})}
        return type(self)(
            **fields,
            asset_dict=described,
            workdir_root=changes.get("workdir_root", os.path.dirname(self.workdir)),
        )


def bits_of(yuv_type: str) -> int:
    """Bits a sample of "yuv420p10le", say."""
    return BITS[yuv_type.partition("p")[2]]


def chroma_of(yuv_type: str) -> str:
    """ "420" of "yuv420p10le", say."""
    return yuv_type[3:6]
