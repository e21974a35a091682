"""Six ways to spoil a picture, each in five strengths, the same bytes on every machine."""

from typing import Callable

import numpy as np

STRENGTHS = 5


def _round(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def blur(picture: np.ndarray, strength: int) -> np.ndarray:
    """The binomial window, as often as the strength says."""
    x = picture.astype(np.float64)
    for _ in range((1, 2, 4, 8, 16)[strength - 1]):
        for axis in (0, 1):
            pad = [(1, 1) if axis == i else (0, 0) for i in range(3)]
            wide = np.pad(x, pad, mode="edge")
            parts = [np.take(wide, range(i, i + x.shape[axis]), axis) for i in range(3)]
            x = (parts[0] + 2 * parts[1] + parts[2]) / 4
    return _round(x)


def noise(picture: np.ndarray, strength: int) -> np.ndarray:
    """Even noise in each channel."""
    reach = (3, 7, 14, 28, 56)[strength - 1]
    numbers = np.random.Generator(np.random.PCG64(strength))
    return _round(picture + numbers.integers(-reach, reach + 1, picture.shape))


def _blocks(x: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
    """[rows, columns, 3, 8, 8] of a picture whose edges are repeated to whole blocks."""
    height, width = x.shape[:2]
    wide = np.pad(x, ((0, -height % 8), (0, -width % 8), (0, 0)), mode="edge")
    cut = wide.reshape(wide.shape[0] // 8, 8, wide.shape[1] // 8, 8, 3)
    return cut.transpose(0, 2, 4, 1, 3), (height, width)


def _joined(blocks: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    rows, columns = blocks.shape[:2]
    wide = blocks.transpose(0, 3, 1, 4, 2).reshape(8 * rows, 8 * columns, 3)
    return _round(wide[: size[0], : size[1]])


def blocking(picture: np.ndarray, strength: int) -> np.ndarray:
    """Each block of 8x8 moves towards its mean."""
    blocks, size = _blocks(picture.astype(np.float64))
    share = (0.15, 0.3, 0.5, 0.7, 0.9)[strength - 1]
    mean = blocks.mean((3, 4), keepdims=True)
    return _joined(blocks + share * (mean - blocks), size)


def banding(picture: np.ndarray, strength: int) -> np.ndarray:
    """Fewer levels."""
    step = (4, 8, 16, 32, 64)[strength - 1]
    return _round(picture.astype(np.int64) // step * step + (step - 1) / 2)


def _cosines() -> np.ndarray:
    k, n = np.mgrid[0:8, 0:8]
    basis = np.cos(np.pi * (2 * n + 1) * k / 16) * np.sqrt(2 / 8)
    basis[0] /= np.sqrt(2)
    return basis


def compression(picture: np.ndarray, strength: int) -> np.ndarray:
    """Cosines of blocks of 8x8, those of high frequency in larger steps: as JPEG, without files."""
    basis, (k, n) = _cosines(), np.mgrid[0:8, 0:8]
    blocks, size = _blocks(picture.astype(np.float64) - 128)
    steps = (4, 8, 14, 24, 40)[strength - 1] * (1 + (k + n) / 2)
    coefficients = np.rint(basis @ blocks @ basis.T / steps) * steps
    return _joined(basis.T @ coefficients @ basis + 128, size)


def scaling(picture: np.ndarray, strength: int) -> np.ndarray:
    """Means of squares, grown again by interpolation."""
    by = (2, 3, 4, 6, 8)[strength - 1]
    height, width = picture.shape[:2]
    wide = np.pad(
        picture.astype(np.float64), ((0, -height % by), (0, -width % by), (0, 0)), mode="edge"
    )
    small = wide.reshape(wide.shape[0] // by, by, wide.shape[1] // by, by, 3).mean((1, 3))
    for axis, count in enumerate((height, width)):
        place = np.clip((np.arange(count) + 0.5) / by - 0.5, 0, small.shape[axis] - 1)
        low = np.floor(place).astype(int)
        share = (place - low).reshape([-1 if i == axis else 1 for i in range(3)])
        high = np.minimum(low + 1, small.shape[axis] - 1)
        small = np.take(small, low, axis) * (1 - share) + np.take(small, high, axis) * share
    return _round(small)


DISTORTIONS: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "blur": blur,
    "noise": noise,
    "blocking": blocking,
    "banding": banding,
    "compression": compression,
    "scaling": scaling,
}
