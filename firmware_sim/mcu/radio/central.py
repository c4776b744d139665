"""The central half of MicroPython's `bluetooth` on a stack: scans, connects, and is a GATT client of its peers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from bumble import att, core, hci
from bumble.device import Connection
from bumble.gatt_client import Client

from ..clock import Clock, Event
from . import irq as events
from .discovery import find_characteristics, find_descriptors, find_services
from .irq import IrqQueue
from .stack import Stack

EALREADY = 114
#: What NimBLE reports of an attribute protocol error, and of a link that is gone.
ATT_STATUS = 0x100
NOT_CONNECTED = 7
NO_CONNECTION = 0xFFFF
_WITH_RESPONSE = 1
_REPORT = "advertising_report"
_ATT_HEADER = 3

#: Makes the firmware's UUID of little-endian bytes.
MakeUuid = Callable[[bytes], Any]
#: Has something done on a stack after what was submitted before.
Submit = Callable[[Stack, Callable[[], Awaitable[None]]], None]


class Central:
    """What a firmware may do as a central; `submit` has something done on a stack once that is up."""

    def __init__(self, irq: IrqQueue, clock: Clock, submit: Submit, uuid: MakeUuid) -> None:
        self._irq = irq
        self._clock = clock
        self._submit = submit
        self._uuid = uuid
        self._scanning: Event | None = None
        self._is_connecting = False

    def _begin(self, stack: Stack, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Have it done beside everything else."""

        async def spawn() -> None:
            stack.spawn(work())

        self._submit(stack, spawn)

    def reset(self) -> None:
        """The stack is gone."""
        if self._scanning is not None:
            self._clock.cancel(self._scanning)
        self._scanning, self._is_connecting = None, False

    # ------------------------------------------------------------------ scanning

    def scan(self, stack: Stack, duration_ms: int, interval_us: int, window_us: int, active: bool) -> None:
        """Report adverts for `duration_ms` (0: until it is stopped)."""
        self.stop_scan(stack, silently=True)
        self._submit(stack, lambda: self._start_scan(stack, interval_us, window_us, active))
        never = 1 << 62
        end = self._clock.now + duration_ms * 1000 if duration_ms else never
        self._scanning = self._clock.call_at(end, lambda: self.stop_scan(stack))

    async def _start_scan(self, stack: Stack, interval_us: int, window_us: int, active: bool) -> None:
        host = stack.device.host
        if self._report not in host.listeners(_REPORT):
            host.on(_REPORT, self._report)
        await stack.device.start_scanning(
            legacy=True, active=active, scan_interval=interval_us / 1000, scan_window=window_us / 1000
        )

    def _report(self, report: Any) -> None:
        if self._scanning is None:
            return
        address = report.address
        data = (_kind(address), bytes(address)[::-1], int(report.event_type), report.rssi, bytes(report.data))
        self._irq.post(events.SCAN_RESULT, data)

    def stop_scan(self, stack: Stack, silently: bool = False) -> None:
        """End a scan, if there is one."""
        scanning, self._scanning = self._scanning, None
        if scanning is None:
            return
        self._clock.cancel(scanning)

        async def stop() -> None:
            await stack.device.stop_scanning(legacy=True)
            if not silently:
                self._irq.post(events.SCAN_DONE, ())

        self._submit(stack, stop)

    # ------------------------------------------------------------------ links

    def connect(self, stack: Stack, kind: int, address: bytes, scan_ms: int) -> None:
        """Connect to a peer; OSError(EALREADY) while another is being waited for."""
        if self._is_connecting:
            raise OSError(EALREADY, "a connection is being made")
        self._is_connecting = True
        self._begin(stack, lambda: self._connect(stack, kind, address, scan_ms))

    async def _connect(self, stack: Stack, kind: int, address: bytes, scan_ms: int) -> None:
        peer = hci.Address(address[::-1], hci.AddressType(kind))
        limit = self._clock.call_later(scan_ms * 1000, lambda: self.cancel(stack))
        try:
            await stack.device.connect(peer, timeout=None)
        except (core.BaseBumbleError, asyncio.TimeoutError, asyncio.CancelledError):
            self._irq.post(events.PERIPHERAL_DISCONNECT, (NO_CONNECTION, kind, bytes(address)))
        finally:
            self._clock.cancel(limit)
            self._is_connecting = False

    def cancel(self, stack: Stack) -> None:
        """Wait for no connection any more."""

        async def work() -> None:
            while self._is_connecting and not stack.device.is_le_connecting:  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0)  # it has only just been wanted
            await stack.device.cancel_connection()  # type: ignore[no-untyped-call]

        if self._is_connecting:
            self._submit(stack, work)

    # ------------------------------------------------------------------ GATT client

    def exchange_mtu(self, stack: Stack, handle: int, mtu: int) -> None:
        """Agree on a longer MTU, once a connection; MTU_EXCHANGED follows. OSError(EALREADY) the second time."""
        client = _client(stack, handle)
        if client.mtu_exchange_done:
            raise OSError(EALREADY, "the MTU was exchanged before")

        async def work() -> None:
            before = client.mtu
            if await self._status(client, client.request_mtu(mtu)) == 0 and client.mtu == before:
                self._irq.post(events.MTU_EXCHANGED, (handle, before))

        self._begin(stack, work)

    def discover_services(self, stack: Stack, handle: int, uuid: core.UUID | None) -> None:
        """Services of a peer, all or those of one UUID."""
        client = _client(stack, handle)

        def report(start: int, end: int, found: core.UUID) -> None:
            self._irq.post(events.GATTC_SERVICE_RESULT, (handle, start, end, self._uuid(found.to_pdu_bytes())))

        async def work() -> None:
            status = await self._status(client, find_services(client, uuid, report))
            self._irq.post(events.GATTC_SERVICE_DONE, (handle, status))

        self._begin(stack, work)

    def discover_characteristics(self, stack: Stack, handle: int, start: int, end: int, uuid: core.UUID | None) -> None:
        """Characteristics within a range of handles, all or those of one UUID."""
        client = _client(stack, handle)

        async def work() -> None:
            found: list[tuple[int, int, int, core.UUID]] = []
            status = await self._status(client, find_characteristics(client, start, end, found))
            for i, (_, value, properties, kind) in enumerate(found):
                last = found[i + 1][0] - 1 if i + 1 < len(found) else end
                if uuid is None or kind == uuid:
                    data = (handle, last, value, properties, self._uuid(kind.to_pdu_bytes()))
                    self._irq.post(events.GATTC_CHARACTERISTIC_RESULT, data)
            self._irq.post(events.GATTC_CHARACTERISTIC_DONE, (handle, status))

        self._begin(stack, work)

    def discover_descriptors(self, stack: Stack, handle: int, start: int, end: int) -> None:
        """Descriptors behind a characteristic's value, whose handle `start` is."""
        client = _client(stack, handle)

        async def work() -> None:
            found: list[tuple[int, core.UUID]] = []
            status = await self._status(client, find_descriptors(client, start + 1, end, found))
            for descriptor, kind in found:
                data = (handle, descriptor, self._uuid(kind.to_pdu_bytes()))
                self._irq.post(events.GATTC_DESCRIPTOR_RESULT, data)
            self._irq.post(events.GATTC_DESCRIPTOR_DONE, (handle, status))

        self._begin(stack, work)

    def read(self, stack: Stack, handle: int, value_handle: int) -> None:
        """As much of a value as fits the MTU."""
        client = _client(stack, handle)

        async def read() -> None:
            data = await client.read_value(value_handle, no_long_read=True)
            self._irq.post(events.GATTC_READ_RESULT, (handle, value_handle, bytes(data)))

        async def work() -> None:
            status = await self._status(client, read())
            self._irq.post(events.GATTC_READ_DONE, (handle, value_handle, status))

        self._begin(stack, work)

    def write(self, stack: Stack, handle: int, value_handle: int, data: bytes, mode: int) -> None:
        """What of `data` fits the MTU; with `mode` 1 the peer says what became of it."""
        client = _client(stack, handle)

        async def work() -> None:
            fitting = data[: client.mtu - _ATT_HEADER]
            if mode != _WITH_RESPONSE:
                await self._status(client, client.write_value(value_handle, fitting))
                return
            status = await self._status(client, client.write_value(value_handle, fitting, with_response=True))
            self._irq.post(events.GATTC_WRITE_DONE, (handle, value_handle, status))

        self._begin(stack, work)

    async def _status(self, client: Client, request: Coroutine[Any, Any, object]) -> int:
        """How a request ended, as NimBLE numbers it."""
        link = client.connection
        work = asyncio.ensure_future(request)

        def end(_reason: int = 0) -> None:
            work.cancel()

        link.on(Connection.EVENT_DISCONNECTION, end)
        if link.device.lookup_connection(link.handle) is not link:
            end()
        try:
            await work
        except att.ATT_Error as error:
            return ATT_STATUS + int(error.error_code)
        except (core.BaseBumbleError, asyncio.TimeoutError, asyncio.CancelledError):
            return NOT_CONNECTED
        finally:
            link.remove_listener(Connection.EVENT_DISCONNECTION, end)
        return 0


def _kind(address: hci.Address) -> int:
    """0 public, 1 random."""
    return 0 if address.is_public else 1


def _client(stack: Stack, handle: int) -> Client:
    """OSError(ENOTCONN) where there is no such link."""
    return stack.connection(handle).gatt_client
