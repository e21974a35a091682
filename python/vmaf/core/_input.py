"""An asset's clips as files that visq reads. What it cannot do itself (scaling, filters, other
formats) ffmpeg does, into a
pipe: nothing is stored."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from typing import Any, Iterator, Tuple

import visq

from .asset import Asset, bits_of, chroma_of

_SIDES = ("ref", "dis")


def _path(asset: Asset, side: str) -> str:
    return getattr(asset, f"{side}_path")


def _type(asset: Asset, side: str) -> str:
    return getattr(asset, f"{side}_yuv_type")


def _work_type(asset: Asset) -> str:
    """The format in which both clips are compared."""
    if "workfile_yuv_type" in asset.asset_dict:
        return asset.workfile_yuv_type
    types = [_type(asset, side) for side in _SIDES if _type(asset, side) != "notyuv"]
    if len(set(types)) > 1:
        raise visq.InvalidArgument(
            f"the reference is {types[0]} and the distorted clip {types[1]}: workfile_yuv_type "
            f"says how they are compared"
        )
    return types[0] if types else asset.workfile_yuv_type


def _filters(asset: Asset, side: str) -> list[str]:
    """ffmpeg's filters: frames, then what the asset asks for, then the size."""
    frames, size = getattr(asset, f"{side}_start_end_frame"), asset.quality_width_height
    chain = (
        [rf"select='gte(n\,{frames[0]})*lte(n\,{frames[1]})',setpts=PTS-STARTPTS"] if frames else []
    )
    named = {
        key: command
        for key in Asset.ORDERED_FILTER_LIST
        if (command := asset.get_filter_cmd(key, side))
    }
    chain += [f"{key}={named.pop(key)}" for key in ("crop", "pad") if key in named]
    if size and size != getattr(asset, f"{side}_width_height"):
        chain += [f"scale={size[0]}x{size[1]}:flags={getattr(asset, f'{side}_resampling_type')}"]
    return chain + [f"{key}={command}" for key, command in named.items()]


def _needs_ffmpeg(asset: Asset) -> bool:
    types = {_type(asset, side) for side in _SIDES}
    if any(asset.get_filter_cmd(key, side) for key in Asset.ORDERED_FILTER_LIST for side in _SIDES):
        return True
    if types == {"notyuv"}:
        return asset.quality_width_height is not None or "workfile_yuv_type" in asset.asset_dict
    sizes = {asset.quality_width_height, asset.ref_width_height, asset.dis_width_height}
    return "notyuv" in types or len(sizes) > 1 or types != {_work_type(asset)}


def _command(asset: Asset, side: str) -> list[str]:
    command = ["ffmpeg", "-nostdin", "-loglevel", "error"]
    if _type(asset, side) != "notyuv":
        width, height = getattr(asset, f"{side}_width_height")
        command += ["-f", "rawvideo", "-pix_fmt", _type(asset, side), "-s", f"{width}x{height}"]
    chain = _filters(asset, side)
    command += ["-i", _path(asset, side)] + (["-vf", ",".join(chain)] if chain else [])
    return command + [
        "-f",
        "yuv4mpegpipe",
        "-strict",
        "-1",
        "-pix_fmt",
        _work_type(asset),
        "-vsync",
        "0",
        "pipe:1",
    ]


class _Decoder:
    """An ffmpeg that writes one side into a pipe."""

    def __init__(self, asset: Asset, side: str) -> None:
        if shutil.which("ffmpeg") is None:
            raise visq.NotFound(
                "this asset needs scaling, filters or another format, which the command ffmpeg "
                "does, and there is none"
            )
        self._source = _path(asset, side)
        self._process = subprocess.Popen(
            _command(asset, side), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )  # pylint: disable=consider-using-with
        self.path = f"/dev/fd/{self._process.stdout.fileno()}"

    def end(self) -> str:
        """Why it failed, else "". One whose clip is the longer ends with a broken pipe."""
        self._process.stdout.close()
        words = self._process.stderr.read().decode(errors="replace").strip()
        self._process.stderr.close()
        code = self._process.wait()
        fine = code in (0, -signal.SIGPIPE, -signal.SIGKILL) or "Broken pipe" in words
        return "" if fine else f"ffmpeg could not convert {self._source}: {words}"

    def kill(self) -> None:
        self._process.kill()


def _raw(asset: Asset) -> dict[str, Any]:
    size, kind = asset.quality_width_height, _work_type(asset)
    if size is None:
        raise visq.InvalidArgument(
            f"{asset.ref_path} is a raw file: the asset needs its width and height"
        )
    return {
        "width": size[0],
        "height": size[1],
        "pixel_format": chroma_of(kind),
        "bitdepth": bits_of(kind),
    }


def _range(asset: Asset) -> dict[str, Any]:
    """The frames that count, where visq leaves out the others itself."""
    ref, dis = asset.ref_start_end_frame, asset.dis_start_end_frame
    settings: dict[str, Any] = {"skip_ref": ref[0] if ref else 0, "skip_dist": dis[0] if dis else 0}
    counts = [last - first + 1 for first, last in (frames for frames in (ref, dis) if frames)]
    return {**settings, "frames": min(counts)} if counts else settings


@contextlib.contextmanager
def clips(asset: Asset) -> Iterator[Tuple[str, str, dict[str, Any]]]:
    """Paths of both sides, and what visq.score must know of them."""
    for side in _SIDES:
        if not os.path.exists(_path(asset, side)):
            raise visq.NotFound(f"there is no file {_path(asset, side)}")
    if not _needs_ffmpeg(asset):
        files = (
            {"shortest": True}
            if {_type(asset, side) for side in _SIDES} == {"notyuv"}
            else {**_raw(asset), "shortest": True}
        )
        yield asset.ref_path, asset.dis_path, {**files, **_range(asset)}
        return
    decoders: list[_Decoder] = []
    try:
        for side in _SIDES:
            decoders.append(_Decoder(asset, side))
        yield decoders[0].path, decoders[1].path, {"shortest": True}
    except BaseException as error:
        # What it is about may be that ffmpeg wrote nothing: its own words are better then.
        for decoder in decoders if not isinstance(error, visq.Error) else []:
            decoder.kill()
        words = [text for decoder in decoders if (text := decoder.end())]
        if words and isinstance(error, visq.Error):
            raise visq.Error(words[0]) from error
        raise
    words = [text for decoder in decoders if (text := decoder.end())]
    if words:
        raise visq.Error(words[0])
