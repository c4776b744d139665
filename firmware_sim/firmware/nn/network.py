"""The interpreter: a model checked, planned and turned into steps, then run without allocating anything."""

from array import array

from . import schema as s
from .errors import UnsupportedError
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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

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


class Network:
    """An int8 network in the memory of the file it came from, an arena and its working memory.

    `ops` tells (name, multiply-accumulates) of each operator; `arena_bytes` activations and working memory together;
    `n_inputs` and `n_outputs` how many there are.
    """

    def __init__(self, model: bytes) -> None:
        """Raises `ModelError` for anything that could not be run."""
        graph = Graph(model)
        plan = Plan(graph)
        program = Program(graph, plan)
        self.ops: "list[tuple[str, int]]" = []
        # the first step of each operator, and the end
        self._starts = array("H", [0])
        for node in graph.nodes:
            self.ops.append((node.name, _PREPARE[node.code](program, node)))
            self._starts.append(len(program.steps))
        self._model = model
        self._steps = program.steps
        self.arena_bytes = plan.size + 4 * program.words
        try:
            self._arena = array("b", bytes(plan.size))
            self._scratch = array("i", bytes(4 * program.words))
        except MemoryError:
            raise UnsupportedError("no room for an arena of %d bytes" % self.arena_bytes) from None
        self.n_inputs = len(graph.inputs)
        self.n_outputs = len(graph.outputs)
        arena = memoryview(self._arena)
        self._inputs = [arena[plan.offset(t) : plan.offset(t) + t.size] for t in graph.inputs]
        self._outputs = [arena[plan.offset(t) : plan.offset(t) + t.size] for t in graph.outputs]

    def input(self, i: int = 0) -> "memoryview":
        """Input `i` as flat int8, to be written before each `invoke`, which may reuse its memory."""
        return self._inputs[i]

    def output(self, i: int = 0) -> "memoryview":
        """Output `i` as flat int8; what it holds changes with the next `invoke`."""
        return self._outputs[i]

    def invoke(self, watch: "Callable[[int], object] | None" = None) -> None:
        """Run all operators; `watch(i)` is called before operator `i`, and once after the last with their number."""
        if watch is None:
            self._run(0, len(self._steps))
            return
        for i in range(len(self.ops)):
            watch(i)
            self._run(self._starts[i], self._starts[i + 1])
        watch(len(self.ops))

    def _run(self, first: int, end: int) -> None:
        arena = self._arena
        model = self._model
        scratch = self._scratch
        while first < end:
            kernel, params, table = self._steps[first]
            kernel(params, arena, model, table, scratch)
            first += 1
