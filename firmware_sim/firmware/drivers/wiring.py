"""What a driver needs of the board, for type checkers; nothing at run time."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol, Union

    Writable = Union[bytearray, memoryview]
    Readable = Union[bytes, bytearray, memoryview]

    class Pin(Protocol):
        """`machine.Pin`."""

        IRQ_FALLING: int
        IRQ_RISING: int

        def __call__(self, x: int) -> object:
            """Drive the pin."""

        def value(self) -> int:
            """The level of the pin."""
            ...

        def irq(self, handler: Any = None, trigger: int = 0, *, hard: bool = False) -> object:
            """Set the edge interrupt."""

    class SPI(Protocol):
        """`machine.SPI`."""

        def write(self, buf: Readable) -> object:
            """Send."""

        def readinto(self, buf: Writable, write: int = 0) -> object:
            """Receive."""

        def write_readinto(self, write_buf: Readable, read_buf: Writable) -> object:
            """Send and receive."""

    class I2C(Protocol):
        """`machine.I2C`."""

        def readfrom_mem(self, addr: int, memaddr: int, nbytes: int) -> bytes:
            """Read registers."""
            ...

        def readfrom_mem_into(self, addr: int, memaddr: int, buf: Writable) -> object:
            """Read registers into a buffer."""

        def writeto_mem(self, addr: int, memaddr: int, buf: Readable) -> object:
            """Write registers."""

    class UART(Protocol):
        """`machine.UART` with a timeout of 0."""

        def any(self) -> int:
            """Bytes that can be read now."""
            ...

        def readinto(self, buf: bytearray) -> "int | None":
            """Received bytes; their count, None where there are none."""

        def write(self, buf: Readable) -> "int | None":
            """Send; how many bytes were taken."""

    class Watchdog(Protocol):
        """`machine.WDT`."""

        def feed(self) -> object:
            """Feed the watchdog."""

    class Calendar(Protocol):
        """`machine.RTC`."""

        def datetime(self, datetimetuple: Any = None) -> Any:
            """(year, month, day, weekday, hours, minutes, seconds, microseconds), or set it."""
            ...

    TicksUs = Callable[[], int]
    TicksDiff = Callable[[int, int], int]
    Sleep = Callable[[int], object]
