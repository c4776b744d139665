"""What a person at a terminal is told."""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .link import Sink

_QUESTION_MARK = const(63)


class Console:
    """Says who this is: at start, and where a line is nothing but `?`."""

    def __init__(self, uart: "Sink", banner: bytes) -> None:
        self._uart = uart
        self._banner = banner
        uart.write(banner)

    def on_line(self, line: memoryview) -> bool:
        """Answer a question."""
        if len(line) != 1 or line[0] != _QUESTION_MARK:
            return False
        self._uart.write(self._banner)
        return True
