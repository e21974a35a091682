"""Frames as arrays: what they are, and the planes that the library reads.

A frame is a gray picture (H, W) or (H, W, 1), an RGB picture (H, W, 3) or (H, W, 4), whose alpha is
left out, or a tuple (Y, U, V) of planes whose shapes say how chroma is subsampled. A clip is an
array with one more dimension in front, a tuple of three such arrays, or any iterable of frames. A
layout such as "NCHW" says which dimension is what, where a shape leaves that open.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Iterable, Iterator, Optional, Sequence, Tuple, Union

import numpy as np
from numpy.typing import NDArray

from . import _log
from ._errors import invalid

Planes = Tuple[
    Sequence[NDArray[Any]], int, int, Tuple[int, int, int], str
]  # what _core.Context.push takes; the last is a name for messages

YUV420P, YUV422P, YUV444P, YUV400P = 1, 2, 3, 4  # VmafPixelFormat
# ITU-T H.273
_MATRICES = {
    "bt709": 1,
    "unspecified": 2,
    "fcc": 4,
    "bt470bg": 5,
    "bt601": 6,
    "smpte170m": 6,
    "smpte240m": 7,
    "ycgco": 8,
    "bt2020": 9,
}
_TRANSFERS = {
    "bt709": 1,
    "unspecified": 2,
    "gamma22": 4,
    "gamma28": 5,
    "bt601": 6,
    "linear": 8,
    "srgb": 13,
    "bt2020-10": 14,
    "bt2020-12": 15,
    "pq": 16,
    "hlg": 18,
}
_RANGES = {"unspecified": 0, "limited": 1, "full": 2}
_LAYOUTS = ("HWC", "CHW", "NHWC", "NCHW", "HW", "NHW")
_CHANNELS = (1, 3, 4)  # gray, RGB, RGB and alpha
_SMALL = 4  # longer sides are no channels


def _number(name: str, value: Union[str, int, None], names: dict[str, int]) -> int:
    if isinstance(value, int):
        return value
    word = (value or "unspecified").lower()
    if word not in names:
        raise invalid(f'{name} "{value}" is none of {", ".join(names)}')
    return names[word]


@dataclasses.dataclass(frozen=True)
class Format:
    """What the samples of arrays mean."""

    bitdepth: Optional[int] = None
    matrix: Union[str, int, None] = None
    transfer: Union[str, int, None] = None
    range: Optional[str] = None
    axes: Optional[str] = None  # of _LAYOUTS

    def __post_init__(self) -> None:
        if self.axes is not None and self.axes not in _LAYOUTS:
            raise invalid(f'layout "{self.axes}" is none of {", ".join(_LAYOUTS)}')
        if self.bitdepth is not None and not 8 <= self.bitdepth <= 16:
            raise invalid(f"bitdepth {self.bitdepth} is not from 8 to 16")
        self.color()  # refuses unknown names now

    def color(self) -> tuple[int, int, int]:
        return (
            _number("matrix", self.matrix, _MATRICES),
            _number("transfer", self.transfer, _TRANSFERS),
            _number("range", self.range, _RANGES),
        )

    def rgb_color(self) -> tuple[int, int, int]:
        return 0, _number("transfer", self.transfer, _TRANSFERS), _RANGES["full"]


def _array(samples: Any, name: str) -> NDArray[Any]:
    """The array, if it says what all of its samples are."""
    if isinstance(samples, np.ma.MaskedArray):
        raise invalid(f"{name} is a masked array: fill what is masked first, with filled()")
    if not hasattr(samples, "__array__") and hasattr(samples, "__dlpack__"):
        return np.from_dlpack(samples)
    return np.asarray(samples)


def _frame_axes(array: NDArray[Any], layout: Format, name: str) -> str:
    """Which dimension of a frame is what."""
    if layout.axes is not None:
        axes = layout.axes.removeprefix("N")
        if array.ndim != len(axes):
            raise invalid(f"{name}: its shape is {array.shape}, and the layout {layout.axes}")
        return axes
    last = array.ndim == 3 and array.shape[2] in _CHANNELS
    first = array.ndim == 3 and array.shape[0] in _CHANNELS and min(array.shape[1:]) > _SMALL
    if first and not last:
        raise invalid(f'{name}: its shape is {array.shape}; if channels come first, layout="CHW"')
    return "HW" if array.ndim == 2 else "HWC"


def _clip_axes(array: NDArray[Any], layout: Format, name: str) -> str:
    """Which dimension of a clip is what, where one reading is possible."""
    shape = array.shape
    if layout.axes is not None:
        if array.ndim != len(layout.axes):
            raise invalid(f"the {name} clip: its shape is {shape}, and the layout {layout.axes}")
        return layout.axes
    if array.ndim == 2:
        return "HW"
    if array.ndim == 3 and shape[2] in _CHANNELS:
        return "HWC"
    if array.ndim == 3 and shape[0] in (3, 4) and min(shape[1:]) > _SMALL:
        kind = "an RGB picture" if shape[0] == 3 else "an RGB picture with alpha"
        raise invalid(
            f"the {name} clip: {shape} can be {shape[0]} gray frames or {kind} whose channels come "
            f'first: say layout="NHW" or layout="CHW"'
        )
    if array.ndim == 3:
        return "NHW"
    first, last = (array.ndim == 4 and shape[i] in _CHANNELS for i in (1, 3))
    if first and last:
        raise invalid(
            f"the {name} clip: {shape} can have its channels last or before the rows: say "
            f'layout="NHWC" or layout="NCHW"'
        )
    if first or last:
        return "NCHW" if first else "NHWC"
    raise invalid(
        f"the {name} clip: an array has the shape (H, W), (N, H, W), (H, W, 3) or (N, H, W, 3), "
        f"not {shape}"
    )


def native(samples: Any, name: str) -> NDArray[Any]:
    """An array of uint8, uint16, float32 or float64 in the machine's byte order."""
    array = _array(samples, name)
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind not in "uf" or array.dtype.kind == "u" and array.dtype.itemsize > 2:
        raise invalid(f"{name}: samples are uint8, uint16 or float, not {array.dtype}")
    if array.dtype == np.float16 or array.dtype.itemsize > 8:
        return array.astype(np.float32 if array.dtype == np.float16 else np.float64)
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _bits(array: NDArray[Any], layout: Format, guess: bool, name: str) -> int:
    if layout.bitdepth is not None:
        return layout.bitdepth
    if array.dtype == np.uint8:
        return 8
    if array.dtype == np.uint16 and not guess:
        raise invalid(
            f"{name}: bitdepth says how many bits of its uint16 samples are used, 10 for example"
        )
    return 16


def _subsampling(shapes: Sequence[Tuple[int, ...]], name: str) -> int:
    (height, width), chroma = shapes[0], shapes[1]
    half_width, half_height = (width + 1) // 2, (height + 1) // 2
    sizes = {
        (half_height, half_width): YUV420P,
        (height, half_width): YUV422P,
        (height, width): YUV444P,
    }
    if shapes[2] != chroma or chroma not in sizes:
        listed = ", ".join(f"{w}x{h}" for h, w in shapes)
        raise invalid(
            f"{name}: planes of {listed} are neither 4:4:4, 4:2:2 nor 4:2:0, whose halves round up"
        )
    return sizes[chroma]


def _yuv(planes: Sequence[Any], layout: Format, name: str) -> Planes:
    arrays = [native(plane, name) for plane in planes]
    for array in arrays:
        if array.ndim != 2 or 0 in array.shape:
            raise invalid(f"{name}: a plane has the shape (H, W), not {array.shape}")
    pixel_format = _subsampling([array.shape for array in arrays], name)
    return arrays, pixel_format, _bits(arrays[0], layout, False, name), layout.color(), name


def planes_of(frame: Any, layout: Format, name: str) -> Planes:
    """The frame as the library reads it."""
    if isinstance(frame, (tuple, list)):
        if len(frame) != 3:
            raise invalid(f"{name}: planes are Y, U and V; there are {len(frame)}")
        return _yuv(frame, layout, name)
    array = native(frame, name)
    if _frame_axes(array, layout, name) == "CHW":
        array = np.moveaxis(array, 0, 2)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    bits = _bits(array, layout, True, name)
    if array.ndim == 2 and array.size:
        return [array], YUV400P, bits, layout.color(), name
    if array.ndim == 3 and array.shape[2] == 4 and array.size:
        opaque = 1 if array.dtype.kind == "f" else (1 << bits) - 1
        if (array[:, :, 3] != opaque).any():
            _log.logger.warning(
                "%s is transparent in places and is scored as if it were opaque: put it over a "
                "background first",
                name,
            )
        array = array[:, :, :3]
    if array.ndim == 3 and array.shape[2] == 3 and array.size:
        return (
            [array[:, :, 1], array[:, :, 2], array[:, :, 0]],
            YUV444P,
            bits,
            layout.rgb_color(),
            name,
        )  # G, B, R
    raise invalid(
        f"{name}: a frame has the shape (H, W), (H, W, 3) or is a tuple of planes (Y, U, V); "
        f"{array.shape} is neither"
    )


@dataclasses.dataclass
class Clip:
    """The frames of a clip. `kept`: they all lie in memory that nobody writes while the clip is
    scored. `usual`: their channels come last, whatever the layout was.
    """

    frames: Iterable[Any]
    kept: bool
    usual: bool = False


def _array_clip(array: NDArray[Any], layout: Format, name: str) -> Clip:
    axes = _clip_axes(array, layout, name)
    frames = array if axes[0] == "N" else array[None]
    return Clip(np.moveaxis(frames, 1, 3) if axes.endswith("CHW") else frames, True, True)


def _planes_clip(planes: tuple[Any, ...], name: str) -> Clip:
    if len(planes) != 3:
        raise invalid(
            f"the {name} clip: a tuple holds the planes Y, U and V; this one has {len(planes)} "
            f"parts (frames go in a list)"
        )
    arrays = [_array(plane, f"the {name} clip") for plane in planes]
    if all(array.ndim == 2 for array in arrays):
        return Clip([tuple(arrays)], True)
    if any(array.ndim != 3 for array in arrays) or len({len(array) for array in arrays}) != 1:
        raise invalid(
            f"the {name} clip: planes have the shapes (H, W), or (N, H, W) with the same N; these "
            f"have {[a.shape for a in arrays]}"
        )
    return Clip(zip(*arrays, strict=False), True)


def clip_of(source: Any, layout: Format, name: str) -> Clip:
    """The frames of what a caller gave for a clip."""
    if isinstance(source, tuple):
        return _planes_clip(source, name)
    if any(hasattr(source, f"__{way}__") for way in ("array", "array_interface", "dlpack")):
        return _array_clip(_array(source, f"the {name} clip"), layout, name)
    if isinstance(source, list):
        return Clip(source, True)
    if isinstance(source, Iterable):
        return Clip(source, False)
    raise invalid(
        f"the {name} clip is a path, an array, a tuple of planes or an iterable of frames, not "
        f"{type(source).__name__}"
    )


Memory = Tuple[int, NDArray[Any]]  # the address of an array, and the array


def refuse_reused(planes: Planes, index: int, last: Optional[Memory]) -> Memory:
    """Memory that comes twice in a row was written in between, while the library may still read
    the frame before.
    """
    array, name = planes[0][0], planes[-1]
    address, writable = array.__array_interface__["data"][0], array.flags.writeable
    if writable and last is not None and last[0] == address:
        raise invalid(
            f"{name} is in the memory of frame {index - 1}, which may still be read: give each "
            f"frame an array of its own, make the array read-only, or use copy=True"
        )
    return address, array


def planes_of_clip(clip: Clip, side: str, layout: Format, trusted: bool) -> Iterator[Planes]:
    """The frames as the library reads them. `trusted`: memory that comes twice is no mistake."""
    of = "the reference" if side == "reference" else f"the {side} clip"
    if clip.usual:
        layout = dataclasses.replace(layout, axes=None)
    last = None
    for index, frame in enumerate(clip.frames):
        planes = planes_of(frame, layout, f"frame {index} of {of}")
        if not trusted:
            last = refuse_reused(planes, index, last)
        yield planes
