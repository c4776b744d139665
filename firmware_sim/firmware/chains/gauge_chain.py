"""Battery: fuel gauge → reading."""

from micropython import const

from .. import wire_gen as wire
from ..dsp.result import Measure
from .chain import Chain
from .publisher import Publisher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..drivers.max17048 import Max17048

#: Expanded uncertainty of the state of charge: the data sheet (19-6171) has ±7.5 mV a cell and no figure of it;
#: on the level part of a lithium cell's curve, 2.5 mV for a percent, that is 3 %.
_U95_PERMILLE = const(30)


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
            self._measure.set(permille, 100, 0, _U95_PERMILLE)
            self.works = True
        except OSError:
            self.works = False
            vitals.battery_mv = None
            self._measure.refuse(wire.REASON_SENSOR_FAULT)
        self._publisher.reading(wire.READING_KIND_BATTERY, now_us, 0, self._measure)
