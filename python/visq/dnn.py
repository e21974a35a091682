"""Learned models, by themselves: named tensors in, named tensors out."""

from __future__ import annotations

import os
from typing import Any, Mapping, Union

import numpy as np
from numpy.typing import NDArray

from . import _core, _job, _log
from ._errors import invalid


def available() -> bool:
    """Whether this build can run learned models."""
    return _core.dnn_available()


class Session:
    """An ONNX model that passed the library's checks, ready to run.

    device   "auto" takes the best one present; "cpu", "cuda:1", "openvino-gpu" ... are named as
             the command does. One that is named and not there is an error
    threads  inside one run; 0 is one. Any number of Python threads may run one session.
    """

    def __init__(
        self,
        path: _job.Path,
        *,
        device: str = "auto",
        device_index: int = 0,
        threads: int = 0,
    ) -> None:
        place = f"{device}:{device_index}" if device_index else device
        self._model = _core.Model(os.fsdecode(path), place, threads)
        _log.forward()

    @property
    def inputs(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of the inputs; -1 is a dimension that the model leaves open."""
        return dict(self._model.inputs)

    @property
    def outputs(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of the outputs; -1 is a dimension that the model leaves open."""
        return dict(self._model.outputs)

    @property
    def provider(self) -> str:
        """Where it runs: "CPU", "CUDA" ..."""
        return self._model.provider

    def run(
        self, inputs: Union[Mapping[str, Any], Any, None] = None, **named: Any
    ) -> dict[str, NDArray[Any]]:
        """Runs the model: run({"input": array}), run(input=array), or run(array) for a model with
        one input.

        Arrays become float32; float32 arrays without gaps are not copied. Returns every output by
        name.
        """
        if inputs is not None and not isinstance(inputs, Mapping):
            if named or len(self._model.inputs) != 1:
                raise invalid(f"the model has the inputs {', '.join(self.inputs)}: name them")
            inputs = {self._model.inputs[0][0]: inputs}
        arrays = {**(inputs or {}), **named}
        result = self._model.run([(name, _float32(value, name)) for name, value in arrays.items()])
        _log.forward()
        return result


def _float32(value: Any, name: str) -> NDArray[Any]:
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise invalid(f'input "{name}" holds {array.dtype}, which is no number')
    return np.require(array, dtype=np.float32, requirements="C")
