"""TransNet V2 as an ONNX graph: where the shots of a video end.

The network is that of soCzech/TransNetV2 (MIT). Its histogram of colours and its band of
similarities are written without scattering and gathering, which the library does not allow.
"""

from typing import Mapping

import numpy as np
from onnx import TensorProto

from ai.graph import Graph

WINDOW, HEIGHT, WIDTH = 100, 27, 48  # frames of a run, and their size
FILTERS = (16, 32, 64)  # of the three stacks
DILATIONS = (1, 2, 4, 8)
REACH = 50  # frames before and after one that it is compared with
LEVELS = 8  # of a channel in the histogram
EPSILON = 1e-3  # of the batch norms


def shapes() -> dict[str, tuple[int, ...]]:
    """What a file of the weights must hold."""
    out: dict[str, tuple[int, ...]] = {}
    channels = 3
    for stack, filters in enumerate(FILTERS):
        for block in range(2):
            name = f"SDDCNN.{stack}.DDCNN.{block}"
            for d in DILATIONS:
                out[f"{name}.Conv3D_{d}.layers.0.weight"] = (2 * filters, channels, 1, 3, 3)
                out[f"{name}.Conv3D_{d}.layers.1.weight"] = (filters, 2 * filters, 3, 1, 1)
            channels = 4 * filters
            for part in ("weight", "bias", "running_mean", "running_var"):
                out[f"{name}.bn.{part}"] = (channels,)
    linear = {
        "frame_sim_layer.projection": (128, 4 * sum(FILTERS)),
        "frame_sim_layer.fc": (128, 2 * REACH + 1),
        "color_hist_layer.fc": (128, 2 * REACH + 1),
        "fc1": (1024, 2 * 128 + 3 * 6 * 4 * FILTERS[-1]),
        "cls_layer1": (1, 1024),
        "cls_layer2": (1, 1024),
    }
    for name, shape in linear.items():
        out[f"{name}.weight"], out[f"{name}.bias"] = shape, shape[:1]
    return out


class _Builder:
    def __init__(self, weights: Mapping[str, np.ndarray]) -> None:
        self.graph, self.weights = Graph(), weights

    def reshape(self, x: str, *shape: int) -> str:
        name = "shape_" + "_".join(str(n).replace("-", "m") for n in shape)
        return self.graph.op("Reshape", x, self.graph.constant(name, shape, np.int64))

    def transpose(self, x: str, *order: int) -> str:
        return self.graph.op("Transpose", x, perm=list(order))

    def padded(self, x: str, *pads: int) -> str:
        name = "pads_" + "_".join(map(str, pads))
        return self.graph.op("Pad", x, self.graph.constant(name, pads, np.int64))

    def cut(self, x: str, begin: int, end: int, axis: int) -> str:
        places = (self.graph.constant(f"place_{n}", [n], np.int64) for n in (begin, end))
        return self.graph.op("Slice", x, *places, self.graph.axis(axis))

    def linear(self, x: str, name: str) -> str:
        weights = self.graph.constant(f"{name}.weight", self.weights[f"{name}.weight"].T)
        bias = self.graph.constant(f"{name}.bias", self.weights[f"{name}.bias"])
        return self.graph.op("Add", self.graph.op("MatMul", x, weights), bias)

    def unit(self, x: str) -> str:
        """Rows divided by their lengths."""
        graph = self.graph
        squares = graph.op("ReduceSum", graph.op("Mul", x, x), graph.axis(1))
        length = graph.op("Max", graph.op("Sqrt", squares), graph.constant("tiny", 1e-12))
        return graph.op("Div", x, length)

    def compared(self, features: str, name: str) -> str:
        """Of each frame what its similarities to the frames around it say; [T, 128].

        Row t of the matrix of all products, with zeros on both sides, holds them from column t on.
        In rows that are longer by one they begin in column 0 of each row.
        """
        graph = self.graph
        features = self.unit(features)
        products = graph.op("MatMul", features, self.transpose(features, 1, 0))
        flat = self.reshape(self.padded(products, 0, REACH, 0, REACH), -1)
        slid = self.reshape(self.padded(flat, 0, WINDOW), WINDOW, WINDOW + 2 * REACH + 1)
        return graph.op("Relu", self.linear(self.cut(slid, 0, 2 * REACH + 1, 1), name))

    def block(self, x: str, name: str, filters: int) -> str:
        """Four convolutions in space, as one, each followed by one in time; BN goes into these."""
        graph, weights = self.graph, self.weights
        norm = {
            part: weights[f"{name}.bn.{part}"].astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        }
        gain = norm["weight"] / np.sqrt(norm["running_var"] + EPSILON)
        offset = norm["bias"] - norm["running_mean"] * gain
        spatial = [weights[f"{name}.Conv3D_{d}.layers.0.weight"] for d in DILATIONS]
        joined = graph.constant(f"{name}.space", np.concatenate(spatial))
        x = graph.op("Conv", x, joined, kernel_shape=[1, 3, 3], pads=[0, 1, 1, 0, 1, 1])
        parts = []
        for i, d in enumerate(DILATIONS):
            branch = self.cut(x, 2 * filters * i, 2 * filters * (i + 1), 1)
            mine = slice(filters * i, filters * (i + 1))
            kernel = weights[f"{name}.Conv3D_{d}.layers.1.weight"].astype(np.float64)
            kernel = kernel * gain[mine].reshape(-1, 1, 1, 1, 1)
            parts.append(
                graph.op(
                    *("Conv", branch, graph.constant(f"{name}.time_{d}", kernel)),
                    graph.constant(f"{name}.offset_{d}", offset[mine]),
                    kernel_shape=[3, 1, 1],
                    dilations=[d, 1, 1],
                    pads=[d, 0, 0, d, 0, 0],
                )
            )
        return graph.op("Relu", graph.op("Concat", *parts, axis=1))

    def stack(self, x: str, number: int) -> str:
        blocks = []
        for block in range(2):
            x = self.block(x, f"SDDCNN.{number}.DDCNN.{block}", FILTERS[number])
            blocks.append(x)
        window = {"kernel_shape": [1, 2, 2], "strides": [1, 2, 2]}
        return self.graph.op("AveragePool", self.graph.op("Add", blocks[1], blocks[0]), **window)

    def levels(self, quarters: str, channel: int) -> str:
        """Of each pixel a 1 in the column of the channel's level, else 0; [T, pixels, levels]."""
        graph = self.graph
        values = self.cut(quarters, channel, channel + 1, 2)
        every = graph.constant("levels", np.arange(LEVELS).reshape(1, 1, -1))
        distance = graph.op("Abs", graph.op("Sub", values, every))
        return graph.op("Relu", graph.op("Sub", graph.constant("one", 1), distance))

    def histogram(self, frames: str) -> str:
        """Counts of 8 x 8 x 8 colours; [T, 512]. They are whole numbers, so the sums are exact."""
        graph = self.graph
        pixels = self.reshape(graph.op("Cast", frames, to=TensorProto.UINT8), WINDOW, -1, 3)
        five = graph.constant("five", 5, np.uint8)
        shifted = graph.op("BitShift", pixels, five, direction="RIGHT")
        quarters = graph.op("Cast", shifted, to=TensorProto.FLOAT)
        red, green, blue = (self.levels(quarters, channel) for channel in range(3))
        pairs = graph.op(
            *("Mul", graph.op("Unsqueeze", red, graph.axis(3))),
            graph.op("Unsqueeze", green, graph.axis(2)),
        )
        pairs = self.reshape(pairs, WINDOW, HEIGHT * WIDTH, LEVELS**2)
        counts = graph.op("MatMul", self.transpose(pairs, 0, 2, 1), blue)
        return self.reshape(counts, WINDOW, LEVELS**3)

    def features(self, frames: str) -> tuple[str, str]:
        """The means of all stacks' channels, [T, 448], and the last one's values, [T, 4608]."""
        graph = self.graph
        scaled = graph.op("Div", frames, graph.constant("white", 255))
        x, means = self.transpose(scaled, 0, 4, 1, 2, 3), []
        for number in range(len(FILTERS)):
            x = self.stack(x, number)
            both = graph.constant("height_and_width", [3, 4], np.int64)
            means.append(graph.op("ReduceMean", x, both, keepdims=0))
        joined = graph.op("Squeeze", graph.op("Concat", *means, axis=1), graph.axis(0))
        last = self.reshape(self.transpose(x, 0, 2, 3, 4, 1), WINDOW, -1)
        return self.transpose(joined, 1, 0), last

    def build(self) -> bytes:
        graph = self.graph
        means, last = self.features("frames")
        projected = self.linear(means, "frame_sim_layer.projection")
        similar = self.compared(projected, "frame_sim_layer.fc")
        colours = self.compared(self.histogram("frames"), "color_hist_layer.fc")
        joined = graph.op("Concat", colours, similar, last, axis=1)
        hidden = graph.op("Relu", self.linear(joined, "fc1"))
        for output, name in (("single", "cls_layer1"), ("many_hot", "cls_layer2")):
            logits = self.linear(hidden, name)
            graph.op("Unsqueeze", logits, graph.axis(0), output=output)
        frames = {"frames": [1, WINDOW, HEIGHT, WIDTH, 3]}
        outputs = {output: [1, WINDOW, 1] for output in ("single", "many_hot")}
        return graph.file("transnet_v2", frames, outputs)


def build(weights: Mapping[str, np.ndarray]) -> bytes:
    """The model, with the weights of shapes()."""
    return _Builder(weights).build()
