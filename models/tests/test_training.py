"""The runner of `train` and `quantize`, without TensorFlow: stand-ins for it and for the conversion to .tflite."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from models.common import paths as paths_module
from models.common.manifest import sha256
from models.common.paths import ModelPaths, read_json


class Network:
    """A network whose file is its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def save(self, path: Path) -> None:
        path.write_text(self.name)


def _with_output(network: Network) -> Network:
    return Network(network.name + " with output")


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`models.common.training` on the stand-ins."""
    tensorflow: Any = ModuleType("tensorflow")
    tensorflow.function = lambda function: function
    load: Callable[[Path], Network] = lambda path: Network(path.read_text())  # noqa: E731
    tensorflow.keras = SimpleNamespace(models=SimpleNamespace(load_model=load))
    convert: Any = ModuleType("models.common.convert")
    convert.float_tflite = lambda network: f"float {network.name}".encode()
    convert.int8_tflite = lambda network, inputs, scale: f"int8 {network.name} {inputs.sum():g} {scale:g}".encode()
    source = Path(paths_module.__file__).with_name("training.py")
    spec = importlib.util.spec_from_file_location("models.common.training_on_stand_ins", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    for name, stand_in in (("tensorflow", tensorflow), (convert.__name__, convert), (spec.name, module)):
        monkeypatch.setitem(sys.modules, name, stand_in)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelPaths:
    """Files of a model in a folder of its own."""
    monkeypatch.setattr(paths_module, "_MODELS", tmp_path / "models")
    found = ModelPaths("stand_in")
    found.here.mkdir(parents=True)
    found.recipe.write_text(json.dumps({"input": {"scale": 0.5}, "calibration": {"seed": 7}}))
    return found


def _chosen(training: Any, *options: str) -> list[int | None]:
    parsed = training.fold_parser("doc", 3).parse_args(options)
    return list(training.chosen_folds(parsed, 3))


def test_all_networks_are_trained_or_the_one_of_the_option_only(training: Any) -> None:
    assert _chosen(training) == [None, 0, 1, 2]
    assert _chosen(training, "--only", "all") == [None]
    assert _chosen(training, "--only", "without_1") == [1]
    with pytest.raises(SystemExit):
        _chosen(training, "--only", "without_3")


def test_trained_networks_are_written_as_keras_and_float_files(training: Any, paths: ModelPaths) -> None:
    training.train_all(paths, [None, 1], lambda fold: Network(f"net {fold}"), _with_output)
    assert paths.keras(None).read_text() == "net None"
    assert paths.keras(1).read_text() == "net 1"
    assert paths.float.read_text() == "float net None with output"
    assert paths.tflite(1, "float").read_text() == "float net 1 with output"


def test_quantised_networks_and_the_calibration_of_the_one_that_ships(training: Any, paths: ModelPaths) -> None:
    training.train_all(paths, [None, 0], lambda fold: Network(f"net {fold}"), _with_output)
    inputs, small = np.ones((3, 2), dtype=np.float32), np.full((3, 2), 2, dtype=np.int8)
    calibrate = lambda fold: training.Calibration(inputs, small, [f"record {fold}"], b"hashed")  # noqa: E731
    training.quantize_all(paths, [0], calibrate, _with_output, "scaled")
    assert paths.fold_networks("int8", 1) == [b"int8 net 0 with output 6 0.5"]
    assert not paths.calibration.exists()
    training.quantize_all(paths, [None], calibrate, _with_output, "scaled")
    assert paths.int8.read_text() == "int8 net None with output 6 0.5"
    assert read_json(paths.calibration) == {
        "records": ["record None"],
        "examples": 3,
        "seed": 7,
        "preprocessing": "scaled",
        "sha256": sha256(b"hashed"),
    }
    assert np.array_equal(np.load(paths.calibrated), small)
