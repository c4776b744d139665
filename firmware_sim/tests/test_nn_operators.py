"""Every operator of the interpreter against tflite's reference kernels, byte by byte."""

from __future__ import annotations

import pytest

from firmware_sim.firmware.nn.loading.prepare import prepare
from firmware_sim.testing.nn_vectors import recorded
from firmware_sim.testing.tflite_cases import CASES, build, pipeline

RUNS = 1000


def differences(model: bytes, count: int) -> tuple[int, int]:
    """(runs that differ, different outputs seen)."""
    net = prepare(model)
    differing = 0
    seen = set()
    for given, expected in recorded(model, net.n_inputs, net.n_outputs, count, 1):
        for i, values in enumerate(given):
            net.input(i)[:] = memoryview(values).cast("b")
        net.invoke()
        results = [bytes(net.output(i)) for i in range(net.n_outputs)]
        differing += results != expected
        seen.add(tuple(results))
    return differing, len(seen)


@pytest.mark.parametrize("name", CASES)
def test_it_gives_the_bytes_of_the_reference_kernels(name: str) -> None:
    differing, seen = differences(build(name), RUNS)
    assert differing == 0
    assert seen > RUNS / 10, "the network saturates: it would not show a difference"


@pytest.mark.parametrize("seed", range(4))
def test_networks_of_many_operators_do_too(seed: int) -> None:
    differing, seen = differences(pipeline(seed), 100)
    assert differing == 0
    assert seen > 50
