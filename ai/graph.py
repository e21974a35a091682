"""Writes ONNX graphs: nodes in order, constants by name, the same bytes every time."""

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 18, 8


Shapes = dict[str, list[int | str]]  # of float32 tensors by name


class Graph:
    """A graph under construction."""

    def __init__(self, half_weights: bool = False) -> None:
        self.half_weights = half_weights
        self.nodes: list[Any] = []
        self.constants: dict[str, np.ndarray] = {}
        self.weights: dict[str, str] = {}  # a constant's name -> the value to use it by

    def op(self, kind: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        """Adds a node, and returns the name of what it gives."""
        output = output or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def constant(self, name: str, value: Any, dtype: Any = np.float32) -> str:
        array = np.asarray(value, dtype)
        known = self.constants.setdefault(name, array)
        assert np.array_equal(known, array), f"two constants have the name {name}"
        return name

    def by_channel(self, name: str, values: Any) -> str:
        return self.constant(name, np.asarray(values, np.float64).reshape(1, -1, 1, 1))

    def axis(self, number: int) -> str:
        return self.constant(f"axis_{number}", [number], np.int64)

    def weight(self, name: str, values: np.ndarray) -> str:
        """Weights of a convolution, which both pictures use; kept in float16 where that is asked
        for, and made float32 once.
        """
        if name not in self.weights:
            kept = np.float16 if self.half_weights else np.float32
            self.weights[name] = self.constant(name, values, kept)
            if self.half_weights:
                self.weights[name] = self.op("Cast", name, to=TensorProto.FLOAT)
        return self.weights[name]

    def convolution(self, x: str, weights: str, bias: str, window: tuple[int, int, int]) -> str:
        """`window`: side, stride and padding, all the same in both directions."""
        side, stride, padding = window
        return self.op(
            *("Conv", x, weights, bias),
            kernel_shape=[side] * 2,
            strides=[stride] * 2,
            pads=[padding] * 4,
        )

    def mean(self, x: str) -> str:
        """Over the width, then over the height: float32 sums stay short."""
        return self.op("ReduceMean", self.op("ReduceMean", x, self.axis(3)), self.axis(2))

    def sum_of_channels(self, x: str) -> str:
        return self.op("ReduceSum", x, self.axis(1))

    def square(self, x: str) -> str:
        return self.op("Mul", x, x)

    def scaled(self, x: str, scale: str, offset: str) -> str:
        return self.op("Add", self.op("Mul", x, scale), offset)

    def finish(self, name: str, score: str) -> bytes:
        """The file's bytes, of a graph with the inputs ref and dist, two pictures, and the output
        score; `score` holds one value.
        """
        shape = self.constant("one_value", [1], np.int64)
        self.op("Reshape", score, shape, output="score")
        pictures: Shapes = {side: [1, 3, "H", "W"] for side in ("ref", "dist")}
        return self.file(name, pictures, {"score": [1]})

    def file(self, name: str, inputs: Shapes, outputs: Shapes) -> bytes:
        """The file's bytes, checked by onnx."""
        constants = [numpy_helper.from_array(v, n) for n, v in self.constants.items()]
        model = helper.make_model(
            helper.make_graph(self.nodes, name, _values(inputs), _values(outputs), constants),
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
        )
        onnx.checker.check_model(model)
        return model.SerializeToString(deterministic=True)


def _values(shapes: Shapes) -> list[Any]:
    return [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in shapes.items()
    ]
