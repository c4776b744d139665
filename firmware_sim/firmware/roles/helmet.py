"""The helmet: looks for crashes, is linked to a band, and owns the alarm."""

from micropython import const

from .. import version
from ..chains.crash_chain import CrashChain
from ..chains.gauge_chain import GaugeChain
from ..chains.impact_chain import ImpactChain
from ..services.ble.band_link import BandLink
from ..services.serial.console import Console
from .alarm_owner import AlarmOwner
from .alarm_requests import AlarmRequests
from .device import Device

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..boards.helmet import Board
    from ..services.serial.demultiplexer import LineReader
    from ..services.serial.link import Sink

_MUTED = const(3)  # wire: ALARM_STATE_MUTED
_RETRACTED = const(8)  # wire: ALARM_STATE_RETRACTED
_MOTION_US = const(50_000)
_IMPACT_US = const(40_000)  # its ring holds 256 ms
_GAUGE_US = const(10_000_000)


def _console(uart: "Sink") -> "LineReader":
    return Console(uart, version.BANNER).on_line


class Helmet(Device):
    """The role `helmet`. It works without its band, and says so in the alarm's state."""

    MODEL = "vitalband-helmet"
    NAME = "helmet"
    BODY_LOCATION = 0  # other
    #: None while the device is made.
    alarm: "AlarmOwner | None" = None

    def __init__(self, board: "Board", networks: None = None) -> None:
        # the impacts before the motion that judges them
        rows = (("impact", _IMPACT_US, ImpactChain), ("imu", _MOTION_US, CrashChain), ("gauge", _GAUGE_US, GaugeChain))
        super().__init__(board, rows, (_console,))
        now_ms = board.now_us() // 1000
        band = BandLink(self.radio, board.storage, now_ms) if self.radio else None
        motion, impact = self.chains.get("imu"), self.chains.get("impact")
        self.alarm = AlarmOwner(board, self.clock, self.vitals, self.settings, motion, impact, band)  # type: ignore[arg-type]
        self.alarm_requests = AlarmRequests(self.alarm)
        self._every_step.append(self.alarm.poll)

    def may_restart(self) -> bool:
        """See `Device`; no alarm, nor what may become one, is ended so. A retraction goes on after a start."""
        return self.alarm is None or self.alarm.machine.state <= _MUTED or self.alarm.machine.state == _RETRACTED

    def apply_settings(self) -> None:
        """See `Device`; those of the alarm count from its end on."""
        super().apply_settings()
        if self.alarm:
            self.alarm.settings_changed()


ROLE = Helmet
