"""The whole flatbuffer of a .tflite file, verified: whoever follows it afterwards never leaves the file.

tflite follows all of it and checks next to nothing; the interpreter reads a part, every access checked. Both refuse
the same files, because this comes first.
Source: schema.fbs of TensorFlow; fields that are newer than it are refused, because tflite may know them.
"""

from ..errors import CorruptModelError, UnsupportedError
from . import schema as s
from .flatbuffer import Table, Vector, signed, unsigned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    #: Name of a table, its fields' names, what each is.
    Kind = tuple[str, str, tuple[Any, ...]]

# What a field is: a scalar of so many bytes; below 0, a vector of scalars of so many; one of these; or a pair of
# whether it is a vector and the kind of table. None must not be there: nothing here can do what it asks for.
_TEXT = "text"
_OPTIONS = "options"

_QUANTIZATION: "Kind" = (
    "QuantizationParameters",
    "min max scale zero_point details_type details quantized_dimension",
    (-4, -4, -4, -8, None, None, 4),
)
_TENSOR: "Kind" = (
    "Tensor",
    "shape type buffer name quantization is_variable sparsity shape_signature has_rank variant_tensors",
    (-4, 1, 4, _TEXT, (False, _QUANTIZATION), 1, None, -4, 1, None),
)
_OPERATOR: "Kind" = (
    "Operator",
    "opcode_index inputs outputs builtin_options_type builtin_options custom_options custom_options_format "
    "mutating_variable_inputs intermediates large_custom_options_offset large_custom_options_size "
    "builtin_options_2_type builtin_options_2 debug_metadata_index",
    (4, -4, -4, 1, _OPTIONS, -1, 1, -1, -4, None, None, None, None, 4),
)
_GRAPH: "Kind" = (
    "SubGraph",
    "tensors inputs outputs operators name debug_metadata_index",
    ((True, _TENSOR), -4, -4, (True, _OPERATOR), _TEXT, 4),
)
_TENSOR_MAP: "Kind" = ("TensorMap", "name tensor_index", (_TEXT, 4))
_SIGNATURE: "Kind" = (
    "SignatureDef",
    "inputs outputs signature_key deprecated_tag subgraph_index",
    ((True, _TENSOR_MAP), (True, _TENSOR_MAP), _TEXT, None, 4),
)
_MODEL: "Kind" = (
    "Model",
    "version operator_codes subgraphs description buffers metadata_buffer metadata signature_defs",
    (
        4,
        (True, ("OperatorCode", "deprecated_builtin_code custom_code version builtin_code", (1, _TEXT, 4, 4))),
        (True, _GRAPH),
        _TEXT,
        (True, ("Buffer", "data offset size", (-1, None, None))),
        -4,
        (True, ("Metadata", "name buffer", (_TEXT, 4))),
        (True, _SIGNATURE),
    ),
)

#: Fields of options, by the type number of the union; of other types none is followed.
_OPTION_FIELDS: "dict[int, tuple[int, ...]]" = {
    1: (1, 4, 4, 1, 4, 4, 1),
    2: (1, 4, 4, 4, 1, 4, 4),
    5: (1, 4, 4, 4, 4, 1),
    8: (1, 1, 1, 1, 1),
    9: (4,),
    10: (4, 1),
    11: (1, 1),
    17: (-4,),
    27: (1,),
    30: (-4,),
    49: (1, 4, 4, 1, 1),
    74: (1, 1),
}


def verify(data: bytes) -> Table:
    """The root of a .tflite file whose every table, vector and text lies within it.

    Raises `CorruptModelError` or `UnsupportedError`, naming the table, the field and the byte.
    """
    if len(data) < 8 or data[4:8] != s.IDENTIFIER:
        raise CorruptModelError("not a .tflite file")
    at = unsigned(data, 0, 4)
    Verifier(data).table(at, _MODEL)
    root = Table(data, at)
    _check_metadata(root)
    _check_signatures(root)
    return root


class Verifier:
    """Follows everything in `data`, each table at most as often as there is room for tables."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = len(data) // 4

    def table(self, at: int, kind: "Kind") -> None:
        """Verify a table and all that it refers to."""
        name, _, fields = kind
        self._left -= 1
        if self._left < 0:
            raise CorruptModelError("tables that share their bytes")
        self._inside(name, at, 4, 4)
        vtable = at - signed(self._data, at, 4)
        self._inside(name, vtable, 4, 2)
        length = unsigned(self._data, vtable, 2)
        size = unsigned(self._data, vtable + 2, 2)
        if length < 4 or length & 1 or size < 4:
            raise CorruptModelError("%s at byte %d: a vtable of %d and a table of %d bytes" % (name, at, length, size))
        self._inside(name, vtable, length, 2)
        self._inside(name, at, size, 4)
        for i in range((length - 4) // 2):
            offset = unsigned(self._data, vtable + 4 + 2 * i, 2)
            if offset:
                self._field(at, size, offset, kind, i)
        if fields and _OPTIONS in fields:
            self._options(Table(self._data, at))

    def _field(self, at: int, size: int, offset: int, kind: "Kind", i: int) -> None:
        name, names, fields = kind
        if not fields:
            return
        what = fields[i] if i < len(fields) else None
        where = "%s.%s" % (name, names.split()[i] if i < len(names.split()) else i)
        if what is None:
            raise UnsupportedError("%s at byte %d" % (where, at + offset))
        scalar = what if isinstance(what, int) and what > 0 else 4
        if offset < 4 or offset + scalar > size:
            raise CorruptModelError("%s lies outside its table at byte %d" % (where, at))
        self._inside(where, at + offset, scalar, scalar)
        if what is _OPTIONS or (isinstance(what, int) and what > 0):
            return
        target = at + offset + unsigned(self._data, at + offset, 4)
        if isinstance(what, tuple):
            self._tables(where, target, what)
        elif isinstance(what, int):
            self._vector(where, target, -what)
        elif self._data[target + 4 + self._vector(where, target, 1, 1)]:
            raise CorruptModelError("%s at byte %d has no end" % (where, target))

    def _tables(self, where: str, at: int, what: "tuple[bool, Kind]") -> None:
        many, kind = what
        if not many:
            self.table(at, kind)
            return
        for i in range(self._vector(where, at, 4)):
            item = at + 4 + 4 * i
            self.table(item + unsigned(self._data, item, 4), kind)

    def _options(self, operator: Table) -> None:
        """Those of an operator, which say themselves what they are."""
        options = operator.table(s.OPERATOR_OPTIONS)
        if options is not None:
            number = operator.number(s.OPERATOR_OPTIONS_TYPE, 1) & 0xFF
            self.table(options.at, ("options of type %d" % number, "", _OPTION_FIELDS.get(number, ())))

    def _vector(self, where: str, at: int, width: int, more: int = 0) -> int:
        """Verify a vector of items of `width` bytes, with `more` bytes behind it; how many there are."""
        self._inside(where, at, 4, 4)
        n = unsigned(self._data, at, 4)
        self._inside(where, at + 4, n * width + more, width)
        return n

    def _inside(self, where: str, at: int, size: int, align: int) -> None:
        if at < 0 or at + size > len(self._data):
            raise CorruptModelError("%s: %d bytes at byte %d of %d" % (where, size, at, len(self._data)))
        if at % align:
            raise CorruptModelError("%s at byte %d, which is no multiple of %d" % (where, at, align))


def _each(table: Table, field: int) -> "list[Table]":
    """The tables of a vector that may be absent."""
    vector = table.vector(field, 4)
    return [vector.table(i) for i in range(vector.n)] if vector else []


def _check_metadata(root: Table) -> None:
    """tflite reads name and content of each without a look whether they are there."""
    buffers = root.vector(s.MODEL_BUFFERS, 4)
    n = buffers.n if buffers else 0
    indices = root.vector(s.MODEL_METADATA_BUFFER, 4)
    if indices and not all([0 <= i < n for i in indices.numbers()]):
        raise CorruptModelError("Model.metadata_buffer names no buffer")
    for entry in _each(root, s.MODEL_METADATA):
        number = entry.bits(s.METADATA_BUFFER)
        if entry.vector(s.METADATA_NAME, 1) is None or number >= n:
            raise CorruptModelError("Metadata at byte %d: no name, or no buffer %d" % (entry.at, number))
        if buffers is not None and buffers.table(number).vector(s.BUFFER_DATA, 1) is None:
            raise CorruptModelError("Metadata at byte %d: nothing in buffer %d" % (entry.at, number))


def _check_signatures(root: Table) -> None:
    """Signatures name what there is."""
    graphs = _each(root, s.MODEL_SUBGRAPHS)
    for signature in _each(root, s.MODEL_SIGNATURES):
        number = signature.bits(s.SIGNATURE_GRAPH)
        if signature.vector(s.SIGNATURE_KEY, 1) is None or number >= len(graphs):
            raise CorruptModelError("SignatureDef at byte %d: no key, or no subgraph %d" % (signature.at, number))
        tensors: "Vector | None" = graphs[number].vector(s.GRAPH_TENSORS, 4)
        for field in (s.SIGNATURE_INPUTS, s.SIGNATURE_OUTPUTS):
            for entry in _each(signature, field):
                index = entry.bits(s.MAP_TENSOR)
                if entry.vector(s.MAP_NAME, 1) is None or tensors is None or index >= tensors.n:
                    raise CorruptModelError("TensorMap at byte %d: no name, or no tensor %d" % (entry.at, index))
