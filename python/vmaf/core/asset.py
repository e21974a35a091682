"""A distorted clip beside its reference, and what is to be known of both."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import re
import unicodedata
from typing import Any, Callable, Optional, Tuple

from ..config import VmafConfig
from ..tools.misc import (
    get_file_name_with_extension,
    get_file_name_without_extension,
    map_yuv_type_to_bitdepth,
)
from .mixin import WorkdirEnabled
from .proc_func import proc_func_dict

Size = Optional[Tuple[int, int]]

_DEPTHS = ("", "10le", "12le", "16le")


class AssetError(AssertionError, ValueError):
    """An asset that contradicts itself."""


def _plain(key: str) -> Any:
    return property(lambda self: self.asset_dict.get(key))


def _both(method: str) -> Any:
    """An accessor of each side."""
    return [property(lambda self, s=side: getattr(self, method)(s)) for side in ("ref", "dis")]


def _filter(key: str) -> Any:
    """The arguments of an ffmpeg filter: of the asset, and those that count for each side."""
    sides = (None, "ref", "dis")
    return [property(lambda self, s=side: self.get_filter_cmd(key, s)) for side in sides]


class Asset(WorkdirEnabled):
    """Paths of two clips and a dictionary that describes them.

    asset_dict: width, height, yuv_type, start_frame, end_frame, resampling_type, crop_cmd, pad_cmd
    ..., proc_callback, each also as ref_... and dis_... for one side; start_sec, end_sec,
    duration_sec with fps; quality_width and quality_height, the size at which both are compared;
    workfile_yuv_type, the format at which; dis_enc_width, dis_enc_height, dis_enc_bitdepth;
    groundtruth, groundtruth_std, raw_groundtruth, rebuf_indices.
    """

    SUPPORTED_YUV_TYPES = [
        f"yuv{chroma}p{depth}" for depth in _DEPTHS for chroma in ("420", "422", "444")
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
        super().__init__(workdir_root or VmafConfig.workdir_path())
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

    fps, rebuf_indices = _plain("fps"), _plain("rebuf_indices")
    groundtruth, groundtruth_std = _plain("groundtruth"), _plain("groundtruth_std")
    raw_groundtruth = _plain("raw_groundtruth")
    ref_width_height, dis_width_height = _both("_size")
    ref_yuv_type, dis_yuv_type = _both("_yuv_type")
    ref_resampling_type, dis_resampling_type = _both("_resampling")
    ref_start_end_frame, dis_start_end_frame = _both("_frames")
    ref_start_sec, dis_start_sec = _both("_start_sec")
    ref_duration_sec, dis_duration_sec = _both("_duration")
    ref_proc_callback_str, dis_proc_callback_str = _both("_callback")
    crop_cmd, ref_crop_cmd, dis_crop_cmd = _filter("crop")
    pad_cmd, ref_pad_cmd, dis_pad_cmd = _filter("pad")
    fps_cmd, ref_fps_cmd, dis_fps_cmd = _filter("fps")

    @property
    def dis_encode_width_height(self) -> Size:
        if "dis_enc_width" in self.asset_dict and "dis_enc_height" in self.asset_dict:
            return self.asset_dict["dis_enc_width"], self.asset_dict["dis_enc_height"]
        return self.dis_width_height

    @property
    def dis_encode_bitdepth(self) -> Optional[int]:
        """Of the encode, before its samples were brought to dis_yuv_type."""
        if "dis_enc_bitdepth" not in self.asset_dict:
            return map_yuv_type_to_bitdepth(self.dis_yuv_type)
        bits = self.asset_dict["dis_enc_bitdepth"]
        if bits not in (8, 10, 12, 16):
            raise AssetError(f"dis_enc_bitdepth {bits} is none of 8, 10, 12, 16")
        return bits

    @property
    def quality_width_height(self) -> Size:
        """The size at which the clips are compared; None when the files say it themselves."""
        if "quality_width" in self.asset_dict and "quality_height" in self.asset_dict:
            return self.asset_dict["quality_width"], self.asset_dict["quality_height"]
        if "notyuv" in (self.ref_yuv_type, self.dis_yuv_type):
            return self.dis_width_height or self.ref_width_height
        if self.ref_width_height != self.dis_width_height:
            raise AssetError(
                f"the reference is {self.ref_width_height} and the distorted clip "
                f"{self.dis_width_height}: quality_width and "
                "quality_height say at which size they are compared"
            )
        return self.ref_width_height

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

    def _start_sec(self, side: str) -> Optional[float]:
        frames = self._frames(side)
        return frames[0] / self.fps if frames and self.fps else None

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

    def _callback(self, side: str) -> Optional[str]:
        name = self._get("proc_callback", side)
        return name and self._one_of("proc_callback", name, list(proc_func_dict))

    @property
    def ref_proc_callback(self) -> Optional[Callable[[Any], Any]]:
        return proc_func_dict.get(self.ref_proc_callback_str or "")

    @property
    def dis_proc_callback(self) -> Optional[Callable[[Any], Any]]:
        return proc_func_dict.get(self.dis_proc_callback_str or "")

    # ---- files that take the place of the clips ----

    @property
    def use_path_as_workpath(self) -> bool:
        """The files are compared as they are."""
        return bool(self.asset_dict.get("use_path_as_workpath"))

    @use_path_as_workpath.setter
    def use_path_as_workpath(self, value: bool) -> None:
        self.asset_dict["use_path_as_workpath"] = int(value)

    @property
    def use_workpath_as_procpath(self) -> bool:
        """No callback changes the frames."""
        return bool(self.asset_dict.get("use_workpath_as_procpath"))

    @use_workpath_as_procpath.setter
    def use_workpath_as_procpath(self, value: bool) -> None:
        self.asset_dict["use_workpath_as_procpath"] = int(value)

    def _workfile(self, side: str, path: str) -> str:
        return path if self.use_path_as_workpath else os.path.join(self.workdir, f"{side}_{self}")

    @property
    def ref_workfile_path(self) -> str:
        return self._workfile("ref", self.ref_path)

    @property
    def dis_workfile_path(self) -> str:
        return self._workfile("dis", self.dis_path)

    def _procfile(self, side: str, workfile: str) -> str:
        same = self.use_workpath_as_procpath
        return workfile if same else os.path.join(self.workdir, f"{side}p_{self}")

    @property
    def ref_procfile_path(self) -> str:
        return self._procfile("ref", self.ref_workfile_path)

    @property
    def dis_procfile_path(self) -> str:
        return self._procfile("dis", self.dis_workfile_path)

    # ---- forgetting ----

    def _forget(self, *keys: str) -> None:
        for key in keys:
            for prefix in ("", "ref_", "dis_"):
                self.asset_dict.pop(prefix + key, None)

    def clear_up_yuv_type(self) -> None:
        self._forget("yuv_type")

    def clear_up_width_height(self) -> None:
        self._forget("width", "height")

    def clear_up_start_end_frame(self) -> None:
        self._forget("start_frame", "end_frame", "start_sec", "end_sec", "duration_sec")

    # ---- identity ----

    def _side_text(self, side: str, path: str) -> str:
        size, kind = self._size(side), self._yuv_type(side)
        parts = [get_file_name_without_extension(path)]
        parts += [f"{size[0]}x{size[1]}"] if size else []
        parts += self._encode_text() if side == "dis" else []
        parts += [kind] if kind != self.DEFAULT_YUV_TYPE else []
        resampling = self._resampling(side)
        if resampling != self.DEFAULT_RESAMPLING_TYPE and size != self.quality_width_height:
            parts.append(resampling)
        frames = self._frames(side)
        parts += [f"{frames[0]}to{frames[1]}"] if frames else []
        parts += [
            key + command
            for key in self.ORDERED_FILTER_LIST
            if (command := self.get_filter_cmd(key, side))
        ]
        parts += [self._callback(side) or ""]
        return _slug("_".join(parts))

    def _encode_text(self) -> list[str]:
        size, bits = self.dis_encode_width_height, self.dis_encode_bitdepth
        parts = [f"e_{size[0]}x{size[1]}"] if size and size != self.dis_width_height else []
        differs = bits is not None and bits != map_yuv_type_to_bitdepth(self.dis_yuv_type)
        return parts + ([f"ebd_{bits}"] if differs else [])

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

    def _name(self) -> str:
        return f"{self.dataset}_{self.content_id}_{self.asset_id}_{self.ref_str}_vs_{self.dis_str}"

    def __str__(self) -> str:
        text = self._name() + (f"_q_{self.quality_str}" if self.quality_str else "")
        # A file can be named so.
        return text if len(text) <= 196 else hashlib.sha1(text.encode()).hexdigest()

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

    @classmethod
    def from_repr(cls, rp: str) -> "Asset":
        """The asset that repr() described, but for the folders of its clips."""
        described = json.loads(rp)
        names = ("dataset", "content_id", "asset_id", "ref_path", "dis_path", "asset_dict")
        return cls(**{name: described[name] for name in names})

    def copy(self, **changes: Any) -> "Asset":
        """The same asset but for the named constructor arguments; asset_dict is merged."""
        names = ("dataset", "content_id", "asset_id", "ref_path", "dis_path", "workdir_root")
        unknown = set(changes) - {*names, "asset_dict"}
        if unknown:
            raise AssetError(
                f"an asset has no {', '.join(sorted(unknown))} that copy() could change"
            )
        fields = {name: changes.get(name, getattr(self, name)) for name in names}
        described = copy.deepcopy(self.asset_dict)
        for key in ("use_path_as_workpath", "use_workpath_as_procpath"):
            described.pop(key, None)
        return type(self)(**fields, asset_dict={**described, **changes.get("asset_dict", {})})


class NorefAsset(Asset):
    """A clip without a reference: what is asked of the reference is the clip itself."""

    def __init__(
        self,
        dataset: Any,
        content_id: Any,
        asset_id: Any,
        dis_path: str,
        asset_dict: dict[str, Any],
        workdir_root: Optional[str] = None,
        ref_path: Optional[str] = None,  # of copy() and from_repr(): it is that of the clip
    ) -> None:
        del ref_path
        super().__init__(
            dataset, content_id, asset_id, dis_path, dis_path, asset_dict, workdir_root
        )

    def _get(self, key: str, side: str) -> Any:
        return super()._get(key, "dis")

    def _pair(self, first: str, second: str, side: str) -> Any:
        return super()._pair(first, second, "dis")

    def _name(self) -> str:
        return f"{self.dataset}_{self.content_id}_{self.asset_id}_{self.dis_str}"

    def copy_as_asset(self, **changes: Any) -> Asset:
        """As copy() does, but one that has a reference."""
        plain = Asset(
            self.dataset,
            self.content_id,
            self.asset_id,
            self.ref_path,
            self.dis_path,
            self.asset_dict,
            self.workdir_root,
        )
        return plain.copy(**changes)


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^0-9a-z]+", "_", plain.lower()).strip("_")
