"""The helmet: the reference board without ECG and light, with high-g sensor, GNSS, modem, button, buzzer and motor."""

import machine  # type: ignore[import-not-found]

from ..drivers.button import Button
from ..drivers.gnss.receiver import Gnss
from ..drivers.h3lis331dl import H3lis331dl
from ..drivers.lsm6dso import Lsm6dso
from ..drivers.max17048 import Max17048
from ..drivers.modem.modem import Modem
from ..drivers.sounder import Sounder
from . import reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Wiring(reference.Wiring):
    """What the reference board does not have."""

    impact_sck = 17
    impact_mosi = 18
    impact_miso = 19
    impact_cs = 20
    impact_int1 = 21
    button = 22
    buzzer = 23
    motor = 24
    spi_impact = 2
    uart_gnss = 1
    uart_modem = 2
    gnss_more: "dict[str, int]" = {"rxbuf": 1024}
    modem_more: "dict[str, int]" = {"rxbuf": 1024}


class Board(reference.Board):
    """See `reference.Board`; besides `gnss`, `modem`, `button` and `sounder`."""

    wiring = Wiring
    name = "helmet"
    spi_sensor = "impact"
    i2c_sensors = (("imu", Lsm6dso), ("gauge", Max17048))

    def __init__(self) -> None:
        super().__init__()
        wiring, pin = Wiring, machine.Pin
        now_ms = self.now_us() // 1000
        self.gnss = Gnss(machine.UART(wiring.uart_gnss, 9600, **wiring.gnss_more), now_ms)
        self.modem = Modem(machine.UART(wiring.uart_modem, 115200, **wiring.modem_more))
        self.button = Button(pin(wiring.button, pin.IN, pin.PULL_UP))
        self.sounder = Sounder(pin(wiring.buzzer, pin.OUT, value=0), pin(wiring.motor, pin.OUT, value=0))

    def _make_spi_sensor(self) -> "Any":
        wiring, pin = Wiring, machine.Pin
        lines = {"sck": pin(wiring.impact_sck), "mosi": pin(wiring.impact_mosi), "miso": pin(wiring.impact_miso)}
        spi = machine.SPI(wiring.spi_impact, 8000000, polarity=1, phase=1, **lines)
        cs = pin(wiring.impact_cs, pin.OUT, value=1)
        return H3lis331dl(spi, cs, pin(wiring.impact_int1, pin.IN), self.ticks)
