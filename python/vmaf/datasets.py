"""Datasets of clips that people scored: files of Python with dataset_name, ref_videos and
dis_videos.
"""

from __future__ import annotations

from typing import Any, List, Mapping, Optional, Sequence, Tuple

from .config import VmafConfig
from .core.asset import Asset, AssetError

# What the dataset says of all clips, else a distorted clip of itself.
_COMMON = (
    "quality_width",
    "quality_height",
    "duration_sec",
    "fps",
    "start_frame",
    "end_frame",
    "workfile_yuv_type",
)
_FILTERS = ("crop_cmd", "pad_cmd", "fps_cmd")
_OF_REF = ("ref_start_frame", "ref_end_frame")
_OF_DIS = ("dis_start_frame", "dis_end_frame", "rebuf_indices", "groundtruth_std")
_ENCODE = ("enc_width", "enc_height", "enc_bitdepth")


def _present(source: Mapping[str, Any], names: Sequence[str], prefix: str = "") -> dict[str, Any]:
    return {prefix + name: source[name] for name in names if source.get(name) is not None}


class SubjectiveDatasetReader:
    """read() gives an Asset for each distorted clip.

    groundtruth_key: the score that counts, else the first of dmos, mos and groundtruth that is
    there; skip_asset_with_none_groundtruth; content_ids, asset_ids: only those; workdir_root.
    """

    def __init__(self, dataset: Any, **kwargs: Any) -> None:
        self.dataset, self.kwargs = dataset, kwargs
        missing = [
            name
            for name in ("dataset_name", "ref_videos", "dis_videos")
            if not hasattr(dataset, name)
        ]
        if missing:
            raise AssertionError(f"the dataset has no {', '.join(missing)}")
        if self._all("yuv_fmt") is None and any("yuv_fmt" not in v for v in dataset.ref_videos):
            raise AssertionError("neither the dataset nor each of its ref_videos has a yuv_fmt")

    def _all(self, name: str) -> Any:
        return getattr(self.dataset, name, None)

    def _of(self, video: Mapping[str, Any], name: str) -> Any:
        """Of all clips, else of this one."""
        common = self._all(name)
        return video.get(name) if common is None else common

    def read(self) -> List[Asset]:
        references = {video["content_id"]: video for video in self.dataset.ref_videos}
        chosen = [
            video
            for video in self.dataset.dis_videos
            if self._is_chosen(video, "content_id") and self._is_chosen(video, "asset_id")
        ]
        if self.kwargs.get("skip_asset_with_none_groundtruth"):
            chosen = [video for video in chosen if self._groundtruth(video) is not None]
        return [self._asset(references[video["content_id"]], video) for video in chosen]

    def _is_chosen(self, video: Mapping[str, Any], name: str) -> bool:
        allowed = self.kwargs.get(f"{name}s")
        return allowed is None or video[name] in allowed

    def _groundtruth(self, video: Mapping[str, Any]) -> Any:
        key = self.kwargs.get("groundtruth_key")
        if key is not None:
            return video[key]
        return next((video[k] for k in ("dmos", "mos", "groundtruth") if k in video), None)

    def _asset(self, ref: Mapping[str, Any], dis: Mapping[str, Any]) -> Asset:
        common = {name: self._of(dis, name) for name in _COMMON}
        scores = {"groundtruth": self._groundtruth(dis), "raw_groundtruth": dis.get("os")}
        described = {
            **self._formats(ref, dis),
            **_present(common, _COMMON),
            **_present(scores, tuple(scores)),
            **self._resampling(ref, dis),
            **_present({name: self._of(ref, name) for name in _FILTERS}, _FILTERS, "ref_"),
            **_present({name: self._of(dis, name) for name in _FILTERS}, _FILTERS, "dis_"),
            **_present(ref, _OF_REF),
            **_present(dis, _OF_DIS),
            **_present(dis, _ENCODE, "dis_"),
        }
        self._check_sizes(described)
        return Asset(
            self.dataset.dataset_name,
            dis["content_id"],
            dis["asset_id"],
            ref["path"],
            dis["path"],
            described,
            self.kwargs.get("workdir_root", VmafConfig.workdir_path()),
        )

    def _formats(self, ref: Mapping[str, Any], dis: Mapping[str, Any]) -> dict[str, Any]:
        """Formats, and the sizes of raw clips."""
        ref_format = self._of(ref, "yuv_fmt")
        described = {"ref_yuv_type": ref_format, "dis_yuv_type": dis.get("yuv_fmt", ref_format)}
        for side, video, other in (("ref", ref, dis), ("dis", dis, ref)):
            size = self._size(side, video, (ref, other))
            if described[f"{side}_yuv_type"] != "notyuv":
                described.update(_present(size, ("width", "height"), f"{side}_"))
        return described

    def _size(
        self, side: str, video: Mapping[str, Any], others: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Its own, else that of all clips, else that of the other side."""
        if ("width" in video) != ("height" in video):
            raise AssetError(f"{side}_video {video['path']} has only one of width and height")
        if "width" in video:
            return dict(video)
        size = {}
        for name in ("width", "height"):
            candidates = [self._all(name), *(other.get(name) for other in others)]
            size[name] = next((value for value in candidates if value is not None), None)
        return size

    @staticmethod
    def _check_sizes(described: Mapping[str, Any]) -> None:
        sizes: List[Tuple[Optional[int], ...]] = [
            tuple(described.get(f"{side}_{name}") for name in ("width", "height"))
            for side in ("ref", "dis")
        ]
        known = all(value is not None for size in sizes for value in size)
        if (
            known
            and sizes[0] != sizes[1]
            and not {"quality_width", "quality_height"} <= set(described)
        ):
            raise AssetError(
                f"the reference is {sizes[0]} and the distorted clip {sizes[1]}: quality_width and "
                "quality_height say at which size they are compared"
            )

    def _resampling(self, ref: Mapping[str, Any], dis: Mapping[str, Any]) -> dict[str, Any]:
        name = "resampling_type"
        common = self._of(dis, name)
        of_ref, of_dis = ref.get(name, common), dis.get(name, common)
        if of_ref == of_dis:
            return _present({name: of_ref}, (name,))
        both = {f"ref_{name}": of_ref, f"dis_{name}": of_dis}
        return _present(both, tuple(both))


def read_dataset(dataset: Any, **kwargs: Any) -> List[Asset]:
    return SubjectiveDatasetReader(dataset, **kwargs).read()
