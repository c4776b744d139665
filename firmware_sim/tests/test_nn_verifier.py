"""A .tflite file is verified as a whole before tflite, which checks next to nothing, follows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import firmware_sim.targets.cpython  # noqa: F401 - puts tflite where firmware finds it
from firmware_sim.firmware import nn
from firmware_sim.firmware.nn import errors
from firmware_sim.firmware.nn.loading import schema as s
from firmware_sim.firmware.nn.loading.verifier import verify
from firmware_sim.testing.tflite_cases import Maker, build, pipeline
from firmware_sim.testing.tflite_writer import Fields, Flatbuffer, i32, u8

MODELS = Path(__file__).resolve().parents[2] / "models"
CORRUPT, UNSUPPORTED = errors.CorruptModelError, errors.UnsupportedError


@pytest.mark.parametrize(
    ("name", "at", "value"),
    [
        ("beat_kind", 121, b"\4"),
        ("beat_kind", 64, b"\x44"),
        ("qrs_evidence", 52, b"\4"),
        ("ecg_delineator", 116, b"\xff" * 4),
    ],
)
def test_one_damaged_offset_of_a_shipped_model_is_refused(name: str, at: int, value: bytes) -> None:
    data = bytearray((MODELS / name / "model_int8.tflite").read_bytes())
    data[at : at + len(value)] = value
    with pytest.raises(errors.ModelError):
        nn.load(bytes(data))


def _model(**changes: object) -> bytes:
    """A small network whose root has these fields, by their names in schema.py."""
    maker = Maker(1)
    model = maker.model
    out = maker.conv(model.input((1, 1, 9, 2)), 2, (1, 3))
    graph: Fields = {
        s.GRAPH_TENSORS: model.tensors,
        s.GRAPH_INPUTS: np.array(model.inputs, np.int32),
        s.GRAPH_OUTPUTS: np.array([out], np.int32),
        s.GRAPH_OPERATORS: model.operators,
    }
    root: Fields = {
        s.MODEL_VERSION: i32(s.VERSION),
        s.MODEL_CODES: [{s.CODE_OLD: u8(s.CONV_2D), 2: i32(3)}],
        s.MODEL_SUBGRAPHS: [graph],
        s.MODEL_BUFFERS: model.buffers,
    }
    return bytes(Flatbuffer(root | {getattr(s, name): value for name, value in changes.items()}, s.IDENTIFIER).data)


def _signature(tensor: int = 0, graph: int = 0, **more: object) -> list[Fields]:
    ends = [{s.MAP_NAME: "x", s.MAP_TENSOR: i32(tensor)}]
    whole = {"SIGNATURE_KEY": "serving", "SIGNATURE_INPUTS": ends, "SIGNATURE_OUTPUTS": ends} | more
    return [{getattr(s, name): value for name, value in whole.items() if value} | {s.SIGNATURE_GRAPH: i32(graph)}]


def test_metadata_and_signatures_that_name_what_there_is_are_read() -> None:
    metadata = [{s.METADATA_NAME: "min_runtime_version", s.METADATA_BUFFER: i32(1)}]
    model = _model(
        MODEL_METADATA=metadata, MODEL_SIGNATURES=_signature(), MODEL_METADATA_BUFFER=np.array([1], np.int32)
    )
    assert nn.load(model).n_inputs == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"MODEL_METADATA": [{s.METADATA_BUFFER: i32(1)}]}, r"Metadata at byte \d+: no name"),
        ({"MODEL_METADATA": [{s.METADATA_NAME: "n", s.METADATA_BUFFER: i32(9)}]}, "no buffer 9"),
        ({"MODEL_METADATA": [{s.METADATA_NAME: "n", s.METADATA_BUFFER: i32(0)}]}, "nothing in buffer 0"),
        ({"MODEL_METADATA_BUFFER": np.array([7], np.int32)}, "names no buffer"),
        ({"MODEL_SIGNATURES": _signature(graph=1)}, "no subgraph 1"),
        ({"MODEL_SIGNATURES": _signature(SIGNATURE_KEY=None)}, "no key"),
        ({"MODEL_SIGNATURES": _signature(tensor=77)}, r"TensorMap at byte \d+: no name, or no tensor 77"),
    ],
)
def test_metadata_and_signatures_that_name_what_is_not_there_are_refused(
    changes: dict[str, object], words: str
) -> None:
    with pytest.raises(CORRUPT, match=words):
        nn.load(_model(**changes))


def _tensor(field: int, value: object) -> Callable[[Maker], None]:
    return lambda m: m.model.tensors[1].update({field: value})


def _quantization(field: int, value: object) -> Callable[[Maker], None]:
    return lambda m: m.model.tensors[1][s.TENSOR_QUANTIZATION].update({field: value})


def _operator(field: int, value: object) -> Callable[[Maker], None]:
    return lambda m: m.model.operators[0].update({field: value})


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (_tensor(s.TENSOR_VARIABLE, u8(1)), UNSUPPORTED, "variable"),
        (_tensor(s.TENSOR_SIGNATURE, np.array([1], np.int32)), CORRUPT, "shape signature of 1"),
        (_tensor(s.TENSOR_SHAPE, np.ones(7, np.int32)), UNSUPPORTED, "7 dimensions"),
        (_tensor(6, {}), UNSUPPORTED, r"Tensor.sparsity at byte \d+"),
        (_tensor(12, i32(5)), UNSUPPORTED, r"Tensor.12 at byte \d+"),
        (_quantization(s.QUANTIZATION_ZERO_POINT, np.zeros(1, np.int64)), CORRUPT, "2 scales and 1 zero points"),
        (_quantization(s.QUANTIZATION_DIMENSION, i32(4)), CORRUPT, "2 scales along axis 4"),
        (_quantization(s.QUANTIZATION_DIMENSION, i32(1)), CORRUPT, "2 scales along axis 1"),
        (_operator(s.OPERATOR_INTERMEDIATES, np.array([0], np.int32)), UNSUPPORTED, "intermediates"),
        (_operator(9, bytes(8)), UNSUPPORTED, "large_custom_options_offset"),
    ],
)
def test_what_tflite_would_follow_blindly_is_refused(
    change: Callable[[Maker], None], error: type[Exception], words: str
) -> None:
    maker = Maker(1)
    out = maker.conv(maker.model.input((1, 1, 9, 2)), 2, (1, 3))
    change(maker)
    with pytest.raises(error, match=words):
        nn.load(maker.model.tobytes(out))


def _shaped(code: int, x: tuple[int, ...], y: tuple[int, ...], requested: tuple[int, ...], options: Fields) -> bytes:
    m = Maker(1)
    inputs = [m.model.input(x)] + ([m.ints(*requested)] if requested else [])
    return m.model.tobytes(m.model.add(code, inputs, m.model.values(y), options))


@pytest.mark.parametrize(
    ("code", "x", "y", "requested", "options"),
    [
        (s.RESHAPE, (2, 6), (3, 4), (4, 3), {}),
        (s.RESHAPE, (2, 6), (3, 4), (-1, -1), {}),
        (s.RESHAPE, (2, 6), (3, 4), (0, 4), {}),
        (s.RESHAPE, (2, 6), (3, 4), (), {s.RESHAPE_SHAPE: np.array([12], np.int32)}),
        (s.SQUEEZE, (1, 1, 6), (1, 6), (), {}),
        (s.SQUEEZE, (1, 6, 1), (6, 1), (), {s.SQUEEZE_AXES: np.array([2], np.int32)}),
        (s.EXPAND_DIMS, (2, 6), (1, 2, 6), (1,), {}),
        (s.EXPAND_DIMS, (2, 6), (1, 2, 6), (9,), {}),
        (s.SQUEEZE, (1, 6), (6,), (), {s.SQUEEZE_AXES: np.array([-4], np.int32)}),
        (s.MEAN, (1, 4, 5, 3), (1, 3), (-7, 2), {}),
        (s.MEAN, (1, 4, 5, 3), (1, 3), (1, 6), {}),
    ],
)
def test_an_operand_that_does_not_make_the_output_s_shape_is_refused(
    code: int, x: tuple[int, ...], y: tuple[int, ...], requested: tuple[int, ...], options: Fields
) -> None:
    with pytest.raises((errors.ShapeError, UNSUPPORTED), match=s.NAMES[code]):
        nn.load(_shaped(code, x, y, requested, options))


@pytest.mark.parametrize(
    ("code", "x", "y", "requested", "options"),
    [
        (s.RESHAPE, (2, 6), (3, 4), (3, -1), {}),
        (s.RESHAPE, (2, 6), (3, 4), (), {s.RESHAPE_SHAPE: np.array([3, 4], np.int32)}),
        (s.SQUEEZE, (1, 6, 1), (1, 6), (), {s.SQUEEZE_AXES: np.array([-1], np.int32)}),
        (s.EXPAND_DIMS, (2, 6), (2, 6, 1), (-1,), {}),
    ],
)
def test_shapes_may_be_requested_in_every_way_that_tflite_knows(
    code: int, x: tuple[int, ...], y: tuple[int, ...], requested: tuple[int, ...], options: Fields
) -> None:
    net = nn.load(_shaped(code, x, y, requested, options))
    net.input()[:] = memoryview(bytes(range(net.input().nbytes))).cast("b")
    net.invoke()
    assert net.output().tolist() == net.input().tolist()


def test_tables_with_common_bytes_cost_bounded_time() -> None:
    with pytest.raises(CORRUPT, match="share their bytes"):
        verify(_tables_in_common())


def _tables_in_common() -> bytes:
    """Every signature is the first one, which has hundreds of tables of its own."""
    tensors = [{s.MAP_NAME: "x", s.MAP_TENSOR: i32(0)} for _ in range(300)]
    signatures = [{s.SIGNATURE_KEY: "k", s.SIGNATURE_INPUTS: tensors}] + [{s.SIGNATURE_KEY: "k"} for _ in range(3000)]
    data = bytearray(_model(MODEL_SIGNATURES=signatures))
    root = int.from_bytes(data[:4], "little")
    vtable = root - int.from_bytes(data[root : root + 4], "little", signed=True)
    field = root + int.from_bytes(data[vtable + 4 + 2 * s.MODEL_SIGNATURES :][:2], "little")
    vector = field + int.from_bytes(data[field : field + 4], "little")
    first = vector + 4 + int.from_bytes(data[vector + 4 : vector + 8], "little")
    for i in range(len(signatures)):
        at = vector + 4 + 4 * i
        data[at : at + 4] = (first - at).to_bytes(4, "little")
    return bytes(data)


def test_a_text_without_its_end_is_refused() -> None:
    data = bytearray(build("conv_same"))
    at = data.index(b"t0\0")
    data[at + 2] = 65
    with pytest.raises(CORRUPT, match=r"Tensor.name at byte \d+ has no end"):
        nn.load(bytes(data))


@pytest.mark.parametrize("data", [b"", b"TFL3", bytes(4) + b"TFL3", b"\x10\0\0\0TFL3" + bytes(64), b"\xff" * 300])
def test_what_is_no_model_is_refused(data: bytes) -> None:
    with pytest.raises(CORRUPT):
        verify(data)


def test_every_file_that_converters_make_passes() -> None:
    assert verify(pipeline(5)).bits(s.MODEL_VERSION) == s.VERSION
    for path in sorted(MODELS.glob("*/*.tflite")):
        assert verify(path.read_bytes()).bits(s.MODEL_VERSION) == s.VERSION
