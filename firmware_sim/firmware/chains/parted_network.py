"""A network that takes long: it runs in parts, so that the samples of sensors are fetched in between."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .beat_network import Network


class PartedNetwork:
    """A network that is run part by part: write `input`, `run_part` each in order, take the `answer`."""

    def __init__(self, network: "Network") -> None:
        #: Free for others between `answer` and the next writing of `input`.
        self.memory = network.memory
        self.input = network.input()
        self.run_part = network.run_part
        self.answer = network.output
