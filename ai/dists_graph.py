"""DISTS as an ONNX graph: structure and texture of two pictures, by the features of VGG-16.

The definition is that of dingkeyan93/DISTS (MIT), its PyTorch version.
"""

from typing import Mapping

import numpy as np

from ai import trunks
from ai.graph import Graph
from ai.lpips_graph import MEAN, STD
from ai.trunks import TRUNKS, MaxPool

CHANNELS = [3, *trunks.tap_channels(TRUNKS["vgg"])]
HANNING = np.outer([1, 2, 1], [1, 2, 1]) / 16
TINY, C = 1e-12, 1e-6


def l2_pool(graph: Graph, x: str, channels: int, _: MaxPool) -> str:
    """In the place of a maximum: the root of the weighted mean of squares, every second pixel."""
    window = graph.constant(f"l2_{channels}", np.tile(HANNING, (channels, 1, 1, 1)))
    energy = graph.op(
        *("Conv", graph.square(x), window),
        kernel_shape=[3, 3],
        strides=[2, 2],
        pads=[1] * 4,
        group=channels,
    )
    return graph.op("Sqrt", graph.op("Add", energy, graph.constant("tiny", TINY)))


def _unlikeness(graph: Graph, cross: str, a: str, b: str) -> str:
    """1 - (2 cross + c) / (a + b + c)."""
    c, two, one = (graph.constant(n, v) for n, v in (("c", C), ("two", 2), ("one", 1)))
    top = graph.scaled(cross, two, c)
    bottom = graph.op("Add", graph.op("Add", a, b), c)
    return graph.op("Sub", one, graph.op("Div", top, bottom))


def _stage(graph: Graph, x: str, y: str, weights: tuple[str, str]) -> str:
    """One stage's part of the distance. Variances and covariance are means of deviations: means
    of squares less squares of means have no digits left in float32.
    """
    mean_x, mean_y = graph.mean(x), graph.mean(y)
    dx, dy = graph.op("Sub", x, mean_x), graph.op("Sub", y, mean_y)
    texture = _unlikeness(
        graph, graph.op("Mul", mean_x, mean_y), graph.square(mean_x), graph.square(mean_y)
    )
    structure = _unlikeness(
        graph,
        graph.mean(graph.op("Mul", dx, dy)),
        graph.mean(graph.square(dx)),
        graph.mean(graph.square(dy)),
    )
    alpha, beta = weights
    both = graph.op("Add", graph.op("Mul", texture, alpha), graph.op("Mul", structure, beta))
    return graph.sum_of_channels(both)


def build(
    weights: Mapping[str, np.ndarray], alpha: np.ndarray, beta: np.ndarray, half: bool = False
) -> bytes:
    """The model, with the weights of VGG-16's trunk; `half` keeps convolutions in float16."""
    graph = Graph(half_weights=half)
    visitor = trunks.Visitor(graph, weights, l2_pool)
    std, mean = graph.by_channel("std", STD), graph.by_channel("mean", MEAN)
    ref, dist = (
        [graph.scaled(picture, std, mean), *visitor.taps(TRUNKS["vgg"], picture)]
        for picture in ("ref", "dist")
    )
    alpha, beta = alpha.astype(np.float64), beta.astype(np.float64)
    total = alpha.sum() + beta.sum()
    ends = np.cumsum(CHANNELS)[:-1]
    parts = []
    for k, (a, b) in enumerate(zip(np.split(alpha, ends), np.split(beta, ends), strict=True)):
        shares = (
            graph.by_channel(f"alpha_{k}", a / total),
            graph.by_channel(f"beta_{k}", b / total),
        )
        parts.append(_stage(graph, ref[k], dist[k], shares))
    joined = graph.op("Concat", *parts, axis=1)
    return graph.finish("dists", graph.sum_of_channels(joined))
