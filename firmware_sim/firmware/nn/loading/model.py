"""A .tflite file as tensors and nodes, checked: what comes out of here refers only to what is in the file."""

from ..errors import CorruptModelError, ShapeError, UnsupportedError
from . import exact
from . import schema as s
from .flatbuffer import Table, Vector
from .verifier import verify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .exact import Real

#: Bytes of the largest tensor: far above any that runs, low enough that sizes stay small integers.
LARGEST = 1 << 22
#: Most dimensions of a tensor: tflite's kernels have room for no more.
DIMENSIONS = 6


class Tensor:
    """Shape, type and quantisation of a tensor; `at` is where its constant begins in the file, -1 if it is computed."""

    def __init__(self, table: Table, buffers: Vector) -> None:
        shape = table.vector(s.TENSOR_SHAPE, 4)
        if shape and shape.n > DIMENSIONS:
            raise UnsupportedError("a tensor of %d dimensions" % shape.n)
        self.shape = shape.numbers() if shape else ()
        self.type = table.number(s.TENSOR_TYPE, 1)
        if self.type not in (s.INT8, s.INT32):
            raise UnsupportedError("tensor type %d" % self.type)
        if table.number(s.TENSOR_VARIABLE, 1):
            raise UnsupportedError("a variable tensor")
        signature = table.vector(s.TENSOR_SIGNATURE, 4)
        if signature and signature.n not in (0, len(self.shape)):
            raise CorruptModelError("a shape signature of %d for shape %s" % (signature.n, self.shape))
        self.size = volume(self.shape)
        self.at = self._constant(buffers.table(table.bits(s.TENSOR_BUFFER)))
        quantization = table.table(s.TENSOR_QUANTIZATION)
        self._scales = quantization.vector(s.QUANTIZATION_SCALE, 4) if quantization else None
        self._zero_points = quantization.vector(s.QUANTIZATION_ZERO_POINT, 8) if quantization else None
        self.axis = quantization.number(s.QUANTIZATION_DIMENSION, 4) if quantization else 0
        self._check_channels()

    def _check_channels(self) -> None:
        """A zero point for each scale, and more than one only where there are as many indices along the axis."""
        n = self.channels
        points = self._zero_points.n if self._zero_points else 0
        if points != n:
            raise CorruptModelError("%d scales and %d zero points" % (n, points))
        if n > 1 and not (0 <= self.axis < len(self.shape) and self.shape[self.axis] == n):
            raise CorruptModelError("%d scales along axis %d of shape %s" % (n, self.axis, self.shape))

    def _constant(self, buffer: Table) -> int:
        data = buffer.vector(s.BUFFER_DATA, 1)
        if data is None or data.n == 0:
            return -1
        if data.n != self.size * (4 if self.type == s.INT32 else 1):
            raise CorruptModelError("a constant of %d bytes for shape %s" % (data.n, self.shape))
        return data.at

    @property
    def channels(self) -> int:
        """How many scales it has: one, or one for each index along `axis`."""
        return self._scales.n if self._scales else 0

    def scale(self, channel: int = 0) -> "Real":
        """Scale of a channel; the only one where there is one."""
        scales = self._scales
        if scales is None or not 0 <= channel < scales.n:
            raise CorruptModelError("a tensor without its scale")
        real = exact.from_float32(scales.number(channel) & 0xFFFFFFFF)
        if real is None:
            raise CorruptModelError("a scale that is no number above zero")
        return real

    @property
    def zero_point(self) -> int:
        """Zero point, -128 to 127."""
        points = self._zero_points
        value = points.number(0) if points is not None and points.n else 0
        if not -128 <= value <= 127:
            raise CorruptModelError("zero point %d" % value)
        return value

    @property
    def symmetric(self) -> bool:
        """Whether every zero point is 0."""
        points = self._zero_points
        return points is None or not any([points.number(i) for i in range(points.n)])


class Node:
    """An operator with its tensors; an optional input that is left out is None."""

    def __init__(
        self, code: int, inputs: "list[Tensor | None]", outputs: "list[Tensor]", options: "Table | None"
    ) -> None:
        self.code = code
        self.inputs = inputs
        self.outputs = outputs
        self.options = options

    @property
    def name(self) -> str:
        """The operator's name in the schema."""
        return s.NAMES[self.code]

    def option(self, field: int, width: int = 4, default: int = 0) -> int:
        """A number among the operator's options."""
        return self.options.number(field, width, default) if self.options else default

    def listed(self, field: int) -> "tuple[int, ...]":
        """Numbers in a vector among the operator's options."""
        vector = self.options.vector(field, 4) if self.options else None
        return vector.numbers() if vector else ()

    def values(self, i: int) -> "Tensor":
        """Input `i`, which must be computed int8 values."""
        tensor = self._input(i)
        if tensor.at >= 0:
            raise UnsupportedError("%s of a constant" % self.name)
        if tensor.type != s.INT8:
            raise UnsupportedError("%s of type %d" % (self.name, tensor.type))
        return tensor

    def constant(self, i: int, kind: int) -> "Tensor":
        """Input `i`, which must be a constant of that type."""
        tensor = self._input(i)
        if tensor.at < 0:
            raise UnsupportedError("%s with a computed operand" % self.name)
        if tensor.type != kind:
            raise UnsupportedError("%s with a constant of type %d" % (self.name, tensor.type))
        return tensor

    @property
    def output(self) -> "Tensor":
        """The only output, which must be int8."""
        if len(self.outputs) != 1 or self.outputs[0].type != s.INT8:
            raise UnsupportedError("outputs of %s" % self.name)
        return self.outputs[0]

    def _input(self, i: int) -> "Tensor":
        tensor = self.inputs[i] if i < len(self.inputs) else None
        if tensor is None:
            raise CorruptModelError("%s lacks input %d" % (self.name, i))
        return tensor

    def fit(self, condition: bool, what: str) -> None:
        """Raise `ShapeError` naming the operator unless the condition holds."""
        if not condition:
            raise ShapeError("%s: %s" % (self.name, what))


class Graph:
    """The main graph of a model; `data` is the file itself, which constants stay in."""

    def __init__(self, data: bytes) -> None:
        root = verify(data)
        if root.bits(s.MODEL_VERSION) != s.VERSION:
            raise UnsupportedError("schema version %d" % root.bits(s.MODEL_VERSION))
        graphs = _vector(root, s.MODEL_SUBGRAPHS)
        if graphs.n != 1:
            raise UnsupportedError("%d subgraphs" % graphs.n)
        graph = graphs.table(0)
        buffers = _vector(root, s.MODEL_BUFFERS)
        tensors = _vector(graph, s.GRAPH_TENSORS)
        self.data = data
        self.tensors = [Tensor(tensors.table(i), buffers) for i in range(tensors.n)]
        self.inputs = self._ends(graph, s.GRAPH_INPUTS)
        self.outputs = self._ends(graph, s.GRAPH_OUTPUTS)
        nodes = _vector(graph, s.GRAPH_OPERATORS)
        codes = _vector(root, s.MODEL_CODES)
        self.nodes = [self._node(nodes.table(i), codes) for i in range(nodes.n)]
        self._check_order()

    def _tensor(self, index: int) -> Tensor:
        if not 0 <= index < len(self.tensors):
            raise CorruptModelError("no tensor %d" % index)
        return self.tensors[index]

    def _ends(self, graph: Table, field: int) -> "list[Tensor]":
        """Inputs or outputs of the graph: at least one, int8."""
        tensors = [self._tensor(i) for i in _vector(graph, field).numbers()]
        for tensor in tensors:
            if tensor.type != s.INT8 or tensor.at >= 0:
                raise UnsupportedError("an input or output that is no int8 tensor")
            tensor.scale()
        if not tensors:
            raise CorruptModelError("a graph without inputs or outputs")
        return tensors

    def _node(self, table: Table, codes: Vector) -> Node:
        code = operator(codes.table(table.bits(s.OPERATOR_CODE)))
        inputs = [None if i == -1 else self._tensor(i) for i in _vector(table, s.OPERATOR_INPUTS).numbers()]
        outputs = [self._tensor(i) for i in _vector(table, s.OPERATOR_OUTPUTS).numbers()]
        intermediates = table.vector(s.OPERATOR_INTERMEDIATES, 4)
        if intermediates and intermediates.n:
            raise UnsupportedError("%s with intermediates" % s.NAMES[code])
        options = table.table(s.OPERATOR_OPTIONS)
        if options and table.number(s.OPERATOR_OPTIONS_TYPE, 1) & 0xFF != s.OPTIONS.get(code, 0):
            # operators whose options say nothing are not listed; theirs are never read
            if code in s.OPTIONS:
                raise CorruptModelError("options of another operator for %s" % s.NAMES[code])
            options = None
        return Node(code, inputs, outputs, options)

    def _check_order(self) -> None:
        """Every value is computed once, before it is used."""
        known = {id(tensor) for tensor in self.inputs}
        for node in self.nodes:
            for tensor in node.inputs:
                if tensor is not None and tensor.at < 0 and id(tensor) not in known:
                    raise CorruptModelError("%s uses a value before it is computed" % node.name)
            for output in node.outputs:
                if output.at >= 0 or id(output) in known:
                    raise CorruptModelError("%s overwrites a value" % node.name)
                known.add(id(output))
        if not all([id(tensor) in known for tensor in self.outputs]):
            raise CorruptModelError("an output that nothing computes")


def operator(code: Table) -> int:
    """The builtin operator that an operator code means; the old field of one byte serves up to 126."""
    old = code.number(s.CODE_OLD, 1)
    number = max(old, code.number(s.CODE_NEW, 4))
    if number not in s.NAMES:
        raise UnsupportedError("operator %d" % number)
    return number


def volume(shape: "tuple[int, ...]") -> int:
    """Number of elements; raises `CorruptModelError` where one dimension is below 1 or there are too many."""
    size = 1
    for n in shape:
        if n < 1 or n > LARGEST or size * n > LARGEST:
            raise CorruptModelError("shape %s" % (shape,))
        size *= n
    return size


def _vector(table: Table, field: int) -> Vector:
    """A vector that must be there."""
    vector = table.vector(field, 4)
    if vector is None:
        raise CorruptModelError("field %d is missing" % field)
    return vector
