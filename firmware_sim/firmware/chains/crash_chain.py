"""Motion of a unit that looks for crashes: what every motion unit publishes, and events for the alarm."""

from ..dsp.imu.crash import CrashDetector
from ..wire_gen import EVENT_KIND_ACCIDENT, EVENT_KIND_FALL
from .imu_chain import ImuChain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..drivers.lsm6dso import Lsm6dso
    from ..dsp.imu.segments import Segments
    from ..dsp.result import Event
    from .publisher import Publisher


class CrashChain(ImuChain):
    """`crash` judges impacts by the motion about them; `take_event` has the pipeline's accident or fall."""

    def __init__(self, driver: "Lsm6dso", publisher: "Publisher") -> None:
        super().__init__(driver, publisher)
        self.crash = CrashDetector(self._dsp.segments)
        # kind, severity, greatest |a| (mg) and sample of the accident or fall that waits; kind 0: there is none
        self._event = [0, 0, 0, 0]

    @property
    def segments(self) -> "Segments":
        """The latest 8 s of motion."""
        return self._dsp.segments

    def take_event(self) -> "tuple[int, int, int, int] | None":
        """Kind, severity, peak (mg) and sample of an accident since the last call, else of a fall; None for neither."""
        event = self._event
        if not event[0]:
            return None
        found = event[0], event[1], event[2], event[3]
        event[0] = 0
        return found

    def _announce(self, event: "Event") -> None:
        super()._announce(event)
        kept = self._event
        # several come in one poll, and what begins no alarm must not take the place of what does
        if event.kind == EVENT_KIND_ACCIDENT or (event.kind == EVENT_KIND_FALL and kept[0] != EVENT_KIND_ACCIDENT):
            kept[0], kept[1], kept[2], kept[3] = event.kind, event.severity, event.peak_mg, event.index
