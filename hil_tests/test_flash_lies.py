"""What a device may say that is not so while it is flashed or asked for its settings: a typed error, and an end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import cbor2
import pytest
from smpclient import SMPClient
from smpclient.transport import SMPTransport

from host_sdk.cli.alarm_setup import _profile, _read_number
from host_sdk.errors import ConnectionLost, ProtocolError, VitalbandError
from host_sdk.flashing.image_file import version_order
from host_sdk.flashing.managed import ManagedDevice
from host_sdk.transports.address import parse_address

IMAGE = bytes(range(256)) * 20
#: Group and number of commands.
PARAMS, UPLOAD, SETTING = (0, 6), (1, 1), (3, 0)


class Liar(SMPTransport):
    """A link to a device that answers a command by what is given for it: a map, or what makes one of the request's."""

    def __init__(self, answers: dict[tuple[int, int], Any]) -> None:
        self.answers = answers
        self.requests = 0
        self._answer = b""

    async def connect(self, address: str, timeout_s: float) -> None:
        pass

    async def disconnect(self) -> None:
        pass

    async def send(self, data: bytes) -> None:
        self.requests += 1
        said = self.answers[data[4] << 8 | data[5], data[7]]
        payload = cbor2.dumps(said(cbor2.loads(data[8:])) if callable(said) else said)
        head = bytes((data[0] | 1, 0)) + len(payload).to_bytes(2, "big")
        self._answer = head + data[4:8] + payload

    async def receive(self) -> bytes:
        return self._answer

    async def send_and_receive(self, data: bytes) -> bytes:
        await self.send(data)
        return await self.receive()

    @property
    def mtu(self) -> int:
        return 256


async def opened(answers: dict[tuple[int, int], Any]) -> tuple[ManagedDevice, Liar]:
    device = ManagedDevice(parse_address("serial:/dev/none"))
    link = Liar({PARAMS: {"buf_size": 720, "buf_count": 1}, **answers})
    device._client = SMPClient(link, "liar", timeout_s=5)
    await device._client.connect()
    return device, link


def honest(request: dict[str, Any]) -> dict[str, Any]:
    return {"off": request["off"] + len(request["data"])}


async def sent(device: ManagedDevice) -> list[int]:
    return [offset async for offset in device.upload(IMAGE)]


async def test_an_honest_device_gets_all() -> None:
    device, _ = await opened({UPLOAD: honest})
    assert (await asyncio.wait_for(sent(device), 60))[-1] == len(IMAGE)


@pytest.mark.parametrize(
    "lie",
    [
        lambda _: {"off": 0},
        lambda _: {"off": 100},
        lambda request: {"off": request["off"]},
        lambda request: {"off": 500 if request["off"] == 0 else 0},
        lambda request: {"off": request["off"] - 1 if request["off"] else 600},
        lambda _: {"off": len(IMAGE) + 1},
        lambda _: {"off": 1 << 32},
        lambda _: {"off": 1 << 80},
        lambda _: {"off": -1},
    ],
    ids=["nothing", "the same", "no more", "to and fro", "back", "a byte too much", "2^32", "2^80", "below 0"],
)
async def test_an_upload_ends_whatever_the_device_says_it_has(lie: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    device, link = await opened({UPLOAD: lie})
    with pytest.raises((ProtocolError, ConnectionLost)):
        await asyncio.wait_for(sent(device), 60)
    assert link.requests < 5000


async def test_an_upload_that_goes_back_now_and_then_goes_on() -> None:
    """As where answers get lost, or another client began anew."""
    count = 0

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        nonlocal count
        count += 1
        return {"off": 0} if count == 4 else honest(request) if count % 3 else {"off": request["off"]}

    device, _ = await opened({UPLOAD: answer})
    assert (await asyncio.wait_for(sent(device), 60))[-1] == len(IMAGE)


@pytest.mark.parametrize("size", [-5, 0, 1, 8, 30, 1 << 16, 1 << 40])
async def test_a_buffer_of_any_size_ends_in_an_upload_or_an_error(size: int) -> None:
    device, link = await opened({PARAMS: {"buf_size": size, "buf_count": 1}, UPLOAD: honest})
    try:
        assert (await asyncio.wait_for(sent(device), 60))[-1] == len(IMAGE)
    except VitalbandError:
        assert size <= 30
    assert link.requests < 5000


@pytest.mark.parametrize(
    ("version", "order"),
    [
        ("1.2.3", (1, 2, 3, 0)),
        ("²", (0, 0, 0, 0)),
        ("9" * 5000, (0, 0, 0, 0)),
        ("1." * 5000, (1, 1, 1, 1)),
        ("", (0, 0, 0, 0)),
    ],
)
def test_whatever_a_version_is_it_has_an_order(version: str, order: tuple[int, ...]) -> None:
    assert version_order(version) == order


@pytest.mark.parametrize("value", [b"", b"\1\2"])
async def test_a_setting_of_another_length_is_no_number(value: bytes) -> None:
    device, _ = await opened({SETTING: {"val": value}})
    with pytest.raises(ProtocolError, match=f"setting alarm_countdown: {len(value)} bytes, not 1"):
        await _read_number(device, "alarm_countdown")
    with pytest.raises(ProtocolError, match="liar: has alarm profile 200, which there is not"):
        _profile(200, "liar")
