"""The interpreter on real MicroPython: viper's integers, or the C module's, against tflite's reference kernels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.firmware.nn.errors import ModelError
from firmware_sim.firmware.nn.loading.prepare import prepare
from firmware_sim.testing.nn_vectors import stream_of, vector_file
from firmware_sim.testing.tflite_cases import CASES, build, pipeline
from models.common import golden

from ..bench.mcu.networks import shipped
from ..targets import IN_C, STOCK, parameters
from .nn_damage import verdicts
from .rig import script

RUNS = 1000
SHIPPED = shipped()
SMALL_PIPELINES = 4
DAMAGED = 100
TARGETS = parameters(*(target for target in (*STOCK, *IN_C) if target != "cpython"))
_VECTORS = 'with open("vectors.bin", "rb") as file: verdict = check(file)'
_PREPARED = 'with open("vectors.bin", "rb") as file: verdict = check(file, prepared)'
_DAMAGE = f"""
from firmware.nn import load
from firmware.nn.errors import ModelError
with open("model.tflite", "rb") as file: verdict = verdicts(load, ModelError, file.read(), {DAMAGED})
"""
_TELL = """
import time
print("VERDICT", json.dumps(verdict))
time.sleep_us(1000000)
"""


@pytest.fixture(scope="module")
def vectors() -> bytes:
    """Every operator in every shape that we have a case for, some networks of several, and the project's models."""
    models = [build(name) for name in CASES] + [pipeline(seed) for seed in range(SMALL_PIPELINES)]
    models += [path.read_bytes() for path in SHIPPED.values()]
    nets = [prepare(model) for model in models]
    return vector_file([(m, n.n_inputs, n.n_outputs) for m, n in zip(models, nets, strict=True)], RUNS)


def verdict_of(target: str, folder: Path, file: str, action: str) -> dict[str, Any]:
    """What a core prints as its verdict after the file beside this one and `action`."""
    module = Path(__file__).with_name(file).read_text().partition("if __name__")[0]
    simulation = script(target, folder, module + action + _TELL, hang_s=60.0)
    try:
        lines = simulation.core.console().splitlines()
    finally:
        simulation.close()
    (line,) = [line for line in lines if line.startswith("VERDICT")]
    verdict: dict[str, Any] = json.loads(line.partition(" ")[2])
    return verdict


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_every_operator_gives_the_same_bytes_and_allocates_nothing(target: str, vectors: bytes, tmp_path: Path) -> None:
    (tmp_path / "vectors.bin").write_bytes(vectors)
    verdict = verdict_of(target, tmp_path, "nn_vectors.py", _VECTORS)
    assert verdict["wrong"] == []
    assert verdict["runs"] == RUNS * (len(CASES) + SMALL_PIPELINES + len(SHIPPED))
    assert verdict["allocating"] == []
    assert verdict["compiled"] == target.endswith("-c")


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_what_was_prepared_at_build_time_gives_the_same_bytes(target: str, tmp_path: Path) -> None:
    models = [path.read_bytes() for path in SHIPPED.values()]
    (tmp_path / "vectors.bin").write_bytes(vector_file([(model, 1, 1) for model in models], RUNS))
    verdict = verdict_of(target, tmp_path, "nn_vectors.py", _PREPARED)
    assert (verdict["runs"], verdict["wrong"], verdict["allocating"]) == (RUNS * len(models), [], [])


@pytest.mark.parametrize("name", sorted(SHIPPED))
@pytest.mark.parametrize("target", TARGETS)
def test_a_shipped_model_answers_its_golden_vectors(target: str, name: str, tmp_path: Path) -> None:
    model = SHIPPED[name].read_bytes()
    inputs, outputs = golden.load(SHIPPED[name].parent / "golden", model)
    runs = [([given.tobytes()], [expected.tobytes()]) for given, expected in zip(inputs, outputs, strict=True)]
    (tmp_path / "vectors.bin").write_bytes(stream_of([(model, runs)]))
    verdict = verdict_of(target, tmp_path, "nn_vectors.py", _VECTORS)
    assert (verdict["runs"], verdict["wrong"]) == (len(inputs), [])


@pytest.mark.parametrize("name", ["pipeline", "conv_same", "transpose_2d", "softmax_rows"])
@pytest.mark.parametrize("target", TARGETS)
def test_a_damaged_network_is_taken_as_on_cpython(target: str, name: str, tmp_path: Path) -> None:
    model = pipeline(5) if name == "pipeline" else build(name)
    (tmp_path / "model.tflite").write_bytes(model)
    # CPython checks the bounds that viper and C do not: equal results mean that nothing was read or written outside
    expected = verdicts(prepare, ModelError, model, DAMAGED)
    assert verdict_of(target, tmp_path, "nn_damage.py", _DAMAGE) == expected
