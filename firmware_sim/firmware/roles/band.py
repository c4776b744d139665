"""The application: wires drivers to signal processing to services, one run-to-completion step."""

from array import array

from micropython import const

from .. import version
from .. import wire_gen as wire
from ..chains import ecg_chain, imu_chain, ppg_chain
from ..chains.gauge_chain import GaugeChain
from ..chains.publisher import Publisher
from ..clock import DeviceClock
from ..frame_ring import FrameRing
from ..networks.loading import load_all
from ..services.ble import BlePeripheral
from ..services.serial_link import SerialLink
from ..services.session import FRAME_ROOM, Host, Session
from ..settings import Settings
from ..vitals import Vitals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..boards.reference import Board
    from ..chains.sensor_chain import SensorChain
    from ..drivers.ads1292r import Ads1292r
    from ..networks.loading import Networks
    from ..services.link import Link

STEP_US = 20_000
_BOOTS = "boots"
_FIFO_US = 100_000  # the light sensor's FIFO holds 320 ms
_SECOND_US = 1_000_000
_GAUGE_US = 10_000_000
# Places among the times at which something is due.
_ANY = const(0)
_FIFO = const(1)
_SECOND = const(2)
_GAUGE = const(3)
# A second of all streams, six of results: most frames, and bytes.
_SAMPLES = (48, 4096)
_RESULTS = (48, 1344)


def _count_boot(board: "Board") -> int:
    """Number of this start, counted in storage; a random one where storage cannot be written."""
    raw = board.storage.get(_BOOTS)
    boots = ((int.from_bytes(raw, "little") if raw and len(raw) == 4 else 0) + 1) & 0xFFFFFFFF
    try:
        board.storage.put(_BOOTS, boots.to_bytes(4, "little"))
    except OSError:
        return int.from_bytes(board.entropy(4), "little")
    return boots


class Device(Host):
    """The wearable. `step(now_us)` does everything that is due and returns when it wants to be called next."""

    def __init__(self, board: "Board", networks: "Networks | None" = None) -> None:
        self.board = board
        self.frame = bytearray(wire.LONGEST_FRAME + FRAME_ROOM)
        self.samples = FrameRing(*_SAMPLES, True)
        self.results = FrameRing(*_RESULTS)
        self.vitals = Vitals()
        publisher = Publisher(self.results, self.vitals)
        self.ecg = self._ecg_chain(board.ecg, publisher, networks) if board.ecg else None
        self.ppg = ppg_chain.PpgChain(board.ppg, self.samples, publisher) if board.ppg else None
        self.imu = imu_chain.ImuChain(board.imu, self.samples, publisher) if board.imu else None
        self.chains: "list[SensorChain]" = [chain for chain in (self.ecg, self.ppg, self.imu) if chain]
        self.gauge = GaugeChain(board.gauge, publisher) if board.gauge else None
        self.settings = Settings(board.storage)
        self._apply_wearer()
        self.clock = DeviceClock(board.rtc)
        self._boots = _count_boot(board)
        self._sessions: "list[Session]" = []
        self.serial = SerialLink(board.uart, version.BANNER)
        self.ble = self._peripheral() if board.ble else None
        self._attach(self.serial)
        for link in self.ble.links if self.ble else ():
            self._attach(link)
        self._raw_ticks = board.ticks.raw
        self._ticks_diff = board.ticks.diff
        self._feed = board.wdt.feed
        # when what is not done every step is due; MicroPython takes ten times as long to set an attribute as an item
        self._due_us = [0] * 4
        self._busy_us = array("I", bytes(4))
        self._cpu_permille = 0
        self._heap_free = 0

    def _ecg_chain(self, driver: "Ads1292r", publisher: Publisher, networks: "Networks | None") -> ecg_chain.EcgChain:
        return ecg_chain.EcgChain(driver, self.samples, publisher, networks or load_all())

    def _peripheral(self) -> BlePeripheral:
        board = self.board
        return BlePeripheral(
            board.ble,
            board.storage,
            board.unique_id,
            version.MANUFACTURER,
            version.MODEL,
            version.VERSION,
            self.clock,
            self.vitals,
            board.make_uuid,
        )

    def step(self, now_us: int) -> int:
        """Do all that is due at `now_us` (device time, µs); returns the time of the next step."""
        began = self._raw_ticks()
        self.serial.poll()
        if self.ecg:
            self.ecg.poll(now_us)
        if now_us >= self._due_us[_ANY]:
            self._do_due(now_us)
        if self.ble:
            self.ble.poll()
        for session in self._sessions:
            if session.link.up:
                session.poll()
        self._feed()
        self._busy_us[0] += self._ticks_diff(self._raw_ticks(), began)
        return now_us + STEP_US

    def _do_due(self, now_us: int) -> None:
        due = self._due_us
        if now_us >= due[_FIFO]:
            due[_FIFO] = now_us + _FIFO_US
            self._poll_fifos(now_us)
        if now_us >= due[_GAUGE]:
            due[_GAUGE] = now_us + _GAUGE_US
            self._heap_free = self.board.heap_free()  # a walk over the whole heap: not every second
            if self.gauge:
                self.gauge.poll(now_us)
        if now_us >= due[_SECOND]:
            due[_SECOND] = now_us + _SECOND_US
            self._every_second(now_us)
        due[_ANY] = min(due[_FIFO], due[_GAUGE], due[_SECOND])

    def _poll_fifos(self, now_us: int) -> None:
        if self.imu:
            self.imu.poll(now_us)
        if self.ppg:
            self.ppg.poll(now_us)

    def _every_second(self, now_us: int) -> None:
        self._cpu_permille = min(1000, self._busy_us[0] // 1000)
        self._busy_us[0] = 0
        for session in self._sessions:
            session.report_status()
        if self.ble:
            self.ble.report(now_us)

    # What sessions ask of the device

    def now_us(self) -> int:
        """Device time in µs since start."""
        return int(self.board.now_us())

    def _attach(self, link: "Link") -> None:
        """Give a link its session."""
        session = Session(link, self)
        link.receiver = session
        self._sessions.append(session)

    def subscription_changed(self) -> None:
        """Pack only the streams that somebody wants."""
        wanted = 0
        for session in self._sessions:
            wanted |= session.streams
        for chain in self.chains:
            for blocks in chain.writers:
                blocks.wanted = bool(wanted >> blocks.stream & 1)

    def _sensors(self) -> int:
        """Mask of the streams whose sensor works."""
        mask = 0
        for chain in self.chains:
            if chain.works:
                for blocks in chain.writers:
                    mask |= 1 << blocks.stream
        return mask

    def _fitted(self, stream: int) -> bool:
        return any([blocks.stream == stream for chain in self.chains for blocks in chain.writers])

    def _overruns(self) -> int:
        return sum([chain.overruns for chain in self.chains])

    def write_info(self, buf: bytearray, seq: int) -> int:
        """Pack `info`."""
        serial = "".join(["%02x" % b for b in self.board.unique_id])[:16]
        return wire.pack_info(
            buf,
            seq,
            wire.PROTOCOL_VERSION,
            self._sensors(),
            self._boots,
            serial.encode(),
            version.MODEL.encode(),
            version.VERSION.encode(),
        )

    def write_stream_info(self, buf: bytearray, seq: int, stream: int) -> int:
        """Pack `stream_info`; 0 where no such sensor is fitted."""
        if not self._fitted(stream):
            return 0
        channels, width, unit, rate, lsb, _ = wire.STREAMS[stream]
        return wire.pack_stream_info(buf, seq, stream, channels, width, unit, rate, lsb)

    def write_status(self, buf: bytearray, seq: int, session: Session) -> int:
        """Pack `status` as this session's link has it."""
        now = self.now_us()
        return wire.pack_status(
            buf,
            seq,
            now,
            self._sensors(),
            session.backlog_ms(now),
            session.dropped_blocks,
            self._overruns(),
            self.vitals.value(wire.READING_KIND_BATTERY),
            self.vitals.battery_mv,
            self._heap_free,
            self._cpu_permille,
        )

    def set_time(self, unix_ms: int, by: object) -> bool:
        """Set the calendar for the link `by`; False: not a time from 2000 to 2099."""
        return self.clock.set_unix_ms(unix_ms, by)

    def set_wearer(self, sex: int) -> int:
        """Judge by the limits for this sex from now on, also after a restart; an error code."""
        try:
            self.settings.set(wire.SETTING_WEARER_SEX, sex)
        except ValueError:
            return wire.ERROR_BAD_VALUE
        except OSError:
            return wire.ERROR_NOT_STORED
        self._apply_wearer()
        return wire.ERROR_NONE

    def flush(self, streams: int) -> None:
        """The signals of these streams have ended: queue the results of what is there."""
        for chain in self.chains:
            if any([streams >> blocks.stream & 1 for blocks in chain.writers]):
                chain.flush(self.now_us())

    def _apply_wearer(self) -> None:
        if self.ecg:
            self.ecg.set_sex(self.settings.get(wire.SETTING_WEARER_SEX))
