"""Battery: fuel gauge → reading and Battery service."""

from .. import wire_gen as wire
from ..dsp.result import Measure
from .publisher import Publisher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..drivers.max17048 import Max17048
    from ..services.ble import BlePeripheral


class GaugeChain:
    """Everything from the MAX17048 to the published state of charge."""

    def __init__(self, driver: "Max17048", publisher: Publisher) -> None:
        self._driver = driver
        self._publisher = publisher
        self._measure = Measure()
        self.millivolt: "int | None" = None
        self.permille: "int | None" = None

    def poll(self, now_us: int) -> None:
        """Ask the gauge; one that does not answer gives a reason."""
        try:
            self.millivolt, self.permille = self._driver.read()
            self._measure.set(self.permille, 100)
        except OSError:
            self.millivolt = self.permille = None
            self._measure.refuse(wire.REASON_SENSOR_FAULT)
        self._publisher.reading(wire.READING_KIND_BATTERY, now_us, 0, self._measure)

    def tell_battery(self, ble: "BlePeripheral") -> None:
        """Give the Battery service the newest state of charge."""
        if self.permille is not None:
            ble.on_battery(self.permille)
