"""Serial ports by pyserial's URLs, also those that an event loop cannot wait for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import serial
from serial.rfc2217 import PortManager

from host_sdk.client import Client
from host_sdk.errors import ConnectError, ConnectionLost, ResponseTimeout
from host_sdk.models import SampleBlock
from host_sdk.transports.base import LinkCounters
from host_sdk.transports.framing import Deframer, wrap
from host_sdk.wire_gen import Stream

from .fake_device import FakeDevice, ramp

LIMIT_S = 20.0
# pyserial's own, of Python 3.10 on
telnet_of_old = pytest.mark.filterwarnings("ignore:set(Daemon|Name)[(]:DeprecationWarning")


class TelnetServer:
    """A serial port on a network by RFC 2217, with a fake device at its end."""

    def __init__(self) -> None:
        self.device = FakeDevice(lambda frame: self.write(wrap(frame)))
        self._deframer = Deframer(LinkCounters(), self.device.receive, None)
        self._settings = serial.serial_for_url("loop://")
        self._manager: Any = None
        self._writer: asyncio.StreamWriter | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer, self._manager = writer, PortManager(self._settings, writer)
        while data := await reader.read(1024):
            self._deframer.feed(b"".join(self._manager.filter(data)))
        writer.close()

    def write(self, raw: bytes) -> None:
        if self._writer is not None:
            self._writer.write(b"".join(self._manager.escape(raw)))

    def hang_up(self) -> None:
        if self._writer is not None:
            self._writer.close()


@asynccontextmanager
async def telnet() -> AsyncIterator[tuple[TelnetServer, str]]:
    end = TelnetServer()
    server = await asyncio.start_server(end.serve, "127.0.0.1", 0)
    try:
        yield end, f"serial:rfc2217://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        end.hang_up()
        await asyncio.wait_for(server.wait_closed(), LIMIT_S)


async def no_thread_is_left() -> bool:
    """Whether what carried a port has ended, which it does right behind telling so."""
    for _ in range(200):
        if not any(thread.name.startswith("serial port") for thread in threading.enumerate()):
            return True
        await asyncio.sleep(0.01)
    return False


@telnet_of_old
async def test_a_port_on_a_network_is_used_as_any_other() -> None:
    async with telnet() as (end, address):
        client = await asyncio.wait_for(Client.open(address, timeout_s=5), LIMIT_S)
        await asyncio.wait_for(client.subscribe(), LIMIT_S)
        items = client.items()
        end.device.say(ramp(Stream.ECG, 0, 25))
        assert isinstance(await asyncio.wait_for(anext(items), LIMIT_S), SampleBlock)
        await asyncio.wait_for(client.close(), LIMIT_S)
        assert await no_thread_is_left()


@telnet_of_old
async def test_a_port_on_a_network_that_goes_away_is_a_lost_connection() -> None:
    async with telnet() as (end, address):
        client = await asyncio.wait_for(Client.open(address, timeout_s=5), LIMIT_S)
        items = client.items()
        end.hang_up()
        with pytest.raises(ConnectionLost, match="serial port rfc2217"):
            await asyncio.wait_for(anext(items), LIMIT_S)
        await asyncio.wait_for(client.close(), LIMIT_S)
        assert await no_thread_is_left()


async def test_a_port_that_only_echoes_is_no_device() -> None:
    with pytest.raises(ResponseTimeout, match=r"serial port loop://: no answer to GetInfo"):
        await asyncio.wait_for(Client.open("serial:loop://", timeout_s=0.5), LIMIT_S)
    assert await no_thread_is_left()


async def test_opening_that_is_cancelled_leaves_no_thread() -> None:
    for turns in range(1, 14, 3):
        opening = asyncio.create_task(Client.open("serial:loop://", timeout_s=5))
        for _ in range(turns):
            await asyncio.sleep(0.002)
        opening.cancel()
        await asyncio.wait([opening], timeout=LIMIT_S)
        assert opening.cancelled()
    assert await no_thread_is_left()


@pytest.mark.parametrize(
    "url",
    [
        "rfc2217://127.0.0.1:1",
        "rfc2217://127.0.0.1",
        "socket://127.0.0.1:1",
        "socket://127.0.0.1:none",
        "socket://127.0.0.1:99999",
        "spy:///dev/no-such",
        "alt:///dev/no-such",
        "hwgrep://no-such-port",
        "loop://?logging=nonsense",
        "foo://x",
        "://",
    ],
)
async def test_a_url_that_leads_nowhere_is_a_short_error(url: str) -> None:
    with pytest.raises(ConnectError, match=r"^serial port ") as caught:
        await asyncio.wait_for(Client.open(f"serial:{url}", timeout_s=1), LIMIT_S)
    assert url in str(caught.value)
    assert "\n" not in str(caught.value)
