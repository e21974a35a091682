"""LPIPS, version 0.1, as an ONNX graph: how far apart the features of two pictures are.

The definition is that of richzhang/PerceptualSimilarity (BSD-2-Clause).
"""

from typing import Mapping, Sequence

import numpy as np

from ai import trunks
from ai.graph import Graph

MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
SHIFT, SCALE = np.array([-0.030, -0.088, -0.188]), np.array([0.458, 0.448, 0.450])
EPSILON = 1e-10


def _unit(graph: Graph, x: str) -> str:
    """Every pixel's channels divided by their length; a pixel that is all zero stays so."""
    length = graph.op("Sqrt", graph.sum_of_channels(graph.square(x)))
    epsilon = graph.constant("epsilon", EPSILON)
    return graph.op("Div", x, graph.op("Add", length, epsilon))


def _distance(graph: Graph, ref: str, dist: str, head: tuple[str, np.ndarray]) -> str:
    difference = graph.op("Sub", _unit(graph, ref), _unit(graph, dist))
    name, values = head
    weights = graph.constant(name, values.reshape(1, -1, 1, 1))
    weighted = graph.op("Conv", graph.square(difference), weights, kernel_shape=[1, 1])
    return graph.mean(weighted)


def build(net: str, weights: Mapping[str, np.ndarray], heads: Sequence[np.ndarray]) -> bytes:
    """The model of a net, with the weights of its trunk and one head for each tap."""
    graph, trunk = Graph(), trunks.TRUNKS[net]
    visitor = trunks.Visitor(graph, weights, trunks.max_pool)
    # From ImageNet's normalisation to LPIPS's own in one step. It is not folded into the first
    # convolution, whose zeros at the border are zeros of the scaled picture.
    scale = graph.by_channel("scale", 2 * STD / SCALE)
    offset = graph.by_channel("offset", (2 * MEAN - 1 - SHIFT) / SCALE)
    ref, dist = (
        visitor.taps(trunk, graph.scaled(picture, scale, offset)) for picture in ("ref", "dist")
    )
    total = ""
    for tap, head in enumerate(heads):
        part = _distance(graph, ref[tap], dist[tap], (f"head_{tap}", head))
        total = graph.op("Add", total, part) if total else part
    return graph.finish(f"lpips_{net}", total)
