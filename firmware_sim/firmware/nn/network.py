"""The interpreter: a prepared network, run without allocating anything."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from typing import Callable

    from .arena import Arena

    Kernel = Callable[..., object]
    Params = array[int]
    Table = array[int] | bytes
    #: Operators as (name, multiply-accumulates); the first step of each, and the end; steps.
    Program = tuple[list[tuple[str, int]], array[int], tuple[tuple[Kernel, Params, Table], ...]]
    #: (offset in the arena, bytes) of each input or output.
    Places = list[tuple[int, int]]


class Network:
    """An int8 network in the memory of the file it came from and an arena, which it may share.

    `ops` tells (name, multiply-accumulates) of each operator; `arena_bytes` what it needs of its `arena`;
    `n_inputs` and `n_outputs` how many there are.
    `loading.prepare` makes it from a file.
    """

    def __init__(
        self,
        model: bytes,
        program: "Program",
        arena: "Arena",
        sizes: "tuple[int, int]",
        inputs: "Places",
        outputs: "Places",
    ) -> None:
        """Of the arena the network takes the first bytes and words, `sizes`."""
        self._model = model
        self.ops, self._starts, self._steps = program
        self._work = sum([macs + 1 for _, macs in self.ops])
        self.arena = arena
        self._activations = arena.activations
        self._scratch = arena.scratch
        self.arena_bytes = sizes[0] + 4 * sizes[1]
        self.n_inputs = len(inputs)
        self.n_outputs = len(outputs)
        view = memoryview(self._activations)
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
        activations = self._activations
        model = self._model
        scratch = self._scratch
        while first < end:
            kernel, params, table = self._steps[first]
            kernel(params, activations, model, table, scratch)
            first += 1
