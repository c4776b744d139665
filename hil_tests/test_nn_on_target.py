"""The interpreter on real MicroPython: viper's integers, or the C module's, against tflite's reference kernels.

`VITALBAND_MICROPYTHON` names MicroPython binaries for this machine (32 bits, as on a board), separated by `:`.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.firmware.nn import ModelError
from firmware_sim.firmware.nn.network import Network
from firmware_sim.tests.nn_vectors import vector_file
from firmware_sim.tests.tflite_cases import CASES, build, pipeline

from .on_target.nn_damage import verdicts

ROOT = Path(__file__).resolve().parents[1]
BINARIES = [path for path in os.environ.get("VITALBAND_MICROPYTHON", "").split(":") if path]
RUNS = 1000


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    models = [build(name) for name in CASES] + [pipeline(seed) for seed in range(4)]
    nets = [Network(model) for model in models]
    path = tmp_path_factory.mktemp("nn") / "vectors.bin"
    path.write_bytes(vector_file([(m, n.n_inputs, n.n_outputs) for m, n in zip(models, nets, strict=True)], RUNS))
    return path


pytestmark = [
    pytest.mark.skipif(not BINARIES, reason="VITALBAND_MICROPYTHON names no MicroPython binary"),
    pytest.mark.parametrize("binary", BINARIES or ["none"]),
]


def run(binary: str, script: str, *arguments: str) -> Any:
    """What a script of `on_target` prints, with half a megabyte of heap: the firmware is compiled into it."""
    result = subprocess.run(
        [binary, "-X", "heapsize=512k", str(ROOT / "hil_tests/on_target" / script), *arguments],
        env={"MICROPYPATH": str(ROOT / "firmware_sim")},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_every_operator_gives_the_same_bytes_and_allocates_nothing(binary: str, vectors: Path) -> None:
    verdict = run(binary, "nn_vectors.py", str(vectors))
    assert verdict["wrong"] == []
    assert verdict["runs"] == RUNS * (len(CASES) + 4)
    assert verdict["allocated"] == 0


@pytest.mark.parametrize("name", ["pipeline", "conv_same", "transpose_2d", "softmax_rows"])
def test_a_damaged_network_is_taken_as_on_cpython(binary: str, name: str, tmp_path: Path) -> None:
    model = pipeline(5) if name == "pipeline" else build(name)
    path = tmp_path / "model.tflite"
    path.write_bytes(model)
    # CPython checks the bounds that viper and C do not: equal results mean that nothing was read or written outside
    assert run(binary, "nn_damage.py", str(path), "500") == verdicts(Network, ModelError, model, 500)
