"""A network that the machine's own tflite runs: plan, operators and errors are the interpreter's."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Protocol

    from .network import Network

    class Engine(Protocol):
        """What `vitalband_tflite` provides."""

        def input(self, i: int = 0) -> "memoryview":
            """Input `i`, flat."""

        def output(self, i: int = 0) -> "memoryview":
            """Output `i`, flat."""

        def invoke(self) -> None:
            """Run all operators."""


class HostedNetwork:
    """`Network`'s interface over an engine."""

    def __init__(self, net: "Network", engine: "Engine") -> None:
        self.arena_bytes = net.arena_bytes
        self.arena = net.arena
        self.ops = net.ops
        self.n_inputs = net.n_inputs
        self.n_outputs = net.n_outputs
        self.input = engine.input
        self.output = engine.output
        self._engine = engine

    def invoke(self, watch: "Callable[[int], object] | None" = None) -> None:
        """Run all operators; tflite does so in one go, and all of it falls between `watch(0)` and `watch(1)`."""
        if watch:
            watch(0)
        self._engine.invoke()
        if watch:
            for i in range(len(self.ops)):
                watch(i + 1)

    def run_slice(self, index: int, count: int) -> None:
        """Run all operators with the last of the slices: only then is the output looked for."""
        if index == count - 1:
            self._engine.invoke()
