"""A video's windows for TransNet V2, and a clip with cuts that any machine makes to the bit."""

from typing import Any

import numpy as np

from ai.transnet_graph import HEIGHT, WIDTH, WINDOW

KEPT, MARGIN = 50, 25  # frames of a window whose logits count, and those before them


def windows(frames: np.ndarray) -> np.ndarray:
    """[N, 100, 27, 48, 3] of frames [n, 27, 48, 3]: the first and the last stand for those that
    are missing.
    """
    count = -(-len(frames) // KEPT)
    places = np.arange(WINDOW) - MARGIN + KEPT * np.arange(count)[:, None]
    return frames[np.clip(places, 0, len(frames) - 1)]


def logits(session: Any, frames: np.ndarray) -> dict[str, np.ndarray]:
    """The outputs of a session of ONNX Runtime, by name: a value a frame."""
    parts = [
        session.run(["single", "many_hot"], {"frames": window[None].astype(np.float32)})
        for window in windows(frames)
    ]
    return {
        name: np.concatenate([part[i][0, MARGIN : MARGIN + KEPT, 0] for part in parts])[
            : len(frames)
        ]
        for i, name in enumerate(("single", "many_hot"))
    }


def scenes(single: np.ndarray) -> list[list[int]]:
    """First and last frames, as the original makes them of the logits: a cut is above 0."""
    cut = np.asarray(single) > 0
    found, start = [], 0
    for t in range(len(cut)):
        if t > 0 and cut[t - 1] and not cut[t]:
            start = t
        if t > 0 and cut[t] and not cut[t - 1]:
            found.append([start, t])
    if not cut[-1]:
        found.append([start, len(cut) - 1])
    return found or [[0, len(cut) - 1]]


def _gradient(numbers: tuple[tuple[int, ...], ...], t: int) -> np.ndarray:
    """Slopes in x and y, a drift in time and a start, of each channel."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    planes = []
    for across, down, drift, start in zip(*numbers, strict=True):
        v = (across * x + down * y + drift * t + start) % 512
        planes.append(np.where(v > 255, 511 - v, v))
    return np.stack(planes, axis=2).astype(np.uint8)


def clip(count: int = 100, cut: int = 55) -> np.ndarray:
    """Two drifting gradients; frame `cut` is the first of the second."""
    first = ((3, 2, 1), (1, 4, 2), (1, 2, 1), (20, 60, 130))
    second = ((0, 1, 5), (6, 2, 0), (2, 1, 5), (300, 90, 210))
    return np.stack([_gradient(first if t < cut else second, t) for t in range(count)])
