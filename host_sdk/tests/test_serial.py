from __future__ import annotations

import asyncio
import gc
import os
import pty
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from host_sdk.client import Client
from host_sdk.errors import ConnectError, ConnectionLost, ResponseTimeout, WrongUse
from host_sdk.models import SampleBlock
from host_sdk.transports.base import LinkCounters
from host_sdk.transports.framing import Deframer, wrap
from host_sdk.transports.opening import make_transport
from host_sdk.transports.serial import SerialTransport
from host_sdk.wire_gen import Stream

from .fake_device import FakeDevice, ramp


class Cable:
    """A pseudo terminal with a fake device at its end."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.path = os.ttyname(self.slave)
        self.device = FakeDevice(lambda frame: self.write(wrap(frame)))
        self._deframer = Deframer(LinkCounters(), self.device.receive, None)

    def write(self, raw: bytes) -> None:
        os.write(self.master, raw)

    def attach(self) -> None:
        asyncio.get_running_loop().add_reader(self.master, lambda: self._deframer.feed(os.read(self.master, 4096)))

    def cut(self) -> None:
        asyncio.get_running_loop().remove_reader(self.master)
        for end in (self.master, self.slave):
            os.close(end)


@pytest.fixture
def cable() -> Iterator[Cable]:
    made = Cable()
    yield made
    for end in (made.master, made.slave):
        try:
            os.close(end)
        except OSError:
            continue


async def test_a_client_over_a_serial_port(cable: Cable) -> None:
    cable.attach()
    console: list[str] = []
    client = Client(make_transport(f"serial:{cable.path}?baud=115200", console.append), timeout_s=2)
    await asyncio.wait_for(client.connect(), 5)
    await asyncio.wait_for(client.subscribe(), 5)
    items = client.items()
    cable.write(b"hello\r\n" + wrap(b"\x03\x00") + b"\0damaged\x02\0")
    cable.device.say(ramp(Stream.ECG, 0, 25))
    assert isinstance(await asyncio.wait_for(anext(items), 5), SampleBlock)
    assert "".join(console) == "hello\r\n"
    assert (client.counters.truncated, client.counters.corrupt) == (1, 1)
    await asyncio.wait_for(client.close(), 5)


async def test_a_pulled_cable_is_a_lost_connection(cable: Cable) -> None:
    cable.attach()
    client = Client(make_transport(f"serial:{cable.path}"), timeout_s=2)
    await asyncio.wait_for(client.connect(), 5)
    items = client.items()
    cable.cut()
    with pytest.raises(ConnectionLost, match="serial port"):
        await asyncio.wait_for(anext(items), 5)
    await asyncio.wait_for(client.close(), 5)


async def test_a_port_that_is_not_there_is_named_once() -> None:
    with pytest.raises(ConnectError, match=r"^serial port /dev/no-such: No such file or directory$"):
        await asyncio.wait_for(Client(SerialTransport("/dev/no-such")).connect(), 5)


async def test_a_socket_is_a_serial_port_too() -> None:
    device = FakeDevice(lambda frame: None)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        device.emit = lambda frame: writer.write(wrap(frame))
        deframer = Deframer(LinkCounters(), device.receive, None)
        while data := await reader.read(1024):
            deframer.feed(data)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = Client(make_transport(f"sim:tcp:127.0.0.1:{port}?link=serial"), timeout_s=2)
    await asyncio.wait_for(client.connect(), 5)
    assert client.info.model == "fake"
    await asyncio.wait_for(client.close(), 5)
    server.close()
    await asyncio.wait_for(server.wait_closed(), 5)


async def test_a_port_that_is_not_there() -> None:
    with pytest.raises(ConnectError, match="no-such-port"):
        await SerialTransport("/dev/no-such-port").open(lambda frame: None, lambda error: None)


async def test_silence_and_another_talker_raise_different_errors(cable: Cable) -> None:
    with pytest.raises(ResponseTimeout, match=r"no answer to GetInfo within 0\.3 s$"):
        await Client.open(f"serial:{cable.path}", timeout_s=0.3)
    opening = asyncio.ensure_future(Client.open(f"serial:{cable.path}", timeout_s=0.6))
    await asyncio.sleep(0.1)
    cable.write(b"$GPGGA,123519,4807.038,N\r\n" + bytes([0x9C, 0xFF, 0x81, 0x00, 0xE1, 0x80, 0x00]))
    with pytest.raises(ResponseTimeout, match=r"text and \d damaged frames came: another device, or another baud rate"):
        await asyncio.wait_for(opening, 5)


async def test_a_port_that_is_busy_or_no_port_says_so(cable: Cable, tmp_path: Path) -> None:
    cable.attach()
    with serial.Serial(str(cable.path), exclusive=True), pytest.raises(ConnectError, match="in use by another program"):
        await Client.open(f"serial:{cable.path}")
    client = await asyncio.wait_for(Client.open(f"serial:{cable.path}", timeout_s=2), 5)
    with pytest.raises(WrongUse, match=r"^serial port .* this program is connected to it already; one client serves"):
        await Client.open(f"serial:{cable.path}")
    await client.close()
    client = await asyncio.wait_for(Client.open(f"serial:{cable.path}", timeout_s=2), 5)
    await client.close()
    with pytest.raises(ConnectError, match="is not a serial port"):
        await Client.open("serial:/dev/null")
    with pytest.raises(ConnectError, match="is a folder"):
        await Client.open(f"serial:{tmp_path}")


def test_a_port_whose_event_loop_has_ended_is_closed_without_it(cable: Cable, caplog: pytest.LogCaptureFixture) -> None:
    async def opened() -> SerialTransport:
        transport = SerialTransport(cable.path)
        await asyncio.wait_for(transport.open(lambda frame: None, lambda error: None), 5)
        return transport

    async def closed(transport: SerialTransport) -> None:
        await asyncio.wait_for(transport.close(), 5)
        gc.collect()
        await asyncio.sleep(0.05)  # what nobody waited for is said by now

    transport = asyncio.run(opened())
    port = (
        transport._cable.transport.get_extra_info("serial") if transport._cable and transport._cable.transport else None
    )
    asyncio.run(closed(transport))
    assert port is not None
    assert not port.is_open
    assert caplog.text == ""
