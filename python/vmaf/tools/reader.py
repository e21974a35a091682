"""Frames of raw files."""

from __future__ import annotations

import os
from typing import Any, Tuple

from .yuv import Planes, layout_of, read_planes


def _types(bits: int) -> list[str]:
    suffix = "" if bits == 8 else f"{bits}le"
    return [f"{name}{suffix}" for name in ("yuv420p", "yuv422p", "yuv444p", "gray")]


class YuvReader:
    """Gives (y, u, v) for each frame; u and v are None of gray files."""

    SUPPORTED_YUV_8BIT_TYPES = _types(8)
    SUPPORTED_YUV_10BIT_LE_TYPES = _types(10)
    SUPPORTED_YUV_12BIT_LE_TYPES = _types(12)
    SUPPORTED_YUV_16BIT_LE_TYPES = _types(16)

    def __init__(self, filepath: str, width: int, height: int, yuv_type: str) -> None:
        self.filepath, self.width, self.height, self.yuv_type = filepath, width, height, yuv_type
        self._layout = layout_of(yuv_type)
        if not os.path.exists(filepath):
            raise AssertionError(f"File does not exist: {filepath}")
        _ = self.num_frms  # raises when the size is of no whole number of frames
        self.file = open(filepath, "rb")  # pylint: disable=consider-using-with

    def close(self) -> None:
        self.file.close()

    def __enter__(self) -> "YuvReader":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __iter__(self) -> "YuvReader":
        return self

    def __next__(self) -> Planes:
        return self.next()

    @property
    def num_bytes(self) -> int:
        return os.path.getsize(self.filepath)

    @property
    def num_frms(self) -> int:
        shapes = self._layout.shapes(self.width, self.height)
        frame = sum(rows * columns for rows, columns in shapes) * self._layout.dtype.itemsize
        if self.num_bytes % frame:
            raise AssertionError(
                f"Number of frames is not integer: {self.num_bytes / frame} ({self.filepath}, "
                f"{self.width}x{self.height}, {self.yuv_type})"
            )
        return self.num_bytes // frame

    def _get_uv_width_height_multiplier(self) -> Tuple[float, float]:
        return self._layout.uv_shares

    def next(self, format: str = "uint") -> Planes:  # pylint: disable=redefined-builtin
        """format: "uint", samples as they are, or "float", from 0 to 1."""
        if format not in ("uint", "float"):
            raise AssertionError(f'format "{format}" is neither uint nor float')
        planes = read_planes(self.file, self._layout, self.width, self.height)
        if planes is None:
            raise StopIteration
        if format == "uint":
            return planes
        return tuple(  # type: ignore[return-value]
            None if plane is None else self._layout.to_float(plane) for plane in planes
        )
