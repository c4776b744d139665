"""Runs .tflite files on the computer with tflite's reference kernels, whose int8 results are the same everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_sim.mcu.tflite import interpreter


class Runner:
    """One network with one input and one output; arrays are (n, flat) of the network's own type."""

    def __init__(self, model: bytes) -> None:
        self._net = interpreter(model)
        self._net.allocate_tensors()
        self.input: dict[str, Any] = self._net.get_input_details()[0]
        self.output: dict[str, Any] = self._net.get_output_details()[0]

    def run(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Outputs (n, flat) for inputs (n, flat)."""
        shape, dtype = self.input["shape"], self.input["dtype"]
        out = np.empty((len(rows), int(np.prod(self.output["shape"]))), dtype=self.output["dtype"])
        for i, row in enumerate(rows):
            self._net.set_tensor(self.input["index"], row.astype(dtype, copy=False).reshape(shape))
            self._net.invoke()
            out[i] = self._net.get_tensor(self.output["index"]).reshape(-1)
        return out
