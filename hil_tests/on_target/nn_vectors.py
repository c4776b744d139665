"""Runs networks on recorded inputs and compares their outputs byte by byte; prints one JSON object.

Runs wherever the package `firmware` is importable: `micropython nn_vectors.py FILE`, or `check(stream)` on a board.
A stream is a row of cases, up to a length of 0: u32 length of the model, the model, u32 number of runs, then for each
run all inputs and all expected outputs, flat int8. Numbers are little-endian.
"""

import gc
import json
import struct
import sys

from firmware.nn import kernels, load  # type: ignore[import-not-found]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def check(stream: "Any") -> "dict[str, Any]":
    """The verdict on all cases: how many runs, which cases differ, and whether running allocated anything."""
    cases = runs = 0
    wrong = []
    grown = 0
    while True:
        (length,) = struct.unpack("<I", stream.read(4))
        if length == 0:
            break
        differing, count, allocated = check_case(stream, length)
        if differing:
            wrong.append((cases, differing))
        grown = max(grown, allocated)
        cases += 1
        runs += count
        gc.collect()
    return {"cases": cases, "runs": runs, "wrong": wrong, "allocated": grown, "compiled": kernels.COMPILED}


def check_case(stream: "Any", length: int) -> "tuple[int, int, int]":
    """(runs that differ, runs, most bytes one `invoke` allocated) of one case."""
    net = load(stream.read(length))
    (count,) = struct.unpack("<I", stream.read(4))
    inputs = [net.input(i) for i in range(net.n_inputs)]
    outputs = [net.output(i) for i in range(net.n_outputs)]
    expected = [bytearray(len(view)) for view in outputs]
    differing = grown = 0
    for _ in range(count):
        for view in inputs:
            stream.readinto(view)
        before = gc.mem_alloc()  # type: ignore[attr-defined]
        net.invoke()
        grown = max(grown, gc.mem_alloc() - before)  # type: ignore[attr-defined]
        for want in expected:
            stream.readinto(want)
        if [bytes(view) for view in outputs] != [bytes(want) for want in expected]:
            differing += 1
    return differing, count, grown


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        print(json.dumps(check(file)))
