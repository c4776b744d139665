"""What every role shares: chains of sensors, sessions on links, and one run-to-completion step."""

import micropython
from micropython import const

from .. import version
from .. import wire_gen as wire
from ..chains.publisher import Publisher
from ..clock import DeviceClock
from ..flash_regions import STARTS_AT
from ..flash_storage import StartCounter
from ..frame_ring import FrameRing
from ..identity import Identity
from ..services.ble.irq import Radio
from ..services.ble.peripheral import BlePeripheral
from ..services.log.pull import LogPull
from ..services.log.recorder import LogRecorder
from ..services.log.trigger import PLAN
from ..services.requests.table import HANDLERS
from ..services.serial.demultiplexer import Demultiplexer
from ..services.serial.link import SerialLink
from ..services.session import FRAME_ROOM, Session
from ..services.smp.lines import SmpLines
from ..settings import Settings
from ..storage import FileSlots, VolatileStorage
from ..vitals import Vitals
from .management import Management

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ..boards.reference import Board
    from ..chains.chain import Chain
    from ..services.link import Link
    from ..services.serial.demultiplexer import LineReader
    from ..services.serial.link import Sink
    from ..services.session import AlarmHost
    from ..storage import Storage

    #: Sensor's name on the board, µs from one poll to the next (0: every step), and what makes its chain.
    Row = tuple[str, int, Callable[[Any, Publisher], Chain]]
    Poll = Callable[[int], None]
    #: Makes a reader of lines, which may write to the UART.
    Language = Callable[[Sink], LineReader]

STEP_US = 20_000
_HURRY_US = const(1_000)
_BOOTS = "boots"
_SECOND_US = const(1_000_000)
_MANAGEMENT_US = const(500_000)
_LOG_US = const(400_000)  # the ring of samples holds a second
_FLASH_US = const(2_000_000)
_ANSWERS = const(5)
_EBUSY = const(16)
_HEAP_US = const(10_000_000)  # a walk over the whole heap: not every second
# Of a device's times: when the next whole step is due, what was spent in steps, and since when that is counted.
_STEP_DUE = const(0)
_BUSY_US = const(1)
_COUNTED_US = const(2)
# Six seconds of results: most frames, and bytes.
_RESULTS = (48, 1344)


class _Kept:
    """What a board keeps: read once, at start, so that all of this is forgotten then."""

    def __init__(self, board: "Board") -> None:
        #: On the NOR flash; where it has none, in the board's own files, or such as do not outlive a restart.
        self.settings: "Settings"
        self.are_kept = True
        own, flash = board.own_storage, board.flash_storage
        try:
            if flash:
                self.settings = Settings(flash, FileSlots(own, "settings") if own else None, True)
                if own and board.storage is flash:
                    self._move(own, flash, "bonds")
            else:
                self.settings = Settings(FileSlots(board.storage, "settings"))
                self.are_kept = board.has_own_files
        except OSError:  # a chip that answers, but fails
            self.settings = Settings(FileSlots(VolatileStorage(), "settings"))
            self.are_kept = False

    def _move(self, own: "Storage", flash: "Storage", name: str) -> None:
        """A file of earlier firmware; emptied there at the next start, when no image in test needs it any more."""
        data = own.get(name)
        try:
            if data and flash.get(name) is None:
                flash.put(name, data)
            elif data:
                own.put(name, b"")
        except OSError:
            pass  # at the next start again


class _Starts:
    """`number` of this start, counted on the NOR flash or in a file; a random one where it cannot be."""

    def __init__(self, board: "Board") -> None:
        own = board.own_storage
        raw = own.get(_BOOTS) if own else None
        before = int.from_bytes(raw, "little") if raw and len(raw) == 4 else 0
        try:
            if board.flash:
                self.number = StartCounter(board.flash, STARTS_AT).next(before, board.entropy)
            else:
                self.number = (before + 1) & 0xFFFFFFFF
                if not own or not board.has_own_files:
                    raise OSError
                own.put(_BOOTS, self.number.to_bytes(4, "little"))
        except OSError:
            self.number = int.from_bytes(board.entropy(4), "little")
        board.own_storage = None


def _next_due(due_us: int, period_us: int, now_us: int) -> int:
    """The next time after now on the grid of what was due: a step that comes late does not shift those after it."""
    due_us += period_us
    if due_us <= now_us:
        due_us = now_us + period_us - (now_us - due_us) % period_us
    return due_us


class Device:
    """A wearable. `step(now_us)` does everything that is due and returns when it wants to be called next.

    `chains` is the role's table: a row a sensor, in the order in which they are polled; what the board does not have
    is left out. `lines` makes the readers of text on the UART, which are offered each line in turn. A role names
    itself: `MODEL`, `NAME`, which begins what it advertises, and `BODY_LOCATION`, where it is worn (Body Sensor
    Location of the Heart Rate service). One with an alarm has `alarm_requests`.
    """

    MODEL: "str"
    NAME: "str"
    BODY_LOCATION: "int"
    alarm_requests: "AlarmHost | None" = None

    def __init__(self, board: "Board", chains: "tuple[Row, ...]", lines: "tuple[Language, ...]" = ()) -> None:
        self.board = board
        self.frame = bytearray(wire.LONGEST_FRAME + FRAME_ROOM)
        self.samples = FrameRing(wire.SECOND_FRAMES, wire.SECOND_BYTES, True)
        self.results = FrameRing(*_RESULTS)
        self.vitals = Vitals()
        kept = _Kept(board)
        self.settings = kept.settings
        self.settings_are_kept = kept.are_kept
        self.identity = Identity(
            version.MANUFACTURER, self.MODEL, version.VERSION, board.unique_id, self.NAME, self.BODY_LOCATION
        )
        self.identity.rename(self.settings.text(wire.SETTING_DEVICE_NAME))
        self.clock = DeviceClock(board.rtc)
        #: By sensor, also where it did not answer at start.
        self.chains: "dict[str, Chain]" = {}
        self._every_step: "list[Poll]" = []
        # what is not done every step, how often, and when it is due; the last: when any of it is
        self._polls: "list[Poll]" = []
        self._periods_us: "list[int]" = []
        self._due_us = [0]
        # its buffers before the chains, which leave no piece as large
        management = Management(self)
        self._by_lines = SmpLines(board.uart, management.server)
        self._fit(chains, Publisher(self.samples, self.results, self.vitals))
        self.log = LogRecorder(self, board.flash, self.settings, board.sealer)
        self.log_pull = LogPull(self.log.store, self.log.cursor)
        self.apply_settings()
        self._schedule(_HEAP_US, self._measure_heap)
        self._schedule(_SECOND_US, self._every_second)
        self.sessions: "list[Session]" = []
        self._schedule(_LOG_US, self.log.poll)
        #: ms of work since start.
        self.busy_ms = 0
        self._hurry = management.server.hurry
        self._schedule(_MANAGEMENT_US, management.poll)
        self._lose_files = management.lose_chip
        #: Looks in a row at which a flash that was silent at start answered.
        self._answers = 0
        self._schedule(_FLASH_US, self._look_at_flash if board.flash else self._look_for_flash)
        serial = SerialLink(board.uart)
        readers: "list[LineReader]" = [self._by_lines.on_line]
        readers += [make(board.uart) for make in lines]
        self._uart = Demultiplexer(board.uart, serial.on_packet, tuple(readers), serial.lose)
        self._attach(serial)
        #: What both halves of BLE stand on; None on a board without one.
        self.radio = Radio(board.ble, board.make_uuid, board.storage) if board.ble else None
        self._poll_radio = self.radio.poll if self.radio else None
        if self.radio:
            self.radio.start(self.identity.name)
            self._serve_ble(self.radio, [row[0] for row in chains if board.has_sensor(row[0])], management)
        self._raw_ticks = board.ticks.raw
        self._ticks_diff = board.ticks.diff
        self._feed = board.wdt.feed
        # in a list, because MicroPython takes ten times as long to set an attribute, and each takes more room
        self._times = [0, 0, 0]
        #: None: no time was seen to pass in a step, as where a simulated clock stands still meanwhile.
        self.cpu_permille: "int | None" = None
        self._heap_free = 0
        #: Least bytes of the heap that were free, as measured every ten seconds.
        self.heap_least = 1 << 30
        # last, because the flash is busy behind it
        self.boots = _Starts(board).number

    def _fit(self, chains: "tuple[Row, ...]", publisher: Publisher) -> None:
        """Make the chains of the board's sensors; one that is silent is looked for when its chain is polled."""
        board = self.board
        for name, period_us, make in chains:
            driver = board.sensors.get(name) or board.silent.get(name)
            if driver is None:
                continue
            chain = make(driver, publisher)
            self.chains[name] = chain
            if name in board.silent:
                chain.works = False
            else:
                for blocks in chain.writers:
                    self.vitals.fitted[blocks.stream] = 1
            if period_us:
                self._schedule(period_us, chain.poll)
            else:
                self._every_step.append(chain.poll)

    def _schedule(self, period_us: int, poll: "Poll") -> None:
        """Have `poll(now_us)` called every `period_us`, after what was scheduled before."""
        self._polls.append(poll)
        self._periods_us.append(period_us)
        self._due_us.insert(0, 0)

    def _serve_ble(self, radio: Radio, sensors: "list[str]", management: Management) -> None:
        """Be a peripheral, with the services of these sensors."""
        peripheral = BlePeripheral(radio, self.identity, self.clock, self.vitals, sensors, management.server)
        self._schedule(_SECOND_US, peripheral.report)
        for link in peripheral.links:
            self._attach(link)

    @micropython.native
    def step(self, now_us: int) -> int:
        """Do all that is due at `now_us` (device time, µs); returns the time of the next step."""
        hurry = self._hurry
        if hurry[0] and now_us < self._times[_STEP_DUE]:
            return self._look_between(now_us)
        began = self._raw_ticks()
        self._uart.poll()
        for poll in self._every_step:
            poll(now_us)
        if now_us >= self._due_us[-1]:
            self._do_due(now_us)
        if self._poll_radio:
            self._poll_radio()
        for session in self.sessions:
            if session.link.up:
                session.poll()
        self._feed()
        self._times[_BUSY_US] += self._ticks_diff(self._raw_ticks(), began)
        self._times[_STEP_DUE] = due = now_us + STEP_US
        return now_us + _HURRY_US if hurry[0] else due

    def _look_between(self, now_us: int) -> int:
        """Between two steps: take the next part of an upload, or do another step of a response that takes long."""
        began = self._raw_ticks()
        self._hurry[0] -= 1
        self._uart.poll()
        self._by_lines.poll()
        if self._poll_radio:
            self._poll_radio()
        self._times[_BUSY_US] += self._ticks_diff(self._raw_ticks(), began)
        return min(now_us + _HURRY_US, self._times[_STEP_DUE])

    @micropython.native
    def _do_due(self, now_us: int) -> None:
        due = self._due_us
        first = now_us + _SECOND_US
        for i in range(len(self._polls)):
            if now_us >= due[i]:
                due[i] = _next_due(due[i] or now_us, self._periods_us[i], now_us)
                self._polls[i](now_us)
            if due[i] < first:
                first = due[i]
        due[-1] = first

    def _measure_heap(self, now_us: int) -> None:
        self._heap_free = free = self.board.heap_free()
        self.heap_least = min(self.heap_least, free)

    def _look_at_flash(self, now_us: int) -> None:
        """A chip that is lost is looked for, as a sensor is; what lies on it then counts."""
        flash = self.board.flash
        if flash and not (flash.size and flash.look()):
            self.log.lose_chip()
            self._lose_files()
            if flash.look():
                self.log.mount()

    def _look_for_flash(self, now_us: int) -> None:
        """What lies on one that was silent at start is read at a start: begin anew when it has answered for a while."""
        self._answers = self._answers + 1 if self.board.silent["flash"].look() else 0
        if self._answers >= _ANSWERS and self.may_restart():
            self.board.reset()

    def may_restart(self) -> bool:
        """Whether nothing is under way that a restart would end."""
        return True

    def _every_second(self, now_us: int) -> None:
        times = self._times
        elapsed_us = now_us - times[_COUNTED_US]
        times[_COUNTED_US] = now_us
        busy_us = times[_BUSY_US]
        self.cpu_permille = min(1000, busy_us * 1000 // elapsed_us) if busy_us and elapsed_us else None
        self.busy_ms += busy_us // 1000
        times[_BUSY_US] = 0
        for chain in self.chains.values():
            chain.every_second(now_us)
        for session in self.sessions:
            session.every_second()

    # What sessions ask of the device

    def now_us(self) -> int:
        """Device time in µs since start."""
        return int(self.board.now_us())

    def _attach(self, link: "Link") -> None:
        """Give a link its session."""
        session = Session(link, self, HANDLERS)
        link.receiver = session
        self.sessions.append(session)

    def subscription_changed(self) -> None:
        """Pack only the streams that somebody wants."""
        wanted = self.log.streams()
        for session in self.sessions:
            wanted |= session.streams
        for chain in self.chains.values():
            for blocks in chain.writers:
                blocks.wanted = bool(wanted >> blocks.stream & 1)

    def sensors(self) -> int:
        """Mask of the streams whose sensor works."""
        mask = 0
        for chain in self.chains.values():
            if chain.works:
                mask |= chain.streams
        return mask

    def faults(self) -> int:
        """How many sensors that the board is built with do not work, or are not used, and a flash that is lost.

        Boards with files of their own may have no flash.
        """
        board = self.board
        count = int(not board.flash.size if board.flash else not board.has_own_files)
        for name in (board.spi_sensor,) + tuple([sensor for sensor, _ in board.i2c_sensors]):  # noqa: RUF005 - MicroPython
            chain = self.chains.get(name)
            if chain is None or not chain.works:
                count += 1
        return count

    def overruns(self) -> int:
        """Samples lost on their way from the sensors."""
        lost = 0
        for chain in self.chains.values():
            lost += chain.overruns
        return lost

    def write_info(self, buf: bytearray, seq: int) -> int:
        """Pack `info`."""
        identity = self.identity
        return wire.pack_info(
            buf,
            seq,
            wire.PROTOCOL_VERSION,
            self.sensors(),
            self.boots,
            identity.serial.encode(),
            identity.model.encode(),
            identity.version.encode(),
        )

    def write_stream_info(self, buf: bytearray, seq: int, stream: int) -> int:
        """Pack `stream_info`; 0 where no such sensor is fitted."""
        if not self.vitals.fitted[stream]:
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
            self.sensors(),
            session.backlog_ms(now),
            session.dropped_blocks,
            self.overruns(),
            session.link.bad_frames,
            self.vitals.value(wire.READING_KIND_BATTERY),
            self.vitals.battery_mv,
            self._heap_free,
            self.cpu_permille,
        )

    def set_time(self, unix_ms: int, by: object) -> bool:
        """Set the calendar for the link `by`; False: not a time from 2001 to 2099."""
        return self.clock.set_unix_ms(unix_ms, by)

    def set_wearer(self, sex: int) -> int:
        """Judge by the limits for this sex from now on, also after a restart; an error code."""
        return self._set({wire.SETTING_WEARER_SEX: sex})

    def set_log(self, mode: int, streams: int, results: int) -> int:
        """Record so from now on, also after a restart; an error code."""
        if not self.log.sectors:
            return wire.ERROR_NOT_STORED
        values = {wire.SETTING_LOG_MODE: mode}
        if mode != wire.LOG_MODE_OFF:
            values[wire.SETTING_LOG_STREAMS] = streams
            values[wire.SETTING_LOG_RESULTS] = results
        return self._set(values)

    def schedule_log(self, plan: "tuple[int, ...]") -> int:
        """Record at these times, where the mode is to, also after a restart; an error code."""
        if not self.log.sectors:
            return wire.ERROR_NOT_STORED
        return self._set({PLAN[i]: plan[i] for i in range(len(PLAN))})

    def _set(self, values: "dict[int, int]") -> int:
        """Keep settings and work by them: all of them or none; an error code."""
        try:
            self.settings.set_all(values)
        except ValueError:
            return wire.ERROR_BAD_VALUE
        except OSError as error:
            return wire.ERROR_BUSY if error.args[0] == _EBUSY else wire.ERROR_NOT_STORED
        self.apply_settings()
        return wire.ERROR_NONE

    def flush(self, streams: int) -> None:
        """The signals of these streams have ended: queue the results of what is there."""
        for chain in self.chains.values():
            if chain.streams & streams:
                chain.flush(self.now_us())

    def apply_settings(self) -> None:
        """Have every chain work by the settings as they are now; one that did not change disturbs nothing."""
        for chain in self.chains.values():
            chain.apply_settings(self.settings)
        self.log.apply_settings(self.settings)
