"""The interpreter on real MicroPython: viper's integers, or the C module's, against tflite's reference kernels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from firmware_sim.firmware.nn.errors import ModelError
from firmware_sim.firmware.nn.loading.prepare import prepare
from firmware_sim.testing.nn_vectors import stream_of, vector_file
from firmware_sim.testing.tflite_cases import CASES, build, pipeline
from models import freeze
from models.common import golden

from ..bench.mcu.console import printed_json
from ..bench.mcu.networks import shipped
from ..targets import IN_C, STOCK, parameters
from .nn_fuzz import outcomes
from .rig import script

RUNS = 1000
SHIPPED = shipped()
SMALL_PIPELINES = 4
CORRUPTED = 100
TARGETS = parameters(*(target for target in (*STOCK, *IN_C) if target != "cpython"))
_VECTORS = 'with open("vectors.bin", "rb") as file: result = check(file)'
_PREPARED = 'with open("vectors.bin", "rb") as file: result = check(file, prepared)'
_FUZZ = f"""
from firmware.nn import load
from firmware.nn.errors import ModelError
with open("model.tflite", "rb") as file: result = outcomes(load, ModelError, file.read(), {CORRUPTED})
"""
_PRINT = """
import time
print("RESULT", json.dumps(result))
time.sleep_us(1000000)
"""


@pytest.fixture(scope="module")
def vectors() -> bytes:
    """Every operator in every shape that we have a case for, some networks of several, and the project's models."""
    models = [build(name) for name in CASES] + [pipeline(seed) for seed in range(SMALL_PIPELINES)]
    models += [path.read_bytes() for path in SHIPPED.values()]
    nets = [prepare(model) for model in models]
    return vector_file([(m, n.n_inputs, n.n_outputs) for m, n in zip(models, nets, strict=True)], RUNS)


def result_of(target: str, folder: Path, file: str, action: str) -> dict[str, Any]:
    """The result that a core prints after the file beside this one and `action`."""
    module = Path(__file__).with_name(file).read_text().partition("if __name__")[0]
    simulation = script(target, folder, module + action + _PRINT, hang_s=60.0)
    try:
        result: dict[str, Any] = printed_json(simulation, "RESULT")
    finally:
        simulation.close()
    return result


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_every_operator_gives_the_same_bytes_and_allocates_nothing(target: str, vectors: bytes, tmp_path: Path) -> None:
    (tmp_path / "vectors.bin").write_bytes(vectors)
    result = result_of(target, tmp_path, "nn_vectors.py", _VECTORS)
    assert result["wrong"] == []
    assert result["runs"] == RUNS * (len(CASES) + SMALL_PIPELINES + len(SHIPPED))
    assert result["allocating"] == []
    assert result["compiled"] == target.endswith("-c")


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_a_model_prepared_at_build_time_gives_the_same_bytes(target: str, tmp_path: Path) -> None:
    models = [path.read_bytes() for name, path in SHIPPED.items() if name not in freeze.NOT_CARRIED]
    (tmp_path / "vectors.bin").write_bytes(vector_file([(model, 1, 1) for model in models], RUNS))
    result = result_of(target, tmp_path, "nn_vectors.py", _PREPARED)
    assert (result["runs"], result["wrong"], result["allocating"]) == (RUNS * len(models), [], [])


@pytest.mark.parametrize("name", sorted(SHIPPED))
@pytest.mark.parametrize("target", TARGETS)
def test_a_shipped_model_gives_its_golden_outputs(target: str, name: str, tmp_path: Path) -> None:
    model = SHIPPED[name].read_bytes()
    inputs, outputs = golden.load(SHIPPED[name].parent / "golden", model)
    runs = [([row.tobytes()], [expected.tobytes()]) for row, expected in zip(inputs, outputs, strict=True)]
    (tmp_path / "vectors.bin").write_bytes(stream_of([(model, runs)]))
    result = result_of(target, tmp_path, "nn_vectors.py", _VECTORS)
    assert (result["runs"], result["wrong"]) == (len(inputs), [])


@pytest.mark.parametrize("name", ["pipeline", "conv_same", "transpose_2d", "softmax_rows"])
@pytest.mark.parametrize("target", TARGETS)
def test_a_corrupted_model_has_the_outcome_of_cpython(target: str, name: str, tmp_path: Path) -> None:
    model = pipeline(5) if name == "pipeline" else build(name)
    (tmp_path / "model.tflite").write_bytes(model)
    # CPython checks the bounds that viper and C do not: equal results mean that nothing was read or written outside
    expected = outcomes(prepare, ModelError, model, CORRUPTED)
    assert result_of(target, tmp_path, "nn_fuzz.py", _FUZZ) == expected
