"""A pair of pictures that any machine makes to the bit, for the self-checks."""

import numpy as np

from ai.lpips_graph import MEAN, STD

WIDTH, HEIGHT = 96, 64


def pair() -> tuple[np.ndarray, np.ndarray]:
    """Two float32 pictures [3, height, width] of values from 0 to 1."""
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))

    def ratio(numbers: np.ndarray, by: int) -> np.ndarray:
        return numbers.astype(np.float32) / np.float32(by)

    a = np.stack([ratio(x + 2 * y, 221), ratio(x % 17, 16), ratio((3 * x + 5 * y) % 29, 28)])
    b = np.stack(
        [np.float32(1) - a[0], ratio((x + 3 * y) % 19, 18), ratio((7 * x + 2 * y) % 31, 30)]
    )
    return a, b


def tensor(picture: np.ndarray) -> np.ndarray:
    """What the models take: ImageNet's normalisation, [1, 3, height, width]."""
    mean, std = MEAN.reshape(3, 1, 1), STD.reshape(3, 1, 1)
    return ((picture.astype(np.float64) - mean) / std).astype(np.float32)[None]


def rgb8(picture: np.ndarray) -> np.ndarray:
    """The nearest 8-bit picture, [height, width, 3]."""
    return np.rint(picture * 255).astype(np.uint8).transpose(1, 2, 0).copy()
