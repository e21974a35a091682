"""The networks under LPIPS and DISTS as tables of layers, with the names of torchvision's files.

Every convolution has a bias and a ReLU behind it. A layer with `tap` is where pictures are
compared.
"""

from dataclasses import dataclass
from typing import Callable, Iterator, Mapping

import numpy as np

from ai.errors import Refused
from ai.graph import Graph


@dataclass(frozen=True)
class Conv:
    index: int  # its weights are features.INDEX.weight and .bias
    channels: int
    side: int = 3
    stride: int = 1
    padding: int = 1
    tap: bool = False


@dataclass(frozen=True)
class MaxPool:
    side: int = 2
    ceil: bool = False  # the last window may hang over the edge


@dataclass(frozen=True)
class Fire:
    """SqueezeNet's module: a 1x1 convolution to few channels, then a 1x1 and a 3x3 one, joined."""

    index: int
    squeeze: int
    expand: int
    tap: bool = False


Layer = Conv | MaxPool | Fire
Pool = Callable[[Graph, str, int, MaxPool], str]  # graph, value, its channels, the layer


@dataclass(frozen=True)
class Trunk:
    layers: tuple[Layer, ...]
    min_side: int  # of a picture; smaller ones leave nothing for the last layer


TRUNKS = {
    "alex": Trunk(
        (
            Conv(0, 64, side=11, stride=4, padding=2, tap=True),
            MaxPool(3),
            Conv(3, 192, side=5, padding=2, tap=True),
            MaxPool(3),
            Conv(6, 384, tap=True),
            Conv(8, 256, tap=True),
            Conv(10, 256, tap=True),
        ),
        min_side=31,
    ),
    "vgg": Trunk(
        (
            *(Conv(0, 64), Conv(2, 64, tap=True)),
            MaxPool(),
            *(Conv(5, 128), Conv(7, 128, tap=True)),
            MaxPool(),
            *(Conv(10, 256), Conv(12, 256), Conv(14, 256, tap=True)),
            MaxPool(),
            *(Conv(17, 512), Conv(19, 512), Conv(21, 512, tap=True)),
            MaxPool(),
            *(Conv(24, 512), Conv(26, 512), Conv(28, 512, tap=True)),
        ),
        min_side=16,
    ),
    "squeeze": Trunk(
        (
            Conv(0, 64, stride=2, padding=0, tap=True),
            MaxPool(3, ceil=True),
            *(Fire(3, 16, 64), Fire(4, 16, 64, tap=True)),
            MaxPool(3, ceil=True),
            *(Fire(6, 32, 128), Fire(7, 32, 128, tap=True)),
            MaxPool(3, ceil=True),
            *(Fire(9, 48, 192, tap=True), Fire(10, 48, 192, tap=True)),
            *(Fire(11, 64, 256, tap=True), Fire(12, 64, 256, tap=True)),
        ),
        min_side=17,
    ),
}


def max_pool(graph: Graph, x: str, _: int, layer: MaxPool) -> str:
    return graph.op(
        *("MaxPool", x),
        kernel_shape=[layer.side] * 2,
        strides=[2, 2],
        ceil_mode=int(layer.ceil),
    )


def channels_after(layer: Layer, before: int) -> int:
    if isinstance(layer, MaxPool):
        return before
    return 2 * layer.expand if isinstance(layer, Fire) else layer.channels


def convolutions(trunk: Trunk) -> Iterator[tuple[str, int, int, int]]:
    """Name, channels in, channels out and side of each, in the order of the files."""
    channels = 3
    for layer in trunk.layers:
        if isinstance(layer, Conv):
            yield f"features.{layer.index}", channels, layer.channels, layer.side
        elif isinstance(layer, Fire):
            name = f"features.{layer.index}"
            yield f"{name}.squeeze", channels, layer.squeeze, 1
            yield f"{name}.expand1x1", layer.squeeze, layer.expand, 1
            yield f"{name}.expand3x3", layer.squeeze, layer.expand, 3
        channels = channels_after(layer, channels)


def shapes(trunk: Trunk) -> dict[str, tuple[int, ...]]:
    """What a file of this trunk must hold."""
    out: dict[str, tuple[int, ...]] = {}
    for name, before, after, side in convolutions(trunk):
        out[f"{name}.weight"] = (after, before, side, side)
        out[f"{name}.bias"] = (after,)
    return out


def tap_channels(trunk: Trunk) -> list[int]:
    return [channels_after(layer, 0) for layer in trunk.layers if getattr(layer, "tap", False)]


class Visitor:
    """Puts a trunk into a graph, once for each picture."""

    def __init__(self, graph: Graph, weights: Mapping[str, np.ndarray], pool: Pool) -> None:
        self.graph, self.weights, self.pool = graph, weights, pool

    def taps(self, trunk: Trunk, x: str) -> list[str]:
        """The values that the taps give for the picture `x`."""
        out, channels = [], 3
        for layer in trunk.layers:
            if isinstance(layer, MaxPool):
                x = self.pool(self.graph, x, channels, layer)
            else:
                x = self.conv(x, layer) if isinstance(layer, Conv) else self.fire(x, layer)
                channels = channels_after(layer, channels)
            if getattr(layer, "tap", False):
                out.append(x)
        return out

    def conv(self, x: str, layer: Conv) -> str:
        window = (layer.side, layer.stride, layer.padding)
        return self.activated(x, f"features.{layer.index}", window)

    def fire(self, x: str, layer: Fire) -> str:
        name = f"features.{layer.index}"
        x = self.activated(x, f"{name}.squeeze", (1, 1, 0))
        parts = [
            self.activated(x, f"{name}.expand{side}x{side}", (side, 1, side // 2))
            for side in (1, 3)
        ]
        return self.graph.op("Concat", *parts, axis=1)

    def activated(self, x: str, name: str, window: tuple[int, int, int]) -> str:
        """A convolution and its ReLU."""
        weights = self.graph.weight(f"{name}.weight", self.weights[f"{name}.weight"])
        bias = self.graph.constant(f"{name}.bias", self.weights[f"{name}.bias"])
        return self.graph.op("Relu", self.graph.convolution(x, weights, bias, window))


def check_weights(
    weights: Mapping[str, object], wanted: Mapping[str, tuple[int, ...]], path: str
) -> None:
    """Refuses a file without these tensors. More may be in it."""
    for name, shape in wanted.items():
        if name not in weights:
            raise Refused(f"{path} has no {name}, which this network needs")
        found = tuple(weights[name].shape)  # type: ignore[attr-defined]
        if found != shape:
            raise Refused(f"{path}: {name} has the shape {list(found)}; expected {list(shape)}")
