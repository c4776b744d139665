"""The module `vitalband_tflite`, which firmware finds on CPython only: int8 networks on tflite's reference kernels."""

from __future__ import annotations

import math
from array import array
from typing import Any


def interpreter(model: bytes) -> Any:
    """tflite's interpreter with its reference kernels; imported only here, because it takes long."""
    try:
        from tflite_runtime import interpreter as tflite
    except ImportError:  # its successor, for newer Pythons
        from ai_edge_litert import interpreter as tflite
    return tflite.Interpreter(
        model_content=model,
        num_threads=1,
        experimental_op_resolver_type=tflite.OpResolverType.BUILTIN_REF,
    )


class Engine:
    """One network; `model` must have been checked, because tflite hardly checks it."""

    def __init__(self, model: bytes) -> None:
        """Raises `ValueError` where tflite refuses the model."""
        try:
            self._interpreter = interpreter(bytes(model))
            shapes = self._shapes()
            self._interpreter.allocate_tensors()
        except RuntimeError as error:
            raise ValueError(str(error)) from error
        for (name, given), (_, found) in zip(shapes, self._shapes(), strict=False):  # behind them, its own tensors
            if given != found:
                raise ValueError(f"tensor {name!r} has shape {given}, its operator makes {found}")
        self._in = self._interpreter.get_input_details()
        self._out = self._interpreter.get_output_details()
        # memory of our own: tflite does not run while anyone holds a view of its memory
        self._inputs = [array("b", bytes(math.prod(detail["shape"]))) for detail in self._in]
        self._outputs = [array("b", bytes(math.prod(detail["shape"]))) for detail in self._out]

    def _shapes(self) -> list[tuple[str, list[int]]]:
        """Name and shape of every tensor, as the file has it or, once they are allocated, as operators make it."""
        return [(tensor["name"], tensor["shape"].tolist()) for tensor in self._interpreter.get_tensor_details()]

    def input(self, i: int = 0) -> memoryview:
        """Input `i` as flat int8, to be written before each `invoke`."""
        return memoryview(self._inputs[i])

    def output(self, i: int = 0) -> memoryview:
        """Output `i` as flat int8; what it holds changes with the next `invoke`."""
        return memoryview(self._outputs[i])

    def invoke(self) -> None:
        """Run all operators once."""
        import numpy as np

        for detail, values in zip(self._in, self._inputs, strict=True):
            self._interpreter.set_tensor(detail["index"], np.frombuffer(values, np.int8).reshape(detail["shape"]))
        self._interpreter.invoke()
        for detail, result in zip(self._out, self._outputs, strict=True):
            result[:] = array("b", self._interpreter.get_tensor(detail["index"]).tobytes())
