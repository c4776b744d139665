"""A network that takes long: it runs in slices, so that the samples of sensors are fetched in between."""

from ..dsp.scratch_use import works_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from ..nn import Arena

    class Network(Protocol):
        """What `nn.load` returns."""

        arena: Arena

        def input(self) -> "memoryview":
            """Flat int8, to be written before each run."""

        def output(self) -> "memoryview":
            """Flat int8, of the latest run."""

        def invoke(self) -> None:
            """Run."""

        def run_slice(self, index: int, count: int) -> None:
            """Run one of `count` slices."""


class SlicedNetwork:
    """A network that is run slice by slice: write `input`, `run_slice` each in order, take the `output`."""

    def __init__(self, network: "Network") -> None:
        #: To be acquired before `input` is written, and released when the `output` has been read.
        self.arena = network.arena
        self.input = network.input()
        self.run_slice = works_in("SIGNAL", "SHAPE")(network.run_slice)
        self.output = network.output
