"""The interpreter on real MicroPython: viper's integers, or the C module's, against tflite's reference kernels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.firmware.nn.network import Network
from firmware_sim.tests.nn_vectors import vector_file
from firmware_sim.tests.tflite_cases import CASES, build, pipeline

from ..targets import IN_C, STOCK, parameters
from .rig import script

RUNS = 1000
SMALL_PIPELINES = 4
CHECKER = Path(__file__).with_name("nn_vectors.py")
#: Prints the verdict on a file of vectors, then waits for ever.
_RUN = """
with open("vectors.bin", "rb") as file:
    print("VERDICT", json.dumps(check(file)))
import time
time.sleep_us(1000000)
"""


@pytest.fixture(scope="module")
def vectors() -> bytes:
    """Every operator in every shape that we have a case for, and some networks of several operators."""
    models = [build(name) for name in CASES] + [pipeline(seed) for seed in range(SMALL_PIPELINES)]
    nets = [Network(model) for model in models]
    return vector_file([(m, n.n_inputs, n.n_outputs) for m, n in zip(models, nets, strict=True)], RUNS)


def verdict_of(target: str, folder: Path, vectors: bytes) -> dict[str, Any]:
    """What a core says of the vectors."""
    (folder / "vectors.bin").write_bytes(vectors)
    simulation = script(target, folder, CHECKER.read_text().partition("if __name__")[0] + _RUN, hang_s=60.0)
    try:
        lines = simulation.core.console().splitlines()
    finally:
        simulation.close()
    (line,) = [line for line in lines if line.startswith("VERDICT")]
    verdict: dict[str, Any] = json.loads(line.partition(" ")[2])
    return verdict


@pytest.mark.slow
@pytest.mark.parametrize("target", parameters(*(t for t in (*STOCK, *IN_C) if t != "cpython")))
def test_every_operator_gives_the_same_bytes_and_allocates_nothing(target: str, vectors: bytes, tmp_path: Path) -> None:
    verdict = verdict_of(target, tmp_path, vectors)
    assert verdict["wrong"] == []
    assert verdict["runs"] == RUNS * (len(CASES) + SMALL_PIPELINES)
    assert verdict["allocating"] == []
    assert verdict["compiled"] == target.endswith("-c")
