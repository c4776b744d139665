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
    #: Bytes of activations and words of working memory.
    Memory = tuple[array[int], array[int]]
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
    `n_inputs` and `n_outputs` how many there are; `memory` may be lent to networks that are used at other times.
    `loading.prepare` makes it from a file.
    """

    def __init__(
        self,
        model: bytes,
        program: "Program",
        memory: "Memory",
        sizes: "tuple[int, int]",
        inputs: "Places",
        outputs: "Places",
    ) -> None:
        """`memory` is for activations and for work; of it the network takes the first bytes and words, `sizes`."""
        self._model = model
        self.ops, self._starts, self._steps = program
        self._work = sum([macs + 1 for _, macs in self.ops])
        self.memory = memory
        self._arena, self._scratch = memory
        self.arena_bytes = sizes[0] + 4 * sizes[1]
        self.n_inputs = len(inputs)
        self.n_outputs = len(outputs)
        view = memoryview(self._arena)
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

    def run_slice(self, index: int, count: int) -> None:
        """Run slice `index` (from 0) of `count` slices of about as much work: all in order are one `invoke`."""
        total = self._work
        begun = 0
        for i in range(len(self.ops)):
            # an operator belongs to the slice in which it begins
            if begun * count // total == index:
                self._run(self._starts[i], self._starts[i + 1])
            begun += self.ops[i][1] + 1

    def _run(self, first: int, end: int) -> None:
        arena = self._arena
        model = self._model
        scratch = self._scratch
        while first < end:
            kernel, params, table = self._steps[first]
            kernel(params, arena, model, table, scratch)
            first += 1
