"""Motion of a unit that looks for crashes: what every motion unit publishes, and events for the alarm."""

from ..dsp.imu.crash import CrashDetector
from .imu_chain import ImuChain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..drivers.lsm6dso import Lsm6dso
    from ..dsp.imu.segments import Segments
    from ..dsp.result import Event
    from .publisher import Publisher


class CrashChain(ImuChain):
    """`crash` judges impacts by the motion about them; `take_event` has what the pipeline found."""

    def __init__(self, driver: "Lsm6dso", publisher: "Publisher") -> None:
        super().__init__(driver, publisher)
        self.crash = CrashDetector(self._dsp.segments)
        #: Kind, severity and greatest |a| (mg) of the latest event; kind 0: it was taken.
        self._event = [0, 0, 0]

    @property
    def segments(self) -> "Segments":
        """The latest 8 s of motion."""
        return self._dsp.segments

    def take_event(self) -> "tuple[int, int, int] | None":
        """Kind, severity and peak (mg) of what was found since the last call, None where nothing was."""
        event = self._event
        if not event[0]:
            return None
        found = event[0], event[1], event[2]
        event[0] = 0
        return found

    def _announce(self, event: "Event") -> None:
        super()._announce(event)
        self._event[0], self._event[1], self._event[2] = event.kind, event.severity, event.peak_mg
