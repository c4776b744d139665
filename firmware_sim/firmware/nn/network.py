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


def zeros(code: str, size: int) -> "array[int]":
    """An array of `size` bytes; `UnsupportedError` if there is no room."""
    try:
        return array(code, bytes(size))
    except MemoryError:
        raise UnsupportedError("no room for an arena of %d bytes" % size) from None


class Network:
    """An int8 network in the memory of the file it came from, an arena and its working memory.

    `ops` tells (name, multiply-accumulates) of each operator; `arena_bytes` activations and working memory together;
    `n_inputs` and `n_outputs` how many there are. `loading.prepare` makes it from a file.
    """

    def __init__(
        self, model: bytes, program: "Program", arena: "array[int]", words: int, inputs: "Places", outputs: "Places"
    ) -> None:
        """`arena` is for activations, `words` of 32 bits for working memory; `UnsupportedError` if there is no room."""
        self._model = model
        self.ops, self._starts, self._steps = program
        self._arena = arena
        self._scratch = zeros("i", 4 * words)
        self.arena_bytes = len(arena) + 4 * words
        self.n_inputs = len(inputs)
        self.n_outputs = len(outputs)
        view = memoryview(arena)
        self._inputs = tuple([view[at : at + n] for at, n in inputs])
        self._outputs = tuple([view[at : at + n] for at, n in outputs])

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
