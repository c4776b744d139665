"""Stock management clients against the simulated device: `smpclient` by cable and radio, `mcumgr-toolkit` by cable."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from hashlib import sha256
from random import Random
from typing import Any
from zlib import crc32

import pytest
from smp import os_management as os_messages
from smp.file_management import FS_MGMT_ERR
from smpclient import SMPClient
from smpclient.generics import error, error_v2, success
from smpclient.requests import enumeration_management as enum_requests
from smpclient.requests import file_management as file_requests
from smpclient.requests import os_management as os_requests
from smpclient.requests import settings_management as settings_requests
from smpclient.requests import statistics_management as stat_requests
from smpclient.transport.ble import SMPBLETransport
from smpclient.transport.serial import SMPSerialTransport

from firmware_sim.cli.processes import SimProcess
from host_sdk import virtual_radio

GROUPS = (0, 1, 2, 3, 8, 10, 63, 100)
TIMEOUT_S = 60
CURVE = Random(1).randbytes(5000)


@pytest.fixture(scope="module")
def port() -> Iterator[str]:
    """Serial port of a simulated device."""
    with SimProcess("--seed", "5") as sim:
        yield sim.serial.removeprefix("serial:")


async def everything(client: SMPClient) -> None:
    """One request of each group, and a setting there and back."""
    for length in (1, 400, 680):
        echo = await client.request(os_requests.EchoWrite(d="x" * length))
        assert success(echo)
        assert echo.r == "x" * length
    groups = await client.request(enum_requests.ListSupportedGroups())
    assert success(groups)
    assert groups.groups == GROUPS
    counters = await client.request(stat_requests.GroupData(name="device"))
    assert success(counters)
    assert counters.fields["boots"] >= 1
    name = "vitalband/wearer_sex"
    assert success(await client.request(settings_requests.WriteSetting(name=name, val=b"\x02")))
    read = await client.request(settings_requests.ReadSetting(name=name))
    assert success(read)
    assert read.val == b"\x02"
    assert success(await client.request(settings_requests.DeleteSetting(name=name)))
    await files(client)


async def files(client: SMPClient) -> None:
    """A file there and back, one that goes on, one that is refused."""
    path = "/files/curve.bin"
    async for _ in client.upload_file(CURVE, path):
        pass
    assert await client.download_file(path) == CURVE
    sums = await client.request(file_requests.FileHashChecksum(name=path, type="sha256"))
    assert success(sums)
    assert sums.output == sha256(CURVE).digest()
    status = await client.request(file_requests.FileStatus(name=path))
    assert success(status)
    assert status.len == len(CURVE)
    more = await client.request(file_requests.FileUpload(name=path, off=len(CURVE), data=b"more"))
    assert success(more)
    assert more.off == len(CURVE) + 4
    assert success(await client.request(file_requests.FileClose()))
    for name, code in (("/files/none", FS_MGMT_ERR.FILE_NOT_FOUND), ("/files/../bonds", FS_MGMT_ERR.FILE_INVALID_NAME)):
        refused = await client.request(file_requests.FileStatus(name=name))
        assert error_v2(refused)
        assert refused.err.rc == code
    types = await client.request(file_requests.SupportedFileHashChecksumTypes())
    assert success(types)
    assert set(types.types) == {"crc32", "sha256"}


#: A setting, what is written to it, and a part of why it is refused.
WRONG_SETTINGS = [
    ("vitalband/wearer_sex", b"", "0 bytes, not 1"),
    ("vitalband/wearer_sex", b"\0\0", "2 bytes, not 1"),
    ("vitalband/wearer_sex", b"\xff", "255"),
    ("vitalband/device_name", b"n" * 300, "300 bytes, not"),
    ("vitalband/device_name", b"\xff\xfe", "no UTF-8"),
    ("vitalband/device_name", "a\x9b2J".encode(), "a control character"),
    ("vitalband/none", b"\0", ""),
    ("vitalband/../wearer_sex", b"\0", ""),
]
PATHS_OUT = ["/files/../bonds", "/files/..", "/bonds", "bonds", "/files/a/b", "/files//bonds", "/files/a\x9b"]


async def refusals(client: SMPClient) -> None:
    """What is refused by name, and changes nothing."""
    kept = {}
    for name in ("vitalband/wearer_sex", "vitalband/device_name"):
        read = await client.request(settings_requests.ReadSetting(name=name))
        assert success(read)
        kept[name] = read.val
    for name, value, why in WRONG_SETTINGS:
        refused: Any = await client.request(settings_requests.WriteSetting(name=name, val=value))
        assert error(refused), (name, value)
        assert why in (getattr(refused, "rsn", None) or why), refused
    for name, value in kept.items():
        again = await client.request(settings_requests.ReadSetting(name=name))
        assert success(again)
        assert again.val == value
    for path in PATHS_OUT:
        requests: list[Any] = [
            file_requests.FileUpload(name=path, off=0, data=b"x", len=1),
            file_requests.FileDownload(name=path, off=0),
            file_requests.FileStatus(name=path),
            file_requests.FileHashChecksum(name=path),
        ]
        for request in requests:
            answer: Any = await client.request(request)
            assert answer.err.rc == FS_MGMT_ERR.FILE_INVALID_NAME, path


def test_smpclient_over_serial(port: str) -> None:
    async def run() -> None:
        async with SMPClient(SMPSerialTransport(), port) as client:
            await everything(client)
            await refusals(client)

    asyncio.run(asyncio.wait_for(run(), TIMEOUT_S))


def test_smpclient_over_ble() -> None:
    async def run() -> None:
        async with (
            virtual_radio.simulated("sim:?seed=5") as name,
            SMPClient(SMPBLETransport(), name) as client,
        ):
            await everything(client)
            await refusals(client)

    asyncio.run(asyncio.wait_for(run(), TIMEOUT_S))


def test_mcumgr_toolkit_over_serial(port: str) -> None:
    toolkit = pytest.importorskip("mcumgr_toolkit", reason="it has wheels for some systems only")
    client: Any = toolkit.MCUmgrClient.serial(port, 115200)
    client.use_auto_frame_size()
    assert client.os_echo("y" * 300) == "y" * 300
    assert list(client.enum_get_group_ids()) == list(GROUPS)
    assert client.os_application_info("i") == "reference"
    assert client.settings_read("vitalband/wearer_sex") == b"\x00"
    assert client.stats_get_group_data("links")["bad_frames"] == 0
    assert client.os_mcumgr_parameters().buf_size == 720
    client.fs_file_upload("/files/toolkit", CURVE)
    assert client.fs_file_download("/files/toolkit") == CURVE
    assert client.fs_file_status("/files/toolkit").length == len(CURVE)
    assert client.fs_file_checksum("/files/toolkit", "crc32").output == crc32(CURVE).to_bytes(4, "big")
    assert set(client.fs_supported_checksum_types()) == {"crc32", "sha256"}
    client.fs_file_close()
    with pytest.raises(RuntimeError, match=r"(?i)not.?found"):
        client.fs_file_status("/files/none")
    for path in PATHS_OUT:
        with pytest.raises(RuntimeError, match=r"(?i)invalid.?name"):
            client.fs_file_upload(path, b"x")
        with pytest.raises(RuntimeError, match=r"(?i)invalid.?name"):
            client.fs_file_download(path)
    for name, value, _ in WRONG_SETTINGS:
        with pytest.raises(RuntimeError):
            client.settings_write(name, value)
    assert client.settings_read("vitalband/wearer_sex") == b"\x00"


def test_a_reset_through_smpclient_is_a_restart() -> None:
    async def run() -> None:
        with SimProcess("--seed", "6") as sim:
            async with SMPClient(SMPSerialTransport(), sim.serial.removeprefix("serial:")) as client:
                boots = await client.request(stat_requests.GroupData(name="device"))
                assert success(boots)
                assert success(await client.request(os_requests.ResetWrite()))
                await asyncio.sleep(2)
                info = await client.request(os_requests.OSApplicationInfoRead(format="r"))
                assert isinstance(info, os_messages.OSApplicationInfoReadResponse)
                again = await client.request(stat_requests.GroupData(name="device"))
                assert success(again)
                assert again.fields["boots"] == boots.fields["boots"] + 1

    asyncio.run(asyncio.wait_for(run(), TIMEOUT_S))
