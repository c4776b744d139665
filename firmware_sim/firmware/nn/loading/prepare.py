"""A model checked, planned and turned into steps."""

from array import array

from ..network import Network
from . import schema as s
from .model import Graph
from .ops_conv import prepare_conv, prepare_dense, prepare_depthwise, prepare_transpose_conv
from .ops_plain import (
    prepare_add,
    prepare_concatenation,
    prepare_logistic,
    prepare_mean,
    prepare_pad,
    prepare_pool,
    prepare_quantize,
    prepare_resize,
    prepare_shape,
    prepare_softmax,
)
from .plan import Plan
from .program import Program

_PREPARE = {
    s.ADD: prepare_add,
    s.AVERAGE_POOL_2D: prepare_pool,
    s.CONCATENATION: prepare_concatenation,
    s.CONV_2D: prepare_conv,
    s.DEPTHWISE_CONV_2D: prepare_depthwise,
    s.EXPAND_DIMS: prepare_shape,
    s.FULLY_CONNECTED: prepare_dense,
    s.LOGISTIC: prepare_logistic,
    s.MAX_POOL_2D: prepare_pool,
    s.MEAN: prepare_mean,
    s.PAD: prepare_pad,
    s.QUANTIZE: prepare_quantize,
    s.RESHAPE: prepare_shape,
    s.RESIZE_NEAREST_NEIGHBOR: prepare_resize,
    s.SOFTMAX: prepare_softmax,
    s.SQUEEZE: prepare_shape,
    s.TRANSPOSE_CONV: prepare_transpose_conv,
}


TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..arena import Arena
    from ..network import Form


def prepare(model: bytes, arena: "Arena | None" = None) -> Network:
    """The interpreter for a .tflite file, in that arena or one of its own.

    Raises `ModelError` for anything that could not be run.
    """
    return Network(model, form_of(model), arena)


def form_of(model: bytes) -> "Form":
    """All that is computed of a .tflite file before it runs, see `Network`.

    Raises `ModelError` for anything that could not be run.
    """
    graph = Graph(model)
    plan = Plan(graph)
    program = Program(graph, plan)
    names = []
    macs = []
    starts = [0]
    for node in graph.nodes:
        names.append(node.name)
        macs.append(_PREPARE[node.code](program, node))
        starts.append(len(program.steps))
    needs = array("i", [plan.size, program.words, len(graph.inputs)])
    for tensor in list(graph.inputs) + list(graph.outputs):
        needs.extend(array("i", [plan.offset(tensor), tensor.size]))
    return tuple(names), bytes(array("i", macs)), tuple(starts), tuple(program.steps), needs
