"""Keeps a client up: connects, subscribes, and does it again when the link goes.

disconnected ──start──► connecting ──ok──► connected ──lost──► waiting ──back-off over──► connecting
                            └──failed──► waiting                    any ──stop, or not worth trying──► stopped
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from .client import Client
from .errors import AddressError, ConnectionLost, ProtocolError, RequestRefused, VitalbandError
from .models import Item, LinkError, LinkErrorKind, Listener
from .session import Session
from .transports.base import Transport
from .wire_gen import Results, Stream

MakeTransport = Callable[[], Transport]

# Trying again does not help against these.
_FINAL = (AddressError, ProtocolError, RequestRefused)


class State(Enum):
    """Where the connection stands."""

    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    WAITING = "waiting"
    STOPPED = "stopped"


_MOVES: dict[State, frozenset[State]] = {
    State.DISCONNECTED: frozenset({State.CONNECTING, State.STOPPED}),
    State.CONNECTING: frozenset({State.CONNECTED, State.WAITING, State.STOPPED}),
    State.CONNECTED: frozenset({State.WAITING, State.STOPPED}),
    State.WAITING: frozenset({State.CONNECTING, State.STOPPED}),
    State.STOPPED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before each new try."""

    first_s: float = 0.5
    factor: float = 2.0
    limit_s: float = 30.0

    def wait_s(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row (one or more)."""
        return min(self.limit_s, self.first_s * self.factor ** min(failures - 1, 64))


OnState = Callable[[State, VitalbandError | None], None]


class ReconnectingClient:
    """One device over as many connections as it takes; what was missed in between comes as gaps.

    `on_client` is called with the client of each connection before it subscribes.
    """

    def __init__(
        self,
        make_transport: MakeTransport,
        on_item: Listener,
        *,
        streams: Iterable[Stream] | None = None,
        results: Results = Results.ALL,
        on_state: OnState | None = None,
        on_client: Callable[[Client], None] | None = None,
        backoff: Backoff | None = None,
        timeout_s: float = 6.0,
        silence_s: float = 5.0,
    ) -> None:
        self.session = Session()
        self.state = State.DISCONNECTED
        self.error: VitalbandError | None = None
        self.connections = 0
        self._make_transport = make_transport
        self._on_item = on_item
        self._streams = None if streams is None else frozenset(streams)
        self._results = results
        self._on_state = on_state
        self._on_client = on_client
        self._backoff = backoff or Backoff()
        self._times = (timeout_s, silence_s)
        self._client: Client | None = None
        self._down = asyncio.Event()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def client(self) -> Client | None:
        """The client of the connection that is up, None: none is."""
        return self._client if self.state is State.CONNECTED else None

    def start(self) -> None:
        """Begin to keep the connection up."""
        if self._task is None and self.state is State.DISCONNECTED:
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End for good."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await self._drop()
        if self.state is not State.STOPPED:
            self._move(State.STOPPED, None)

    async def wait_for(self, state: State, timeout_s: float) -> None:
        """Wait for a state; raises what stopped it, or ConnectionLost after the time."""
        try:
            await asyncio.wait_for(self._reach(state), timeout_s)
        except asyncio.TimeoutError:
            raise self.error or ConnectionLost(f"not {state.value} within {timeout_s:g} s") from None

    async def _reach(self, state: State) -> None:
        while self.state is not state:
            if self.state is State.STOPPED:
                raise self.error or ConnectionLost("stopped")
            self._changed.clear()
            await self._changed.wait()

    def _move(self, state: State, error: VitalbandError | None) -> None:
        if state not in _MOVES[self.state]:
            raise AssertionError(f"no way from {self.state.value} to {state.value}")
        self.state = state
        self.error = error
        self._changed.set()
        if self._on_state is not None:
            self._on_state(state, error)

    async def _run(self) -> None:
        failures = 0
        while self.state is not State.STOPPED:
            self._move(State.CONNECTING, None)
            error = await self._connect()
            if error is None:
                failures = 0
                error = await self._stay()
            failures += 1
            await self._drop()
            if isinstance(error, _FINAL):
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
            self._client.listen(self._take)
            await self._client.connect()
            if self._on_client is not None:
                self._on_client(self._client)
            await self._client.subscribe(self._streams, self._results)
        except VitalbandError as error:
            return error
        self.connections += 1
        self._move(State.CONNECTED, None)
        return None

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
            await asyncio.gather(ended, down, return_exceptions=True)
        return client.lost or ConnectionLost(f"{client.transport.description}: fell silent or began anew")

    def _take(self, item: Item) -> None:
        self._on_item(item)
        if isinstance(item, LinkError) and self.state is State.CONNECTED:
            silent = item.kind is LinkErrorKind.SILENT and item.stream is None
            if silent or item.kind is LinkErrorKind.DEVICE_RESTARTED:
                self._down.set()  # the device knows nothing of our subscription any more

    async def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()
