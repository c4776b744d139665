"""Writes .tflite files without TensorFlow: small networks for tests, one call an operator.

Flatbuffers are laid out front to back: a table's vtable, the table, then what it refers to.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from firmware_sim.firmware.nn.loading import schema as s

Shape = tuple[int, ...]
#: A table: field number to a packed scalar (bytes), a table (dict), a vector (array, or list of tables) or text.
Fields = dict[int, Any]


class Flatbuffer:
    """Serialises nested tables; every object begins at a multiple of 16 bytes."""

    def __init__(self, root: Fields, identifier: bytes) -> None:
        self.data = bytearray(4) + bytearray(identifier)
        at = self._table(root)
        self.data[0:4] = struct.pack("<I", at)

    def _align(self) -> None:
        self.data += bytes(-len(self.data) % 16)

    def _table(self, fields: Fields) -> int:
        self._align()
        slots = [0] * (max(fields, default=-1) + 1)
        body = bytearray(4)
        for number, value in sorted(fields.items()):
            width = len(value) if isinstance(value, bytes) else 4
            body += bytes(-len(body) % width)
            slots[number] = len(body)
            body += value if isinstance(value, bytes) else bytes(4)
        vtable = len(self.data)
        self.data += struct.pack(f"<HH{len(slots)}H", 4 + 2 * len(slots), len(body), *slots)
        self._align()
        at = len(self.data)
        body[0:4] = struct.pack("<i", at - vtable)
        self.data += body
        for number, value in fields.items():
            if not isinstance(value, bytes):
                self._refer(at + slots[number], self._object(value))
        return at

    def _refer(self, at: int, target: int) -> None:
        self.data[at : at + 4] = struct.pack("<I", target - at)

    def _object(self, value: Any) -> int:
        if isinstance(value, dict):
            return self._table(value)
        if isinstance(value, list):
            return self._vector(value)
        if isinstance(value, str):
            value = np.frombuffer(value.encode(), np.uint8)
        self._align()
        # the length stands right before items that are aligned
        self.data += bytes(12) + struct.pack("<I", len(value))
        at = len(self.data) - 4
        self.data += value.tobytes() + b"\0"
        return at

    def _vector(self, tables: list[Fields]) -> int:
        self._align()
        at = len(self.data)
        self.data += struct.pack("<I", len(tables)) + bytes(4 * len(tables))
        for i, table in enumerate(tables):
            self._refer(at + 4 + 4 * i, self._table(table))
        return at


def u8(value: int) -> bytes:
    """One unsigned byte."""
    return struct.pack("<B", value & 0xFF)


def i32(value: int) -> bytes:
    """A little-endian int32."""
    return struct.pack("<i", value)


def f32(value: float) -> bytes:
    """A little-endian float32."""
    return struct.pack("<f", value)


def version(code: int) -> int:
    """The version of an operator in which it takes int8."""
    if code in (s.RESHAPE, s.SQUEEZE, s.EXPAND_DIMS):
        return 1
    return {s.FULLY_CONNECTED: 9, s.QUANTIZE: 2}.get(code, 3)


@dataclass
class Model:
    """A network under construction; tensors are named by the numbers that its methods return."""

    tensors: list[Fields] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    buffers: list[Fields] = field(default_factory=lambda: [{}])
    codes: list[int] = field(default_factory=list)
    operators: list[Fields] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)

    def values(self, shape: Shape, scale: float = 0.05, zero: int = 3) -> int:
        """A computed int8 tensor."""
        return self._tensor(shape, s.INT8, 0, [scale], [zero], 0)

    def input(self, shape: Shape, scale: float = 0.05, zero: int = 3) -> int:
        """An input of the network."""
        self.inputs.append(self.values(shape, scale, zero))
        return self.inputs[-1]

    def constant(self, data: npt.NDArray[Any], scales: list[float] | None = None, axis: int = 0) -> int:
        """A constant, int8 with scales or int32."""
        self.buffers.append({s.BUFFER_DATA: np.frombuffer(data.tobytes(), np.uint8)})
        kind = s.INT8 if data.dtype == np.int8 else s.INT32
        zeros = [0] * len(scales or [])
        return self._tensor(data.shape, kind, len(self.buffers) - 1, scales or [], zeros, axis)

    def _tensor(self, shape: Shape, kind: int, buffer: int, scales: list[float], zeros: list[int], axis: int) -> int:
        quantization: Fields = {}
        if scales:
            quantization[s.QUANTIZATION_SCALE] = np.array(scales, np.float32)
            quantization[s.QUANTIZATION_ZERO_POINT] = np.array(zeros, np.int64)
            quantization[s.QUANTIZATION_DIMENSION] = i32(axis)
        self.tensors.append(
            {
                s.TENSOR_SHAPE: np.array(shape, np.int32),
                s.TENSOR_TYPE: u8(kind),
                s.TENSOR_BUFFER: i32(buffer),
                3: f"t{len(self.tensors)}",
                s.TENSOR_QUANTIZATION: quantization,
            }
        )
        self.shapes.append(shape)
        return len(self.tensors) - 1

    def add(self, code: int, inputs: list[int], output: int, options: Fields | None = None) -> int:
        """Append an operator; its output."""
        if code not in self.codes:
            self.codes.append(code)
        node: Fields = {
            s.OPERATOR_CODE: i32(self.codes.index(code)),
            s.OPERATOR_INPUTS: np.array(inputs, np.int32),
            s.OPERATOR_OUTPUTS: np.array([output], np.int32),
        }
        if code in s.OPTIONS:
            node[s.OPERATOR_OPTIONS_TYPE] = u8(s.OPTIONS[code])
            node[s.OPERATOR_OPTIONS] = options or {}
        self.operators.append(node)
        return output

    def tobytes(self, *outputs: int) -> bytes:
        """The file of the network with these outputs."""
        graph: Fields = {
            s.GRAPH_TENSORS: self.tensors,
            s.GRAPH_INPUTS: np.array(self.inputs, np.int32),
            s.GRAPH_OUTPUTS: np.array(outputs, np.int32),
            s.GRAPH_OPERATORS: self.operators,
        }
        codes = [{s.CODE_OLD: u8(min(code, 127)), 2: i32(version(code)), s.CODE_NEW: i32(code)} for code in self.codes]
        root: Fields = {
            s.MODEL_VERSION: i32(s.VERSION),
            s.MODEL_CODES: codes,
            s.MODEL_SUBGRAPHS: [graph],
            s.MODEL_BUFFERS: self.buffers,
        }
        return bytes(Flatbuffer(root, s.IDENTIFIER).data)
