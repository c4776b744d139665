"""Runs networks on recorded inputs and compares their outputs byte by byte; prints one JSON object.

Runs wherever the package `firmware` is importable: `micropython nn_vectors.py FILE`, or `check(stream)` on a board.
A stream is a row of cases, up to a length of 0: u32 length of the model, the model, u32 number of runs, then for each
run all inputs and all expected outputs, flat int8. Numbers are little-endian.
"""

import gc
import json
import struct
import sys

import micropython
from firmware.nn import load  # type: ignore[import-not-found]
from firmware.nn.kernels import COMPILED  # type: ignore[import-not-found]

_CHUNK = 4096
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


def prepared(model: bytes) -> "Any":
    """The network of a shipped model in the form that was frozen with it."""
    from firmware.networks import beat_kind_gen, ecg_delineator_gen, qrs_evidence_gen  # type: ignore[import-not-found]

    for frozen in (beat_kind_gen, ecg_delineator_gen, qrs_evidence_gen):
        if model == frozen.MODEL:
            return load(frozen.MODEL, None, frozen.PREPARED)
    raise ValueError("no such model is frozen")


def check(stream: "Any", load: "Callable[[bytes], Any]" = load) -> "dict[str, Any]":
    """The verdict on all cases: how many runs, and which cases differ or allocate while they run."""
    cases = runs = 0
    wrong = []
    allocating = []
    while True:
        (length,) = struct.unpack("<I", stream.read(4))
        if length == 0:
            break
        try:
            differing, count = check_case(stream, length, load)
        except MemoryError:
            allocating.append(cases)
            break
        if differing:
            wrong.append((cases, differing))
        cases += 1
        runs += count
        gc.collect()
    return {"cases": cases, "runs": runs, "wrong": wrong, "allocating": allocating, "compiled": COMPILED}


def check_case(stream: "Any", length: int, load: "Callable[[bytes], Any]") -> "tuple[int, int]":
    """(runs that differ, runs) of one case; MemoryError where an `invoke` allocates."""
    net = load(stream.read(length))
    (count,) = struct.unpack("<I", stream.read(4))
    inputs = [net.input(i) for i in range(net.n_inputs)]
    outputs = [net.output(i) for i in range(net.n_outputs)]
    size = sum([len(view) for view in inputs + outputs])
    # several runs at a time: on an emulated core a read is a round trip
    many = max(1, _CHUNK // size)
    chunk = memoryview(bytearray(many * size))
    differing = 0
    for done in range(0, count, many):
        n = min(many, count - done)
        stream.readinto(chunk[: n * size])
        for run in range(n):
            differing += differs(net, inputs, outputs, chunk[run * size : (run + 1) * size])
    return differing, count


def differs(net: "Any", inputs: "list[memoryview]", outputs: "list[memoryview]", vector: memoryview) -> bool:
    """Does a run on the inputs of `vector` give other outputs than those that follow there?"""
    at = 0
    for view in inputs:
        view[:] = vector[at : at + len(view)]
        at += len(view)
    micropython.heap_lock()
    try:
        net.invoke()
    finally:
        micropython.heap_unlock()
    for view in outputs:
        if bytes(view) != bytes(vector[at : at + len(view)]):
            return True
        at += len(view)
    return False


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        print(json.dumps(check(file)))
