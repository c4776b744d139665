"""Recorded runs of networks: tflite's outputs for random inputs, as the interpreter must reproduce them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

import numpy as np

from firmware_sim.mcu.tflite import Engine

#: Of one run: all inputs, all outputs.
Run = tuple[list[bytes], list[bytes]]


def recorded(model: bytes, n_inputs: int, n_outputs: int, count: int, seed: int) -> Iterator[Run]:
    """`count` runs on the reference kernels; the first two have every input at the ends of its range."""
    engine = Engine(model)
    random = np.random.default_rng(seed)
    inputs = [engine.input(i) for i in range(n_inputs)]
    for run in range(count):
        for view in inputs:
            low, high = {0: (-128, -127), 1: (127, 128)}.get(run, (-128, 128))
            view[:] = memoryview(random.integers(low, high, len(view), dtype=np.int8).tobytes()).cast("b")
        given = [bytes(view) for view in inputs]
        engine.invoke()
        yield given, [bytes(engine.output(i)) for i in range(n_outputs)]


def vector_file(models: Iterable[tuple[bytes, int, int]], count: int) -> bytes:
    """`stream_of` (model, inputs, outputs), each run `count` times."""
    return stream_of([(m, list(recorded(m, n_inputs, n_outputs, count, len(m)))) for m, n_inputs, n_outputs in models])


def stream_of(cases: Iterable[tuple[bytes, list[Run]]]) -> bytes:
    """The stream that `hil_tests/emulated/nn_vectors.py` reads, of models and their runs."""
    stream = bytearray()
    for model, runs in cases:
        stream += struct.pack("<I", len(model)) + model + struct.pack("<I", len(runs))
        for given, expected in runs:
            stream += b"".join(given) + b"".join(expected)
    return bytes(stream + bytes(4))
