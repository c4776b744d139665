"""ECG: front end → beats, intervals and findings, and the raw stream."""

import micropython
from micropython import const

from .. import wire_gen as wire
from ..dsp.ecg.pipeline import EcgPipeline
from .blocks import BlockWriter
from .publisher import Publisher
from .sensor_chain import BASE, SAMPLES, SensorChain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..drivers.ads1292r import Ads1292r
    from ..networks.loading import Networks
    from ..settings import Settings

_PERIOD_US = const(4_000)  # frontends.ecg: PERIOD_US
_NO_CONTACT = const(1)  # wire: STATUS_NO_CONTACT
_SATURATED = const(2)  # wire: STATUS_SATURATED
_BATCH = const(50)


class EcgChain(SensorChain):
    """Everything from the ADS1292R to published beats and windows."""

    driver: "Ads1292r"

    def __init__(self, driver: "Ads1292r", publisher: Publisher, networks: "Networks") -> None:
        self.blocks = BlockWriter(publisher.samples, wire.STREAM_ECG)
        super().__init__(driver, _PERIOD_US, _BATCH, (self.blocks,))
        self._publisher = publisher
        self._contact = publisher.vitals.contact
        self._dsp = EcgPipeline(
            networks.beat_kind, networks.ecg_delineator, networks.qrs_evidence, publisher.vitals.heart
        )

    @micropython.native
    def _take(self) -> int:
        driver = self.driver
        n = driver.read(SAMPLES, _BATCH)
        if n:
            status = (_NO_CONTACT if driver.lead_off else 0) | (_SATURATED if driver.saturated else 0)
            self._mark(n)
            self.blocks.add(SAMPLES, n, self._time, status)
            results = self._dsp.push(SAMPLES, n, driver.lead_off)
            self._contact[wire.STREAM_ECG] = not driver.lead_off and self._dsp.has_contact
            if results:
                self._publish()
        return n

    def _begin(self) -> None:
        self._dsp.restart()

    def _end(self) -> None:
        self._dsp.flush()
        self._publish()

    def apply_settings(self, settings: "Settings") -> None:
        """Judge by the limits for the wearer."""
        self._dsp.set_limits(
            settings.get(wire.SETTING_WEARER_SEX),
            settings.get(wire.SETTING_SLOW_RATE),
            settings.get(wire.SETTING_FAST_RATE),
        )

    def _refuse(self, now_us: int) -> None:
        self._publisher.refusals(wire.READINGS_ECG, now_us)

    def _publish(self) -> None:
        while True:
            beat = self._dsp.next_beat()
            if beat is None:
                break
            index = self._numbers[BASE] + beat.r
            self._publisher.beat(beat, index, self._time.tick(index))
        while True:
            window = self._dsp.next_window()
            if window is None:
                break
            self._publisher.ecg_window(window, self._time.tick(self._numbers[BASE] + window.end))
