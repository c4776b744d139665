"""A model checked, planned and turned into steps."""

from array import array

from ..network import Network, zeros
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
    from ..network import Memory


def prepare(model: bytes, memory: "Memory | None" = None) -> Network:
    """The interpreter for a .tflite file, in the `memory` of another one where that is enough.

    Raises `ModelError` for anything that could not be run.
    """
    graph = Graph(model)
    plan = Plan(graph)
    # the largest piece, before small ones that stay lie all over the heap
    arena = memory[0] if memory and len(memory[0]) >= plan.size else zeros("b", plan.size)
    program = Program(graph, plan)
    ops = []
    starts = array("H", [0])
    for node in graph.nodes:
        ops.append((node.name, _PREPARE[node.code](program, node)))
        starts.append(len(program.steps))
    inputs = [(plan.offset(t), t.size) for t in graph.inputs]
    outputs = [(plan.offset(t), t.size) for t in graph.outputs]
    scratch = memory[1] if memory and len(memory[1]) >= program.words else zeros("i", 4 * program.words)
    sizes = (plan.size, program.words)
    return Network(model, (ops, starts, tuple(program.steps)), (arena, scratch), sizes, inputs, outputs)
