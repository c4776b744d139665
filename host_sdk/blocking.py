"""A device for programs without an event loop: calls return when they are done.

with blocking.connect("sim:") as device:
    print(device.read(ReadingKind.HEART_RATE).value)
"""

from __future__ import annotations

import asyncio
import atexit
import queue
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from . import connecting
from .alarm import MOST_STAND_BY_S, AlarmControl
from .client import RECORDED_RESULTS, Client
from .errors import ResponseTimeout, WrongUse
from .log.store_file import LogFile
from .log.sync import Pulled, pull
from .loop_thread import PIECE_S, LoopThread
from .models import Alarm as AlarmModel
from .models import DeviceInfo, Item, Listener, Reading, StreamSpec
from .reconnect import ReconnectingClient
from .recording.metadata import Metadata
from .recording.timed import record
from .stream_names import Streams
from .timeline import ClockEstimate, StreamTimeline
from .waiting import checked_wait
from .wire_gen import LogMode, LogStatus, ReadingKind, Results, Sex, Stream

#: Items that may wait between the device's thread and the program; the others wait in the client, within its limit.
_HANDED_OVER = 1000


def connect(address: str, *, reconnect: bool = False, wait_s: float = 0.0) -> Device:
    """Connected device of an address, as `host_sdk.connect` has it; use it in a `with` statement, or `close` it.

    Raises AddressError, ConnectError, ProtocolError.
    """
    thread = LoopThread(f"device {address}")
    try:
        return Device(thread, *thread.call(_open(address, reconnect, wait_s)))
    except BaseException:
        thread.stop()
        raise


async def _open(address: str, reconnect: bool, wait_s: float) -> tuple[AsyncExitStack, Client | ReconnectingClient]:
    stack = AsyncExitStack()
    if reconnect:
        return stack, await stack.enter_async_context(connecting.connect(address, reconnect=True, wait_s=wait_s))
    return stack, await stack.enter_async_context(connecting.connect(address, wait_s=wait_s))


class Alarm:
    """The alarm of a device that has one: `AlarmControl` for programs without an event loop, call by call."""

    def __init__(self, thread: LoopThread, control: Callable[[], AlarmControl]) -> None:
        self._thread = thread
        self._control = control

    def state(self) -> AlarmModel:
        """The alarm as it is; see `AlarmControl.state`."""
        return self._thread.call(self._control().state())

    def journal(self, limit: int = 256) -> list[AlarmModel]:
        """Records of its journal, the newest first."""
        return self._thread.call(self._control().journal(limit))

    def alarms(self) -> list[AlarmModel]:
        """The alarms of the journal, the newest first."""
        return self._thread.call(self._control().alarms())

    def cancel(self) -> None:
        """The wearer is well: before anybody was alarmed it ends, afterwards they learn it."""
        self._thread.call(self._control().cancel())

    def call_help(self) -> None:
        """Call for help."""
        self._thread.call(self._control().call_help())

    def close(self) -> None:
        """Somebody takes over: no more messages."""
        self._thread.call(self._control().close())

    def mute(self, minutes: int) -> None:
        """No automatic alarm for so many minutes; 0: again from now on."""
        self._thread.call(self._control().mute(minutes))

    def pair_band(self) -> None:
        """Have it look for the nearest band."""
        self._thread.call(self._control().pair_band())

    def stand_by(self, seconds: int = MOST_STAND_BY_S) -> None:
        """Say that this program sends alarms on for so many seconds; see `AlarmControl.stand_by`."""
        self._thread.call(self._control().stand_by(seconds))

    def take(self, alarm: AlarmModel) -> None:
        """Say that this program has sent an alarm on, or its retraction."""
        self._thread.call(self._control().take(alarm))


class Device:
    """A connected device. Its link lives in a thread of its own, also while the program does something else.

    Without `subscribe`, the first call that wants items subscribes to all there is.
    """

    def __init__(self, thread: LoopThread, stack: AsyncExitStack, client: Client | ReconnectingClient) -> None:
        #: The client that works in the device's thread; its coroutines are awaited there and nowhere else.
        self.client = client
        self._thread = thread
        self._stack = stack
        self._subscribed = False
        #: Of a device that has one, a helmet.
        self.alarm = Alarm(thread, lambda: self.client.alarm)
        # a handler of signals may close what its own thread closes
        self._closing = threading.RLock()
        atexit.register(self.close)

    def __enter__(self) -> Device:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection and its thread; harmless when it has ended already, or another thread is about it."""
        self._thread.check_outside()
        atexit.unregister(self.close)
        with self._closing:
            if not self._thread.stopped:
                try:
                    self._thread.call(self._stack.aclose())
                finally:
                    self._thread.stop()

    @property
    def info(self) -> DeviceInfo:
        """Who the device is."""
        return self.client.info

    @property
    def streams(self) -> Mapping[Stream, StreamSpec]:
        """Streams the device has."""
        return self.client.streams

    @property
    def timelines(self) -> Mapping[Stream, StreamTimeline]:
        """Gaps and true rate of each stream."""
        return self.client.timelines

    @property
    def clock(self) -> ClockEstimate | None:
        """Host time (µs since 1970) against the device's tick; None: not known yet."""
        return self.client.clock

    def subscribe(self, streams: Streams | None = None, results: Results = Results.ALL) -> None:
        """Say what is wanted (streams None: all there are); everything else stops. Raises StreamNotFound, WrongUse."""
        self._thread.call(self._subscribe(streams, results))

    async def _subscribe(self, streams: Streams | None, results: Results) -> None:
        await self.client.subscribe(streams, results)
        self._subscribed = True

    def items(self, seconds: float | None = None, limit: int = 4096) -> Iterator[Item]:
        """Items from now on, for so many seconds (None: until the device is closed, or a record is over).

        Raises ConnectionLost when the link goes away. A program that lets more than `limit` wait loses the oldest.
        """
        until = None if seconds is None else time.monotonic() + checked_wait(seconds)
        waiting: queue.Queue[Item | None] = queue.Queue()
        pump = self._thread.submit(self._pump(waiting, limit))
        taken = _taken(waiting, pump, until)
        # one that nobody ever iterates has no end of its own
        weakref.finalize(taken, pump.cancel).atexit = False
        return taken

    async def _pump(self, waiting: queue.Queue[Item | None], limit: int) -> None:
        try:
            reader = self.client.items(limit)  # from now on, also what comes right after the subscription
            if not self._subscribed:
                await self._subscribe(None, Results.ALL)
            async for item in reader:
                waiting.put_nowait(item)
                # the program is slower; the client counts what it drops
                while waiting.qsize() > _HANDED_OVER:  # noqa: ASYNC110 - a queue between threads has no event
                    await asyncio.sleep(0.01)
        finally:
            waiting.put_nowait(None)

    def read(self, kind: ReadingKind, timeout_s: float = 60.0) -> Reading:
        """The next reading of a kind that has a value.

        Raises ResponseTimeout that says why there was none, WrongUse for what is no kind.
        """
        if not isinstance(kind, ReadingKind):
            raise WrongUse(f"{kind!r} is no ReadingKind; they are {', '.join(each.name for each in ReadingKind)}")
        last: Reading | None = None
        for item in self.items(timeout_s):
            if isinstance(item, Reading) and item.kind is kind:
                if item.value is not None:
                    return item
                last = item
        word = "none came" if last is None or last.reason is None else last.reason.name.lower().replace("_", " ")
        raise ResponseTimeout(f"no {kind.name.lower().replace('_', ' ')} within {timeout_s:g} s: {word}")

    def record(
        self,
        folder: str | Path,
        format: str = "wfdb",  # noqa: A002 - the word users know
        *,
        seconds: float | None = None,
        overwrite: bool = False,
    ) -> Metadata:
        """Record for so many seconds (None: until the link or the record ends), then finish the files.

        Ctrl-C finishes them, too. Raises RecordingError, ConnectionLost.
        """
        self._want()
        return self._thread.call(record(self.client, folder, format, seconds=seconds, overwrite=overwrite))

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call a function with every item from now on, in the device's thread; returns what ends that."""
        self._want()
        stop: Callable[[], None] = self._thread.call(_call(self.client.listen, listener))
        return stop

    def sync_time(self) -> ClockEstimate:
        """Ask for the device's time once; returns what is known of its clock."""
        return self._thread.call(self.client.sync_time())

    def set_time(self, when: datetime | None = None) -> None:
        """Set the device's calendar (None: now). Raises RequestRefused, WrongUse."""
        self._thread.call(self.client.set_time(when))

    def set_wearer(self, sex: Sex) -> None:
        """Set the wearer's sex, by which limits differ; the device keeps it over a restart."""
        self._thread.call(self.client.set_wearer(sex))

    def flush(self, streams: Streams | None = None) -> None:
        """Say that the signals of these streams (None: all) have ended; see `Client.flush`."""
        self._thread.call(self.client.flush(streams))

    def set_log(self, mode: LogMode, streams: Streams = (Stream.ECG,), results: Results = RECORDED_RESULTS) -> None:
        """Have the device record to its flash by itself; see `Client.set_log`."""
        self._thread.call(self.client.set_log(mode, streams, results))

    def schedule_log(self, every_min: int = 0, for_s: int = 60, times: Sequence[int] = ()) -> None:
        """Say when the device records in `LogMode.SCHEDULE`; see `Client.schedule_log`."""
        self._thread.call(self.client.schedule_log(every_min, for_s, times))

    def trigger_log(self, for_s: int) -> None:
        """Have the device record for so many seconds from now on; see `Client.trigger_log`."""
        self._thread.call(self.client.trigger_log(for_s))

    def log_status(self, *, flush: bool = True) -> LogStatus:
        """How the device's log is; see `Client.log_status`."""
        return self._thread.call(self.client.log_status(flush=flush))

    def pull_log(self, path: str | Path) -> Pulled:
        """Bring the device's log into a file, made or gone on with; what is kept there is acknowledged.

        Raises LogError, RequestRefused, ConnectionLost; called again it goes on.
        """
        with LogFile(path, self.info.serial_number) as file:
            return self._thread.call(pull(self.client, file))

    def erase_log(self) -> None:
        """Have the whole log erased; raises RequestRefused where it has more than was pulled."""
        self._thread.call(self.client.erase_log(self.log_status().end))

    def fill_gaps(self) -> int:
        """Have gaps filled from the device's log; see `Client.fill_gaps`."""
        return self._thread.call(self.client.fill_gaps())

    def _want(self) -> None:
        if not self._subscribed:
            self.subscribe()


async def _call(function: Callable[[Any], Any], argument: Any) -> Any:
    return function(argument)


def _taken(waiting: queue.Queue[Item | None], pump: Any, until: float | None) -> Iterator[Item]:
    """What the pump hands over, until the time; raises what ended the pump."""
    try:
        while until is None or time.monotonic() < until:
            left_s = PIECE_S if until is None else min(PIECE_S, max(0.0, until - time.monotonic()))
            with suppress(queue.Empty):
                item = waiting.get(timeout=left_s)
                if item is None:
                    break
                yield item
        else:
            return
        pump.result()
    finally:
        pump.cancel()
