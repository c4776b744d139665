"""The interpreter: a prepared network, run without allocating anything."""

from array import array

from .errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    Kernel = Callable[..., object]
    Params = array[int]
    Table = array[int] | bytes
    #: Operators as (name, multiply-accumulates); the first step of each, and the end; steps.
    Program = tuple[list[tuple[str, int]], array[int], tuple[tuple[Kernel, Params, Table], ...]]
    #: (offset in the arena, bytes) of each input or output.
    Places = list[tuple[int, int]]


class Network:
    """An int8 network in the memory of the file it came from, an arena and its working memory.

    `ops` tells (name, multiply-accumulates) of each operator; `arena_bytes` activations and working memory together;
    `n_inputs` and `n_outputs` how many there are. `loading.prepare` makes it from a file.
    """

    def __init__(
        self, model: bytes, program: "Program", size: "tuple[int, int]", inputs: "Places", outputs: "Places"
    ) -> None:
        """`size` is bytes of activations, 32-bit words of working memory; `ModelError` if there is no room."""
        self._model = model
        self.ops, self._starts, self._steps = program
        self.arena_bytes = size[0] + 4 * size[1]
        try:
            self._arena = array("b", bytes(size[0]))
            self._scratch = array("i", bytes(4 * size[1]))
        except MemoryError:
            raise UnsupportedError("no room for an arena of %d bytes" % self.arena_bytes) from None
        self.n_inputs = len(inputs)
        self.n_outputs = len(outputs)
        arena = memoryview(self._arena)
        self._inputs = tuple([arena[at : at + n] for at, n in inputs])
        self._outputs = tuple([arena[at : at + n] for at, n in outputs])

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
