#!/usr/bin/env python3
"""Makes STEM.int8.onnx of STEM.onnx, and says so in the registry beside it.

dynamic   activations become integers while the model runs, in steps that fit each of them
static    activations become integers in steps that were found on calibration inputs
weights   weights alone are kept as integers; the model computes in float32
"""

import argparse
import hashlib
import logging
import pathlib
import sys
import tempfile
from typing import Any, Iterator

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from ai import errors

with errors.missing_packages():
    import numpy as np
    import onnx
    from onnx import helper, numpy_helper
    from onnxruntime import quantization

    from ai import download, inputs, store
    from ai.errors import Refused
    from ai.exporting import say

BUDGETS = {"dynamic": 0.01, "static": 0.005, "qat": 0.002, "weights": 0.005}
MODES = ("dynamic", "static", "weights")
LAYERS = ("Conv", "Gemm", "MatMul")
SMALLEST = 64  # numbers that are worth it


def _weights(model: Any) -> dict[str, Any]:
    return {tensor.name: tensor for tensor in model.graph.initializer}


def _outputs_of(node: Any, weight: Any) -> int:
    """How many numbers a layer gives for each place."""
    last_axis = node.op_type == "MatMul"
    if node.op_type == "Gemm":
        turned = next((a.i for a in node.attribute if a.name == "transB"), 0)
        last_axis = not turned
    return int(weight.dims[-1] if last_axis else weight.dims[0])


def layers(model: Any) -> list[Any]:
    """Those that become integers. A layer with one output is a score, or LPIPS's sum of squared
    differences, whose small values are what counts: it stays as it is.
    """
    weights, found = _weights(model), []
    for node in model.graph.node:
        weight = weights.get(node.input[1]) if node.op_type in LAYERS else None
        if weight is not None and _outputs_of(node, weight) > 1:
            found.append(node)
    if not found:
        raise Refused("it has no layer whose weights could become integers")
    return found


def _prepare(model: Any) -> None:
    """ONNX Runtime knows layers by name, and turns weights whose shapes it then finds told."""
    del model.graph.value_info[:]
    for number, node in enumerate(model.graph.node):
        node.name = node.name or f"{node.op_type.lower()}_{number}"


def _dynamic(model: Any, folder: pathlib.Path) -> None:
    kept = {node.name for node in layers(model)}
    for node in model.graph.node:  # a Gemm becomes a MatMul, of that name
        if node.op_type == "Gemm" and node.name in kept:
            kept.add(f"{node.name}_MatMul")
    quantization.quantize_dynamic(
        folder / "in.onnx",
        folder / "out.onnx",
        op_types_to_quantize=list(LAYERS),
        nodes_to_quantize=sorted(kept),
        per_channel=True,
        weight_type=quantization.QuantType.QInt8,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )


class _Reader(quantization.CalibrationDataReader):
    def __init__(self, arrays: Iterator[inputs.Arrays]) -> None:
        self.arrays = arrays

    def get_next(self) -> Any:
        return next(self.arrays, None)


def _static(model: Any, folder: pathlib.Path, arrays: Iterator[inputs.Arrays]) -> None:
    quantization.quantize_static(
        folder / "in.onnx",
        folder / "out.onnx",
        _Reader(arrays),
        quant_format=quantization.QuantFormat.QDQ,
        op_types_to_quantize=list(LAYERS),
        nodes_to_quantize=sorted(node.name for node in layers(model)),
        per_channel=True,
        activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QInt8,
    )


def _integers(values: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Of each slice along the axis: integers of -127 to 127, and the step between them."""
    others = tuple(i for i in range(values.ndim) if i != axis)
    step = np.abs(values).max(others, keepdims=True) / np.float32(127)
    step = np.where(step > 0, step, np.float32(1)).astype(np.float32)
    return np.rint(values / step).astype(np.int8), step.ravel()


def _weights_only(model: Any, folder: pathlib.Path) -> None:
    weights, axes = _weights(model), {}
    for node in layers(model):
        turned = node.op_type == "Gemm" and any(a.name == "transB" and a.i for a in node.attribute)
        axes[node.input[1]] = 0 if node.op_type == "Conv" or turned else 1
    added, nodes = [], []
    for name, axis in axes.items():
        values = numpy_helper.to_array(weights[name])
        if values.dtype != np.float32 or values.size < SMALLEST:
            continue
        integers, step = _integers(values, axis)
        zero = np.zeros(len(step), np.int8)
        parts = {f"{name}_int8": integers, f"{name}_step": step, f"{name}_zero": zero}
        added += [numpy_helper.from_array(array, part) for part, array in parts.items()]
        nodes.append(helper.make_node("DequantizeLinear", list(parts), [name], axis=axis))
        model.graph.initializer.remove(weights[name])
    if not nodes:
        raise Refused("it has no weights in float32 that are worth keeping as integers")
    model.graph.initializer.extend(added)
    rest = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(nodes + rest)
    onnx.save(model, folder / "out.onnx")


def _clean(path: pathlib.Path) -> bytes:
    """The same bytes for the same graph: who made it is said in the registry."""
    model = onnx.load(path)
    model.producer_name = model.producer_version = model.doc_string = ""
    del model.metadata_props[:]
    used = {node.domain for node in model.graph.node}
    keep = [o for o in model.opset_import if o.domain in used or not o.domain]
    del model.opset_import[:]
    model.opset_import.extend(keep)
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def shapes_of(model: Any) -> dict[str, tuple[int, ...]]:
    known = _weights(model)
    return {
        value.name: tuple(d.dim_value or -1 for d in value.type.tensor_type.shape.dim)
        for value in model.graph.input
        if value.name not in known
    }


def quantised(path: pathlib.Path, mode: str, source: inputs.Source) -> bytes:
    """The bytes of the int8 model."""
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model)
    except (onnx.checker.ValidationError, ValueError, TypeError) as error:
        raise Refused(f"{path} is no ONNX model ({str(error).splitlines()[0][:200]})") from error
    except Exception as error:  # protobuf's own, which has no public name
        if type(error).__name__ != "DecodeError":
            raise
        raise Refused(f"{path} is no ONNX model") from error
    _prepare(model)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        onnx.save(model, folder / "in.onnx")
        try:
            if mode == "dynamic":
                _dynamic(model, folder)
            elif mode == "static":
                arrays = inputs.of(shapes_of(model), store.sidecar_of(path), source)
                _static(model, folder, arrays)
            else:
                _weights_only(model, folder)
        except Refused as error:
            raise Refused(f"{path}: {error}") from error
        return _clean(folder / "out.onnx")


def registry_line(path: pathlib.Path, data: bytes, mode: str) -> dict[str, Any]:
    """The model's own line, and what is new in it."""
    line = store.line_of(path)
    if line is None:
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        kind = store.sidecar_of(path).get("kind", "fr")
        line = {"id": inputs.stem_of(path), "kind": kind, "onnx": path.name, "sha256": sha256}
    budget = line.get("quant_accuracy_budget_plcc") if line.get("quant_mode") == mode else None
    return {
        **line,
        "int8_sha256": hashlib.sha256(data).hexdigest(),
        "quant_mode": mode,
        "quant_accuracy_budget_plcc": BUDGETS[mode] if budget is None else budget,
    }


def write(path: pathlib.Path, mode: str, source: inputs.Source) -> pathlib.Path:
    """The int8 model beside the other one, and its line in the registry."""
    data = quantised(path, mode, source)
    line = registry_line(path, data, mode)
    folder, name = path.parent, f"{inputs.stem_of(path)}.int8.onnx"
    store.write(folder, {name: data, store.REGISTRY: store.with_lines(folder, [line])})
    return folder / name


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", metavar="MODEL", type=pathlib.Path, help="STEM.onnx")
    parser.add_argument("--mode", choices=MODES, required=True)
    parser.add_argument(
        "--calibration",
        nargs="+",
        default=[],
        metavar="FILE",
        help="for static: clips, or the Parquet file of a corpus (default: generated scenes)",
    )
    args = parser.parse_args()
    logging.getLogger().setLevel(logging.ERROR)  # ONNX Runtime's advice
    if args.model.name.endswith(".int8.onnx"):
        raise Refused(f"{args.model} is quantised already")
    if not args.model.is_file():
        raise Refused(f"there is no model {args.model}")
    rows = [name for name in args.calibration if name.endswith(".parquet")]
    clips = [name for name in args.calibration if name not in rows]
    source = inputs.Source(clips, rows[0] if rows else None, calibration=True)
    written = write(args.model, args.mode, source)
    say(f"{written}: {written.stat().st_size} bytes, sha256 {download.sha256_of(written)}")
    say(f"measure it: ai/measure_quant_drop.py {args.model}")


if __name__ == "__main__":
    errors.run(main)
