"""Golden vectors: inputs and the exact output bytes of every interpreter."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .errors import DataChangedError
from .manifest import sha256
from .running import Runner

_INPUTS, _OUTPUTS, _ABOUT = "inputs.int8", "outputs.int8", "golden.json"

Bytes = NDArray[np.int8]


def save(folder: Path, model: bytes, inputs: Bytes) -> None:
    """Write `inputs` (n, flat) and the outputs of `model` (int8 .tflite), as flat files any language reads."""
    outputs = Runner(model).run(inputs)
    folder.mkdir(exist_ok=True)
    (folder / _INPUTS).write_bytes(inputs.astype(np.int8).tobytes())
    (folder / _OUTPUTS).write_bytes(outputs.astype(np.int8).tobytes())
    about = {
        "vectors": len(inputs),
        "input_bytes": inputs.shape[1],
        "output_bytes": outputs.shape[1],
        "model_sha256": sha256(model),
    }
    (folder / _ABOUT).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def load(folder: Path, model: bytes) -> tuple[Bytes, Bytes]:
    """Inputs (n, flat) and outputs (n, flat); DataChangedError where they were made with another model."""
    about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
    if about["model_sha256"] != sha256(model):
        raise DataChangedError(f"{folder}: golden vectors are of another model")
    inputs, outputs = (np.fromfile(folder / name, dtype=np.int8) for name in (_INPUTS, _OUTPUTS))
    return inputs.reshape(-1, about["input_bytes"]), outputs.reshape(-1, about["output_bytes"])
