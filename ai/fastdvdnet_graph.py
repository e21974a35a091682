"""FastDVDnet (Tassano, Delon, Veit, 2020) as an ONNX graph: it denoises the middle of five frames.

The names of the tensors are those of the authors' file. A convolution takes in the normalisation
that follows it, so the graph has none.
"""

from typing import Mapping

import numpy as np

from ai.graph import Graph, Shapes

EPSILON = 1e-5  # of the normalisations
FRAMES, COLOURS = 5, 3
STAGES = ("temp1", "temp2")  # of three neighbours each, then of what these gave

Weights = Mapping[str, np.ndarray]


def _convolutions() -> dict[str, tuple[tuple[int, ...], str | None]]:
    """Weights of a stage: the name, the shape, and the normalisation that follows."""
    out: dict[str, tuple[tuple[int, ...], str | None]] = {}

    def add(name: str, place: int, shape: tuple[int, int], followed: bool = True) -> None:
        norm = f"{name}.{place + 1}" if followed else None
        out[f"{name}.{place}"] = ((*shape, 3, 3), norm)

    add("inc.convblock", 0, (90, 4))
    add("inc.convblock", 3, (32, 90))
    for name, before, after in (("downc0", 32, 64), ("downc1", 64, 128)):
        add(f"{name}.convblock", 0, (after, before))
        for place in (0, 3):
            add(f"{name}.convblock.3.convblock", place, (after, after))
    for name, before, after in (("upc2", 128, 64), ("upc1", 64, 32)):
        for place in (0, 3):
            add(f"{name}.convblock.0.convblock", place, (before, before))
        add(f"{name}.convblock", 1, (4 * after, before), followed=False)
    add("outc.convblock", 0, (32, 32))
    add("outc.convblock", 3, (COLOURS, 32), followed=False)
    return out


LAYERS = _convolutions()
_STATISTICS = ("weight", "bias", "running_mean", "running_var")


def shapes() -> dict[str, tuple[int, ...]]:
    """What a file must hold."""
    out: dict[str, tuple[int, ...]] = {}
    for stage in STAGES:
        for name, (shape, norm) in LAYERS.items():
            out[f"{stage}.{name}.weight"] = shape
            if norm:
                out.update({f"{stage}.{norm}.{kind}": shape[:1] for kind in _STATISTICS})
    return out


class _Stage:
    """One of the two networks, which is put into the graph once or thrice."""

    def __init__(self, graph: Graph, weights: Weights, name: str) -> None:
        self.graph, self.weights, self.name = graph, weights, name

    def _folded(self, layer: str) -> tuple[np.ndarray, np.ndarray]:
        shape, norm = LAYERS[layer]
        values = self.weights[f"{self.name}.{layer}.weight"].astype(np.float64)
        if norm is None:
            return values, np.zeros(shape[0])
        scale, shift, mean, variance = (
            self.weights[f"{self.name}.{norm}.{kind}"].astype(np.float64) for kind in _STATISTICS
        )
        gain = scale / np.sqrt(variance + EPSILON)
        return values * gain[:, None, None, None], shift - mean * gain

    def conv(self, x: str, layer: str, stride: int = 1, groups: int = 1) -> str:
        weights, bias = self._folded(layer)
        names = [f"{self.name}.{layer}.{kind}" for kind in ("weight", "bias")]
        parts = [self.graph.constant(n, v) for n, v in zip(names, (weights, bias), strict=True)]
        out = self.graph.op(
            *("Conv", x, *parts),
            kernel_shape=[3, 3],
            strides=[stride] * 2,
            pads=[1] * 4,
            group=groups,
        )
        return self.graph.op("Relu", out) if LAYERS[layer][1] else out

    def pair(self, x: str, name: str) -> str:
        return self.conv(self.conv(x, f"{name}.0"), f"{name}.3")

    def down(self, x: str, name: str) -> str:
        x = self.conv(x, f"{name}.convblock.0", stride=2)
        return self.pair(x, f"{name}.convblock.3.convblock")

    def up(self, x: str, name: str) -> str:
        """Four channels become a square of four pixels: a transposed convolution of ones."""
        x = self.conv(self.pair(x, f"{name}.convblock.0.convblock"), f"{name}.convblock.1")
        channels = LAYERS[f"{name}.convblock.1"][0][0] // 4
        places = np.tile(np.eye(4).reshape(4, 1, 2, 2), (channels, 1, 1, 1))
        ones = self.graph.constant(f"square_{channels}", places)
        return self.graph.op(
            *("ConvTranspose", x, ones), kernel_shape=[2, 2], strides=[2, 2], group=channels
        )

    def __call__(self, frames: list[str], noise: str) -> str:
        together = [part for frame in frames for part in (frame, noise)]
        x = self.graph.op("Concat", *together, axis=1)
        first = self.conv(self.conv(x, "inc.convblock.0", groups=3), "inc.convblock.3")
        second = self.down(first, "downc0")
        third = self.up(self.down(second, "downc1"), "upc2")
        second = self.up(self.graph.op("Add", second, third), "upc1")
        out = self.conv(self.graph.op("Add", first, second), "outc.convblock.0")
        return self.graph.op("Sub", frames[1], self.conv(out, "outc.convblock.3"))


def build(weights: Weights) -> bytes:
    """Inputs: frames [1,15,H,W], RGB from 0 to 1 of frames t-2 to t+2, and noise_map [1,1,H,W],
    the noise's deviation; H and W are multiples of 4. Output: denoised [1,3,H,W].
    """
    graph = Graph()
    frames = []
    for i in range(FRAMES):
        ends = [
            graph.constant(f"channel_{c}", [c], np.int64) for c in (COLOURS * i, COLOURS * (i + 1))
        ]
        frames.append(graph.op("Slice", "frames", *ends, graph.axis(1)))
    first, second = (_Stage(graph, weights, name) for name in STAGES)
    thirds = [first(frames[i : i + 3], "noise_map") for i in range(3)]
    graph.op("Identity", second(thirds, "noise_map"), output="denoised")
    inputs: Shapes = {"frames": [1, 15, "H", "W"], "noise_map": [1, 1, "H", "W"]}
    return graph.file("fastdvdnet", inputs, {"denoised": [1, COLOURS, "H", "W"]})
