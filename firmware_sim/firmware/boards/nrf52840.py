"""nRF52840: see docs/boards.md. Not run on hardware yet. Its stock port has no `bluetooth`, watchdog or calendar."""

from . import reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..drivers.wiring import Calendar, Watchdog


class Wiring(reference.Wiring):
    """Arduino header of the PCA10056: P0.26, P0.27; P1.15, P1.13, P1.14; P1.12, P1.11, P1.10.

    The flash is the MX25R6435F on the board: P0.19, P0.20, P0.21; P0.17.
    """

    sda = 26
    scl = 27
    sck = 47
    mosi = 45
    miso = 46
    ecg_cs = 44
    ecg_start = 43
    ecg_drdy = 42
    flash_sck = 19
    flash_mosi = 20
    flash_miso = 21
    flash_cs = 17
    uart_more: "dict[str, int]" = {}


class NoWatchdog:
    """Nobody watches."""

    def feed(self) -> None:
        """Nothing to feed."""


class NoCalendar:
    """The date that was last set, standing still."""

    def __init__(self) -> None:
        self._last = (2000, 1, 1, 5, 0, 0, 0, 0)

    def datetime(self, datetimetuple: "tuple[int, ...] | None" = None) -> "tuple[int, ...] | None":
        """(year, month, day, weekday, hours, minutes, seconds, microseconds), or set it."""
        if datetimetuple is None:
            return self._last
        self._last = tuple(datetimetuple)  # type: ignore[assignment]
        return None


class Board(reference.Board):
    """The reference board without what the port lacks."""

    wiring = Wiring
    name = "nrf52840"
    processor = "cortex-m4"
    has_own_files = True

    def _make_watchdog(self) -> "Watchdog":
        return NoWatchdog()

    def _make_calendar(self) -> "Calendar":
        return NoCalendar()
