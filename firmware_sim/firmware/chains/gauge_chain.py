"""Battery: fuel gauge → reading."""

from .. import wire_gen as wire
from ..dsp.result import Measure
from .chain import Chain
from .publisher import Publisher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..drivers.max17048 import Max17048


class GaugeChain(Chain):
    """Everything from the MAX17048 to the published state of charge."""

    def __init__(self, driver: "Max17048", publisher: Publisher) -> None:
        self._driver = driver
        self._publisher = publisher
        self._measure = Measure()

    def poll(self, now_us: int) -> None:
        """Ask the gauge; one that does not answer gives a reason."""
        vitals = self._publisher.vitals
        try:
            vitals.battery_mv, permille = self._driver.read()
            self._measure.set(permille, 100)
        except OSError:
            vitals.battery_mv = None
            self._measure.refuse(wire.REASON_SENSOR_FAULT)
        self._publisher.reading(wire.READING_KIND_BATTERY, now_us, 0, self._measure)
