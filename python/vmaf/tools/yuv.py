"""How raw files lie in memory: what the names of pixel formats say."""

from __future__ import annotations

import re
from typing import Any, NamedTuple, Optional, Tuple

import numpy as np
from numpy.typing import NDArray

Planes = Tuple[NDArray[Any], Optional[NDArray[Any]], Optional[NDArray[Any]]]

_SHARES = {"420": (0.5, 0.5), "422": (0.5, 1.0), "444": (1.0, 1.0), "400": (0.0, 0.0)}


class Layout(NamedTuple):
    """Of "yuv420p10le": chroma "420", 10 bits."""

    chroma: str
    bits: int

    @property
    def dtype(self) -> Any:
        return np.dtype("<u2" if self.bits > 8 else "u1")

    @property
    def uv_shares(self) -> Tuple[float, float]:
        """Width and height of chroma, of luma's."""
        return _SHARES[self.chroma]

    def shapes(self, width: int, height: int) -> list[Tuple[int, int]]:
        """Rows and columns of each plane."""
        across, down = self.uv_shares
        chroma = (int(height * down), int(width * across))
        return [(height, width)] + ([chroma] * 2 if chroma != (0, 0) else [])

    def to_float(self, plane: NDArray[Any]) -> NDArray[Any]:
        return plane.astype(float) / ((1 << self.bits) - 1)

    def from_float(self, plane: NDArray[Any]) -> NDArray[Any]:
        """As libvmaf's package has it: truncated, and what is too large wraps around."""
        return (plane * ((1 << self.bits) - 1)).astype(np.int64).astype(self.dtype)


def layout_of(pix_fmt: str) -> Layout:
    found = re.fullmatch(r"(?:yuv(420|422|444)p|gray)(?:(10|12|16)le)?", pix_fmt)
    if found is None:
        raise AssertionError(f'"{pix_fmt}" is no format of raw files, such as yuv420p or gray10le')
    return Layout(found[1] or "400", int(found[2] or 8))


def read_planes(file: Any, layout: Layout, width: int, height: int) -> Optional[Planes]:
    """The next frame of an open file; None at its end."""
    planes: list[Any] = []
    for rows, columns in layout.shapes(width, height):
        size = rows * columns * layout.dtype.itemsize
        data = file.read(size)
        if len(data) < size:
            return None
        planes.append(np.frombuffer(data, layout.dtype).reshape(rows, columns))
    return (planes + [None, None])[:3]  # type: ignore[return-value]
