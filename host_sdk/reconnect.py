"""Keeps a client up: connects, subscribes, and does it again when the link goes."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from types import TracebackType

from . import wire_gen as wire
from .alarm import AlarmControl
from .background import internal_error, start_background
from .backoff import Backoff
from .client import OPEN_TIMEOUT_S, RECORDED_RESULTS, Client
from .connection_state import MOVES, State
from .errors import AddressError, ConnectionLost, VitalbandError, WrongUse
from .feed import Feed
from .final_errors import is_final
from .kept_commands import Command, KeptCommands
from .log.chunks import Chunk
from .log.sealing import LogKey
from .models import DeviceInfo, Item, LinkError, LinkErrorKind, Listener, StreamSpec
from .session import Session
from .stream_names import Streams, chosen_streams
from .timeline import ClockEstimate, SequenceCheck, StreamTimeline
from .transports.address import parse_address
from .transports.base import LinkCounters, Transport
from .transports.opening import make_transport
from .waiting import checked_wait, within
from .wire_gen import LogMode, Results, Sex, Stream

MakeTransport = Callable[[], Transport]
#: After these the device knows nothing of our subscription any more.
_UNSUBSCRIBED = (LinkErrorKind.SILENT, LinkErrorKind.DEVICE_RESTARTED)
_log = logging.getLogger(__name__)


OnState = Callable[[State, VitalbandError | None], None]


def _maker(address: str) -> MakeTransport:
    """Makes the transports of an address; raises AddressError."""
    parsed = parse_address(address)
    if parsed.scheme == "replay":
        raise AddressError(f"address '{parsed}': a record that is replayed has no link to take up again")
    return lambda: make_transport(parsed)


class ReconnectingClient:
    """One device over as many connections as it takes, with the calls of a `Client`.

    Of an address, or of a function that makes its transports. `async with` connects it where it is not, and closes it.

    What was missed in between comes as gaps. What was subscribed and set is kept, and sent again with each connection,
    after `on_client` was called with its client; what that raises ends it for good, unless it is an error that passes
    (`final_errors` says which are). Requests made while no connection is up: those that are kept
    (subscribe, set_wearer, set_time to now) wait for the next one, the others raise ConnectionLost.
    """

    def __init__(
        self,
        transport: MakeTransport | str,
        *,
        on_state: OnState | None = None,
        on_client: Callable[[Client], Awaitable[None] | None] | None = None,
        backoff: Backoff | None = None,
        timeout_s: float = 6.0,
        silence_s: float = 5.0,
    ) -> None:
        self.session = Session()
        self.state = State.DISCONNECTED
        self.error: VitalbandError | None = None
        self._last_error: VitalbandError | None = None
        self.connections = 0
        self._make_transport = transport if callable(transport) else _maker(transport)
        self._feed = Feed()
        self._kept = KeptCommands()
        self._on_state = on_state
        self._on_client = on_client
        self._backoff = backoff or Backoff()
        self._times = (timeout_s, silence_s)
        self._client: Client | None = None
        self._down = asyncio.Event()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls, address: str, *, timeout_s: float = 6.0, silence_s: float = 5.0, wait_s: float = 0.0
    ) -> ReconnectingClient:
        """Connected client of an address, as `connect` says; raises AddressError, ConnectError, ProtocolError."""
        client = cls(address, timeout_s=timeout_s, silence_s=silence_s)
        await client.connect(wait_s=wait_s)
        return client

    @property
    def client(self) -> Client | None:
        """The client of the connection that is up, None: none is."""
        return self._client if self.state is State.CONNECTED else None

    @property
    def transport(self) -> Transport:
        """Link of the connection that is up; raises ConnectionLost where none is."""
        return self._up().transport

    @property
    def info(self) -> DeviceInfo:
        """Who the device is; raises ConnectionLost while no connection is up."""
        return self._up().info

    @property
    def streams(self) -> Mapping[Stream, StreamSpec]:
        """Streams the device has; raises ConnectionLost while no connection is up."""
        return self._up().streams

    @property
    def timelines(self) -> Mapping[Stream, StreamTimeline]:
        """Gaps and true rate of each stream, over all connections."""
        return self.session.timelines

    @property
    def clock(self) -> ClockEstimate | None:
        """Host time (µs since 1970) against the device's tick; None: not known yet."""
        return self.session.clock.estimate

    @property
    def sequence(self) -> SequenceCheck:
        """Numbers of this connection's frames: how many were lost, doubled or reordered."""
        return self._up().sequence

    @property
    def counters(self) -> LinkCounters:
        """What the transport of this connection threw away."""
        return self._up().counters

    @property
    def alarm(self) -> AlarmControl:
        """The alarm of a device that has one, a helmet."""
        return self._up().alarm

    async def connect(self, wait_s: float = 0.0) -> None:
        """Begin to keep the connection up and wait for the first.

        A device that is not there is tried again for `wait_s` seconds; raises what the last try failed with. WrongUse
        after `close`.
        """
        self._check_closed()
        until = asyncio.get_running_loop().time() + checked_wait(wait_s)
        self.start()
        try:
            while self.state is not State.CONNECTED:
                left_s = until - asyncio.get_running_loop().time()
                if self.state is State.STOPPED or (self.state is State.WAITING and left_s <= 0):
                    raise self.error or ConnectionLost("not connected")
                self._changed.clear()
                # a try that is being made is waited for: it ends by itself
                waiting = asyncio.wait_for(self._changed.wait(), left_s if self.state is State.WAITING else None)
                with suppress(asyncio.TimeoutError):
                    await waiting
        except BaseException:
            await self.close()
            raise

    def _check_closed(self) -> None:
        if self.state is State.STOPPED:
            raise self.error or WrongUse("closed for good: make another ReconnectingClient")

    def start(self) -> None:
        """Begin to keep the connection up, without waiting for it."""
        if self._task is None and self.state is State.DISCONNECTED:
            self._feed.reopen()
            self._task = start_background("reconnecting", self._run(), self._on_death)

    async def close(self) -> None:
        """End for good; harmless when it has ended already."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await self._drop()
        if self.state is not State.STOPPED:
            self._move(State.STOPPED, None)
        await self._feed.finish()

    async def __aenter__(self) -> ReconnectingClient:
        if self.state is State.DISCONNECTED:
            await self.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call a function with every item of every connection from now on; returns what ends that."""
        return self._feed.listen(listener)

    def items(self, limit: int = 4096) -> AsyncIterator[Item]:
        """Items from now on, over all connections. A reader that lets more than `limit` wait loses the oldest.

        Ends when the client is closed; raises what stopped it for good. A lost link is a `LinkError`. WrongUse where
        nobody calls `connect`.
        """
        return self._feed.items(limit)

    async def subscribe(self, streams: Streams | None = None, results: Results = Results.ALL) -> None:
        """Say what is wanted (streams None: all there are), now and after each reconnect. Raises RequestRefused."""
        wanted = None if streams is None else chosen_streams(streams)
        await self._keep("subscribe", lambda client: client.subscribe(wanted, results))

    async def sync_time(self) -> ClockEstimate:
        """Ask for the device's time once; returns what is known of its clock."""
        return await self._up().sync_time()

    async def set_time(self, when: datetime | None = None) -> None:
        """Set the device's calendar (None: now, again after each reconnect)."""
        if when is None:
            await self._keep("set_time", lambda client: client.set_time())
        else:
            self._kept.forget("set_time")
            await self._up().set_time(when)

    async def set_wearer(self, sex: Sex) -> None:
        """Set the wearer's sex, by which limits differ, now and after each reconnect."""
        await self._keep("set_wearer", lambda client: client.set_wearer(sex))

    async def flush(self, streams: Streams | None = None) -> None:
        """Say that the signals of these streams (None: all) have ended; see `Client.flush`."""
        await self._up().flush(streams)

    async def set_log(
        self, mode: LogMode, streams: Streams = (Stream.ECG,), results: Results = RECORDED_RESULTS
    ) -> None:
        """Have the device record by itself, which keeps that over a restart; see `Client.set_log`."""
        await self._up().set_log(mode, streams, results)

    async def schedule_log(self, every_min: int = 0, for_s: int = 60, times: Sequence[int] = ()) -> None:
        """Say when the device records in `LogMode.SCHEDULE`; see `Client.schedule_log`."""
        await self._up().schedule_log(every_min, for_s, times)

    async def trigger_log(self, for_s: int) -> None:
        """Have the device record for so many seconds from now on; see `Client.trigger_log`."""
        await self._up().trigger_log(for_s)

    async def set_log_key(self, key: LogKey | None) -> None:
        """Have the device encrypt what it records; see `Client.set_log_key`."""
        await self._up().set_log_key(key)

    async def log_status(self, *, flush: bool = True) -> wire.LogStatus:
        """How the device's log is; see `Client.log_status`."""
        return await self._up().log_status(flush=flush)

    async def pull_log(self, first: int, end: int, on_chunk: Callable[[Chunk], object]) -> None:
        """Have the device send chunks of its log; see `Client.pull_log`."""
        await self._up().pull_log(first, end, on_chunk)

    async def fill_gaps(self) -> int:
        """Have gaps filled from the device's log, also those of lost links; see `Client.fill_gaps`."""
        return await self._up().fill_gaps()

    async def acknowledge_log(self, end: int, check: int) -> None:
        """Say that every chunk before `end` is kept here; see `Client.acknowledge_log`."""
        await self._up().acknowledge_log(end, check)

    async def erase_log(self, end: int) -> None:
        """Have the whole log erased; see `Client.erase_log`."""
        await self._up().erase_log(end)

    async def play(self) -> None:
        """Wait until the client is closed; raises what stopped it for good before, WrongUse without `connect`."""
        await self._feed.opened()
        await self._reach(State.STOPPED)
        if self.error is not None:
            raise self.error

    def _up(self) -> Client:
        client = self.client
        if client is None:
            raise self.error or ConnectionLost(f"not connected ({self.state.value})")
        return client

    async def _keep(self, name: str, command: Command) -> None:
        """Remember a command for every later connection, and give it to the one that is up."""
        await self._kept.give(name, command, self.client)

    async def wait_for(self, state: State, timeout_s: float) -> None:
        """Wait for a state; raises what stopped it, or ConnectionLost after the time."""
        try:
            await within(self._reach(state), timeout_s)
        except asyncio.TimeoutError:
            raise self._last_error or ConnectionLost(f"not {state.value} within {timeout_s:g} s") from None

    async def _reach(self, state: State) -> None:
        while self.state is not state:
            if self.state is State.STOPPED:
                raise self.error or ConnectionLost("stopped")
            self._changed.clear()
            await self._changed.wait()

    def _move(self, state: State, error: VitalbandError | None) -> None:
        if state not in MOVES[self.state]:
            raise AssertionError(f"no way from {self.state.value} to {state.value}")
        _log.info("%s%s", state.value, "" if error is None else f": {error}")
        self.state = state
        self.error = error
        if error is not None or state is State.CONNECTED:
            self._last_error = error
        self._changed.set()
        if state is State.STOPPED:
            self._feed.end(error)
        if self._on_state is not None:
            self._call_on_state(self._on_state, state, error)

    @staticmethod
    def _call_on_state(on_state: OnState, state: State, error: VitalbandError | None) -> None:
        try:
            on_state(state, error)
        except Exception as problem:  # who looks on does not stop what goes on
            _log.error("on_state %r failed; the connection goes on", on_state, exc_info=problem)

    def _on_death(self, error: VitalbandError) -> None:
        """The task that keeps the connection up has died: whoever waits is told."""
        if self.state is not State.STOPPED:
            self._move(State.STOPPED, error)

    async def _run(self) -> None:
        failures = 0
        while self.state is not State.STOPPED:
            self._move(State.CONNECTING, None)
            error = await self._connect()
            if error is None:
                failures = 0
                error = await self._stay()
                if not is_final(error):  # that is what readers end with
                    self._feed.put(LinkError(LinkErrorKind.LINK_LOST, f"{error}; trying again"))
            failures += 1
            await self._drop()
            if is_final(error):
                self._move(State.STOPPED, error)
                return
            self._move(State.WAITING, error)
            await asyncio.sleep(self._backoff.wait_s(failures))

    async def _connect(self) -> VitalbandError | None:
        timeout_s, silence_s = self._times
        self._down.clear()
        try:
            transport = self._make_transport()
            self._client = Client(transport, session=self.session, timeout_s=timeout_s, silence_s=silence_s)
            self._client.listen(self._on_item)
            await self._client.connect()
            await self._prepare(self._client)
            await self._kept.repeat(self._client)
        except VitalbandError as error:
            return error
        except Exception as error:
            return internal_error("connecting", error)
        self.connections += 1
        self._move(State.CONNECTED, None)
        return None

    async def _prepare(self, client: Client) -> None:
        """Call `on_client`; raises InternalError where it raises anything that is not of the SDK."""
        if self._on_client is None:
            return
        try:
            result = self._on_client(client)
            if inspect.isawaitable(result):
                await within(result, OPEN_TIMEOUT_S)
        except VitalbandError:
            raise
        except Exception as error:
            raise internal_error(f"on_client {self._on_client!r}", error) from error

    async def _stay(self) -> VitalbandError:
        client = self._client
        if client is None:
            return ConnectionLost("no connection")
        ended = asyncio.create_task(client.play())
        down = asyncio.create_task(self._down.wait())
        try:
            await asyncio.wait([ended, down], return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
            down.cancel()
            played, _ = await asyncio.gather(ended, down, return_exceptions=True)
        if isinstance(played, Exception):
            return played if isinstance(played, VitalbandError) else internal_error("playing", played)
        return client.lost or ConnectionLost(f"{client.transport.description}: fell silent or began anew")

    def _on_item(self, item: Item) -> None:
        self._feed.put(item)
        # a stream that began anew is no reason: it was sent, so the device knows what is wanted
        if isinstance(item, LinkError) and item.stream is None and item.kind in _UNSUBSCRIBED:
            self._hang_up()

    def _hang_up(self) -> None:
        if self.state is State.CONNECTED:
            self._down.set()

    async def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()
