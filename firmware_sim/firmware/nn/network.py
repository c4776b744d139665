"""The interpreter: a prepared network, run without allocating anything."""

from array import array

import micropython

from .arena import Arena
from .kernels import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    Words = array[int] | bytes
    #: Name of a kernel, its parameters and its table.
    Step = tuple[str, Words, Words]
    Form = tuple[tuple[str, ...], bytes, tuple[int, ...], tuple[Step, ...], Words]

#: Kernels by name, of all networks.
_found: "dict[str, Callable[..., object]]" = {}


class Network:
    """An int8 network in the memory of the file it came from and an arena, which it may share.

    `arena_bytes` is what it needs of its `arena`; `n_inputs` and `n_outputs` how many there are.
    """

    def __init__(self, model: bytes, form: "Form", arena: "Arena | None" = None) -> None:
        """`form` is what `loading.prepare` makes of a file, at run time or when the firmware is built.

        It has names and multiply-accumulates of the operators; the first step of each, and the end; steps as (kernel,
        parameters, table); and of the arena bytes and words that it needs, how many inputs there are, offset and bytes
        of each input and output. What is many, or beyond 13 bits, is in little-endian words: a larger number in a
        constant would be a long one.
        Raises `UnsupportedError` where `arena`, or what there is of memory, is too small.
        """
        self._model = model
        _, macs, _, steps, needs = self._form = form
        size, words, inputs, *offsets = array("i", needs)
        if arena is None:
            arena = Arena(size, words)
        arena.check(size, words)
        for name, _, _ in steps:
            _found[name] = find(name)
        counts = array("i", macs)
        self._work = sum(counts) + len(counts)
        self.arena = arena
        self.arena_bytes = size + 4 * words
        view = memoryview(arena.activations)
        views = [view[offsets[i] : offsets[i] + offsets[i + 1]] for i in range(0, len(offsets), 2)]
        self._inputs = tuple(views[:inputs])
        self._outputs = tuple(views[inputs:])
        self.n_inputs = inputs
        self.n_outputs = len(self._outputs)

    @property
    def ops(self) -> "list[tuple[str, int]]":
        """(name, multiply-accumulates) of each operator."""
        counts = array("i", self._form[1])
        return [(name, counts[i]) for i, name in enumerate(self._form[0])]

    def input(self, i: int = 0) -> "memoryview":
        """Input `i` as flat int8, to be written before each `invoke`, which may reuse its memory."""
        return self._inputs[i]

    def output(self, i: int = 0) -> "memoryview":
        """Output `i` as flat int8; what it holds changes with the next `invoke`."""
        return self._outputs[i]

    def invoke(self, watch: "Callable[[int], object] | None" = None) -> None:
        """Run all operators; `watch(i)` is called before operator `i`, and once after the last with their number."""
        if watch is None:
            self._run(0, len(self._form[3]))
            return
        names, _, starts, _, _ = self._form
        for i in range(len(names)):
            watch(i)
            self._run(starts[i], starts[i + 1])
        watch(len(names))

    @micropython.native
    def run_slice(self, index: int, count: int) -> None:
        """Run slice `index` (from 0) of `count` slices of about as much work: all in order are one `invoke`."""
        total = self._work
        _, macs, starts, _, _ = self._form
        begun = 0
        for i in range(len(starts) - 1):
            # an operator belongs to the slice in which it begins
            if begun * count // total == index:
                self._run(starts[i], starts[i + 1])
            at = 4 * i
            begun += 1 + (macs[at] | macs[at + 1] << 8 | macs[at + 2] << 16 | macs[at + 3] << 24)

    def _run(self, first: int, end: int) -> None:
        activations = self.arena.activations
        scratch = self.arena.scratch
        model = self._model
        steps = self._form[3]
        while first < end:
            name, params, table = steps[first]
            _found[name](params, activations, model, table, scratch)
            first += 1
