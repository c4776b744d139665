"""ECG: front end → beats, intervals and findings, and the raw stream."""

from array import array

from micropython import const

from .. import wire_gen as wire
from ..dsp.ecg.pipeline import EcgPipeline
from ..services.frame_ring import FrameRing
from .blocks import BlockWriter
from .publisher import Publisher, told_rr
from .sensor_chain import SensorChain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..drivers.ads1292r import Ads1292r
    from ..networks.loading import Networks
    from ..services.ble import BlePeripheral

_PERIOD_US = const(4_000)  # frontends.ecg: PERIOD_US
_NO_CONTACT = const(1)  # wire: STATUS_NO_CONTACT
_SATURATED = const(2)  # wire: STATUS_SATURATED
_BATCH = const(50)
_RR_KEPT = const(8)
_NO_BEAT_US = const(7_000_000)  # beats in doubt come 5 s late
# the readings that say what is wrong when the front end is at fault
REFUSED = (wire.READING_KIND_HEART_RATE, wire.READING_KIND_PR, wire.READING_KIND_QRS, wire.READING_KIND_QT)


class EcgChain(SensorChain):
    """Everything from the ADS1292R to published beats and windows."""

    def __init__(
        self,
        driver: "Ads1292r",
        ring: FrameRing,
        publisher: Publisher,
        networks: "Networks",
    ) -> None:
        self.driver = driver
        self.blocks = BlockWriter(ring, wire.STREAM_ECG)
        super().__init__(driver, _PERIOD_US, _BATCH, (self.blocks,))
        self._publisher = publisher
        self._dsp = EcgPipeline(networks.beat_kind, networks.ecg_delineator, networks.qrs_evidence)
        self._samples = array("i", [0] * _BATCH)
        # What the Heart Rate service tells once a second
        self._rr = array("H", [0] * _RR_KEPT)
        self._rr_n = 0
        self._bpm_x10: "int | None" = None
        self._beat_tick = 0

    def _take(self) -> int:
        driver = self.driver
        n = driver.read(self._samples, _BATCH)
        if n:
            status = (_NO_CONTACT if driver.lead_off else 0) | (_SATURATED if driver.saturated else 0)
            self._mark(n)
            self.blocks.add(self._samples, n, self._time, status)
            results = self._dsp.push(self._samples, n, driver.lead_off)
            if results:
                self._publish()
        return n

    def _begin(self) -> None:
        self._dsp.restart()

    def _end(self) -> None:
        self._dsp.flush()
        self._publish()

    def set_sex(self, sex: int) -> None:
        """Judge by the limits for a wearer of this sex, as the wire has it."""
        self._dsp.set_sex(sex)

    def _refuse(self, now_us: int) -> None:
        self._rr_n = 0
        self._bpm_x10 = None
        self._publisher.refusals(REFUSED, now_us)

    def _publish(self) -> None:
        while True:
            beat = self._dsp.next_beat()
            if beat is None:
                break
            self._beat_tick = self._time.tick(self._base + beat.r)
            self._publisher.beat(beat, self._base + beat.r, self._beat_tick)
            self._remember(told_rr(beat))
        while True:
            window = self._dsp.next_window()
            if window is None:
                break
            self._publisher.ecg_window(window, self._time.tick(self._base + window.end))

    def _remember(self, rr_ms: "int | None") -> None:
        if rr_ms is None or self._rr_n == _RR_KEPT:
            return
        self._rr[self._rr_n] = rr_ms
        self._rr_n += 1

    def tell_heart_rate(self, ble: "BlePeripheral", now_us: int) -> None:
        """Give the Heart Rate service the rate and the RR intervals since the last call."""
        n = self._rr_n
        total = 0
        for i in range(n):
            total += self._rr[i]
        if total:
            self._bpm_x10 = (600_000 * n + total // 2) // total
        if self.driver.lead_off or now_us - self._beat_tick > _NO_BEAT_US:
            self._bpm_x10 = None
        ble.on_heart_rate(self._bpm_x10, [self._rr[i] for i in range(n)], not self.driver.lead_off)
        self._rr_n = 0
