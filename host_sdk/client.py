"""Talks to one device over one transport.

async with await Client.open("sim:") as client:
    await client.subscribe()
    async for item in client.items():
        ...
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timezone
from itertools import count
from types import TracebackType

from . import wire_gen as wire
from .alarm import AlarmControl
from .background import internal_error, start_background
from .backoff import Backoff
from .errors import (
    ConnectionLost,
    ProtocolError,
    RecordError,
    ResponseTimeout,
    StreamNotFound,
    VitalbandError,
    WrongUse,
)
from .feed import Feed
from .final_errors import is_final
from .log.assembly import Assembly
from .log.chunks import Chunk
from .log.filling import Filling
from .log.sealing import LogKey
from .log.status import check_status
from .models import DeviceInfo, Item, LinkError, LinkErrorKind, Listener, StreamSpec
from .receiving import Receiver
from .requests import ATTEMPTS, Requester
from .session import Session
from .stream_names import Streams, chosen_streams
from .timeline import ClockEstimate, SequenceCheck, StreamTimeline
from .transports.base import LinkCounters, Transport
from .transports.opening import make_transport
from .waiting import checked_wait, within
from .watchdog import Watchdog
from .wire_gen import LogMode, Results, Sex, Stream

OPEN_TIMEOUT_S = 90.0
#: What a device can record besides samples.
RECORDED_RESULTS = Results.BEATS | Results.READINGS | Results.EVENTS
_log = logging.getLogger(__name__)
# what the SDK says goes nowhere unless the program says where
logging.getLogger(__package__).addHandler(logging.NullHandler())
# how soon for the first time, and how often: over a cable, it is also how a device knows that we are there
_SYNC_AFTER_S = 2.0
_SYNC_EVERY_S = 10.0
_GOODBYE_S = 1.0
_DAY_MIN = 1440
#: Times of day in a schedule.
_TIMES = 4
_MOST_S = 0xFFFF


def _is_in(value: object, low: int, high: int) -> bool:
    """Whether it is a whole number within these."""
    return isinstance(value, int) and low <= value <= high


class Client:
    """A device on one link: an address, or a transport. `async with` connects it where it is not, and closes it.

    Listeners run in the event loop, in the order things came.
    """

    def __init__(
        self,
        transport: Transport | str,
        *,
        session: Session | None = None,
        timeout_s: float = 6.0,
        silence_s: float = 5.0,
    ) -> None:
        self.transport = transport = transport if isinstance(transport, Transport) else make_transport(transport)
        self.session = session or Session()
        #: Why the link went away; None while it has not.
        self.lost: VitalbandError | None = None
        self._requester = Requester(transport, timeout_s)
        #: Of a device that has one, a helmet.
        self.alarm = AlarmControl(self._requester.request, self._requester.command)
        self._watchdog = Watchdog(silence_s, time.monotonic)
        self._check_every_s = silence_s / 4
        self._feed = Feed()
        self._receiver = Receiver(transport, self.session, self._requester, self._watchdog, self._feed)
        self._tasks: list[asyncio.Task[None]] = []
        self._playing: asyncio.Task[None] | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._up = self._subscribed = False

    @classmethod
    async def open(cls, address: str, *, timeout_s: float = 6.0, silence_s: float = 5.0, wait_s: float = 0.0) -> Client:
        """Connected client of an address, as `connect` says; raises AddressError, ConnectError, ProtocolError."""
        client = cls(address, timeout_s=timeout_s, silence_s=silence_s)
        await client.connect(wait_s)
        return client

    @property
    def info(self) -> DeviceInfo:
        """Who the device is; raises ProtocolError before `connect`."""
        info = self._receiver.info
        if info is None:
            raise ProtocolError(f"{self.transport.description}: not connected")
        return info

    @property
    def streams(self) -> Mapping[Stream, StreamSpec]:
        """Streams the device has."""
        return dict(self._receiver.specs)

    @property
    def timelines(self) -> Mapping[Stream, StreamTimeline]:
        """Gaps and true rate of each stream."""
        return self.session.timelines

    @property
    def clock(self) -> ClockEstimate | None:
        """Host time (µs since 1970) against the device's tick; None: not known yet."""
        return self.session.clock.estimate

    @property
    def sequence(self) -> SequenceCheck:
        """Numbers of this connection's frames: how many were lost, doubled or reordered."""
        return self._receiver.sequence

    @property
    def counters(self) -> LinkCounters:
        """What the transport threw away."""
        return self.transport.counters

    async def connect(self, wait_s: float = 0.0) -> None:
        """Bring the link up and ask who is there, also anew after `close` or a loss.

        A device that is not there is tried again for `wait_s` seconds. Raises ConnectError, ProtocolError,
        ResponseTimeout, ConnectionLost where it is closed meanwhile; WrongUse, and nothing happens, where it is up.
        """
        if self._connecting is not None or (self._up and self.lost is None):
            about = " or about to be" * (self._connecting is not None)
            raise WrongUse(f"{self.transport.description}: is connected already{about}")
        until = time.monotonic() + checked_wait(wait_s)
        self._connecting = connecting = asyncio.create_task(self._connect_until(until))
        try:
            await connecting
        except asyncio.CancelledError:
            if self._connecting is not connecting:
                raise ConnectionLost(f"{self.transport.description}: closed while it was connecting") from None
            if self._up:  # it came up in the very turn of the cancellation: nobody else would take it down
                await self.close()
            raise
        finally:
            if self._connecting is connecting:
                self._connecting = None

    async def _connect_until(self, until: float) -> None:
        for failures in count(1):
            try:
                await self._connect()
                return
            except VitalbandError as error:
                pause_s = min(Backoff().wait_s(failures), until - time.monotonic())
                if pause_s <= 0 or is_final(error):
                    raise
                _log.info("%s; trying again", error)
            await asyncio.sleep(pause_s)

    async def _connect(self) -> None:
        await self._take_down()
        self.lost = None
        self._receiver.begin()
        self.session.relink()
        self._requester.begin()
        self._feed.reopen()
        try:
            await within(self.transport.open(self._receiver.receive, self._on_lost), OPEN_TIMEOUT_S)
            await self._shake_hands()
        except asyncio.TimeoutError:
            await self.close()
            raise ResponseTimeout(f"{self.transport.description}: did not open within {OPEN_TIMEOUT_S:g} s") from None
        except BaseException:
            await self.close()
            raise
        self._up = self._receiver.handshake_done = True
        _log.info("connected to %s on %s", self.info.serial_number, self.transport.description)
        if not self.transport.finite:
            where = self.transport.description
            self._tasks = [
                start_background(f"{where}: watchdog", self._watch(), self._on_death),
                start_background(f"{where}: clock", self._keep_time(), self._on_death),
            ]

    async def close(self) -> None:
        """End the connection, or the making of it, and what the device sends; harmless when it has ended already."""
        if not self._requester.loop_is_over:
            self._requester.check_loop()
        connecting = self._connecting
        if connecting is not None and connecting is not asyncio.current_task():
            self._connecting = None
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
        try:
            await self._unsubscribe()
            await self._take_down()
        finally:
            self._feed.end(None)
        await self._feed.finish()

    async def _unsubscribe(self) -> None:
        """A cable has nobody who tells the device that the program has gone: it would send on for ever."""
        if self._up and self.lost is None and not self.transport.finite and self._subscribed:
            self._subscribed = False
            with suppress(VitalbandError, asyncio.TimeoutError):  # then the link is down, and that is what was wanted
                await within(self._requester.command(wire.Subscribe(0, Results(0))), _GOODBYE_S)

    async def _take_down(self) -> None:
        self._up = False
        tasks, self._tasks = self._tasks, []
        if self._playing is not None:
            tasks.append(self._playing)
            self._playing = None
        if not self._requester.loop_is_over:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self.transport.close()
        self._requester.fail(ConnectionLost(f"{self.transport.description}: closed"))

    async def __aenter__(self) -> Client:
        if not self._up and self._connecting is None:
            await self.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call a function with every item from now on; returns what ends that.

        stop = client.listen(lambda item: print(item))
        """
        return self._feed.listen(listener)

    def items(self, limit: int = 4096) -> AsyncIterator[Item]:
        """Items from now on. A reader that lets more than `limit` wait loses the oldest and is notified.

        Ends when the client is closed or a record is over; raises ConnectionLost when the link goes away. Reading from
        a record that is replayed as fast as it will go begins to `play` it, and without limit: nothing is lost. Raises
        RecordError behind the good part of a damaged one. WrongUse where nobody calls `connect`.
        """
        self._requester.check_loop()
        if self.transport.finite:
            return self._feed.items(None, self._start_playing)
        return self._feed.items(limit)

    async def subscribe(self, streams: Streams | None = None, results: Results = Results.ALL) -> None:
        """Say what is wanted (streams None: all there are); everything else stops.

        Raises StreamNotFound, WrongUse, RequestRefused.

        await client.subscribe([Stream.ECG], Results.BEATS | Results.READINGS)
        """
        wanted = self._wanted(streams)
        if not isinstance(results, int) or int(results) & ~int(Results.ALL):
            raise WrongUse(f"{self.transport.description}: {results!r} are no results")
        results = Results(results)
        self.session.subscribe(wanted)
        self._watchdog.watch(wanted & self.info.sensors, bool(wanted) or Results.STATUS in results)
        mask = sum(1 << stream for stream in wanted)
        self._subscribed = bool(mask or results)
        await self._requester.command(wire.Subscribe(mask, results))

    def _wanted(self, streams: Streams | None) -> frozenset[Stream]:
        """Streams of the device (None: all); raises StreamNotFound, WrongUse."""
        wanted = frozenset(self._receiver.specs) if streams is None else chosen_streams(streams)
        missing = sorted(stream.name.lower() for stream in wanted - self._receiver.specs.keys())
        if missing:
            raise StreamNotFound(f"{self.transport.description}: has no stream {', '.join(missing)}")
        return wanted

    async def sync_time(self) -> ClockEstimate:
        """Ask for the device's time once; returns what is known of its clock."""
        async with self._requester.turn(wire.TimeSync):  # waiting for it is no time on the way
            clock = self.session.clock
            sent_us = clock.host_us()
            answer = await self._requester.request_in_turn(
                wire.TimeSync(sent_us), lambda got: isinstance(got, wire.Time) and got.host_us == sent_us
            )
        if isinstance(answer, wire.Time):
            received_us = clock.host_us()
            if not self._up and clock.is_behind(sent_us, received_us, answer.tick_us):
                self._feed.put(LinkError(LinkErrorKind.DEVICE_RESTARTED, "its clock began anew"))
                self.session.rebase()
                clock = self.session.clock
            clock.add(sent_us, received_us, answer.tick_us)
        estimate = self.session.clock.estimate
        if estimate is None:
            raise ProtocolError(f"{self.transport.description}: answers a time question with {type(answer).__name__}")
        return estimate

    async def set_time(self, when: datetime | None = None) -> None:
        """Set the device's calendar (None: now). Raises RequestRefused, WrongUse for what is before 1970."""
        try:
            unix_ms = round((when or datetime.now(timezone.utc)).timestamp() * 1000)
        except (AttributeError, ValueError, OverflowError, OSError) as error:
            raise WrongUse(f"{self.transport.description}: {when!r} is no time: {error}") from error
        if unix_ms < 0:
            raise WrongUse(f"{self.transport.description}: {when} is before 1970, where a device's calendar begins")
        await self._requester.command(wire.SetTime(unix_ms))

    async def set_wearer(self, sex: Sex) -> None:
        """Set the wearer's sex, by which limits differ; the device keeps it over a restart. Raises WrongUse."""
        if sex not in list(Sex):
            raise WrongUse(f"{sex!r} is no Sex; they are {', '.join(choice.name for choice in Sex)}")
        await self._requester.command(wire.SetWearer(sex))

    async def flush(self, streams: Streams | None = None) -> None:
        """Say that the signals of these streams (None: all) have ended.

        The device hands out results of what it has so far; they are here when this returns. Raises StreamNotFound,
        WrongUse, RequestRefused.
        """
        await self._requester.command(wire.Flush(sum(1 << stream for stream in self._wanted(streams))))

    async def set_log(
        self, mode: LogMode, streams: Streams = (Stream.ECG,), results: Results = RECORDED_RESULTS
    ) -> None:
        """Have the device record to its flash by itself: when, and what; it keeps that over a restart.

        `LogMode.OFF` ends it. Raises StreamNotFound, WrongUse, RequestRefused (`not_stored`: it has no flash).
        """
        if mode not in list(LogMode):
            raise WrongUse(f"{mode!r} is no LogMode; they are {', '.join(choice.name for choice in LogMode)}")
        if not isinstance(results, int) or int(results) & ~int(RECORDED_RESULTS):
            raise WrongUse(f"{self.transport.description}: {results!r} are no results that are recorded")
        mask = sum(1 << stream for stream in self._wanted(streams))
        await self._requester.command(wire.SetLog(mode, mask, Results(results)))

    async def schedule_log(self, every_min: int = 0, for_s: int = 60, times: Sequence[int] = ()) -> None:
        """Say when the device records in `LogMode.SCHEDULE`, each time for so many seconds; it keeps that.

        Every so many minutes from midnight on (0: not), and at these minutes of the day, four at most; both in UTC.
        Raises WrongUse, RequestRefused.
        """
        if not isinstance(times, Sequence) or len(times) > _TIMES or not all(_is_in(m, 0, _DAY_MIN - 1) for m in times):
            raise WrongUse(f"{times!r}: {_TIMES} minutes of the day at most, 0 to {_DAY_MIN - 1}")
        if not _is_in(every_min, 0, _DAY_MIN):
            raise WrongUse(f"{every_min!r} min: 0 to {_DAY_MIN} from one recording to the next")
        if not _is_in(for_s, 1, _MOST_S):
            raise WrongUse(f"{for_s!r} s: a recording lasts 1 to {_MOST_S} s")
        filled = [*times, *[_DAY_MIN] * (_TIMES - len(times))]
        await self._requester.command(wire.ScheduleLog(every_min, for_s, *filled))

    async def trigger_log(self, for_s: int) -> None:
        """Have the device record for so many seconds from now on, whatever its mode; 0 ends that.

        In `LogMode.ALARM` with what was before. Raises WrongUse, RequestRefused (`not_stored`: it has no flash).
        """
        if not _is_in(for_s, 0, _MOST_S):
            raise WrongUse(f"{for_s!r} s: a recording lasts up to {_MOST_S} s")
        await self._requester.command(wire.TriggerLog(for_s))

    async def set_log_key(self, key: LogKey | None) -> None:
        """Have the device encrypt what it records from now on, None: no more; it keeps that.

        Raises RequestRefused (`unsupported`: its board has no AES).
        """
        raw = b"" if key is None else key.raw
        await self._requester.command(wire.SetLogKey(int.from_bytes(raw[:8], "big"), int.from_bytes(raw[8:], "big")))

    async def log_status(self, *, flush: bool = True) -> wire.LogStatus:
        """How the device's log is; with `flush` what it has recorded so far is written to it before.

        Raises ProtocolError for an answer without it, or one of a log that there cannot be.
        """
        answer = await self._requester.request(wire.GetLog(flush), lambda got: isinstance(got, wire.LogStatus))
        if not isinstance(answer, wire.LogStatus):
            raise ProtocolError(f"{self.transport.description}: the answer does not say how its log is")
        check_status(answer, self.transport.description)
        return answer

    async def pull_log(self, first: int, end: int, on_chunk: Callable[[Chunk], object]) -> None:
        """Have the device send the chunks of its log from `first` on before `end`; those whose check is right arrive.

        Returns when all have been sent; what got lost on the way can be pulled again. Raises RequestRefused where
        another link pulls, ResponseTimeout where nothing comes any more, and whatever `on_chunk` raises.
        """
        assembly = Assembly(first, end, on_chunk)
        self._receiver.on_log = assembly.take
        try:
            await self._requester.command(wire.PullLog(first, end))
            await assembly.wait(self._requester.timeout_s, self._link_error)
        except BaseException:
            if self._up and self.lost is None:
                with suppress(VitalbandError):
                    await self._requester.command(wire.PullLog(0, 0))
            raise
        finally:
            self._receiver.on_log = None

    def _link_error(self) -> VitalbandError | None:
        if self.lost is None and not self._up:
            return ConnectionLost(f"{self.transport.description}: closed")
        return self.lost

    async def fill_gaps(self) -> int:
        """Have gaps filled with what the device recorded meanwhile by itself; returns how many samples that brought.

        They come to readers and listeners as blocks that are `late` and `from_log`, with the results that were missed.
        What the log has not stays a gap. Raises what `pull_log` raises.
        """
        return await Filling(self, self._feed.put).run()

    async def acknowledge_log(self, end: int, check: int) -> None:
        """Say that every chunk before `end` is kept here, of which the last has this check.

        Raises RequestRefused where it has not.
        """
        await self._requester.command(wire.AcknowledgeLog(end, check))

    async def erase_log(self, end: int) -> None:
        """Have the whole log erased, whose next chunk is `end`; raises RequestRefused where that was not kept."""
        await self._requester.command(wire.EraseLog(end))

    async def play(self) -> None:
        """Wait until the link ends; play a replayed record to its end, with the results of what is open then."""
        self._requester.check_loop()
        if self._receiver.info is None:
            raise ProtocolError(f"{self.transport.description}: not connected")
        if self.transport.finite:
            await asyncio.shield(self._start_playing())
        else:
            await self.transport.play()

    def _start_playing(self) -> asyncio.Task[None]:
        """The one task that plays the record, whoever waits for it; raises ProtocolError before `connect`."""
        if self._playing is None:
            name = f"{self.info.model}: playing"
            self._playing = asyncio.create_task(self._play(), name=name)
            self._playing.add_done_callback(self._on_played)
        return self._playing

    async def _play(self) -> None:
        await self.transport.play()
        await self.flush()

    def _on_played(self, task: asyncio.Task[None]) -> None:
        """Readers end with the record, or with what kept it from its end."""
        where, damage = self.transport.description, self.transport.record_error
        failure = None if task.cancelled() else task.exception()
        if failure is None:
            self._feed.end(None if damage is None else RecordError(f"{where}: ended where it is damaged: {damage}"))
        else:
            wrapped = failure if isinstance(failure, VitalbandError) else internal_error(f"{where}: playing", failure)
            self._feed.end(wrapped)

    async def _request_info(self) -> wire.AnyMessage:
        question = wire.GetInfo(wire.PROTOCOL_VERSION)
        try:
            return await self._requester.request(question, lambda got: isinstance(got, wire.Info))
        except ResponseTimeout as error:
            damaged = self.counters.corrupt + self.counters.truncated + self.counters.oversized
            if not damaged and not self.counters.console_bytes:
                raise
            received = f"{self.counters.console_bytes} bytes of text and {damaged} damaged frames came"
            raise ResponseTimeout(f"{error}, but {received}: another device, or another baud rate?") from error

    async def _shake_hands(self) -> None:
        for _ in range(ATTEMPTS):
            answer = await self._request_info()
            if isinstance(answer, wire.Info):
                self._receiver.accept_info(answer)
            # Answers come in order: with this one, every stream_info has come or is lost.
            await self.sync_time()
            if self.info.sensors <= self._receiver.specs.keys():
                return
        missing = sorted(stream.name.lower() for stream in self.info.sensors - self._receiver.specs.keys())
        raise ProtocolError(f"{self.transport.description}: does not describe its streams {', '.join(missing)}")

    def _on_lost(self, error: VitalbandError) -> None:
        _log.info("lost: %s", error)
        self.lost = error
        self._requester.fail(error)
        self._feed.end(None if self.transport.ended else error)

    def _on_death(self, error: VitalbandError) -> None:
        """A task that keeps the link true has died: better no link than one that is not what it seems."""
        self._on_lost(error)
        self._tasks.append(asyncio.create_task(self.transport.close()))

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._check_every_s)
            for error in self._watchdog.check():
                self._feed.put(error)

    async def _keep_time(self) -> None:
        pause_s = _SYNC_AFTER_S
        while True:
            await asyncio.sleep(pause_s)
            pause_s = _SYNC_EVERY_S
            with suppress(VitalbandError):  # silence and loss are reported by the watchdog and the transport
                await self.sync_time()
