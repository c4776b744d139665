"""How fast an image comes over the virtual links, beside what these carry bare, by the same client in the same run.

`python -m hil_tests.bench.uploading --kilobytes 60` prints one JSON object: by link bytes a second of stock `smpclient`
to a simulated device and to somebody who only acknowledges (`bare_links`), and their ratio; the same by cable of stock
`mcumgr-toolkit`, which does not look for an answer every 5 ms but waits for it; and how long the image would take by an
nRF52840, which manages 30 to 40 notifications a second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from random import Random
from typing import Any

import mcumgr_toolkit
from smpclient import SMPClient
from smpclient.generics import success
from smpclient.requests.os_management import MCUMgrParametersRead
from smpclient.transport.ble import SMPBLETransport
from smpclient.transport.serial import SMPSerialTransport

from firmware_sim.bootloader.signing import sign
from firmware_sim.cli.processes import SimProcess
from firmware_sim.images.package import board_of
from firmware_sim.targets.image_boot import device_key
from host_sdk import virtual_radio

from . import bare_links

#: Answers a second of an nRF52840 with MicroPython's stack (25 to 35 ms a notification), worst and best.
NOTIFICATIONS_PER_S = (30, 40)
#: Bytes of a request that are not the image's: header, CBOR's keys and lengths.
_OVERHEAD = 32
_ATT_BYTES = 244
_LIMIT_S = 300.0
_TIMEOUT_S = 30.0


def image_of(size: int, target: str) -> bytes:
    """A signed image of about `size` bytes that compress to nothing less, newer than any that runs on `target`."""
    payload = Random(size).randbytes(size - 300)
    return sign(
        payload, device_key(), version=(99, 0, 0, 0), board=board_of(target.removesuffix("-c")), security_counter=0
    )


async def rate(client: SMPClient, image: bytes) -> float:
    """Bytes a second of one upload."""
    began = time.perf_counter()
    async for _ in client.upload(image, first_timeout_s=_TIMEOUT_S, subsequent_timeout_s=_TIMEOUT_S):
        pass
    return len(image) / (time.perf_counter() - began)


def toolkit_rate(port: str, image: bytes) -> float:
    """Bytes a second of one upload by `mcumgr-toolkit` to a serial port."""
    client = mcumgr_toolkit.MCUmgrClient.serial(port, 115200, round(_TIMEOUT_S * 1000))
    client.use_auto_frame_size()
    began = time.perf_counter()
    client.image_upload(image)
    return len(image) / (time.perf_counter() - began)


@asynccontextmanager
async def on_cable(port: str) -> AsyncIterator[SMPClient]:
    """A client on a serial port."""
    async with SMPClient(SMPSerialTransport(), port, timeout_s=_TIMEOUT_S) as client:
        yield client


@asynccontextmanager
async def in_air(radio: str, name: str) -> AsyncIterator[SMPClient]:
    """A client on a virtual radio."""
    virtual_radio.install(radio)
    try:
        async with SMPClient(SMPBLETransport(), name, timeout_s=_TIMEOUT_S) as client:
            yield client
    finally:
        virtual_radio.uninstall()


@contextmanager
def bare(link: str, buffer_bytes: int) -> Iterator[dict[str, Any]]:
    """Somebody who acknowledges, in a process of his own; where."""
    command = [sys.executable, "-m", bare_links.__name__, link, str(buffer_bytes)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


async def measured(size: int, pace: str, target: str, repeats: int) -> dict[str, Any]:
    """The figures of both links; the best of so many uploads each, taken in turn."""
    image = image_of(size, target)
    found: dict[str, Any] = {"bytes": len(image), "pace": pace, "target": target}
    with SimProcess("--seed", "5", "--pace", pace, "--target", target) as sim:
        port, radio = sim.serial.removeprefix("serial:"), str(sim.facts["radio"])
        async with on_cable(port) as client:
            parameters = await client.request(MCUMgrParametersRead())
        assert success(parameters)
        found["buffer_bytes"] = parameters.buf_size
        with bare("serial", parameters.buf_size) as cable, bare("ble", parameters.buf_size) as air:
            ours: dict[str, list[float]] = {"serial": [], "serial_toolkit": [], "ble": []}
            theirs: dict[str, list[float]] = {"serial": [], "serial_toolkit": [], "ble": []}
            for _ in range(repeats):
                async with on_cable(port) as client:
                    ours["serial"].append(await rate(client, image))
                async with on_cable(cable["port"]) as client:
                    theirs["serial"].append(await rate(client, image))
                ours["serial_toolkit"].append(await asyncio.to_thread(toolkit_rate, port, image))
                theirs["serial_toolkit"].append(await asyncio.to_thread(toolkit_rate, cable["port"], image))
                async with in_air(radio, str(sim.facts["name"])) as client:
                    ours["ble"].append(await rate(client, image))
                async with in_air(air["radio"], bare_links.NAME) as client:
                    theirs["ble"].append(await rate(client, image))
    for link, rates in ours.items():
        best, most = max(rates), max(theirs[link])
        found[link] = {"bytes_per_s": round(best), "bare_bytes_per_s": round(most), "ratio": round(best / most, 2)}
    found["nrf52840_s"] = projection(len(image), parameters.buf_size)
    return found


def projection(size: int, buffer_bytes: int) -> dict[str, list[int]]:
    """Seconds, at worst and at best, that an image takes where answers come at the pace of an nRF52840.

    Each request has one; it is as long as one ATT packet (smpclient), or fills the buffer (phone apps).
    """
    return {
        client: [round(size / (request - _OVERHEAD) / per_s) for per_s in NOTIFICATIONS_PER_S]
        for client, request in (("one_packet_a_request", _ATT_BYTES), ("whole_buffers", buffer_bytes))
    }


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m hil_tests.bench.uploading", description=__doc__)
    parser.add_argument("--kilobytes", type=int, default=60, help="of the image (default: 60)")
    parser.add_argument("--pace", default="real", help="of the device's time to ours (default: real)")
    parser.add_argument("--target", default="cpython", help="what runs the firmware (default: cpython)")
    parser.add_argument("--repeats", type=int, default=3, help="uploads, of which the best counts (default: 3)")
    args = parser.parse_args()
    figures = measured(args.kilobytes * 1000, args.pace, args.target, args.repeats)
    print(json.dumps(asyncio.run(asyncio.wait_for(figures, _LIMIT_S))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
