"""An asset's clips as visq reads them. What it cannot do itself (scaling, filters, other formats)
ffmpeg does, into a pipe; a callback gets the frames as arrays.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
from typing import Any, Iterator, Optional, Tuple

import visq

from ..config import VmafExternalConfig
from ..tools.misc import get_file_name_extension, match_any_files
from ..tools.yuv import Planes, layout_of, read_planes
from .asset import Asset, AssetError

Sides = Tuple[str, str]


def _path(asset: Asset, side: str) -> str:
    return getattr(asset, f"{side}_path")


def _type(asset: Asset, side: str) -> str:
    return getattr(asset, f"{side}_yuv_type")


def work_type(asset: Asset, sides: Sides = ("ref", "dis")) -> str:
    """The format in which the clips are compared."""
    if "workfile_yuv_type" in asset.asset_dict:
        return asset.workfile_yuv_type
    types = {_type(asset, side) for side in sides} - {"notyuv"}
    if len(types) > 1:
        raise AssetError(
            f"the reference is {_type(asset, 'ref')} and the distorted clip "
            f"{_type(asset, 'dis')}: workfile_yuv_type says how they are compared"
        )
    return types.pop() if types else asset.workfile_yuv_type


def _has_filter(asset: Asset, side: str) -> bool:
    return any(asset.get_filter_cmd(key, side) for key in Asset.ORDERED_FILTER_LIST)


def needs_ffmpeg(asset: Asset, sides: Sides) -> bool:
    types = {_type(asset, side) for side in sides}
    if any(_has_filter(asset, side) for side in sides):
        return True
    if types == {"notyuv"}:
        return asset.quality_width_height is not None or "workfile_yuv_type" in asset.asset_dict
    sizes = {getattr(asset, f"{side}_width_height") for side in sides}
    return types != {work_type(asset, sides)} or sizes != {asset.quality_width_height}


def is_known_format(asset: Asset, sides: Sides) -> bool:
    """Not so of files that visq reads as they are."""
    return needs_ffmpeg(asset, sides) or _type(asset, "dis") != "notyuv"


def _frames(asset: Asset, side: str) -> Any:
    return getattr(asset, f"{side}_start_end_frame")


def _filters(asset: Asset, side: str) -> list[str]:
    """ffmpeg's filters: frames, crop and pad, the size, then what else the asset asks for."""
    frames, size = _frames(asset, side), asset.quality_width_height
    chain = []
    if frames:
        chain.append(rf"select='gte(n\,{frames[0]})*gte({frames[1]}\,n)',setpts=PTS-STARTPTS")
    commands = {key: asset.get_filter_cmd(key, side) for key in Asset.ORDERED_FILTER_LIST}
    named = {key: f"{key}={command}" for key, command in commands.items() if command}
    chain += [named.pop(key) for key in ("crop", "pad") if key in named]
    chain += [f"scale={size[0]}x{size[1]}"] if size else []
    return chain + list(named.values())


def _source(asset: Asset, side: str) -> list[str]:
    """What ffmpeg must know of a file."""
    if _type(asset, side) != "notyuv":
        width, height = getattr(asset, f"{side}_width_height")
        return ["-f", "rawvideo", "-pix_fmt", _type(asset, side), "-s", f"{width}x{height}"]
    extension = get_file_name_extension(_path(asset, side))
    if extension in ("j2c", "j2k", "tiff"):  # frames that may begin at any number
        return ["-f", "image2", "-start_number_range", "2147483647"]
    return ["-c:v", "hevc"] if extension == "265" else []


def _command(asset: Asset, sides: Sides, side: str, output: list[str]) -> list[str]:
    frames, chain = _frames(asset, side), _filters(asset, side)
    command = [VmafExternalConfig.get_and_assert_ffmpeg(), "-nostdin", "-loglevel", "error"]
    command += _source(asset, side) + ["-i", _path(asset, side), "-an", "-vsync", "0"]
    command += ["-pix_fmt", work_type(asset, sides)]
    command += ["-vframes", str(frames[1] - frames[0] + 1)] if frames else []
    command += ["-vf", ",".join(chain)] if chain else []
    return command + ["-sws_flags", getattr(asset, f"{side}_resampling_type"), *output]


class _Decoder:
    """An ffmpeg that writes one side into a pipe."""

    def __init__(self, asset: Asset, sides: Sides, side: str, container: str) -> None:
        self._source = _path(asset, side)
        command = _command(asset, sides, side, ["-strict", "-1", "-f", container, "pipe:1"])
        self._process = subprocess.Popen(  # pylint: disable=consider-using-with
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.pipe = self._process.stdout
        self.path = f"/dev/fd/{self.pipe.fileno()}"

    def end(self) -> str:
        """Why it failed, else "". One whose clip is the longer ends with a broken pipe."""
        self.pipe.close()
        words = self._process.stderr.read().decode(errors="replace").strip()
        self._process.stderr.close()
        code = self._process.wait()
        fine = code in (0, -signal.SIGPIPE, -signal.SIGKILL) or "Broken pipe" in words
        return "" if fine else f"ffmpeg could not convert {self._source}: {words}"

    def kill(self) -> None:
        self._process.kill()


def _size(asset: Asset) -> Tuple[int, int]:
    size = asset.quality_width_height
    if size is None:
        raise visq.InvalidArgument(
            f"{asset.dis_path}: the asset needs its width and height, or quality_width and "
            "quality_height"
        )
    return size


def _raw(asset: Asset, sides: Sides) -> dict[str, Any]:
    width, height = _size(asset)
    layout = layout_of(work_type(asset, sides))
    return {
        "width": width,
        "height": height,
        "pixel_format": layout.chroma,
        "bitdepth": layout.bits,
    }


def _first(asset: Asset, side: str) -> int:
    chosen = _frames(asset, side)
    return chosen[0] if chosen else 0


def _count(asset: Asset, sides: Sides) -> Optional[int]:
    """How many frames count; None: all."""
    chosen = [range_ for side in sides if (range_ := _frames(asset, side))]
    return min((last - first + 1 for first, last in chosen), default=None)


def _frame_bytes(asset: Asset, sides: Sides) -> int:
    layout = layout_of(work_type(asset, sides))
    return sum(rows * columns for rows, columns in layout.shapes(*_size(asset))) * (
        layout.dtype.itemsize
    )


def _callback(asset: Asset, side: str) -> Any:
    return getattr(asset, f"{side}_proc_callback")


def _arrays(asset: Asset, sides: Sides, side: str, file: Any) -> Iterator[Planes]:
    """The frames of a side, each luma plane as its callback leaves it."""
    layout, callback = layout_of(work_type(asset, sides)), _callback(asset, side)
    while (planes := read_planes(file, layout, *_size(asset))) is not None:
        if callback:
            planes = (layout.from_float(callback(layout.to_float(planes[0]))), *planes[1:])
        yield planes


@contextlib.contextmanager
def _decoders(asset: Asset, sides: Sides, container: str) -> Iterator[list[_Decoder]]:
    decoders: list[_Decoder] = []
    try:
        for side in sides:
            decoders.append(_Decoder(asset, sides, side, container))
        yield decoders
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


@contextlib.contextmanager
def frames(asset: Asset, sides: Sides) -> Iterator[list[Iterator[Planes]]]:
    """The frames of both sides, as arrays."""
    with contextlib.ExitStack() as stack:
        if needs_ffmpeg(asset, sides):
            decoders = stack.enter_context(_decoders(asset, sides, "rawvideo"))
            files = [decoder.pipe for decoder in decoders]
        else:
            files = [stack.enter_context(open(_path(asset, side), "rb")) for side in sides]
            for side, file in zip(sides, files, strict=True):
                file.seek(_first(asset, side) * _frame_bytes(asset, sides))
        pairs = zip(sides, files, strict=True)
        yield [
            itertools.islice(_arrays(asset, sides, side, file), _count(asset, sides))
            for side, file in pairs
        ]


@contextlib.contextmanager
def clips(asset: Asset, sides: Sides) -> Iterator[Tuple[Any, Any, dict[str, Any]]]:
    """Both clips, and what visq.score must know of them."""
    for side in sides:
        path = _path(asset, side)
        if not os.path.exists(path) and not match_any_files(path):
            raise visq.NotFound(f"there is no file {path}")
    if any(_callback(asset, side) for side in sides):
        settings = {"bitdepth": layout_of(work_type(asset, sides)).bits, "shortest": True}
        with frames(asset, sides) as (reference, distorted):
            yield reference, distorted, settings
    elif needs_ffmpeg(asset, sides):
        with _decoders(asset, sides, "yuv4mpegpipe") as decoders:
            yield decoders[0].path, decoders[1].path, {"shortest": True}
    else:
        raw = {} if _type(asset, "dis") == "notyuv" else _raw(asset, sides)
        skip = {"skip_ref": _first(asset, sides[0]), "skip_dist": _first(asset, sides[1])}
        settings = {**raw, **skip, "frames": _count(asset, sides), "shortest": True}
        yield _path(asset, sides[0]), _path(asset, sides[1]), settings


def write_workfile(asset: Asset, sides: Sides, side: str, path: str) -> None:
    """A side as a raw file of the size and format in which it is compared."""
    if not needs_ffmpeg(asset, sides) and _frames(asset, side) is None:
        shutil.copyfile(_path(asset, side), path)
        return
    done = subprocess.run(
        _command(asset, sides, side, ["-f", "rawvideo", "-y", path]),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip()
        raise visq.Error(f"ffmpeg could not convert {_path(asset, side)}: {words}")
