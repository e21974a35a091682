"""Frames into raw files."""

from __future__ import annotations

from typing import Any, Optional

import numpy as np
from numpy.typing import NDArray

from .yuv import layout_of


class YuvWriter:
    """Takes (y, u, v) of each frame; u and v are None of gray files."""

    def __init__(self, filepath: str, width: int, height: int, yuv_type: str) -> None:
        self.filepath, self.width, self.height, self.yuv_type = filepath, width, height, yuv_type
        self._layout = layout_of(yuv_type)
        self.file = open(filepath, "wb")  # pylint: disable=consider-using-with

    def close(self) -> None:
        self.file.close()

    def __enter__(self) -> "YuvWriter":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def next(
        self,
        y: NDArray[Any],
        u: Optional[NDArray[Any]],
        v: Optional[NDArray[Any]],
        format: str = "uint",  # pylint: disable=redefined-builtin
    ) -> None:
        """format: "uint", samples as they are, or "float2uint", of samples from 0 to 1."""
        if format not in ("uint", "float2uint"):
            raise AssertionError(f'format "{format}" is neither uint nor float2uint')
        planes = [plane for plane in (y, u, v) if plane is not None]
        shapes, wanted = (
            [plane.shape for plane in planes],
            self._layout.shapes(self.width, self.height),
        )
        if shapes != wanted:
            raise AssertionError(f"planes of {shapes} are not those of {self.yuv_type}: {wanted}")
        for plane in planes:
            whole = plane if format == "uint" else self._layout.from_float(plane)
            self.file.write(np.ascontiguousarray(whole, self._layout.dtype).tobytes())
